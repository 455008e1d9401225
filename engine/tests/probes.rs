//! What two Java engines did when they were probed, and what this one does: right where one of them
//! hangs, loses or doubles something, equal where both agree on what is right.
//!
//! One test for each probe. The one of a delegated task belongs to delegation and is tested with it.

mod support;

use engine::{
    BackTo, Command, Event, Operator, Rejection, SiblingPolicy, Status, Step, TaskRef, WorkAction,
};
use support::{Driver, variables};

fn open_tasks(driver: &Driver) -> Vec<String> {
    let element = |index| driver.model.definition().element(index).id.clone();
    let tasks = driver.instance.activities().iter();
    let tasks = tasks.filter(|(id, _)| driver.instance.task(**id).is_some());
    tasks.map(|(_, activity)| element(activity.element)).collect()
}

fn signal(driver: &mut Driver, name: &str) -> Result<Step, Rejection> {
    driver.command(&Command::CatchSignal { name: name.into(), variables: Default::default() })
}

fn joins(step: &Step) -> usize {
    step.events.iter().filter(|event| matches!(event, Event::Joined { .. })).count()
}

/// Returns the open task of a node.
fn go_back(driver: &mut Driver, from: &str, to: &str) -> Result<Step, Rejection> {
    let task = driver.open(from).expect("the task is open");
    driver.command(&Command::Work {
        task: TaskRef::Task(task),
        operator: Operator { user: "anna".into(), groups: vec![] },
        action: WorkAction::Return {
            to: BackTo::Node(to.into()),
            reason: None,
            siblings: Some(SiblingPolicy::Cancel),
            resubmit: None,
            variables: Default::default(),
        },
        expected_version: None,
        dry_run: false,
    })
}

/// `p`, a fork of `a` and `b` that may return out of it, a join, then `after`.
const BLOCK: &str = "start s -> p
     user p -> f
     and f -> a, b
     user a back.outOfParallel=true -> j
     user b back.outOfParallel=true -> j
     and j -> after
     user after -> e
     end e";

/// One of them waits for ever at the join once the other token is gone.
#[test]
fn inclusive_join_goes_on_when_the_other_token_dies() {
    let mut driver = Driver::started(
        "start s -> f
         or f -> a [= true], b [= true]
         user a -> j
         user b -> j
         boundary out on=b signal=stop -> gone
         end gone
         or j -> after
         user after -> e
         end e",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    assert_eq!(open_tasks(&driver), ["b"]);
    signal(&mut driver, "stop").unwrap();
    assert_eq!(open_tasks(&driver), ["after"]);
    driver.complete("after", &[]).unwrap();
    assert_eq!(driver.outcome(), Some("e"));
}

/// Both count tokens, so that the second one of a flow fires the join without the third branch, which
/// then waits for ever. Here the join waits for each flow, fires once, and the token that is left
/// over is said aloud.
#[test]
fn parallel_join_waits_for_every_flow_and_tells_of_a_token_too_many() {
    let mut driver = Driver::started(
        "start s -> f
         and f -> a, b, c
         user a -> m
         user b -> m
         xor m -> j
         user c -> j
         and j -> after
         user after -> e
         end e",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    assert_eq!(joins(&driver.complete("b", &[]).unwrap()), 0);
    assert_eq!(open_tasks(&driver), ["c"]);
    let step = driver.complete("c", &[]).unwrap();
    assert_eq!(joins(&step), 1);
    assert_eq!(open_tasks(&driver), ["after"]);
    let codes: Vec<&str> =
        driver.instance.incidents().values().map(|incident| incident.code.as_str()).collect();
    assert_eq!(codes, ["STUCK_JOIN"]);
}

/// As the first of them does it; the other has assignment before creation, and deletion besides.
#[test]
fn handlers_of_a_user_task_run_in_order() {
    let listeners = ["start", "end"].map(|moment| {
        format!("<camunda:executionListener event=\"{moment}\" class=\"exec.{moment}\"/>")
    });
    let task_listeners = ["complete", "assignment", "create"].map(|moment| {
        format!("<camunda:taskListener event=\"{moment}\" class=\"task.{moment}\"/>")
    });
    let model = format!(
        "start s -> a
         <userTask id=\"a\" camunda:assignee=\"anna\"><extensionElements>{}{}</extensionElements></userTask>
         <sequenceFlow id=\"g1\" sourceRef=\"a\" targetRef=\"e\"/>
         end e",
        listeners.concat(),
        task_listeners.concat()
    );
    let mut driver = Driver::started(&model, &[]);
    let mut order: Vec<String> = Vec::new();
    while driver.instance.status() == Status::Running {
        let id = driver.open("a").expect("the task or a handler of it is open");
        let job = driver.instance.job(id).map(|job| job.job_type.to_string());
        match job {
            Some(job_type) => {
                order.push(job_type);
                let complete =
                    Command::CompleteJob { job: id, attempt: None, variables: Default::default() };
                driver.command(&complete).unwrap();
            }
            None => {
                order.push("the task itself".into());
                driver.complete("a", &[]).unwrap();
            }
        }
    }
    let found: Vec<&str> = order.iter().filter_map(|it| it.rsplit(':').next()).collect();
    assert_eq!(
        found,
        [
            "exec.start",
            "task.create",
            "task.assignment",
            "the task itself",
            "task.complete",
            "exec.end"
        ]
    );
}

/// One of them looks at conditions only when it is asked to.
#[test]
fn conditional_event_fires_when_a_variable_is_set() {
    let mut driver = Driver::started(
        "start s -> c
         catch c condition=${x>5} -> a
         user a -> e
         end e",
        &[],
    );
    let set = |text: &str| Command::SetVariables {
        activity: None,
        local: false,
        variables: variables(&[text]),
        expected_version: None,
    };
    driver.command(&set("x=5")).unwrap();
    assert_eq!(open_tasks(&driver), [""; 0]);
    driver.command(&set("x=6")).unwrap();
    assert_eq!(open_tasks(&driver), ["a"]);
}

/// One of them takes a signal end event for a none end event. The signal goes to everybody by the
/// instance's parcels; here it is brought back by hand.
#[test]
fn signal_end_event_wakes_a_catcher() {
    let mut driver = Driver::started(
        "start s -> f
         and f -> a, c
         user a -> thrown
         end thrown signal=go
         catch c signal=go -> b
         user b -> e
         end e",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    let sent: Vec<String> = driver
        .instance
        .parcels()
        .values()
        .filter_map(|parcel| match parcel {
            engine::Parcel::Signal { name, .. } => Some(name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(sent, ["go"]);
    signal(&mut driver, &sent[0]).unwrap();
    assert_eq!(open_tasks(&driver), ["b"]);
}

/// Both end without sending anything. Here the message is sent, which nobody has to wait for.
#[test]
fn message_end_event_without_an_implementation_ends() {
    let mut driver = Driver::started(
        "start s -> a
         user a -> e
         end e message=done",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    assert_eq!(driver.outcome(), Some("e"));
    let parcels: Vec<&engine::Parcel> = driver.instance.parcels().values().collect();
    assert!(matches!(parcels[..], [engine::Parcel::Message { time_to_live_ms: 0, .. }]));
}

/// One of them ends the instance without a word, the other undoes the caller's command and so can
/// never go on. Here the command is done, and an incident says what nobody catches.
#[test]
fn uncaught_error_end_event_is_an_incident() {
    let mut driver = Driver::started(
        "start s -> a
         user a -> e
         end e error=E1",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    assert_eq!(driver.instance.status(), Status::Running);
    let codes: Vec<&str> =
        driver.instance.incidents().values().map(|incident| incident.code.as_str()).collect();
    assert_eq!(codes, ["ERROR_NOT_CAUGHT"]);
}

/// One of them refuses it, the other takes it for an exclusive one.
#[test]
fn complex_gateway_joins_as_its_condition_says() {
    let mut driver = Driver::started(
        "start s -> f
         and f -> a, b, c
         user a -> j
         user b -> j
         user c -> j
         complex j after=activationCount~>=~2 -> after
         user after -> e
         end e",
        &[],
    );
    assert_eq!(open_tasks(&driver), ["a", "b", "c"]);
    driver.complete("a", &[]).unwrap();
    driver.complete("b", &[]).unwrap();
    assert_eq!(open_tasks(&driver), ["c", "after"]);
    driver.complete("c", &[]).unwrap();
    driver.complete("after", &[]).unwrap();
    assert_eq!(driver.outcome(), Some("e"));
}

/// One of them refuses it.
#[test]
fn link_event_leads_on() {
    let mut driver = Driver::started(
        "start s -> l
         throw l link=on
         catch on link=on -> a
         user a -> e
         end e",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    assert_eq!(driver.outcome(), Some("e"));
}

/// Of 400 instances 383 and 311 told one of two callers to try again. Commands of an instance come
/// one after the other here, in either order, and none has to be repeated; the join fires once.
#[test]
fn both_branches_completed_at_once_join_once() {
    for order in [["a", "b"], ["b", "a"]] {
        let mut driver = Driver::started(
            "start s -> f
             and f -> a, b
             user a -> j
             user b -> j
             and j -> after
             user after -> e
             end e",
            &[],
        );
        // Both callers saw the same state, so each names its task by its key.
        let tasks = order.map(|node| driver.open(node).expect("is open"));
        let joined: usize = tasks
            .map(|task| {
                let command = Command::CompleteTask {
                    task: TaskRef::Task(task),
                    operator: engine::Operator { user: "anna".into(), groups: vec![] },
                    decision: None,
                    opinion: None,
                    variables: Default::default(),
                    expected_version: None,
                    signature: None,
                    batch: false,
                    dry_run: false,
                };
                joins(&driver.command(&command).expect("no caller is turned away"))
            })
            .iter()
            .sum();
        assert_eq!(joined, 1);
        assert_eq!(open_tasks(&driver), ["after"]);
    }
}

/// Both open the one branch, and then wait at the join for the other for ever. Here a task behind a
/// join goes back to before the fork, and the join waits for both branches again.
#[test]
fn behind_a_join_nothing_goes_back_into_one_branch() {
    let mut driver = Driver::started(BLOCK, &[]);
    for node in ["p", "a", "b"] {
        driver.complete(node, &[]).unwrap();
    }
    let refused = go_back(&mut driver, "after", "a").unwrap_err();
    assert_eq!(refused.code(), "RETURN_TARGET_NOT_ALLOWED");
    go_back(&mut driver, "after", "p").unwrap();
    assert_eq!(open_tasks(&driver), ["p"]);
    driver.complete("p", &[]).unwrap();
    driver.complete("a", &[]).unwrap();
    assert_eq!(open_tasks(&driver), ["b"]);
    assert_eq!(joins(&driver.complete("b", &[]).unwrap()), 1);
    driver.complete("after", &[]).unwrap();
    assert_eq!(driver.outcome(), Some("e"));
}

/// As both do it.
#[test]
fn both_branches_go_back_to_the_start_of_their_block() {
    let mut driver = Driver::started(BLOCK, &[]);
    driver.complete("p", &[]).unwrap();
    go_back(&mut driver, "b", "p").unwrap();
    assert_eq!(open_tasks(&driver), ["p"]);
}

/// With both the token that waited fires the join early, beside the branch that is walked again.
#[test]
fn token_that_waits_at_the_join_is_taken_back_with_its_block() {
    let mut driver = Driver::started(BLOCK, &[]);
    driver.complete("p", &[]).unwrap();
    driver.complete("a", &[]).unwrap();
    go_back(&mut driver, "b", "p").unwrap();
    driver.complete("p", &[]).unwrap();
    assert_eq!(joins(&driver.complete("a", &[]).unwrap()), 0);
    assert_eq!(open_tasks(&driver), ["b"]);
    assert_eq!(joins(&driver.complete("b", &[]).unwrap()), 1);
    assert_eq!(open_tasks(&driver), ["after"]);
}

/// Three times the same task.
fn repeated(id: &str, count: u32) -> String {
    format!(
        "<userTask id=\"{id}\"><multiInstanceLoopCharacteristics><loopCardinality>{count}\
         </loopCardinality></multiInstanceLoopCharacteristics></userTask>"
    )
}

/// One of them opens the target twice.
#[test]
fn repeated_task_beside_a_plain_one_goes_back_to_one_task() {
    let model = format!(
        "start s -> p
         user p -> f
         and f -> a, b
         {}
         flow a -> j
         user b back.outOfParallel=true -> j
         and j -> e
         end e",
        repeated("a", 3)
    );
    let mut driver = Driver::started(&model, &[]);
    driver.complete("p", &[]).unwrap();
    assert_eq!(open_tasks(&driver), ["a", "a", "a", "b"]);
    go_back(&mut driver, "b", "p").unwrap();
    assert_eq!(open_tasks(&driver), ["p"]);
}

/// One of them is left without any task.
#[test]
fn repeated_task_goes_back_to_a_repeated_task() {
    let model = format!(
        "start s -> b
         {}
         flow b -> c
         {}
         flow c -> e
         end e",
        repeated("b", 2),
        repeated("c", 2)
    );
    let mut driver = Driver::started(&model, &[]);
    for _ in 0..2 {
        let task = driver.open("b").expect("a run is open");
        driver
            .command(&Command::CompleteTask {
                task: TaskRef::Task(task),
                operator: Operator { user: "anna".into(), groups: vec![] },
                decision: None,
                opinion: None,
                variables: Default::default(),
                expected_version: None,
                signature: None,
                batch: false,
                dry_run: false,
            })
            .unwrap();
    }
    assert_eq!(open_tasks(&driver), ["c", "c"]);
    go_back(&mut driver, "c", "b").unwrap();
    assert_eq!(open_tasks(&driver), ["b", "b"]);
}

/// Both keep the new value. Here the node says which it is to be.
#[test]
fn variables_are_restored_where_the_node_says_so() {
    for (rules, expected) in [("", "2"), ("back.restore=true", "1")] {
        let model = format!(
            "start s -> step
             user step {rules} -> next
             user next -> e
             end e"
        );
        let mut driver = Driver::started(&model, &["v=1"]);
        driver.complete("step", &["v=2"]).unwrap();
        go_back(&mut driver, "next", "step").unwrap();
        assert_eq!(driver.instance.variables()["v"].to_json().to_string(), expected);
    }
}

/// Both allow it.
#[test]
fn task_that_was_never_executed_is_no_target() {
    let mut driver = Driver::started(
        "start s -> a
         user a -> b
         user b -> c
         user c -> e
         end e",
        &[],
    );
    driver.complete("a", &[]).unwrap();
    let refused = go_back(&mut driver, "b", "c").unwrap_err();
    assert_eq!(refused.code(), "RETURN_TARGET_NOT_ALLOWED");
}

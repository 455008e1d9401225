//! Every finished instance says how, why and by whom it ended, whatever ended it.

#![allow(clippy::disallowed_methods, reason = "test")]

mod support;

use engine::{Cause, Ending, OutcomeClass, Standing};
use support::Driver;

const MODEL: &str = "policy revokeDays=30
start s -> a
user a -> x
xor x -> bad [= decision = \"reject\"], good default
end good outcome=approved
end bad outcome=refused rejected";

/// Plays a script on the model and gives how the instance ended.
fn ending(commands: &str) -> (Driver, Ending) {
    of(MODEL, commands)
}

fn of(model: &str, commands: &str) -> (Driver, Ending) {
    let script = format!("{model}\n---\nstart by=ines\n{commands}\n");
    let driver = support::script::run(&script, |_, _| {}).expect("the script runs");
    let standing = Standing::of(&driver.model, &driver.instance);
    let ending = standing.outcome.expect("it is finished");
    (driver, ending)
}

#[test]
fn x_05_every_finished_instance_has_class_outcome_cause_and_operator() {
    let admin = "user=root groups=admin reason=why";
    let table = [
        ("complete a user=ann".to_owned(), OutcomeClass::Completed, "approved", Cause::Flow, "ann"),
        (
            "complete a user=ann decision=reject".to_owned(),
            OutcomeClass::Rejected,
            "refused",
            Cause::Flow,
            "ann",
        ),
        (
            "withdraw user=ines".to_owned(),
            OutcomeClass::Withdrawn,
            "withdrawn",
            Cause::Withdraw,
            "ines",
        ),
        (
            "complete a user=ann\nrevoke user=ines reason=why".to_owned(),
            OutcomeClass::Revoked,
            "approved",
            Cause::Revoke,
            "ines",
        ),
        (
            format!("terminate {admin}"),
            OutcomeClass::Terminated,
            "terminated",
            Cause::Terminate,
            "root",
        ),
        (format!("void {admin}"), OutcomeClass::Voided, "voided", Cause::Void, "root"),
        (
            format!("correct bad {admin}"),
            OutcomeClass::Terminated,
            "refused",
            Cause::Correction,
            "root",
        ),
    ];
    for (commands, class, code, cause, operator) in table {
        let (_, found) = ending(&commands);
        let told = (found.class, found.code.as_str(), found.cause, found.operator.as_deref());
        assert_eq!(told, (class, code, cause, Some(operator)), "{commands}");
    }
}

#[test]
fn x_05_a_cancelled_child_says_that_its_caller_ended_it() {
    let (_, found) = of("start s -> a\nuser a -> e\nend e", "cancel");
    assert_eq!((found.class, found.cause), (OutcomeClass::Terminated, Cause::Caller));
}

#[test]
fn f_38_the_outcome_before_stays_in_the_history() {
    let (driver, found) = ending("complete a user=ann\nvoid user=root groups=admin reason=forged");
    assert_eq!(found.reason.as_deref(), Some("forged"));
    let past = Standing::of(&driver.model, &driver.instance).past_outcomes;
    let told: Vec<_> = past.iter().map(|it| (it.class, it.code.as_str(), it.cause)).collect();
    assert_eq!(told, [(OutcomeClass::Completed, "approved", Cause::Flow)]);
}

#[test]
fn s0_30_a_reopened_instance_keeps_every_outcome_it_had() {
    let admin = "user=root groups=admin reason=why";
    let commands = format!(
        "complete a user=ann\nreopen a {admin}\ncomplete a user=bob decision=reject\n\
         correct a reopen {admin}\ncomplete a user=ann decision=approve"
    );
    let (driver, found) = ending(&commands);
    assert_eq!(found.code, "approved");
    assert_eq!(driver.instance.generation(), 3);
    let past = Standing::of(&driver.model, &driver.instance).past_outcomes;
    let codes: Vec<&str> = past.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["approved", "refused"]);
}

#[test]
fn s0_22_data_of_the_caller_are_checked_without_changing_anything() {
    let model =
        "start s -> x\nxor x -> a [= amount < 100], b default\nuser a -> e\nuser b -> e\nend e";
    let driver = Driver::started(model, &["amount=50"]);
    let ask = |pairs: &[&str]| {
        engine::divergences(&driver.model, &driver.instance, &support::variables(pairs))
    };
    assert!(ask(&["amount=60"]).is_empty(), "it would go the same way");
    assert!(ask(&["other=500"]).is_empty(), "no decision read it");
    let found = ask(&["amount=500", "other=1"]);
    let [found] = found.as_slice() else { panic!("one decision differs: {found:?}") };
    let node = |flow: &bpmn::FlowIndex| {
        let target = driver.model.definition().flow(*flow).target;
        driver.model.definition().element(target).id.as_str()
    };
    assert_eq!(driver.model.definition().element(found.element).id, "x");
    assert_eq!(found.taken.iter().map(node).collect::<Vec<_>>(), ["a"]);
    assert_eq!(found.would_take.iter().map(node).collect::<Vec<_>>(), ["b"]);
    assert_eq!(found.inputs, support::variables(&["amount=50"]));
}

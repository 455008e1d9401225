//! An instance on its diagram: what each node and line has come to.

#![allow(clippy::disallowed_methods, reason = "the test reads the scripts")]

mod support;

use engine::{Graph, NodeState, graph};
use support::{Driver, script};

fn drawn(text: &str) -> Graph {
    let driver = script::run(text, |_, printed| assert!(!printed.starts_with('!'), "{printed}"));
    of(&driver.expect("a sound script"))
}

fn of(driver: &Driver) -> Graph {
    graph(&driver.model, driver.instance.key(), driver.events.iter().cloned())
}

/// `node state`, in document order; with the visit if it is not the first, and who decided.
fn nodes(graph: &Graph) -> Vec<String> {
    let node = |node: &engine::GraphNode| {
        let state = match node.state {
            NodeState::Current => "current",
            NodeState::Done => "done",
            NodeState::Skipped => "skipped",
            NodeState::Returned => "returned",
            NodeState::Erased => "erased",
            NodeState::Cancelled => "cancelled",
        };
        let visit = if node.visit > 1 { format!(" #{}", node.visit) } else { String::new() };
        let by = node.operators.join(",");
        let by = if by.is_empty() { by } else { format!(" by {by}") };
        format!("{} {state}{visit}{by}", node.node)
    };
    graph.nodes.iter().map(node).collect()
}

fn lines(graph: &Graph, is_erased: bool) -> Vec<&str> {
    let of = graph.lines.iter().filter(|line| line.is_erased == is_erased);
    of.map(|line| line.line.as_str()).collect()
}

const SERIAL: &str = "start s -> a\nuser a assignee=ann -> b\nuser b assignee=bob -> c\n\
     user c assignee=carl -> e\nend e\n---\nstart\n";

#[test]
fn f_66_a_return_shows_who_returned_and_what_is_erased() {
    let back =
        format!("{SERIAL}complete a user=ann\ncomplete b user=bob\nreturn c user=carl to=a\n");
    let graph = drawn(&back);
    assert_eq!(nodes(&graph), ["s done", "a current #2", "b erased by bob", "c returned"]);
    assert_eq!((lines(&graph, false), lines(&graph, true)), (vec!["f1"], vec!["f2", "f3"]));
    let again = drawn(&format!("{back}complete a user=ann\n"));
    assert_eq!(nodes(&again), ["s done", "a done #2 by ann", "b current #2", "c returned"]);
    let all =
        drawn(&format!("{back}complete a user=ann\ncomplete b user=bob\ncomplete c user=carl\n"));
    assert_eq!(nodes(&all)[3..], ["c done #2 by carl", "e done"]);
    assert_eq!(lines(&all, true), [""; 0]);
    let taken: Vec<u32> = all.lines.iter().map(|line| line.taken).collect();
    assert_eq!(taken, [1, 2, 2, 1]);
}

#[test]
fn f_66_a_countersign_is_current_until_all_have_spoken() {
    let text = "start s -> a\nuser a who=ann,bob +mode=all -> e\nend e\n---\nstart\n\
        complete a user=ann\n";
    assert_eq!(nodes(&drawn(text)), ["s done", "a current by ann"]);
    let both = drawn(&format!("{text}complete a user=bob\n"));
    assert_eq!(nodes(&both), ["s done", "a done by ann,bob", "e done"]);
}

const PARALLEL: &str = "start s -> a\nuser a assignee=ann -> f\nand f -> p, q\n\
     user p assignee=pat back.outOfParallel=true back.siblings=cancel -> r\n\
     user r assignee=rob back.outOfParallel=true back.siblings=cancel -> j\n\
     user q assignee=quin -> j\nand j -> e\nend e\n---\nstart\ncomplete a user=ann\n\
     complete p user=pat\n";

#[test]
fn f_66_a_return_out_of_a_parallel_region_erases_all_of_it() {
    let open = drawn(PARALLEL);
    let shown = ["s done", "a done by ann", "f done", "p done by pat", "r current", "q current"];
    assert_eq!(nodes(&open), shown);
    let back = drawn(&format!("{PARALLEL}return r user=rob to=a\n"));
    let shown = ["s done", "a current #2", "f erased", "p erased by pat", "r returned", "q erased"];
    assert_eq!(nodes(&back), shown);
    assert_eq!(lines(&back, false), ["f1"]);
    let one = drawn(&format!("{PARALLEL}complete q user=quin\n"));
    assert!(nodes(&one).contains(&"q done by quin".to_owned()), "it waits at the join: {one:?}");
    let joined = drawn(&format!("{PARALLEL}complete q user=quin\ncomplete r user=rob\n"));
    assert!(joined.nodes.iter().all(|node| node.state == NodeState::Done), "{joined:?}");
}

#[test]
fn f_66_a_retract_opens_the_node_again_and_erases_what_followed() {
    let graph = drawn(&format!("{SERIAL}complete a user=ann\nretract a user=ann\n"));
    assert_eq!(nodes(&graph), ["s done", "a current #2", "b erased"]);
}

#[test]
fn f_66_what_nobody_decided_is_skipped() {
    let text = "start s -> a\nuser a who=ann -> b\nuser b who=ann +dedupe=all -> c\n\
        user c who=carl +autoSkip==~true -> d\nuser d assignee=dora -> e\nend e\n---\nstart\n\
        complete a user=ann\n";
    let shown = ["s done", "a done by ann", "b skipped by ann", "c skipped", "d current"];
    assert_eq!(nodes(&drawn(text)), shown);
}

#[test]
fn f_66_a_drawn_loop_erases_only_if_it_is_rework() {
    let again = |mark: &str| {
        drawn(&format!(
            "start s -> a\nuser a assignee=ann -> b\nuser b assignee=bob -> x\n\
             xor x -> a [= decision = \"again\"] {mark}, e default\nend e\n---\nstart\n\
             complete a user=ann\ncomplete b user=bob decision=again\n"
        ))
    };
    let shown = ["s done", "a current #2", "b done by bob", "x done"];
    assert_eq!(nodes(&again("")), shown);
    let shown = ["s done", "a current #2", "b erased by bob", "x erased"];
    assert_eq!(nodes(&again("rework")), shown);
}

#[test]
fn f_66_an_ending_cancels_what_was_open_and_a_reopened_instance_goes_on() {
    let text =
        format!("{SERIAL}complete a user=ann\nterminate user=root groups=admin reason=late\n");
    assert_eq!(nodes(&drawn(&text)), ["s done", "a done by ann", "b cancelled"]);
    let again = drawn(&format!("{text}reopen b user=root groups=admin reason=again\n"));
    assert_eq!(again.nodes[2].state, NodeState::Current, "{again:?}");
}

#[test]
fn f_66_going_straight_back_keeps_what_was_decided_between() {
    let text = format!(
        "{SERIAL}complete a user=ann\ncomplete b user=bob\n\
         return c user=carl to=a resubmit=straight_back\ncomplete a user=ann\n"
    );
    let shown = ["s done", "a done #2 by ann", "b done by bob", "c current #2"];
    assert_eq!(nodes(&drawn(&text)), shown);
}

#[test]
fn f_66_each_history_of_the_scripts_can_be_drawn() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut folders = vec![root];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            let Ok(driver) = script::run(&text, |_, _| {}) else { continue };
            let graph = of(&driver);
            if driver.outcome().is_none() {
                let drawn = graph.nodes.iter().filter(|it| it.state == NodeState::Current);
                let drawn: Vec<&str> = drawn.map(|it| it.node.as_str()).collect();
                let open = driver.nodes();
                let missing = open.iter().find(|node| !drawn.contains(&node.as_str()));
                assert_eq!(missing, None, "{}: {drawn:?}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 400, "{count}");
}

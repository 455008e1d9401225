//! Approvals, against servers that answer from a script.

use std::time::Duration;

use crate::support::{Turn, nobody, refusal, serve};
use clap::Parser;
use quorate_client::cli::{Command, run};
use quorate_client::{BackTo, By, Client, ErrorKind, Known, Operator, Options, Return};
use tonic::Code;

async fn client(address: String) -> Client {
    let options = Options { call_timeout: Duration::from_secs(3), ..Options::default() };
    Client::connect(vec![address], options).await.unwrap()
}

fn by(user: &str) -> By {
    By::operator(Operator { user: user.into(), groups: Vec::new() })
}

#[tokio::test]
async fn a_repeated_return_keeps_its_request_id() {
    let down = Turn::Refuse(refusal(Code::Unavailable, "UNAVAILABLE"));
    let (address, script) = serve(vec![down], vec![]).await;
    let back = Return::to(BackTo::Node("a".into()));
    client(address).await.return_task(7, back, &by("ann")).await.unwrap();
    let ids = script.request_ids.lock().unwrap().clone();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    let sent = script.approvals.lock().unwrap().clone();
    assert!(sent[0].contains("to: Node") && sent[0].contains(r#"node: Some("a")"#), "{}", sent[0]);
}

#[tokio::test]
async fn s0_18_a_reconciliation_reads_and_sends_no_command() {
    let (address, script) = serve(vec![], vec![]).await;
    let known = Known { instance_key: 42, version: 5, nodes: vec!["a".into()], ..Known::default() };
    let adopt = client(address).await.reconcile(&known).await.unwrap();
    assert_eq!((adopt.agrees, adopt.nodes, adopt.version), (false, vec!["b".to_owned()], 12));
    assert_eq!(adopt.decisions.len(), 1, "what it missed");
    assert!(script.request_ids.lock().unwrap().is_empty(), "no command was sent");
}

#[tokio::test]
async fn s0_19_without_an_answer_there_is_nothing_to_adopt() {
    let known = Known { instance_key: 42, ..Known::default() };
    let error = client(nobody().await).await.reconcile(&known).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    let missing = Turn::Refuse(refusal(Code::NotFound, "INSTANCE_NOT_FOUND"));
    let (address, _) = serve(vec![missing], vec![]).await;
    let error = client(address).await.reconcile(&known).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[tokio::test]
async fn every_operation_has_a_command() {
    let lines = [
        ("task return 7 --to previous --user ann --reason r --dry-run", "dry_run: true"),
        (
            "task return 7 --to n1 --siblings cancel --resubmit straight-back --user ann",
            "StraightBack",
        ),
        ("task transfer 7 --to bob --user ann", r#"to: "bob""#),
        ("task delegate 7 --to bob --user ann", r#"to: "bob""#),
        ("task resolve --instance 2 --node n --opinion fine --user bob", "TaskOfNode"),
        ("task add-approver 7 --approver x,y --position before --user ann", r#"["x", "y"]"#),
        ("task remove-approver 7 --approver x --user ann", r#"user: "x""#),
        ("task draft 7 --opinion o -v a=1 --user ann", r#"{\"a\":1}"#),
        ("task draft 7 --drop --user ann", "drop: true"),
        ("task read 7 --user ann", "MarkRead"),
        ("task reassign 7 --to bob --user root --group admin --reason r", "ReassignTask"),
        ("instance retract 2 --node n --user ann", "RetractTask"),
        ("instance withdraw 2 --user ann", "WithdrawInstance"),
        ("instance terminate 2 --user root --reason r", "TerminateInstance"),
        ("instance void 2 --user root", "VoidInstance"),
        ("instance revoke 2 --user root", "RevokeInstance"),
        ("instance reopen 2 --node n --user root", "ReopenInstance"),
        ("instance reroute 2 --from a,b --to n --siblings keep --user root", r#"["a", "b"]"#),
        ("instance correct 2 --to n --whole --expected-version 9 --user root", "whole: true"),
        ("instance suspend 2 --timers-run --user root", "timers_run: true"),
        ("instance resume 2 --user root", "ResumeInstance"),
        ("instance handover 2 --from a --to b --user root", "HandoverInstance"),
        ("instance remind 2 --user ann", "RemindRequest"),
        ("instance comment 2 --text t --attach a=s3://b --user ann", "s3://b"),
        ("instance copy 2 --to a --circulate --user ann", "circulate: true"),
        ("instance read-copy 2 --user a", "ReadCopy"),
        ("instance insert-step 2 --node n --before --taker x --user ann", "before: true"),
        ("instance remove-step 9 --user ann", "step_key: 9"),
        ("instance add-run 9 --item 5 --user root", r#"item_json: Some("5")"#),
        ("instance acknowledge 2 --user ines", "AcknowledgeStart"),
    ];
    let (address, script) = serve(vec![], vec![]).await;
    for (line, expected) in lines {
        let words = format!("quorate {line} --endpoint {address} -o json");
        let program = Program::try_parse_from(words.split(' ')).unwrap_or_else(|error| {
            panic!("{line}: {error}");
        });
        let exit = run(program.command).await;
        assert_eq!(format!("{exit:?}"), format!("{:?}", std::process::ExitCode::SUCCESS), "{line}");
        let sent = script.approvals.lock().unwrap().pop().expect("a request came");
        assert!(sent.contains(expected), "{line}: {sent}");
    }
}

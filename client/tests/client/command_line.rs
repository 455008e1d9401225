//! Exit codes of the command line, as its help promises them.

use crate::support::{Turn, nobody, refusal, serve};
use clap::Parser;
use quorate_client::cli::{Command, run};
use std::process::ExitCode;
use tonic::{Code, Status};

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

async fn exit_of(arguments: &[&str]) -> ExitCode {
    let program = Program::try_parse_from([&["quorate"], arguments].concat()).unwrap();
    run(program.command).await
}

fn assert_exit(found: ExitCode, expected: u8, what: &str) {
    assert_eq!(format!("{found:?}"), format!("{:?}", ExitCode::from(expected)), "{what}");
}

#[test]
fn the_command_line_is_well_formed() {
    use clap::CommandFactory as _;
    Program::command().debug_assert();
    for arguments in [
        "quorate deploy",
        "quorate task complete --user u",
        "quorate task complete 1 --instance 2 --node n --user u",
        "quorate task complete 1",
        "quorate task inbox",
        "quorate job activate t --wait 1",
        "quorate instance get x",
        "quorate instance list --business-key k",
        "quorate instance list --limit 1001",
        "quorate start d --request-id 1",
        "quorate definition get",
        "quorate directory import",
        "quorate directory remove",
        "quorate directory remove ann --department d",
        "quorate directory away ann --substitute bob",
        "quorate handover ann --user root",
    ] {
        let refused = Program::try_parse_from(arguments.split(' ')).err();
        assert_eq!(refused.map(|error| error.exit_code()), Some(2), "{arguments}");
    }
    for arguments in [
        "quorate --help",
        "quorate task claim 1 --user u --group a --group b --endpoint x --endpoint y -o json",
        "quorate task --endpoint x,y complete --instance 1 --node n --user u -v a=1 -v b=2",
        "quorate cluster wait --timeout 60s --caught-up",
        "quorate definition xml --instance 5",
        "quorate directory import people.csv --replace",
        "quorate directory away ann",
        "quorate handover ann bob --user root --group admin --definition leave",
    ] {
        let refused = Program::try_parse_from(arguments.split(' ')).err();
        assert_eq!(refused.map_or(0, |error| error.exit_code()), 0, "{arguments}");
    }
}

#[tokio::test]
async fn each_sort_of_refusal_has_its_exit_code() {
    let cases = [
        (refusal(Code::PermissionDenied, "NOT_AUTHORIZED"), 1),
        (refusal(Code::InvalidArgument, "TOO_LARGE"), 1),
        (refusal(Code::Internal, "INSTANCE_QUARANTINED"), 1),
        (refusal(Code::NotFound, "INSTANCE_NOT_FOUND"), 3),
        (Status::not_found("no"), 3),
        (refusal(Code::FailedPrecondition, "INCIDENT_NOT_OPEN"), 4),
        (refusal(Code::AlreadyExists, "IDEMPOTENCY_CONFLICT"), 4),
    ];
    for (status, expected) in cases {
        let what = format!("{status:?}");
        let (address, _) = serve(vec![Turn::Refuse(status)], vec![]).await;
        assert_exit(
            exit_of(&["incident", "resolve", "1", "--endpoint", &address]).await,
            expected,
            &what,
        );
    }
    let (address, script) = serve(vec![], vec![]).await;
    let resolve = ["incident", "resolve", "1", "--endpoint", &address];
    assert_exit(exit_of(&resolve).await, 0, "done");
    assert_exit(
        exit_of(&[&resolve[..], &["--get", "created"]].concat()).await,
        0,
        "a field that is there",
    );
    assert_exit(
        exit_of(&[&resolve[..], &["--get", "nothing"]].concat()).await,
        1,
        "a field that is not there",
    );
    assert_eq!(script.request_ids.lock().unwrap().len(), 3);
    assert_exit(exit_of(&[&resolve[..], &["-v", "a=[1,"]].concat()).await, 2, "a broken variable");
    assert_eq!(
        script.request_ids.lock().unwrap().len(),
        3,
        "nothing is sent if the usage is wrong"
    );
}

#[tokio::test]
async fn a_cluster_that_is_away_is_exit_code_5() {
    let address = nobody().await;
    let away = ["--endpoint", &address, "--timeout", "200ms"];
    assert_exit(exit_of(&[&["incident", "resolve", "1"], &away[..]].concat()).await, 5, "resolve");
    assert_exit(exit_of(&[&["cluster", "status"], &away[..]].concat()).await, 5, "status");
    assert_exit(exit_of(&[&["cluster", "wait"], &away[..]].concat()).await, 5, "wait");
    assert_exit(exit_of(&["deploy", "/does/not/exist.bpmn"]).await, 2, "a file that is not there");
}

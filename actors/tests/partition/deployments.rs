//! Deployments: checked whole, versioned once, stored everywhere before the answer.

use actors::Options;
use actors::request::{AnswerBody, Ask, Deployed, Failure, Install};
use engine::Partition;

use crate::world::*;

async fn deployed(partition: &actors::PartitionHandle, files: &[(&str, Vec<u8>)]) -> Vec<Deployed> {
    let resources = files.iter().map(|(name, xml)| ((*name).to_owned(), xml.clone())).collect();
    match partition.ask(Ask::Deploy { resources }).await.expect("the files are good").body {
        AnswerBody::Deployed(deployed) => deployed,
        other => panic!("not deployed: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_bytes_are_the_same_version() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let one = single("p", &user_task("a"));
    let two = single("p", &user_task("a").replace("staff", "clerks"));
    for (file, version, created) in
        [(&one, 1, true), (&one, 1, false), (&two, 2, true), (&two, 2, false), (&one, 3, true)]
    {
        let found = deployed(&partition, &[("p.bpmn", file.clone())]).await.remove(0);
        assert_eq!((found.version, found.created), (version, created));
        assert_eq!((found.key.as_str(), found.resource.as_str()), ("p", "p.bpmn"));
    }
    assert_eq!(world.data().definitions.len(), 3);
    assert!(world.data().undistributed.is_empty(), "one partition is everywhere");
    assert_eq!(start(&partition, "p").await.standing.definition.version, 3);
}

#[tokio::test(start_paused = true)]
async fn all_findings_of_all_files_come_together_and_nothing_is_stored() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let good = single("p", &user_task("a"));
    let misread = single("q", r#"<serviceTask id="a" quorate:expression="= 1 +"/>"#);
    let resources = vec![
        ("good.bpmn".to_owned(), good.clone()),
        ("noise.bpmn".to_owned(), b"noise".to_vec()),
        ("misread.bpmn".to_owned(), misread),
        ("twin.bpmn".to_owned(), good),
    ];
    let failure = partition.ask(Ask::Deploy { resources }).await.unwrap_err();
    let Failure::DefinitionInvalid { findings } = failure else { panic!("{failure:?}") };
    let of = |file: &str| findings.iter().filter(|found| found.resource == file).count();
    assert_eq!((of("good.bpmn"), of("misread.bpmn"), of("twin.bpmn")), (0, 1, 1));
    assert!(of("noise.bpmn") >= 1);
    let rules: Vec<&str> = findings.iter().map(|found| found.rule.as_str()).collect();
    assert!(rules.contains(&"expression-invalid") && rules.contains(&"definition-key-duplicate"));
    assert!(findings.iter().all(|found| found.line >= 1 && !found.hint.is_empty()));
    assert!(world.data().definitions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn requests_that_make_no_sense_are_refused() {
    let world = World::of(Partition(3), 4);
    let elsewhere = world.lead(Options::default());
    let resources = vec![("p".to_owned(), single("p", &user_task("a")))];
    let failure = elsewhere.ask(Ask::Deploy { resources }).await.unwrap_err();
    assert!(matches!(failure, Failure::Invalid { .. }));
    let partition = World::new().lead(Options::default());
    let failure = partition.ask(Ask::Deploy { resources: Vec::new() }).await.unwrap_err();
    assert!(matches!(failure, Failure::Invalid { .. }));
}

#[tokio::test(start_paused = true)]
async fn the_answer_comes_when_every_partition_has_it() {
    let world = World::of(Partition(0), 4);
    world.data().refusals.insert(Partition(2), 5);
    let partition = world.lead(Options::default());
    let begun = tokio::time::Instant::now();
    deployed(&partition, &[("p.bpmn", single("p", &user_task("a")))]).await;
    assert!(begun.elapsed().as_millis() >= 2_500, "five refusals, half a second apart");
    assert!(world.data().undistributed.is_empty());
    let mut installed = world.data().installed.clone();
    installed.sort();
    let expected: Vec<_> = (1..4).map(|p| (Partition(p), "p".to_owned(), 1)).collect();
    assert_eq!(installed, expected, "each partition once, this one not");
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_down_delays_the_answer_but_not_for_ever() {
    let world = World::of(Partition(0), 3);
    world.data().refusals.insert(Partition(2), u32::MAX);
    let old = world.lead(Options::default());
    let resources = vec![("p.bpmn".to_owned(), single("p", &user_task("a")))];
    let failure = old.ask(Ask::Deploy { resources: resources.clone() }).await.unwrap_err();
    let Failure::Unavailable { message } = failure else { panic!("{failure:?}") };
    assert!(message.contains("being distributed"), "{message}");

    // The next leader goes on with it by itself.
    old.stop().await;
    let new = world.lead(Options::default());
    pass_ms(2_000).await;
    assert_eq!(world.data().undistributed.len(), 1);
    world.data().refusals.clear();
    pass_ms(2_000).await;
    assert!(world.data().undistributed.is_empty());
    let again = deployed(&new, &[("p.bpmn", single("p", &user_task("a")))]).await;
    assert_eq!((again[0].version, again[0].created), (1, false));
}

#[tokio::test(start_paused = true)]
async fn installing_twice_is_harmless() {
    let source = World::new();
    deploy(&source.lead(Options::default()), single("p", &user_task("a"))).await;
    let definitions = source.data().definitions.values().cloned().collect();
    let install = Install::Definitions(engine::Deploy { now: engine::Millis(5), definitions });

    let world = World::of(Partition(1), 2);
    let partition = world.lead(Options::default());
    for _ in 0..2 {
        let answer = partition.ask(Ask::Install(install.clone())).await.unwrap();
        assert_eq!((answer.position, answer.body), (1, AnswerBody::Installed));
    }
    assert_eq!(start(&partition, "p").await.standing.instance.partition(), Partition(1));
}

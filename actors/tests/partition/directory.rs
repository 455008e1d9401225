//! The directory: decided on partition 0, one change after the other, and everywhere in that order.

use actors::request::{AnswerBody, Ask, DirectoryAsk, DirectoryChanged, Failure, Install};
use actors::{Options, PartitionHandle};
use engine::{Absence, DirectoryChange, DirectoryEdit, Millis, Partition, Person};

use crate::world::*;

fn person(leader: &str) -> Person {
    Person { leader: Some(leader.to_owned()), ..Person::default() }
}

fn edit(rows: &[(&str, &str)]) -> Ask {
    let people = rows.iter().map(|(id, leader)| ((*id).to_owned(), person(leader))).collect();
    Ask::Directory(DirectoryAsk::Edit(DirectoryEdit { people, ..DirectoryEdit::default() }))
}

async fn changed(partition: &PartitionHandle, ask: Ask) -> DirectoryChanged {
    match partition.ask(ask).await.expect("it is changed").body {
        AnswerBody::Directory(changed) => changed,
        other => panic!("not changed: {other:?}"),
    }
}

/// The revisions that a partition was handed, in order.
fn handed(world: &World, partition: u16) -> Vec<u64> {
    let data = world.data();
    let of = data.changed.iter().filter(|(to, _)| *to == Partition(partition));
    of.map(|(_, change)| change.revision).collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_is_everywhere_before_the_answer_and_the_same_again_changes_nothing() {
    let world = World::of(Partition(0), 4);
    let partition = world.lead(Options::default());
    for written in [2, 0] {
        let found = changed(&partition, edit(&[("ann", "bob"), ("bob", "zoe")])).await;
        assert_eq!((found.revision, found.written, found.people), (1, written, 2));
        assert_eq!(found.notices.len(), 1, "zoe is nobody");
    }
    assert!(world.data().undistributed.is_empty());
    for number in 1..4 {
        assert_eq!(handed(&world, number), [1], "once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_missed_changes_gets_them_in_their_order() {
    let world = World::of(Partition(0), 3);
    world.data().refusals.insert(Partition(2), u32::MAX);
    let old = world.lead(Options::default());
    for (number, leader) in ["a", "b", "c"].into_iter().enumerate() {
        let failure = old.ask(edit(&[("ann", leader)])).await.unwrap_err();
        let Failure::Unavailable { message } = failure else { panic!("{failure:?}") };
        assert!(message.contains("being distributed"), "{message}");
        assert_eq!(world.data().directory.revision, number as u64 + 1, "stored all the same");
    }
    assert_eq!((handed(&world, 1), handed(&world, 2)), (vec![1, 2, 3], vec![]));

    // The next leader goes on with it by itself.
    old.stop().await;
    let _new = world.lead(Options::default());
    world.data().refusals.clear();
    pass_ms(2_000).await;
    assert_eq!(handed(&world, 2), [1, 2, 3]);
    assert!(world.data().undistributed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn changes_at_the_same_time_follow_each_other() {
    let world = World::of(Partition(0), 2);
    world.data().delay_ms = 5;
    let partition = world.lead(Options::default());
    let names: Vec<String> = (0..20).map(|number| format!("p{number}")).collect();
    let all = names.iter().map(|name| changed(&partition, edit(&[(name, "bob")])));
    let mut revisions: Vec<u64> =
        futures::future::join_all(all).await.iter().map(|it| it.revision).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=20).collect::<Vec<u64>>());
    assert_eq!(world.data().directory.people.len(), 20);
    assert_eq!(handed(&world, 1), (1..=20).collect::<Vec<u64>>());
}

#[tokio::test(start_paused = true)]
async fn absences_are_set_for_people_that_are_there() {
    let world = World::new();
    let partition = world.lead(Options::default());
    changed(&partition, edit(&[("ann", "bob")])).await;
    let set = |person: &str| {
        let absence = Absence {
            substitute: "bob".into(),
            from: Millis(1),
            until: Millis(9),
            definitions: Vec::new(),
            keeps_access: true,
        };
        let absences = vec![absence];
        Ask::Directory(DirectoryAsk::SetAbsences { person: person.to_owned(), absences })
    };
    assert_eq!(changed(&partition, set("ann")).await.revision, 2);
    let ann = world.data().directory.people["ann"].clone();
    assert_eq!((ann.absences.len(), ann.leader.as_deref()), (1, Some("bob")));
    let failure = partition.ask(set("zoe")).await.unwrap_err();
    assert!(matches!(failure, Failure::NotFound { code, .. } if code == "PERSON_NOT_FOUND"));
}

#[tokio::test(start_paused = true)]
async fn f_19_a_person_is_replaced_once_from_now_on() {
    let world = World::new();
    let partition = world.lead(Options::default());
    changed(&partition, edit(&[("ann", "bob")])).await;
    let replace = |definition: Option<&str>| {
        Ask::Directory(DirectoryAsk::Replace {
            person: "ann".into(),
            by: "carl".into(),
            definition: definition.map(str::to_owned),
        })
    };
    for (definition, revision, count) in
        [(None, 2, 1), (None, 2, 1), (Some("leave"), 3, 2), (Some("leave"), 3, 2)]
    {
        assert_eq!(changed(&partition, replace(definition)).await.revision, revision);
        let ann = world.data().directory.people["ann"].clone();
        assert_eq!(ann.absences.len(), count, "the same is not said twice");
        assert!(ann.absences.iter().all(|it| it.substitute == "carl" && it.from < it.until));
    }
}

#[tokio::test(start_paused = true)]
async fn another_partition_stores_what_follows_and_nothing_else() {
    let elsewhere = World::of(Partition(3), 4);
    let partition = elsewhere.lead(Options::default());
    let change = |revision| {
        let people = vec![("ann".to_owned(), person("bob"))];
        Ask::Install(Install::Directory(DirectoryChange {
            now: Millis(5),
            revision,
            people,
            departments: Vec::new(),
            removed_people: Vec::new(),
            removed_departments: Vec::new(),
            calendar: None,
        }))
    };
    let failure = partition.ask(change(2)).await.unwrap_err();
    assert!(matches!(failure, Failure::Unavailable { .. }), "the one before is missing");
    for revision in [1, 1, 2] {
        let answer = partition.ask(change(revision)).await.expect("it follows, or is there");
        assert_eq!(answer.body, AnswerBody::Installed);
    }
    assert_eq!(elsewhere.data().directory.revision, 2);
    let failure = partition.ask(edit(&[("ann", "bob")])).await.unwrap_err();
    assert!(matches!(failure, Failure::Invalid { .. }), "it is changed on partition 0");
}

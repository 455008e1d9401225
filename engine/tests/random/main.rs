//! Random block-structured processes, walked at random until they end.
//!
//! After every step the driver checks the invariants, replay and encoding. Here is checked what only
//! a whole walk shows: every process comes to its end, at no time does anything wait without a reason
//! to wake, and where nothing is interrupted every join fires as often as its fork was passed.
//!
//! `QUORATE_RANDOM_CASES` sets the number of processes for a longer run.

#![allow(clippy::disallowed_methods, reason = "the number of cases comes from the environment")]

mod blocks;
#[path = "../support/mod.rs"]
mod support;
mod walk;
mod writer;

use blocks::{blocks, calm_blocks};
use proptest::prelude::*;
use walk::{Walk, calm, moved};

fn config(cases: u32) -> ProptestConfig {
    let given = std::env::var("QUORATE_RANDOM_CASES").ok();
    let cases = given.and_then(|given| given.parse().ok()).unwrap_or(cases);
    ProptestConfig {
        cases,
        // Walks that a random model makes pointless are thrown away, the more the longer it runs.
        max_global_rejects: cases.max(1_024),
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    }
}

/// One process in so many is walked with tokens that are moved.
const MOVED: u32 = 10;

proptest! {
    #![proptest_config(config(5_000))]

    #[test]
    fn random_processes_come_to_their_end(
        block in blocks(),
        truths in any::<[bool; 3]>(),
        picks in prop::collection::vec(any::<u16>(), 1..96),
    ) {
        Walk::new(&block, truths, &picks).go_to_the_end()?;
    }

    #[test]
    fn each_passed_fork_joins_once_where_nothing_is_interrupted(
        block in calm_blocks(),
        truths in any::<[bool; 3]>(),
        picks in prop::collection::vec(any::<u16>(), 1..64),
    ) {
        calm(&block, truths, &picks)?;
    }
}

proptest! {
    // Each of them looks at the whole definition for every move.
    #![proptest_config(config(5_000 / MOVED))]

    #[test]
    fn moved_tokens_come_to_their_end(
        block in blocks(),
        truths in any::<[bool; 3]>(),
        picks in prop::collection::vec(any::<u16>(), 1..64),
    ) {
        moved(&block, truths, &picks)?;
    }
}

proptest! {
    // Each command is chosen among more, so a walk takes longer.
    #![proptest_config(config(500))]

    #[test]
    fn s2_11_random_processes_come_to_their_end_with_returns(
        block in blocks(),
        truths in any::<[bool; 3]>(),
        picks in prop::collection::vec(any::<u16>(), 1..96),
    ) {
        Walk::returning(&block, truths, &picks).go_to_the_end()?;
    }
}

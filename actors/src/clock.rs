//! The leader's time: the clock of the node, but never backwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::Millis;

use crate::ports::Clock;

/// Time of one leadership. A clock that is set back makes it stand still, not go back.
pub(crate) struct LeaderClock {
    clock: Arc<dyn Clock>,
    last: AtomicU64,
}

impl LeaderClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: AtomicU64::new(0) }
    }

    /// Now; not before any time given out earlier.
    pub(crate) fn now(&self) -> Millis {
        let now = self.clock.now().0;
        Millis(self.last.fetch_max(now, Ordering::AcqRel).max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Set(Mutex<u64>);

    impl Clock for Set {
        fn now(&self) -> Millis {
            Millis(*self.0.lock().unwrap())
        }
    }

    #[test]
    fn time_stands_still_while_the_clock_is_behind() {
        let set = Arc::new(Set(Mutex::new(100)));
        let clock = LeaderClock::new(set.clone());
        assert_eq!(clock.now(), Millis(100));
        *set.0.lock().unwrap() = 40;
        assert_eq!(clock.now(), Millis(100));
        *set.0.lock().unwrap() = 101;
        assert_eq!(clock.now(), Millis(101));
    }
}

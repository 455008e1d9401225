//! openraft's own contract tests for log store and state machine.

mod common;

use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use raft_store::{LogStore, StateMachine, Store, TypeConfig};
use tempfile::TempDir;

use common::{P0, open};

struct Builder;

impl StoreBuilder<TypeConfig, LogStore, StateMachine, (TempDir, Store)> for Builder {
    async fn build(
        &self,
    ) -> Result<((TempDir, Store), LogStore, StateMachine), StorageError<TypeConfig>> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(folder.path());
        let (log, machine) = store.group(P0);
        Ok(((folder, store), log, machine))
    }
}

#[test]
fn the_contract_of_openraft_is_kept() {
    // The suite holds futures that are larger than the default stack of a test allows.
    let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.expect("a runtime").block_on(Suite::test_all(Builder)).expect("the suite passes");
    });
    thread.expect("a thread").join().expect("no panic");
}

//! Any bytes as a BPMN file: problems or a definition, never a panic; and what imports can be made a
//! model and started.
#![no_main]

use engine::{Command, DefinitionRef, Instance, Key, Limits, Millis, Model, NoLibrary, Partition};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(import) = bpmn::import(bytes, &bpmn::Limits::default()) else { return };
    let limits = Limits { step_moves_max: 200, ..Limits::default() };
    for definition in import.definitions {
        let Ok(model) = Model::new(definition, &limits) else { continue };
        let key = Key::instance_of(Partition(0), 1);
        let start = Command::Start {
            key,
            definition: DefinitionRef { key: "fuzz".into(), version: 1 },
            business_key: None,
            initiator: None,
            variables: Default::default(),
            at: None,
            parent: None,
            caller_path: None,
        };
        let unborn = Instance::unborn(key);
        let now = Millis(1_769_853_600_000);
        if let Ok(step) = engine::step(&model, &NoLibrary, &unborn, &start, now, &limits) {
            let wrong = engine::check(&model, &step.after);
            assert!(wrong.is_empty(), "{wrong:?}");
        }
    }
});

//! Any bytes as a DMN file: problems or a model, never a panic; and what imports can be evaluated.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(import) = dmn::import(bytes, &dmn::Limits::default()) else { return };
    let scope: BTreeMap<String, expr::Value> = BTreeMap::new();
    for decision in import.model.decisions() {
        // Any outcome is fine, as long as there is one.
        let _ = import.model.decide(&decision.id, &scope, &expr::Limits::default());
    }
});

//! Prints how long it takes to import a model of a thousand elements of many kinds.
//!
//! `cargo run --release -p bpmn --example speed`

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the crate reads no clock, this example measures it"
)]

use std::fmt::Write;
use std::time::Instant;

/// Elements of one block.
const BLOCK_ELEMENTS: usize = 10;
const BLOCKS: usize = 100;
const ROUNDS: usize = 50;

fn main() {
    let xml = model();
    let limits = bpmn::Limits::default();
    let mut micros: Vec<u128> = Vec::with_capacity(ROUNDS);
    let mut elements = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        match bpmn::import(xml.as_bytes(), &limits) {
            Ok(import) => elements = import.definitions[0].elements.len(),
            Err(problems) => {
                problems.iter().take(5).for_each(|problem| eprintln!("{problem}"));
                std::process::exit(1);
            }
        }
        micros.push(start.elapsed().as_micros());
    }
    micros.sort_unstable();
    println!(
        "{elements} elements, {} KiB: median {:.1} ms, worst {:.1} ms",
        xml.len() / 1024,
        micros[ROUNDS / 2] as f64 / 1000.0,
        micros[ROUNDS - 1] as f64 / 1000.0
    );
}

/// Blocks of ten elements each, one behind the other.
fn model() -> String {
    let mut body = String::from("<startEvent id=\"n0\"/>");
    for block in 0..BLOCKS {
        add_block(&mut body, block).expect("writing to a string cannot fail");
    }
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:q="https://quorate.dev/bpmn"
xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
<message id="m" name="M"/><error id="er" errorCode="E"/>
<process id="p" isExecutable="true">{body}</process></definitions>"#
    )
}

fn add_block(body: &mut String, block: usize) -> std::fmt::Result {
    let from = block * BLOCK_ELEMENTS;
    let id = |offset: usize| format!("n{}", from + offset);
    let mut flow = |source: &str, target: &str, condition: &str| {
        write!(
            body,
            "\n<sequenceFlow id=\"f_{source}_{target}\" sourceRef=\"{source}\" targetRef=\"{target}\">{condition}</sequenceFlow>"
        )
    };
    flow(&id(0), &id(1), "")?;
    flow(&id(1), &id(2), "")?;
    flow(&id(2), &id(3), "<conditionExpression>= amount &gt; 100</conditionExpression>")?;
    flow(&id(2), &id(4), "")?;
    flow(&id(3), &id(5), "")?;
    flow(&id(4), &id(5), "")?;
    flow(&id(6), &id(5), "")?;
    flow(&id(5), &id(BLOCK_ELEMENTS), "")?;
    write!(
        body,
        r#"
<userTask id="{}" name="Task" camunda:assignee="${{who}}" camunda:candidateGroups="a,b" camunda:dueDate="P3D">
  <extensionElements><camunda:taskListener event="create" class="A"/></extensionElements></userTask>
<exclusiveGateway id="{}" default="f_{}_{}"/>
<serviceTask id="{}"><extensionElements><zeebe:taskDefinition type="work" retries="5"/>
  <zeebe:ioMapping><zeebe:input source="=amount" target="a"/><zeebe:output source="=b" target="b"/></zeebe:ioMapping></extensionElements>
  <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics></serviceTask>
<sendTask id="{}" messageRef="m" q:correlationKey="= key"/>
<exclusiveGateway id="{}"/>
<boundaryEvent id="{}" attachedToRef="{}"><errorEventDefinition errorRef="er"/></boundaryEvent>
<subProcess id="{}" triggeredByEvent="true"><startEvent id="{}" isInterrupting="false"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
  <sequenceFlow sourceRef="{}" targetRef="{}"/><endEvent id="{}"/></subProcess>
<userTask id="{}"/>"#,
        id(1),
        id(2),
        id(2),
        id(4),
        id(3),
        id(4),
        id(5),
        id(6),
        id(3),
        id(7),
        id(8),
        id(8),
        id(9),
        id(9),
        id(BLOCK_ELEMENTS)
    )
}

//! Writes random processes as BPMN, in the notation of the tests.

use std::fmt::Write as _;

use super::blocks::{Block, Event, Host, Keeps, Runs};

/// What stands beside every random process: the events it refers to.
const ROOTS: &str = "^<message id=\"message\" name=\"message\"/>\n\
                     ^<signal id=\"signal0\" name=\"signal0\"/>\n\
                     ^<signal id=\"signal1\" name=\"signal1\"/>\n\
                     ^<signal id=\"signal2\" name=\"signal2\"/>\n\
                     ^<signal id=\"signal3\" name=\"signal3\"/>\n\
                     ^<error id=\"error\" errorCode=\"E\"/>\n\
                     ^<escalation id=\"escalation\" escalationCode=\"X\"/>\n";

/// How the people of a user task decide; several tasks are plain.
const RULES: [&str; 6] = [
    "",
    "<extensionElements><quorate:approval mode=\"all\"><quorate:participant users=\"ann, bob\"/>\
     </quorate:approval></extensionElements>",
    "",
    "<extensionElements><quorate:approval mode=\"vote\" passAt=\"2\" order=\"sequential\">\
     <quorate:participant users=\"ann, bob, carl\"/></quorate:approval></extensionElements>",
    "<extensionElements><quorate:approval leadEndsAssist=\"false\">\
     <quorate:participant users=\"ann\" part=\"lead\"/>\
     <quorate:participant users=\"bob\" part=\"assist\"/></quorate:approval></extensionElements>",
    "<extensionElements><quorate:approval mode=\"vote\" passAt=\"50%\" veto=\"ann\">\
     <quorate:participant users=\"ann, bob\"/>\
     <quorate:participant groups=\"law\" asOne=\"true\"/></quorate:approval></extensionElements>",
];

/// The signal that comes from outside only.
const NEVER_THROWN: u8 = 2;

/// A process around a block, and the variables that it needs.
pub(crate) fn process(block: &Block) -> (String, Vec<String>) {
    let mut writer = Writer::default();
    let first = writer.block(block, "end");
    writer.line(format_args!("end end outcome=end"));
    let text = format!("{ROOTS}start start -> {first}\n{}", writer.out);
    let counters = (1..=writer.last).map(|number| format!("again{number}=0")).collect();
    (text, counters)
}

#[derive(Default)]
struct Writer {
    out: String,
    last: usize,
}

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.last += 1;
        format!("{prefix}{}", self.last)
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{line}");
    }

    /// Writes a block that goes on to `next`; returns the id of its first element.
    fn block(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::User => self.host(Host::User, "", next),
            Block::Job => self.host(Host::Job, "", next),
            Block::Call => self.host(Host::Call, "", next),
            Block::Timer => self.catch(Event::Timer, next),
            Block::Message => self.catch(Event::Message, next),
            Block::Signal(number) => self.catch(Event::Signal(*number), next),
            Block::Condition(number) => self.catch(Event::Condition(*number), next),
            Block::Either(one, other, _) if one == other => self.catch(*one, next),
            Block::Either(one, other, all) => self.either(*one, *other, *all, next),
            Block::Pass => self.simple("pass", "task", "", next),
            Block::Receive => {
                let id = self.id("receive");
                self.line(format_args!("<receiveTask id=\"{id}\" messageRef=\"message\"/>"));
                self.flow(&id, next);
                id
            }
            Block::ThrowSignal(number) => self.throw_signal(*number, next),
            Block::Watched(host, event, keeps) => {
                let merge = self.merge(next);
                let id = self.host(*host, "", &merge);
                self.boundary(&id, *event, *keeps, &merge);
                id
            }
            Block::MultiTask(host, runs) => self.host(*host, &repeated(*runs), next),
            Block::Sequence(parts) => {
                let mut first = next.to_owned();
                for part in parts.iter().rev() {
                    first = self.block(part, &first);
                }
                first
            }
            Block::Choice(variable, branches) => self.choice(*variable, branches, next),
            Block::Inclusive(variable, branches) => self.inclusive(*variable, branches, next),
            Block::Parallel(branches) => self.parallel(branches, "and", "", next),
            Block::First(branches) => {
                self.parallel(branches, "complex", "after=activationCount~>=~1", next)
            }
            Block::Events(branches) => self.events(branches, next),
            Block::Sub(body) => self.sub(body, "", next),
            Block::Multi(body, runs) => self.sub(body, &repeated(*runs), next),
            Block::Standard(body, most) => {
                let marker = format!("<standardLoopCharacteristics loopMaximum=\"{most}\"/>\n");
                self.sub(body, &marker, next)
            }
            Block::WatchedSub(body, event, keeps) => {
                let merge = self.merge(next);
                let id = self.sub(body, "", &merge);
                self.boundary(&id, *event, *keeps, &merge);
                id
            }
            Block::Handled(body, event, keeps, then) => {
                let inside = self.event_sub_process(*event, *keeps, then);
                self.sub(body, &inside, next)
            }
            Block::Terminate(variable) => self.terminate(*variable, next),
            Block::Transaction(variable, body) => self.transaction(*variable, body, next),
            Block::Compensated(body) => self.compensated(body, next),
            Block::Loop(body) => self.repeat(body, next),
            Block::AdHoc => self.ad_hoc(next),
        }
    }

    fn either(&mut self, one: Event, other: Event, all: bool, next: &str) -> String {
        let id = self.id("catch");
        let (one, other) = (definition(one), definition(other));
        self.line(format_args!(
            "<intermediateCatchEvent id=\"{id}\" parallelMultiple=\"{all}\">{one}{other}\
             </intermediateCatchEvent>"
        ));
        self.flow(&id, next);
        id
    }

    fn throw_signal(&mut self, number: u8, next: &str) -> String {
        let id = self.id("throw");
        let scope = "flowable:scope=\"processInstance\"";
        self.line(format_args!(
            "<intermediateThrowEvent id=\"{id}\"><signalEventDefinition \
             signalRef=\"signal{number}\" {scope}/></intermediateThrowEvent>"
        ));
        self.flow(&id, next);
        id
    }

    fn compensated(&mut self, body: &Block, next: &str) -> String {
        let id = self.id("undo");
        self.line(format_args!(
            "<intermediateThrowEvent id=\"{id}\"><compensateEventDefinition/>\
             </intermediateThrowEvent>"
        ));
        self.flow(&id, next);
        let first = self.block(body, &id);
        self.undoable(&first)
    }

    fn ad_hoc(&mut self, next: &str) -> String {
        let (id, a, b) = (self.id("adhoc"), self.id("user"), self.id("user"));
        self.line(format_args!("<adHocSubProcess id=\"{id}\">"));
        self.line(format_args!("user {a}\nuser {b}"));
        self.line(format_args!("</adHocSubProcess>"));
        self.flow(&id, next);
        id
    }

    fn flow(&mut self, source: &str, target: &str) {
        self.line(format_args!("flow {source} -> {target}"));
    }

    fn simple(&mut self, prefix: &str, tag: &str, inside: &str, next: &str) -> String {
        let id = self.id(prefix);
        self.line(format_args!("<{tag} id=\"{id}\">{inside}</{tag}>"));
        self.flow(&id, next);
        id
    }

    fn host(&mut self, host: Host, inside: &str, next: &str) -> String {
        let (prefix, tag, attributes) = match host {
            Host::User => ("user", "userTask", ""),
            Host::Job => ("job", "serviceTask", "quorate:jobType=\"work\""),
            Host::Call => ("call", "callActivity", "calledElement=\"child\""),
        };
        let id = self.id(prefix);
        let rules = match host {
            Host::User => RULES[self.last % RULES.len()],
            Host::Job | Host::Call => "",
        };
        self.line(format_args!("<{tag} id=\"{id}\" {attributes}>{rules}{inside}</{tag}>"));
        self.flow(&id, next);
        id
    }

    fn catch(&mut self, event: Event, next: &str) -> String {
        let definition = definition(event);
        self.simple("catch", "intermediateCatchEvent", &definition, next)
    }

    /// What comes out of a host that goes on ends on its own; else it takes the host's way.
    fn boundary(&mut self, host: &str, event: Event, keeps: Keeps, merge: &str) {
        let id = self.id("event");
        let keeps = keeps && event != Event::Error;
        let definition = definition(event);
        self.line(format_args!(
            "<boundaryEvent id=\"{id}\" attachedToRef=\"{host}\" cancelActivity=\"{}\">\
             {definition}</boundaryEvent>",
            !keeps
        ));
        let target = if keeps { self.end() } else { merge.to_owned() };
        self.flow(&id, &target);
    }

    fn merge(&mut self, next: &str) -> String {
        let id = self.id("merge");
        self.line(format_args!("xor {id} -> {next}"));
        id
    }

    fn end(&mut self) -> String {
        let id = self.id("end");
        self.line(format_args!("end {id} outcome={id}"));
        id
    }

    fn choice(&mut self, variable: u8, branches: &[Block], next: &str) -> String {
        let (split, merge) = (self.id("split"), self.merge(next));
        let firsts: Vec<String> =
            branches.iter().map(|branch| self.block(branch, &merge)).collect();
        let (last, conditional) = firsts.split_last().expect("two branches or more");
        let flows: Vec<String> = conditional
            .iter()
            .enumerate()
            .map(|(at, first)| format!("{first} [= {} = true]", named(variable, at)))
            .collect();
        self.line(format_args!("xor {split} -> {}, {last} default", flows.join(", ")));
        split
    }

    fn inclusive(&mut self, variable: u8, branches: &[Block], next: &str) -> String {
        let (split, join) = (self.id("some"), self.id("join"));
        self.line(format_args!("<inclusiveGateway id=\"{split}\" default=\"{split}-0\"/>"));
        self.line(format_args!("<inclusiveGateway id=\"{join}\"/>"));
        self.flow(&join, next);
        for (at, branch) in branches.iter().enumerate() {
            let first = self.block(branch, &join);
            let condition = if at == 0 {
                String::new()
            } else {
                let name = named(variable, at);
                format!("<conditionExpression>= {name} = true</conditionExpression>")
            };
            self.line(format_args!(
                "<sequenceFlow id=\"{split}-{at}\" sourceRef=\"{split}\" \
                 targetRef=\"{first}\">{condition}</sequenceFlow>"
            ));
        }
        split
    }

    fn parallel(&mut self, branches: &[Block], join_kind: &str, rule: &str, next: &str) -> String {
        let (fork, join) = (self.id("fork"), self.id("join"));
        let firsts: Vec<String> = branches.iter().map(|branch| self.block(branch, &join)).collect();
        self.line(format_args!("and {fork} -> {}", firsts.join(", ")));
        self.line(format_args!("{join_kind} {join} {rule} -> {next}"));
        fork
    }

    fn events(&mut self, branches: &[(Event, Block)], next: &str) -> String {
        let (gate, merge) = (self.id("gate"), self.merge(next));
        self.line(format_args!("<eventBasedGateway id=\"{gate}\"/>"));
        let mut known: Vec<Event> = Vec::new();
        for (event, block) in branches {
            // An event-based gateway waits for each message or signal once.
            if known.contains(event) {
                continue;
            }
            known.push(*event);
            let first = self.block(block, &merge);
            let event = self.catch(*event, &first);
            self.flow(&gate, &event);
        }
        gate
    }

    fn sub(&mut self, body: &Block, inside: &str, next: &str) -> String {
        let (id, start, end) = (self.id("sub"), self.id("start"), self.id("end"));
        self.line(format_args!("sub {id} -> {next} {{"));
        self.out.push_str(inside);
        let first = self.block(body, &end);
        self.line(format_args!("start {start} -> {first}"));
        self.line(format_args!("end {end}"));
        self.line(format_args!("}}"));
        id
    }

    fn event_sub_process(&mut self, event: Event, keeps: Keeps, body: &Block) -> String {
        let outer = std::mem::take(&mut self.out);
        let (id, start, end) = (self.id("sub"), self.id("start"), self.id("end"));
        let interrupts = event == Event::Error || !keeps;
        // One that throws the signal it waits for would never end.
        let event = match event {
            Event::Signal(_) if !interrupts => Event::Signal(NEVER_THROWN),
            other => other,
        };
        self.line(format_args!("<subProcess id=\"{id}\" triggeredByEvent=\"true\">"));
        self.line(format_args!(
            "<startEvent id=\"{start}\" isInterrupting=\"{interrupts}\">{}</startEvent>",
            definition(event)
        ));
        let first = self.block(body, &end);
        self.flow(&start, &first);
        self.line(format_args!("end {end}"));
        self.line(format_args!("</subProcess>"));
        std::mem::replace(&mut self.out, outer)
    }

    fn terminate(&mut self, variable: u8, next: &str) -> String {
        let (split, end) = (self.id("split"), self.id("end"));
        let name = named(variable, 0);
        self.line(format_args!("xor {split} -> {end} [= {name} = true], {next} default"));
        self.line(format_args!("end {end} outcome={end} terminate"));
        split
    }

    fn transaction(&mut self, variable: u8, body: &Block, next: &str) -> String {
        let (id, merge) = (self.id("transaction"), self.merge(next));
        let (start, split) = (self.id("start"), self.id("split"));
        let (end, cancel) = (self.id("end"), self.id("cancel"));
        self.line(format_args!("<transaction id=\"{id}\">"));
        let first = self.block(body, &split);
        let first = self.undoable(&first);
        self.line(format_args!("start {start} -> {first}"));
        let name = named(variable, 0);
        self.line(format_args!("xor {split} -> {cancel} [= {name} = true], {end} default"));
        self.line(format_args!("end {end}"));
        self.line(format_args!("<endEvent id=\"{cancel}\"><cancelEventDefinition/></endEvent>"));
        self.line(format_args!("</transaction>"));
        self.flow(&id, &merge);
        let event = self.id("event");
        self.line(format_args!(
            "<boundaryEvent id=\"{event}\" attachedToRef=\"{id}\"><cancelEventDefinition/>\
             </boundaryEvent>"
        ));
        self.flow(&event, &merge);
        id
    }

    /// A user task whose handler is another one, in front of `next`.
    fn undoable(&mut self, next: &str) -> String {
        let (id, event) = (self.id("user"), self.id("event"));
        let handler = self.id("user");
        self.line(format_args!("user {id} -> {next}"));
        self.line(format_args!(
            "<boundaryEvent id=\"{event}\" attachedToRef=\"{id}\"><compensateEventDefinition/>\
             </boundaryEvent>"
        ));
        self.line(format_args!("<userTask id=\"{handler}\" isForCompensation=\"true\"/>"));
        self.line(format_args!(
            "<association id=\"{event}-{handler}\" sourceRef=\"{event}\" \
             targetRef=\"{handler}\" associationDirection=\"One\"/>"
        ));
        id
    }

    fn repeat(&mut self, body: &Block, next: &str) -> String {
        let (head, tail) = (self.id("merge"), self.id("again"));
        let first = self.block(body, &tail);
        let count = self.id("count");
        self.line(format_args!("xor {head} -> {first}"));
        self.line(format_args!("eval {count} do==~({tail}+1) result={tail} -> {head}"));
        self.line(format_args!("xor {tail} -> {count} [= {tail} < 2], {next} default"));
        head
    }
}

/// The variable of a branch of a split.
fn named(variable: u8, at: usize) -> String {
    format!("v{}", (usize::from(variable) + at) % 3)
}

fn repeated(runs: Runs) -> String {
    let completion = if runs.ends_early {
        "<completionCondition>= nrOfCompletedInstances = 1</completionCondition>"
    } else {
        ""
    };
    format!(
        "<multiInstanceLoopCharacteristics isSequential=\"{}\"><loopCardinality>{}\
         </loopCardinality>{completion}</multiInstanceLoopCharacteristics>\n",
        runs.is_sequential, runs.count
    )
}

fn definition(event: Event) -> String {
    match event {
        Event::Timer => "<timerEventDefinition><timeDuration>PT1H</timeDuration>\
                         </timerEventDefinition>"
            .to_owned(),
        Event::Message => "<messageEventDefinition messageRef=\"message\"/>".to_owned(),
        Event::Signal(number) => {
            format!("<signalEventDefinition signalRef=\"signal{number}\"/>")
        }
        Event::Condition(number) => format!(
            "<conditionalEventDefinition><condition>= v{number} = true</condition>\
             </conditionalEventDefinition>"
        ),
        Event::Error => "<errorEventDefinition errorRef=\"error\"/>".to_owned(),
        Event::Escalation => "<escalationEventDefinition escalationRef=\"escalation\"/>".to_owned(),
    }
}

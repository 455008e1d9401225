//! BPMN files for tests, put together from their parts.

/// A process that is being drawn. Lines keep the order in which they are drawn.
#[derive(Debug, Clone)]
pub struct Draft {
    id: String,
    nodes: String,
    lines: String,
    count: usize,
}

impl Draft {
    /// A process with a start event `start`.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let draft =
            Self { id: id.to_owned(), nodes: String::new(), lines: String::new(), count: 0 };
        draft.node(r#"<startEvent id="start"/>"#)
    }

    /// Adds an element as it stands in a file.
    #[must_use]
    pub fn node(mut self, xml: &str) -> Self {
        self.nodes.push_str(xml);
        self.nodes.push('\n');
        self
    }

    /// A user task that is offered to a group.
    #[must_use]
    pub fn user(self, id: &str, group: &str) -> Self {
        self.node(&format!(
            r#"<userTask id="{id}" name="Task {id}" quorate:candidateGroups="{group}"/>"#
        ))
    }

    /// A service task done by workers; `more` are further attributes.
    #[must_use]
    pub fn job(self, id: &str, job_type: &str, more: &str) -> Self {
        self.node(&format!(r#"<serviceTask id="{id}" quorate:jobType="{job_type}" {more}/>"#))
    }

    /// A service task that evaluates an expression inside the step.
    #[must_use]
    pub fn expression(self, id: &str, expression: &str, result: &str) -> Self {
        self.node(&format!(
            r#"<serviceTask id="{id}" quorate:expression="{expression}" quorate:resultVariable="{result}"/>"#
        ))
    }

    /// A timer event that waits for a duration.
    #[must_use]
    pub fn timer(self, id: &str, duration: &str) -> Self {
        self.node(&format!(
            r#"<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition></intermediateCatchEvent>"#
        ))
    }

    /// A parallel gateway.
    #[must_use]
    pub fn parallel(self, id: &str) -> Self {
        self.node(&format!(r#"<parallelGateway id="{id}"/>"#))
    }

    /// An exclusive gateway whose default is the line to `otherwise`, which this draws.
    #[must_use]
    pub fn choice(mut self, id: &str, otherwise: &str) -> Self {
        self.count += 1;
        let line = format!("l{}", self.count);
        self.lines.push_str(&format!(
            r#"<sequenceFlow id="{line}" sourceRef="{id}" targetRef="{otherwise}"/>"#
        ));
        self.node(&format!(r#"<exclusiveGateway id="{id}" default="{line}"/>"#))
    }

    /// An end event.
    #[must_use]
    pub fn end(self, id: &str) -> Self {
        self.node(&format!(r#"<endEvent id="{id}" quorate:outcome="{id}"/>"#))
    }

    /// Lines along `path`, node ids separated by `->`.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        let nodes: Vec<&str> = path.split("->").map(str::trim).collect();
        for pair in nodes.windows(2) {
            self.count += 1;
            self.lines.push_str(&format!(
                r#"<sequenceFlow id="l{}" sourceRef="{}" targetRef="{}"/>"#,
                self.count, pair[0], pair[1]
            ));
        }
        self
    }

    /// A line with a condition, a FEEL expression.
    #[must_use]
    pub fn line_if(mut self, from: &str, to: &str, condition: &str) -> Self {
        self.count += 1;
        let condition = condition.replace('<', "&lt;").replace('>', "&gt;");
        self.lines.push_str(&format!(
            r#"<sequenceFlow id="l{}" sourceRef="{from}" targetRef="{to}"><conditionExpression>= {condition}</conditionExpression></sequenceFlow>"#,
            self.count
        ));
        self
    }

    /// The file: its name and content, as a deployment takes them.
    #[must_use]
    pub fn file(&self) -> (String, Vec<u8>) {
        let text = format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
             xmlns:quorate=\"https://quorate.dev/bpmn\" targetNamespace=\"https://quorate.dev/tests\">\n\
             <process id=\"{}\" isExecutable=\"true\">\n{}{}\n</process></definitions>",
            self.id, self.nodes, self.lines
        );
        (format!("{}.bpmn", self.id), text.into_bytes())
    }
}

/// Two user tasks one after the other, `first` and `second`, both for the group `staff`.
#[must_use]
pub fn two_steps(id: &str) -> Draft {
    Draft::new(id)
        .user("first", "staff")
        .user("second", "staff")
        .end("done")
        .path("start -> first -> second -> done")
}

/// A fork with the user tasks `b` and `c` for the group `staff`, a join and an end.
#[must_use]
pub fn two_branches(id: &str) -> Draft {
    Draft::new(id)
        .parallel("fork")
        .user("b", "staff")
        .user("c", "staff")
        .parallel("join")
        .end("done")
        .path("start -> fork -> b -> join -> done")
        .path("fork -> c -> join")
}

/// What the clients of a chaos run work on: a person, a worker and a timer side by side, then a
/// decision.
#[must_use]
pub fn chaos(id: &str) -> Draft {
    Draft::new(id)
        .parallel("fork")
        .user("review", "staff")
        .job("probe", "probe", "")
        .timer("pause", "PT0.2S")
        .parallel("join")
        .choice("decided", "refused")
        .user("approve", "staff")
        .end("approved")
        .end("refused")
        .path("start -> fork -> review -> join")
        .path("fork -> probe -> join")
        .path("fork -> pause -> join -> decided")
        .line_if("decided", "approve", r#"decision = "approve""#)
        .path("approve -> approved")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_of_the_tests_are_valid() {
        for draft in [two_steps("m1"), two_branches("m2"), chaos("m3")] {
            let (name, content) = draft.file();
            let import = bpmn::import(&content, &bpmn::Limits::default());
            assert!(import.is_ok(), "{name}: {:?}", import.err());
        }
    }
}

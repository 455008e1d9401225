//! What events wait for and what they do.

use super::{ElementIndex, Expression, JobTask, Mapping, Text};

/// A start event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StartEvent {
    /// What starts it; empty for a none start event. Any one is enough.
    pub triggers: Vec<Trigger>,
    /// For an event sub-process: true if it ends everything else in its scope.
    pub interrupting: bool,
    /// Form key, for the client.
    pub form_key: Option<Text>,
}

/// What a catching event waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch {
    /// The triggers, in document order; at least one.
    pub triggers: Vec<Trigger>,
    /// True if all must happen (parallel multiple), false if one is enough.
    pub all: bool,
}

/// What can happen to a process.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// A message arrives.
    Message(MessageTrigger),
    /// A time comes.
    Timer(Timer),
    /// A signal is sent.
    Signal {
        /// Its name.
        name: Text,
    },
    /// A business error inside the activity or scope.
    Error(CodeTrigger),
    /// An escalation from inside the activity or scope.
    Escalation(CodeTrigger),
    /// The activity is to be undone. On an activity: its handler is `Extras::compensated_by`; as the
    /// start of an event sub-process: undoes the scope.
    Compensation,
    /// A condition becomes true.
    Condition {
        /// The condition.
        condition: Expression,
        /// Looked at only when one of these changes; any, if empty.
        variables: Vec<String>,
    },
    /// The transaction is cancelled.
    Cancel,
    /// A token comes from the throwing side of the link.
    Link {
        /// Name of the link.
        name: String,
    },
}

/// A message that is waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageTrigger {
    /// Its name.
    pub name: Text,
    /// The key that a message must carry. Without one the instance's business key, else its key.
    pub correlation_key: Option<Text>,
}

/// An error or escalation that is caught.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeTrigger {
    /// The code; any, if there is none.
    pub code: Option<String>,
    /// Variable that takes the code.
    pub code_variable: Option<String>,
    /// Variable that takes the message.
    pub message_variable: Option<String>,
}

/// What a throwing event does.
#[derive(Debug, Clone, PartialEq)]
pub enum Throw {
    /// Sends a message into the cluster.
    Message {
        /// Its name.
        name: Text,
        /// Its key. Without one the instance's business key, else its key.
        correlation_key: Option<Text>,
        /// How long it waits for a receiver: ISO 8601 duration. Not at all if there is none.
        time_to_live: Option<Text>,
        /// What it carries.
        variables: Vec<Mapping>,
    },
    /// A worker does the throwing.
    Job(Box<JobTask>),
    /// Sends a signal.
    Signal {
        /// Its name.
        name: Text,
        /// True if only this instance hears it.
        in_instance: bool,
        /// What it carries.
        variables: Vec<Mapping>,
    },
    /// Throws a business error; end events only.
    Error {
        /// Its code.
        code: Text,
        /// Its message.
        message: Option<Text>,
    },
    /// Throws an escalation.
    Escalation {
        /// Its code.
        code: Text,
    },
    /// Undoes what was completed in the scope.
    Compensation {
        /// Only this activity; all, if there is none.
        activity: Option<ElementIndex>,
    },
    /// Cancels the transaction; end events only.
    Cancel,
    /// Ends all that still runs in its scope; end events only.
    Terminate,
    /// Goes on at the catching side of the link.
    Link {
        /// The catching event.
        target: ElementIndex,
    },
}

/// An end event.
#[derive(Debug, Clone, PartialEq)]
pub struct EndEvent {
    /// What it does on its way, in document order; empty for a none end event.
    pub throws: Vec<Throw>,
    /// Outcome code of an instance that ends here: `quorate:outcome`, else the element id.
    pub outcome: String,
    /// True if the outcome stands for a refusal (`quorate:outcomeClass="rejected"`).
    pub rejected: bool,
}

/// When a timer fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Timer {
    /// At a date-time.
    Date(Text),
    /// A duration after it was armed.
    Duration(Text),
    /// Repeatedly: `R3/PT10M`, or a [`crate::Cron`] expression such as `0 0 9 * * MON-FRI`. Only
    /// non-interrupting events and start events repeat; others fire once.
    Cycle(Text),
}

//! Which index rows an event may change.

use super::Event;
use crate::key::LocalId;

impl Event {
    /// The activity, or the work item of a task, whose index rows the event may change; the store
    /// compares them before and after. Incidents are named apart, by [`Event::touches_incident`].
    #[must_use]
    pub fn touches(&self) -> Option<LocalId> {
        match self {
            Self::TaskCreated { task, .. }
            | Self::TaskClaimed { task, .. }
            | Self::TaskUnclaimed { task, .. }
            | Self::TaskCompleted { task, .. } => Some(*task),
            Self::JobCreated { job, .. }
            | Self::JobActivated { job, .. }
            | Self::JobReleased { job }
            | Self::JobFailed { job, .. }
            | Self::JobRetried { job, .. }
            | Self::JobCompleted { job, .. } => Some(*job),
            Self::TimerArmed { timer, .. } | Self::TimerFired { timer, .. } => Some(*timer),
            Self::HandlerJobCreated { job, .. } => Some(*job),
            Self::TaskOpened { task, .. }
            | Self::ItemsAdded { task, .. }
            | Self::TaskDecided { task, .. } => Some(*task),
            Self::ItemChanged { item, .. } => Some(*item),
            Self::DeadlineArmed { timer, .. } => Some(*timer),
            Self::RunAdded { activity, .. } => Some(*activity),
            Self::TaskFollowUp { task, .. } => Some(*task),
            Self::SubscriptionOpened { subscription, .. }
            | Self::SubscriptionFired { subscription, .. }
            | Self::ConditionChanged { subscription, .. } => Some(*subscription),
            Self::GateOpened { activity, .. }
            | Self::GatePassed { activity, .. }
            | Self::LoopOpened { activity, .. }
            | Self::LoopRunDone { activity, .. }
            | Self::LoopPaused { activity, .. }
            | Self::LoopContinued { activity }
            | Self::LoopCompleted { activity }
            | Self::CallOpened { activity, .. }
            | Self::ChildStarted { activity, .. }
            | Self::CallCompleted { activity, .. }
            | Self::CompensationOpened { activity, .. }
            | Self::CompensationCompleted { activity, .. }
            | Self::SubProcessOpened { activity, .. }
            | Self::SubProcessCompleted { activity }
            | Self::Parked { activity, .. }
            | Self::Stopped { activity, .. }
            | Self::Unparked { activity }
            | Self::Cancelled { activity } => Some(*activity),
            Self::Started { .. }
            | Self::Called { .. }
            | Self::LocalsSet { .. }
            | Self::LocalsCleared { .. }
            | Self::ParcelQueued { .. }
            | Self::ParcelDelivered { .. }
            | Self::Compensable { .. }
            | Self::Compensating { .. }
            | Self::ErrorThrown { .. }
            | Self::EscalationThrown { .. }
            | Self::DecisionEvaluated { .. }
            | Self::GatewayPassed { .. }
            | Self::VariablesSet { .. }
            | Self::FlowTaken { .. }
            | Self::Entered { .. }
            | Self::Decided { .. }
            | Self::RegionOpened { .. }
            | Self::BranchOpened { .. }
            | Self::Arrived { .. }
            | Self::Joined { .. }
            | Self::BranchEnded { .. }
            | Self::RegionClosed { .. }
            | Self::IncidentRaised { .. }
            | Self::IncidentResolved { .. }
            | Self::NodePassed { .. }
            | Self::WentBack(_)
            | Self::PathCut { .. }
            | Self::Readmitted { .. }
            | Self::BranchExcused { .. }
            | Self::StraightBackPlanned { .. }
            | Self::SnapshotTaken { .. }
            | Self::GuardedKept { .. }
            | Self::VariablesReplaced { .. }
            | Self::Concluded { .. }
            | Self::Reopened { .. }
            | Self::Suspended(_)
            | Self::Resumed { .. }
            | Self::CopySent(_)
            | Self::CopyRead { .. }
            | Self::Commented { .. }
            | Self::StepInserted { .. }
            | Self::StepRemoved { .. }
            | Self::AcknowledgeAwaited { .. }
            | Self::StartAcknowledged { .. }
            | Self::CallerPath(_)
            | Self::Finished { .. } => None,
        }
    }

    /// True if the event may change the index rows of every open activity.
    #[must_use]
    pub fn touches_all(&self) -> bool {
        matches!(self, Self::Suspended(_) | Self::Resumed { .. })
    }

    /// The incident whose index row the event may change.
    #[must_use]
    pub fn touches_incident(&self) -> Option<LocalId> {
        match self {
            Self::IncidentRaised { incident, .. } | Self::IncidentResolved { incident } => {
                Some(*incident)
            }
            _ => None,
        }
    }

    /// The parcel whose index row the event may change.
    #[must_use]
    pub fn touches_parcel(&self) -> Option<LocalId> {
        match self {
            Self::ParcelQueued { parcel, .. } | Self::ParcelDelivered { parcel } => Some(*parcel),
            _ => None,
        }
    }
}

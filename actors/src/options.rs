//! Limits and times of one partition's actors. Each has a unit in its name, or counts things.

/// Bounds of one partition. The defaults are those of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests admitted and not yet answered.
    pub inflight_requests_max: usize,
    /// Bytes of those requests.
    pub inflight_bytes_max: usize,
    /// When a caller that was turned away should try again.
    pub retry_after_ms: u64,
    /// How long a request waits for a partition that is being opened.
    pub ready_wait_ms: u64,
    /// Pause between attempts to open the partition.
    pub open_retry_ms: u64,
    /// Pause before a child actor that failed is started again.
    pub child_restart_ms: u64,
    /// Instances held in memory.
    pub live_instances_max: usize,
    /// An instance without a request for this long leaves memory.
    pub idle_ms: u64,
    /// Panics of one instance within `panics_window_ms` that quarantine it.
    pub panics_max: usize,
    /// Window in which panics are counted.
    pub panics_window_ms: u64,
    /// Instances whose panics are remembered.
    pub panicked_instances_max: usize,
    /// Compiled definitions held in memory.
    pub models_max: usize,
    /// Due timers, leases and retry waits being carried out.
    pub due_inflight_max: usize,
    /// Due things that wait for another attempt after a failure.
    pub due_paused_max: usize,
    /// Longest sleep of the due actor, so that it follows a clock that is set.
    pub due_tick_ms: u64,
    /// Pause before a due thing that failed is tried again.
    pub due_retry_ms: u64,
    /// How long an instance may take for a due thing before it is tried again.
    pub due_answer_ms: u64,
    /// Parked requests for jobs.
    pub polls_max: usize,
    /// Jobs given to one request.
    pub poll_jobs_max: u32,
    /// Bytes of variables after which a request for jobs gets no further job.
    pub poll_bytes_max: usize,
    /// Longest wait of a request for jobs.
    pub poll_wait_ms_max: u64,
    /// Longest lease.
    pub lease_ms_max: u64,
    /// Leases of one job type being taken at once.
    pub leases_inflight_max: usize,
    /// Rows of offered jobs that one scan looks at.
    pub offer_rows_max: usize,
    /// Pause between scans for parked requests when no hint comes.
    pub offer_tick_ms: u64,
    /// Files in one deployment.
    pub resources_max: usize,
    /// How long a deployment waits until every partition has it.
    pub distribute_wait_ms: u64,
    /// Pause between attempts to distribute.
    pub distribute_retry_ms: u64,
    /// How long one partition may take to install a definition.
    pub install_wait_ms: u64,
    /// Partitions that are given definitions at once.
    pub installs_inflight_max: usize,
    /// Instances whose parcels are being delivered.
    pub post_inflight_max: usize,
    /// Parcels that are taken from an instance at once, to be delivered one after the other.
    pub post_parcels_max: usize,
    /// Instances whose failed deliveries are remembered.
    pub post_paused_max: usize,
    /// Pause after the first failed delivery of an instance; doubled with each further one.
    pub post_retry_ms: u64,
    /// Longest pause between attempts to deliver.
    pub post_retry_ms_max: u64,
    /// How long one parcel may take before it is tried again.
    pub post_answer_ms: u64,
    /// Pause between looks for parcels that no hint told of.
    pub post_tick_ms: u64,
    /// Requests that go into one record of the mailbox.
    pub mail_batch_max: usize,
    /// Bytes of variables after which a record of the mailbox takes no further request.
    pub mail_batch_bytes_max: usize,
    /// Messages kept at one address.
    pub mails_max: usize,
    /// Longest time to live of a message.
    pub mail_ttl_ms_max: u64,
    /// Rows of addresses held in memory.
    pub shelf_rows_max: usize,
    /// Deliveries of messages held in memory.
    pub mail_open_max: usize,
    /// Deliveries of messages under way.
    pub mail_inflight_max: usize,
    /// Pause after the first failed delivery of a message; doubled with each further one.
    pub mail_retry_ms: u64,
    /// Longest pause between attempts to deliver a message.
    pub mail_retry_ms_max: u64,
    /// How long one delivery of a message may take before it is tried again.
    pub mail_answer_ms: u64,
    /// Longest sleep of the mailbox, so that it follows a clock that is set.
    pub mail_tick_ms: u64,
    /// Addresses whose messages are looked at for their time to live at once.
    pub mail_expire_max: usize,
    /// Signals being brought to instances; what comes beyond is turned away.
    pub signals_max: usize,
    /// Instances that are given a signal at once.
    pub signal_inflight_max: usize,
    /// Versions of a definition that are looked at for a tag or a time of deployment.
    pub versions_max: usize,
    /// Limits of instances and steps.
    pub limits: engine::Limits,
    /// Limits of files.
    pub import: bpmn::Limits,
    /// Limits of files with decisions.
    pub decisions: dmn::Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inflight_requests_max: 4_096,
            inflight_bytes_max: 64 * 1024 * 1024,
            retry_after_ms: 50,
            ready_wait_ms: 5_000,
            open_retry_ms: 200,
            child_restart_ms: 1_000,
            live_instances_max: 512,
            idle_ms: 5_000,
            panics_max: 3,
            panics_window_ms: 60_000,
            panicked_instances_max: 10_000,
            models_max: 256,
            due_inflight_max: 256,
            due_paused_max: 4_096,
            due_tick_ms: 1_000,
            due_retry_ms: 1_000,
            due_answer_ms: 30_000,
            polls_max: 1_000,
            poll_jobs_max: 1_000,
            poll_bytes_max: 2 * 1024 * 1024,
            poll_wait_ms_max: 60_000,
            lease_ms_max: 24 * 60 * 60 * 1_000,
            leases_inflight_max: 64,
            offer_rows_max: 1_024,
            offer_tick_ms: 1_000,
            resources_max: 100,
            distribute_wait_ms: 10_000,
            distribute_retry_ms: 500,
            install_wait_ms: 5_000,
            installs_inflight_max: 8,
            post_inflight_max: 256,
            post_parcels_max: 64,
            post_paused_max: 4_096,
            post_retry_ms: 100,
            post_retry_ms_max: 10_000,
            post_answer_ms: 30_000,
            post_tick_ms: 10_000,
            mail_batch_max: 256,
            mail_batch_bytes_max: 4 * 1024 * 1024,
            mails_max: 10_000,
            mail_ttl_ms_max: 30 * 24 * 60 * 60 * 1_000,
            shelf_rows_max: 100_000,
            mail_open_max: 10_000,
            mail_inflight_max: 256,
            mail_retry_ms: 100,
            mail_retry_ms_max: 10_000,
            mail_answer_ms: 30_000,
            mail_tick_ms: 1_000,
            mail_expire_max: 256,
            signals_max: 1_000,
            signal_inflight_max: 64,
            versions_max: 1_000,
            limits: engine::Limits::default(),
            import: bpmn::Limits::default(),
            decisions: dmn::Limits::default(),
        }
    }
}

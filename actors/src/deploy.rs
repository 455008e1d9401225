//! Deploying files: checks them all, decides versions, and stores them as one record. A decision
//! is stored as a definition is, under a key of its own kind.
//!
//! Partition 0 decides versions, and what the directory is; the other partitions store what it
//! decided. One actor per partition does this, one thing at a time, so that two deployments never
//! take one version, nor two changes of the directory one revision.

mod check;
mod directory;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use engine::{Applied, DefinitionRow, Deploy, Digest, Partition, Record};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use crate::admission::Permit;
use crate::context::{Answered, Context, Outcome};
use crate::effect::distribute::DistributeMsg;
use crate::failure;
use crate::mailbox::MailMsg;
use crate::ports::{Committed, Shared};
use crate::request::{AnswerBody, Deployed, DirectoryAsk, Failure, Install};

pub(crate) enum DeployMsg {
    /// Check files and store what is new.
    Deploy { resources: Vec<(String, Vec<u8>)>, reply: oneshot::Sender<Outcome>, permit: Permit },
    /// Change the directory.
    Directory { asked: DirectoryAsk, reply: oneshot::Sender<Outcome>, permit: Permit },
    /// Store what partition 0 decided.
    Install { install: Install, reply: oneshot::Sender<Outcome>, permit: Permit },
}

pub(crate) struct Deployer;

/// Deploys files on partition 0 and waits until every partition has them.
pub(crate) async fn deploy(
    context: &Arc<Context>,
    resources: Vec<(String, Vec<u8>)>,
    permit: Permit,
) -> Outcome {
    if context.partition != Partition(0) {
        return invalid("deployments go to partition 0".to_owned());
    }
    let resources_max = context.options.resources_max;
    if resources.is_empty() || resources.len() > resources_max {
        return invalid(format!("deploy 1 to {resources_max} files at once"));
    }
    let longest = context.options.limits.id_bytes_max;
    if resources.iter().any(|(name, _)| name.is_empty() || name.len() > longest) {
        return invalid(format!("name each file, with at most {longest} bytes"));
    }
    let (reply, answer) = oneshot::channel();
    context.deploy.send(DeployMsg::Deploy { resources, reply, permit });
    let answered = answer.await.unwrap_or_else(|_| Err(failure::lost()))?;
    let AnswerBody::Deployed(deployed) = &answered.body else { return Err(failure::lost()) };
    let version = |deployed: &Deployed| Shared::Definition {
        key: deployed.key.clone(),
        version: deployed.version,
    };
    distributed(context, deployed.iter().map(version).collect(), "the deployment").await?;
    Ok(answered)
}

/// Changes the directory on partition 0 and waits until every partition has the change.
pub(crate) async fn directory(
    context: &Arc<Context>,
    asked: DirectoryAsk,
    permit: Permit,
) -> Outcome {
    if context.partition != Partition(0) {
        return invalid("the directory is changed on partition 0".to_owned());
    }
    let (reply, answer) = oneshot::channel();
    context.deploy.send(DeployMsg::Directory { asked, reply, permit });
    let answered = answer.await.unwrap_or_else(|_| Err(failure::lost()))?;
    let AnswerBody::Directory(changed) = &answered.body else { return Err(failure::lost()) };
    let change = Shared::Directory { revision: changed.revision };
    distributed(context, BTreeSet::from([change]), "the change of the directory").await?;
    Ok(answered)
}

/// Stores what partition 0 decided.
pub(crate) async fn install(context: &Arc<Context>, install: Install, permit: Permit) -> Outcome {
    let (reply, answer) = oneshot::channel();
    context.deploy.send(DeployMsg::Install { install, reply, permit });
    answer.await.unwrap_or_else(|_| Err(failure::lost()))
}

fn invalid(message: String) -> Outcome {
    Err(Failure::Invalid { message })
}

/// Waits until every partition has this.
async fn distributed(
    context: &Context,
    shared: BTreeSet<Shared>,
    what: &str,
) -> Result<(), Failure> {
    let (reply, done) = oneshot::channel();
    context.distribute.send(DistributeMsg::Await { shared, reply });
    let limit = Duration::from_millis(context.options.distribute_wait_ms);
    match tokio::time::timeout(limit, done).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Failure::Unavailable {
            message: format!(
                "{what} is stored and is being distributed to all partitions; sending the same \
                 again is harmless and waits for that"
            ),
        }),
    }
}

impl Actor for Deployer {
    type Msg = DeployMsg;
    type State = Arc<Context>;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        _myself: ActorRef<DeployMsg>,
        context: Arc<Context>,
    ) -> Result<Arc<Context>, ActorProcessingErr> {
        Ok(context)
    }

    async fn handle(
        &self,
        _myself: ActorRef<DeployMsg>,
        message: DeployMsg,
        context: &mut Arc<Context>,
    ) -> Result<(), ActorProcessingErr> {
        let (outcome, reply, permit) = match message {
            DeployMsg::Deploy { resources, reply, permit } => {
                (store_new(context, resources).await, reply, permit)
            }
            DeployMsg::Directory { asked, reply, permit } => {
                (directory::change(context, asked).await, reply, permit)
            }
            DeployMsg::Install { install: Install::Definitions(deploy), reply, permit } => {
                (store_decided(context, deploy).await, reply, permit)
            }
            DeployMsg::Install { install: Install::Directory(change), reply, permit } => {
                (directory::store_decided(context, change).await, reply, permit)
            }
        };
        drop(permit);
        // The caller may have gone; what is stored stays stored.
        let _gone = reply.send(outcome);
        Ok(())
    }
}

/// Checks the files, gives new ones the next version and stores them.
async fn store_new(context: &Context, resources: Vec<(String, Vec<u8>)>) -> Outcome {
    let store = context.ports.store.as_ref();
    let now = context.clock.now();
    let mut deployed = Vec::new();
    let mut rows = Vec::new();
    for candidate in check::check(context, &resources, now)? {
        let (resource, xml) = &resources[candidate.resource];
        let latest = store.latest(&candidate.key).map_err(failure::unreadable)?;
        let stored = match latest {
            Some(version) => {
                store.definition(&candidate.key, version).map_err(failure::unreadable)?
            }
            None => None,
        };
        let same = stored.filter(|row| row.digest == candidate.digest);
        let version = match &same {
            Some(row) => row.version,
            None => latest.unwrap_or(0) + 1,
        };
        if same.is_none() {
            rows.push(DefinitionRow {
                key: candidate.key.clone(),
                version,
                name: candidate.name.clone(),
                resource: resource.clone(),
                digest: candidate.digest,
                xml: xml.clone(),
                deployed_at: now,
                version_tag: candidate.version_tag,
                starts: candidate.starts,
            });
        }
        deployed.push(Deployed {
            key: candidate.key,
            version,
            name: candidate.name,
            resource: resource.clone(),
            created: same.is_none(),
            notices: candidate.notices,
        });
    }
    let position = propose(context, Deploy { now, definitions: rows }).await?;
    Ok(Answered { position, body: AnswerBody::Deployed(deployed) })
}

/// Stores versions that another partition decided; those that are here already are skipped.
async fn store_decided(context: &Context, mut install: Deploy) -> Outcome {
    let mut missing = Vec::new();
    for row in install.definitions {
        let stored = context.ports.store.definition(&row.key, row.version);
        if stored.map_err(failure::unreadable)?.is_none() {
            missing.push(row);
        }
    }
    install.definitions = missing;
    let position = propose(context, install).await?;
    Ok(Answered { position, body: AnswerBody::Installed })
}

/// Writes versions and makes sure that they are the ones that are stored, since a version that is
/// there already is left as it is. No position if there was nothing to write.
async fn propose(context: &Context, deploy: Deploy) -> Result<Option<u64>, Failure> {
    if deploy.definitions.is_empty() {
        return Ok(None);
    }
    let wanted: Vec<(String, u32, Digest)> =
        deploy.definitions.iter().map(|row| (row.key.clone(), row.version, row.digest)).collect();
    let proposed = context.ports.log.propose(Record::Deploy(deploy)).await;
    let Committed { applied, position } = proposed.map_err(failure::not_proposed)?;
    if !matches!(applied, Applied::Done { .. }) {
        return Err(failure::lost());
    }
    context.mail.send(MailMsg::Deployed);
    for (key, version, digest) in wanted {
        let row = context.ports.store.definition(&key, version).map_err(failure::unreadable)?;
        if row.is_none_or(|row| row.digest != digest) {
            return Err(Failure::Unavailable {
                message: format!(
                    "version {version} of definition {key} was taken by another deployment; \
                     deploy again"
                ),
            });
        }
    }
    Ok(Some(position))
}

//! Compiles the `.proto` files to Rust, without any outside program.

use std::error::Error;
use std::path::PathBuf;

use prost::Message as _;

const FILES: [&str; 20] = [
    "quorate/v1/common.proto",
    "quorate/v1/standing.proto",
    "quorate/v1/definition.proto",
    "quorate/v1/instance.proto",
    "quorate/v1/task.proto",
    "quorate/v1/list.proto",
    "quorate/v1/feed.proto",
    "quorate/v1/job.proto",
    "quorate/v1/incident.proto",
    "quorate/v1/activity.proto",
    "quorate/v1/message.proto",
    "quorate/v1/decision.proto",
    "quorate/v1/cluster.proto",
    "quorate/v1/plan.proto",
    "quorate/v1/approval.proto",
    "quorate/v1/govern.proto",
    "quorate/v1/route.proto",
    "quorate/v1/process.proto",
    "quorate/v1/directory.proto",
    "quorate/v1/bulk.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=quorate");
    let files = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), files.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}

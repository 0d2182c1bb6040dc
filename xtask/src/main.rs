//! Tools.
fn main() -> anyhow::Result<()> { Ok(()) }

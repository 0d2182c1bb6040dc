//! A small disk that a test can fill.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// A disk in memory; removed when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    /// Makes a disk of this many megabytes. Where this user may not mount one, prints that and returns `None`.
    #[must_use]
    pub fn new(megabytes: u64) -> Option<Self> {
        let place = tempfile::tempdir().ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "none"]).arg(place.path());
        if mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(SmallDisk { place });
        }
        println!("a disk of its own cannot be mounted here: nothing is tried on a full one");
        None
    }

    /// Returns the directory where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Returns how much room is free, in bytes.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn free(&self) -> anyhow::Result<u64> {
        let said = Command::new("stat").args(["-f", "-c", "%a %S"]).arg(self.path()).output()?;
        let said = String::from_utf8(said.stdout)?;
        let (blocks, size) = said.trim().split_once(' ').context("no numbers")?;
        Ok(blocks.parse::<u64>()? * size.parse::<u64>()?)
    }

    /// Fills the disk until this many bytes are left.
    ///
    /// # Errors
    /// When it cannot be filled.
    pub fn fill(&self, left: u64) -> anyhow::Result<()> {
        self.make_room()?;
        let length = self.free()?.saturating_sub(left).max(1).to_string();
        let filled = Command::new("fallocate").args(["-l", &length]).arg(self.ballast()).status()?;
        ensure!(filled.success(), "no room for {length} bytes");
        Ok(())
    }

    /// Removes what fills the disk.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn make_room(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

//! PostgreSQL 15 on a temporary cluster of its own, with its default durability. It listens on a socket alone; no port
//! is opened.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// Part of the name of the socket, and nothing else.
pub const PORT: u16 = 54329;
/// Owner of the cluster and its databases, who needs no password.
const USER: &str = "soho";

/// A running cluster; stopped and removed when dropped.
#[derive(Debug)]
pub struct Postgres {
    home: TempDir,
}

/// How a cluster ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its clients are sent away.
    Fast,
    /// It falls over, as a power cut would have it: the next start recovers.
    Immediate,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL 15 is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let home = tempfile::tempdir()?;
        if let Some(user) = other_user()? {
            chown(home.path(), Some(user), None)?;
        }
        let cluster = Postgres { home };
        let user = format!("--username={USER}");
        cluster.run("initdb", &["--auth=trust", &user, "--encoding=UTF8", "--locale=C"])?;
        cluster.again(&[])?;
        Ok(cluster)
    }

    /// Starts it again after a [stop](Self::stop), with settings such as `"max_connections=20"`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn again(&self, settings: &[&str]) -> anyhow::Result<()> {
        let socket = self.socket().display();
        let mut options = format!("-k {socket} -p {PORT} -c listen_addresses=''");
        for setting in settings {
            options += &format!(" -c {setting}");
        }
        let log = self.home.path().join("log").display().to_string();
        self.run("pg_ctl", &["start", "--wait", "--silent", "--log", &log, "--options", &options])
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&self, how: Stop) -> anyhow::Result<()> {
        let mode = match how {
            Stop::Fast => "--mode=fast",
            Stop::Immediate => "--mode=immediate",
        };
        self.run("pg_ctl", &["stop", "--wait", "--silent", mode])
    }

    /// Folder of the socket, which is a client's host.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.home.path()
    }

    /// Copies a file into the folder of the socket, readable by the server alone.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let kept = self.socket().join(file.file_name().context("no name")?);
        fs::copy(file, &kept)?;
        fs::set_permissions(&kept, Permissions::from_mode(0o600))?;
        Ok(chown(&kept, other_user()?, None)?)
    }

    /// Address of one of its databases.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("host={} port={PORT} user={USER} dbname={database}", self.socket().display())
    }

    /// Lets `psql` run statements in a database; returns what it prints, without heads.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn say(&self, database: &str, statements: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(Path::new(PROGRAMS).join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.arg(self.address(database)).args(["--command", statements]);
        let said = psql.output().context("psql")?;
        ensure!(said.status.success(), "psql: {}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8(said.stdout)?)
    }

    /// Makes a database: empty, or like another that nobody has open.
    ///
    /// # Errors
    /// When there is one with this name.
    pub fn create(&self, database: &str, like: Option<&str>) -> anyhow::Result<()> {
        let template = like.map_or(String::new(), |like| format!(" template {like}"));
        self.say("postgres", &format!("create database {database}{template}")).map(drop)
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let program = Path::new(PROGRAMS).join(program);
        // PostgreSQL refuses to run as root.
        let mut command = match other_user()? {
            Some(_) => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command.arg("--pgdata").arg(self.data()).args(args).current_dir("/");
        let said = command.output().with_context(|| format!("{}", program.display()))?;
        ensure!(said.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&said.stderr));
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.stop(Stop::Immediate);
    }
}

/// Returns the user to run as, where this is root.
fn other_user() -> anyhow::Result<Option<u32>> {
    let id = |args: &[&str]| -> anyhow::Result<u32> {
        let said = Command::new("id").args(args).output()?.stdout;
        Ok(String::from_utf8(said)?.trim().parse()?)
    };
    if id(&["-u"])? == 0 { id(&["-u", "postgres"]).map(Some) } else { Ok(None) }
}

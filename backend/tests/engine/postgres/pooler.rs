//! The contract through PgBouncer, which gives each transaction whichever connection is free. In the long run of the
//! tests, as is every program that stands before ours.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use soho_tests::postgres::Postgres;
use soho_tests::server::long;
use tempfile::TempDir;

use super::{cluster, database, open};
use crate::Two;

crate::suite!(CONTRACT);

/// A running PgBouncer; killed when dropped.
struct Pooler {
    process: Child,
    home: TempDir,
    /// It stops last.
    _cluster: Arc<Postgres>,
}

impl Pooler {
    fn start(cluster: Arc<Postgres>) -> Self {
        let home = tempfile::tempdir().expect("there is room");
        let folder = home.path().display();
        // Fewer connections than an engine has clients, so that no client keeps its own.
        let settings = format!(
            "[databases]\n* = user=soho host={} port={}\n[pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = 6432\n\
             unix_socket_dir = {folder}\nauth_type = any\nauth_file =\ndefault_pool_size = 3\nmax_client_conn = 100\n\
             logfile = {folder}/log\n",
            cluster.socket().display(),
            soho_tests::postgres::PORT,
        );
        let file = home.path().join("pgbouncer.ini");
        fs::write(&file, settings).expect("there is room");
        let mut pgbouncer = Command::new("/usr/sbin/pgbouncer");
        if rustix::process::geteuid().is_root() {
            // It refuses to run as root.
            let owner = fs::metadata(cluster.socket()).expect("it is there").uid();
            chown(home.path(), Some(owner), None).expect("root may do that");
            pgbouncer.uid(owner);
        }
        pgbouncer.arg("--quiet").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = pgbouncer.spawn().expect("PgBouncer is installed");
        let begun = Instant::now();
        while !home.path().join(".s.PGSQL.6432").exists() {
            assert!(begun.elapsed() < Duration::from_secs(10), "PgBouncer does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Pooler { process, home, _cluster: cluster }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_pooler_changes_nothing() {
    if !long() {
        return;
    }
    for sentence in CONTRACT {
        let cluster = cluster();
        let name = database(&cluster);
        let pooler = Pooler::start(cluster);
        let address = format!("host={} port=6432 user=soho dbname={name}", pooler.home.path().display());
        sentence(&Two { one: open(&address), other: open(&address), _home: Box::new(pooler) });
    }
}

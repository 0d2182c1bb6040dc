//! The line to PostgreSQL, cut where it hurts.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use soho::engine::Batch;
use soho_tests::postgres::{PORT, Postgres};
use tempfile::TempDir;

use super::{cluster, database, open};
use crate::contract::{head, write};

/// What passes the line on.
struct Passing {
    /// The server's socket.
    to: PathBuf,
    made: AtomicUsize,
    /// Connections made before this one are lost, which shows once they are used.
    lost: AtomicUsize,
    /// Whether a commit is passed on and its answer is not.
    deaf: AtomicBool,
}

impl Passing {
    fn pass(self: Arc<Self>, client: UnixStream) {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        let server = UnixStream::connect(&self.to).expect("PostgreSQL listens");
        let heard = Arc::new(AtomicBool::new(true));
        let [mut from, mut to] =
            [client.try_clone(), server.try_clone()].map(|line| line.expect("it is open"));
        let (passing, listening) = (Arc::clone(&self), Arc::clone(&heard));
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                if number < passing.lost.load(Ordering::SeqCst) {
                    break;
                }
                let commits = bytes[..read].windows(7).any(|part| part == b"commit\0");
                if commits && passing.deaf.load(Ordering::SeqCst) {
                    listening.store(false, Ordering::SeqCst);
                }
                if to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
        let (mut from, mut to) = (server, client);
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                if heard.load(Ordering::SeqCst) {
                    if to.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                } else if bytes[..read].windows(7).any(|part| part == b"COMMIT\0") {
                    break;
                }
            }
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
    }
}

/// A database behind such a line.
struct Line {
    passing: Arc<Passing>,
    address: String,
    /// Its address without the line.
    direct: String,
    _home: TempDir,
    _cluster: Arc<Postgres>,
}

fn line() -> Line {
    let cluster = cluster();
    let direct = cluster.address(&database(&cluster));
    let home = tempfile::tempdir().expect("there is room");
    let socket = format!(".s.PGSQL.{PORT}");
    let listener = UnixListener::bind(home.path().join(&socket)).expect("it is free");
    let to = cluster.socket().join(&socket);
    let [made, lost] = [0, 0].map(AtomicUsize::new);
    let passing = Arc::new(Passing { to, made, lost, deaf: AtomicBool::new(false) });
    let passed = Arc::clone(&passing);
    thread::spawn(move || listener.incoming().flatten().for_each(|client| Arc::clone(&passed).pass(client)));
    let [far, near] = [cluster.socket(), home.path()].map(|folder| folder.display().to_string());
    Line { passing, address: direct.replace(&far, &near), direct, _home: home, _cluster: cluster }
}

#[test]
fn connections_lost_unseen_are_no_error() {
    let line = line();
    let passing = &line.passing;
    let engine = open(&line.address);
    let place = |at: u32| at.to_be_bytes();
    let next = || (0..12).map(|at| Batch::new(place(at), head(&*engine, place(at)))).collect::<Vec<_>>();
    assert_eq!(engine.commit(next()).expect("it is written"), [true; 12]);
    assert!(passing.made.load(Ordering::SeqCst) > 2);
    passing.lost.store(passing.made.load(Ordering::SeqCst), Ordering::SeqCst);
    assert_eq!(head(&*engine, place(11)), 1);
    assert_eq!(engine.commit(next()).expect("it is written"), [true; 12]);
    passing.lost.store(passing.made.load(Ordering::SeqCst), Ordering::SeqCst);
    let batches = (0..12).map(|at| Batch::new(place(at), 2)).collect();
    assert_eq!(engine.commit(batches).expect("it is written"), [true; 12]);
}

#[test]
fn a_commit_without_an_answer_is_not_confirmed() {
    let line = line();
    let passing = &line.passing;
    let (engine, beside) = (open(&line.address), open(&line.direct));
    let place = *b"deaf";
    write(&*engine, place, &[]);
    for now in 1..4 {
        passing.deaf.store(true, Ordering::SeqCst);
        let mut batch = Batch::new(place, now);
        batch.insert([&place[..], b"1"].concat(), now.to_be_bytes());
        let error = engine.commit(vec![batch.clone()]).expect_err("nothing is heard").to_string();
        assert!(error.contains("not confirmed"), "{error}");
        passing.deaf.store(false, Ordering::SeqCst);
        // The head tells, and stops whoever would write it again.
        assert_eq!(head(&*beside, place), now + 1);
        assert_eq!(engine.commit(vec![batch]).expect("it answers"), [false]);
        assert_eq!(head(&*engine, place), now + 1);
    }
}

//! TLS on the way to PostgreSQL: `sslmode` as the address says it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use soho::engine::postgres::PostgresEngine;
use soho_tests::postgres::{Postgres, Stop};

use super::open;
use super::processes::counting;

/// Makes an authority and a certificate of its for `localhost`.
fn certificates(folder: &Path) {
    let openssl = |args: &str| {
        let made =
            Command::new("openssl").args(args.split(' ')).current_dir(folder).output().expect("it runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30";
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").expect("there is room");
    openssl(&format!("req -x509 {key} -keyout authority.key -out authority.crt -subj /CN=authority"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    let sign = "x509 -req -days 30 -CA authority.crt -CAkey authority.key -CAcreateserial -extfile names";
    openssl(&format!("{sign} -in server.csr -out server.crt"));
}

#[test]
fn sslmode_is_respected() {
    let cluster = Postgres::start().expect("PostgreSQL starts");
    cluster.stop(Stop::Fast).expect("it stops");
    let folder = tempfile::tempdir().expect("there is room");
    certificates(folder.path());
    // Where TLS ends is part of what the password is proved with.
    let hba = "local all all trust\nhost all proved all scram-sha-256\nhost all all all trust\n";
    fs::write(folder.path().join("hba"), hba).expect("there is room");
    for name in ["server.key", "server.crt", "hba"] {
        cluster.keep(&folder.path().join(name)).expect("it is kept");
    }
    let port =
        TcpListener::bind("127.0.0.1:0").expect("one is free").local_addr().expect("it has one").port();
    let settings = [
        &format!("hba_file={}/hba", cluster.socket().display()),
        &format!("port={port}"),
        "listen_addresses=127.0.0.1",
        "ssl=on",
        "ssl_key_file=../server.key",
        "ssl_cert_file=../server.crt",
    ];
    cluster.again(&settings).expect("it starts");

    let address = |host: &str, mode: &str| format!("postgres://soho@{host}:{port}/postgres{mode}");
    let encrypted =
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'soho'";
    let encrypted = || {
        let socket = cluster.address("postgres").replace("port=54329", &format!("port={port}"));
        let psql = Command::new("psql").args(["-XqtA", &socket, "-c", encrypted]).output().expect("it runs");
        String::from_utf8(psql.stdout).expect("a letter")
    };
    for (mode, encrypts) in [("", "t\n"), ("?sslmode=prefer", "t\n"), ("?sslmode=disable", "f\n")] {
        let engine = open(&address("localhost", mode));
        assert_eq!(encrypted(), encrypts, "{mode}");
        drop(engine);
        while !encrypted().is_empty() {}
    }
    // Nobody knows this authority.
    let unknown =
        PostgresEngine::open(&address("localhost", "?sslmode=require")).err().expect("it is refused");
    assert!(unknown.to_string().contains("certificate"), "{unknown}");
    // Whoever is told of it does, for the names that it stands for.
    let known = |host: &str| {
        let mut process = counting(&address(host, "?sslmode=require"), 1);
        process.env("SSL_CERT_FILE", folder.path().join("authority.crt"));
        process.status().expect("it runs").success()
    };
    assert!(known("localhost"));
    assert!(!known("127.0.0.1"));

    open(&address("localhost", "")).commit(Vec::new()).expect("it is open");
    let role = "create role proved login password 'geheim'; grant all on soho to proved";
    let socket = cluster.address("postgres").replace("port=54329", &format!("port={port}"));
    assert!(Command::new("psql").args(["-Xqc", role, &socket]).status().expect("it runs").success());
    let proved = |password: &str| {
        format!("postgres://proved:{password}@localhost:{port}/postgres?channel_binding=require")
    };
    open(&proved("geheim"));
    let wrong = PostgresEngine::open(&proved("falsch")).err().expect("it is refused").to_string();
    assert!(wrong.contains("pg_hba") && !wrong.contains("falsch"), "{wrong}");

    cluster.stop(Stop::Fast).expect("it stops");
    cluster.again(&settings[..3]).expect("it starts");
    let plain = PostgresEngine::open(&address("localhost", "?sslmode=require")).err().expect("it is refused");
    assert!(plain.to_string().contains("TLS"), "{plain}");
    open(&address("localhost", ""));
}

//! Letting people in by what they hold, not by where they say they are; and keeping the door open for others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;
use soho_tests::people::{Person, password};
use soho_tests::server::{self, Server, run};

use crate::world::{accounts, edit};

const WRITE: &str = "/api/v1/sync/push";

/// Checks that a register without accounts stays closed to a stranger, whatever headers a request has.
async fn is_closed(ask: impl Fn(Method, &str) -> reqwest::RequestBuilder) {
    let operation =
        edit(1, "29173-00000000000000000000000000000001", "012c3c2a9d5e-0000-00000000000000ab", &[]);
    let invented: [&[(&str, &str)]; 6] = [
        &[],
        &[("x-forwarded-for", "127.0.0.1")],
        &[("x-real-ip", "127.0.0.1"), ("forwarded", "for=127.0.0.1")],
        &[("authorization", "Bearer 5e")],
        &[("authorization", "Basic c29obzpzb2hv")],
        &[("cookie", "soho-key=; soho=1")],
    ];
    for headers in invented {
        let with = |mut request: reqwest::RequestBuilder| {
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request
        };
        for path in
            ["/api/v1/sync/pull?area=83", "/api/v1/sessions/current", "/api/v1/statistics?area=83&round=2010"]
        {
            let answer = with(ask(Method::GET, path)).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} {headers:?}");
        }
        let push = with(ask(Method::POST, WRITE)).json(&json!({"operations": [operation]}));
        let answer = push.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{headers:?}");
        assert!(answer.text().await.unwrap().contains("/problems/no-key"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_register_without_accounts_opens_with_its_printed_key_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_with_own_key(data.path()).unwrap();
    let key = server.key().unwrap().to_owned();
    assert_eq!(key.len(), 64);
    let stranger = Person::stranger(&server);
    is_closed(|method, path| stranger.request(method, path)).await;
    assert_eq!(stranger.get("/healthz").await.unwrap().status, 200);
    // A program sends the key; a page exchanges it for a cookie that no script can read.
    assert_eq!(Person::nobody(&server).get("/api/v1/sync/pull?area=83").await.unwrap().status, 200);
    let given = stranger.post("/api/v1/sessions", &json!({ "key": key })).await.unwrap();
    assert_eq!(given.status, 204, "{}", given.text);
    let cookie = given.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let page = stranger.request(Method::GET, "/api/v1/sessions/current").header("cookie", cookie).send();
    assert_eq!(page.await.unwrap().text().await.unwrap(), r#"{"open":true}"#);
    for wrong in ["", "00", &key[1..], &key.replace(&key[..2], "zz")] {
        let answer = stranger.post("/api/v1/sessions", &json!({ "key": wrong })).await.unwrap();
        assert_eq!(answer.short(), "401 no-key", "{wrong}");
    }
    drop(server);
    // The key is a new one at each start.
    let server = Server::start_with_own_key(data.path()).unwrap();
    assert_ne!(server.key(), Some(key.as_str()));
    let page =
        Person::stranger(&server).request(Method::GET, "/api/v1/sessions/current").header("cookie", cookie);
    assert_eq!(page.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_demonstration_offers_a_stranger_nothing() {
    let data = tempfile::tempdir().unwrap();
    run(&["demo", "--data", data.path().to_str().unwrap(), "--households", "164"]).unwrap();
    let server = Server::start_with_own_key(data.path()).unwrap();
    let (stranger, holder) = (Person::stranger(&server), Person::nobody(&server));
    is_not_offered(|method, path| stranger.request(method, path)).await;
    let offered = holder.get("/api/v1/sessions/demonstration").await.unwrap();
    assert_eq!(offered.body["accounts"].as_array().unwrap().len(), 9);
    assert_eq!(
        holder.post("/api/v1/sessions", &json!({"demonstration": "quantri"})).await.unwrap().status,
        201
    );
}

async fn is_not_offered(ask: impl Fn(Method, &str) -> reqwest::RequestBuilder) {
    let offered = ask(Method::GET, "/api/v1/sessions/demonstration").send().await.unwrap();
    assert_eq!(offered.text().await.unwrap(), r#"{"accounts":[]}"#);
    let tap = ask(Method::POST, "/api/v1/sessions").json(&json!({"demonstration": "quantri"}));
    assert_eq!(tap.send().await.unwrap().status(), 403);
}

/// Tries a password from an address that the client claims; returns the status and the cookies given.
async fn attempt(client: &reqwest::RequestBuilder, from: &str, known: &str, password: &str) -> (u16, String) {
    let request = client.try_clone().unwrap().header("x-forwarded-for", from).header("cookie", known);
    let answer = request.json(&json!({"account": "xa", "password": password})).send().await.unwrap();
    let cookies = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let known: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
    (answer.status().as_u16(), known.join("; "))
}

#[tokio::test]
async fn wrong_passwords_of_others_lock_nobody_out() {
    let data = accounts();
    let server = Server::start(data.path()).unwrap();
    let client = Person::stranger(&server).request(Method::POST, "/api/v1/sessions");
    let right = password("xa");
    let (status, known) = attempt(&client, "192.0.2.1", "", &right).await;
    assert!(status == 201 && known.contains("soho-known="), "{status} {known}");
    // A guesser, who writes the address in every way and puts others before it.
    let ways = ["192.0.2.7", "192.0.2.7:4000", "203.0.113.9, 192.0.2.7", "127.0.0.1,192.0.2.7:1"];
    for i in 0..10 {
        assert_eq!(attempt(&client, ways[i % 4], "", "không phải mật khẩu").await.0, 401);
    }
    for way in ways {
        assert_eq!(attempt(&client, way, "", &right).await.0, 429, "{way}");
    }
    assert_eq!(attempt(&client, "192.0.2.8", "", &right).await.0, 201, "from elsewhere");
    assert_eq!(attempt(&client, "[2001:db8::7]:4000", "", &right).await.0, 201, "and by IPv6");
    assert_eq!(
        attempt(&client, "192.0.2.7", &known, &right).await.0,
        201,
        "a browser that was let in before"
    );
    assert_eq!(attempt(&client, "192.0.2.7", "soho-known=00.00", &right).await.0, 429);
}

#[tokio::test]
async fn connections_with_half_a_header_keep_nobody_out() {
    const HALVES: usize = 1_100;
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let data = accounts();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 1024 && exec \"$@\"", "sh"]).arg(server::soho());
    let server = Server::begin(data.path(), &["--listen", "127.0.0.1:0"], &mut limited).unwrap();
    let mut halves = Vec::new();
    for _ in 0..HALVES {
        let mut half = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        // The server may have closed the connection already, to make room.
        let _ = half.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
        halves.push(half);
    }
    let begun = Instant::now();
    let nobody = Person::nobody(&server);
    assert_eq!(nobody.get("/healthz").await.unwrap().status, 200);
    let person = Person::sign_in(&server, "xa").await.unwrap();
    assert_eq!(person.get("/api/v1/sync/pull?area=29173").await.unwrap().status, 200);
    println!("{HALVES} half headers at 1,024 descriptors: signed in and pulled in {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The first connection was closed to make room.
    halves[0].set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(matches!(halves[0].read(&mut [0]), Ok(0) | Err(_)));
}

/// A reverse proxy as a process; ended when dropped.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts the two proxies that SECURITY describes, with their shortest configuration, in front of a server;
/// returns each with its address.
fn proxies(folder: &std::path::Path, server: &Server, forwarded: bool) -> Vec<(&'static str, String, Proxy)> {
    let to = server.url("");
    let [nginx, caddy] = [(); 2].map(|()| free_port());
    let said = if forwarded { "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" } else { "" };
    let kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let kept = kept.map(|what| format!("{what}_temp_path {}/{what};\n", folder.display())).concat();
    let configuration = format!(
        "daemon off; master_process off; pid {0}/nginx.pid; error_log {0}/error.log;\nevents {{}}\nhttp {{ access_log off;\n\
         {kept}server {{ listen 127.0.0.1:{nginx}; location / {{ proxy_pass {to}; {said} }} }} }}\n",
        folder.display()
    );
    std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
    let configuration =
        format!("{{\n\tadmin off\n}}\nhttp://127.0.0.1:{caddy} {{\n\treverse_proxy {to}\n}}\n");
    std::fs::write(folder.join("Caddyfile"), configuration).unwrap();
    let mut run_nginx = Command::new("nginx");
    run_nginx.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    let mut run_caddy = Command::new("caddy");
    run_caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
    run_caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder).env("HOME", folder);
    let begin = |command: &mut Command, port: u16| {
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the proxy does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        (format!("http://127.0.0.1:{port}"), Proxy(process))
    };
    let (at_nginx, nginx) = begin(&mut run_nginx, nginx);
    let (at_caddy, caddy) = begin(&mut run_caddy, caddy);
    vec![("nginx", at_nginx, nginx), ("Caddy", at_caddy, caddy)]
}

#[tokio::test]
async fn behind_real_proxies_a_stranger_is_a_stranger_and_each_address_its_own() {
    if !server::long() {
        println!("only in the long form: cargo xtask test --long");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (open, demo, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), accounts());
    run(&["demo", "--data", demo.path().to_str().unwrap(), "--households", "164"]).unwrap();
    let client = reqwest::Client::new();
    let server = Server::start_with_own_key(open.path()).unwrap();
    for (name, at, _proxy) in proxies(folder.path(), &server, false) {
        println!("{name} before a register without accounts");
        is_closed(|method, path| client.request(method, format!("{at}{path}"))).await;
    }
    let server = Server::start_with_own_key(demo.path()).unwrap();
    for (name, at, _proxy) in proxies(folder.path(), &server, false) {
        println!("{name} before a demonstration");
        is_not_offered(|method, path| client.request(method, format!("{at}{path}"))).await;
    }
    for i in 0..2 {
        // A new server, because it counts what one proxy's clients have tried.
        let server = Server::start(data.path()).unwrap();
        let (name, at, _proxy) = proxies(folder.path(), &server, true).swap_remove(i);
        println!("{name} before a register with accounts");
        let from = |last: u8| {
            let client = reqwest::Client::builder().local_address(std::net::IpAddr::from([127, 0, 0, last]));
            client.build().unwrap().post(format!("{at}/api/v1/sessions"))
        };
        let (guesser, owner) = (from(7), from(8));
        for i in 0..10 {
            let invented = format!("192.0.2.{i}");
            assert_eq!(attempt(&guesser, &invented, "", "không phải mật khẩu").await.0, 401, "{name}");
        }
        assert_eq!(attempt(&guesser, "192.0.2.99", "", &password("xa")).await.0, 429, "{name}");
        assert_eq!(attempt(&owner, "192.0.2.99", "", &password("xa")).await.0, 201, "{name}");
    }
}

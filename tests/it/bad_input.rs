//! What a broken or greedy peer can do to a served world: nothing to anyone else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

const IDLE: usize = 10_000;
/// What else the tests of this process may have open meanwhile.
const SPARE_FILES: u64 = 6_000;

/// A served world in a process of its own, ended when the test ends.
struct Served(Child, Value);

impl Served {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(["serve", "--ports", "auto", "--json", "--clock", "manual"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, serde_json::from_str(&line).unwrap())
    }

    fn url(&self) -> &str {
        self.1["systems"]["hubspot"]["url"].as_str().unwrap()
    }

    fn authority(&self) -> &str {
        self.url().trim_start_matches("http://")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.authority()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    async fn still_answers(&self) {
        let token = self.1["systems"]["hubspot"]["token"].as_str().unwrap();
        let contacts = format!("{}/crm/v3/objects/contacts", self.url());
        let answer = reqwest::Client::new().get(contacts).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The vendor documents no size; the profile's is answered with 413, to a caller who sends all of it.
#[tokio::test]
async fn a_body_of_100_mb_is_refused_whole_and_kept_by_no_one() {
    let served = Served::start();
    let token = served.1["systems"]["hubspot"]["token"].as_str().unwrap();
    let answer = reqwest::Client::new()
        .post(format!("{}/crm/v3/objects/contacts", served.url()))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(vec![b' '; 100 * 1024 * 1024])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
    assert!(answer.text().await.unwrap().contains("Error 413"));
    served.still_answers().await;

    let journal = format!("{}/_standin/journal?bodies=true", served.1["control"].as_str().unwrap());
    let lines = reqwest::get(journal).await.unwrap().text().await.unwrap();
    assert!(lines.len() < 10_000, "the journal kept {} bytes", lines.len());
    assert!(lines.contains("\"status\":413"));
}

/// Bodies that cost a server minutes which looks at all that came before for each part of them; the
/// time-out is many times what the reading of them takes.
#[tokio::test]
async fn a_long_body_costs_no_more_than_its_length() {
    let served = Served::start();
    let token = served.1["systems"]["hubspot"]["token"].as_str().unwrap();
    let unknown: String = (0..150_000).map(|n| format!("\"p{n}\":1,")).collect();
    let inputs: Vec<_> = (0..100)
        .map(|input| {
            let properties: String = (0..1_500).map(|n| format!("\"p{input}_{n}\":1,")).collect();
            format!("{{\"properties\":{{{}}}}}", properties.trim_end_matches(','))
        })
        .collect();
    let slashes = "\\\\".repeat(1_000_000);
    for (path, body, said) in [
        ("", format!("{{\"properties\":{{{}}}}}", unknown.trim_end_matches(',')), "p149999"),
        ("", format!("{{\"properties\":\"{slashes}\"}}"), "JsonToken.VALUE_STRING"),
        ("/batch/create", format!("{{\"inputs\":[{}]}}", inputs.join(",")), "p99_1499"),
    ] {
        let call = reqwest::Client::new()
            .post(format!("{}/crm/v3/objects/contacts{path}", served.url()))
            .timeout(Duration::from_secs(60))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body);
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains(said));
    }
    served.still_answers().await;
}

#[tokio::test]
async fn half_a_request_disturbs_no_one() {
    let served = Served::start();
    let halves: [&[u8]; 4] = [
        b"GET /crm/v3/obj",
        b"GET /crm/v3/objects/contacts HTTP/1.1\r\nHost: x\r\nAuthor",
        b"POST /crm/v3/objects/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"prop",
        b"POST /crm/v3/objects/contacts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];
    for half in halves {
        let mut held = served.connect();
        held.write_all(half).unwrap();
        served.still_answers().await;
        held.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        held.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.get(9..12).unwrap_or_default();
        assert!(["", "400", "408"].contains(&status), "{answer}");
    }
    let mut garbage = served.connect();
    garbage.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
    garbage.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    garbage.read_to_end(&mut answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"));
    served.still_answers().await;
}

#[tokio::test]
async fn ten_thousand_idle_connections_leave_room_for_a_caller() {
    let limit = sim::raise_open_files().unwrap();
    if limit < IDLE as u64 + SPARE_FILES {
        // Past the test harness, which holds back what passing tests print.
        let mut err = std::io::stderr();
        writeln!(err, "skipped: 10,000 idle connections: this machine allows {limit} open files").unwrap();
        return;
    }
    let served = Served::start();
    let idle: Vec<_> = (0..IDLE).map(|_| TcpStream::connect(served.authority()).unwrap()).collect();
    served.still_answers().await;
    drop(idle);
    served.still_answers().await;
}

//! Back ends outside the world: what they are sent, what they answer, and what becomes of those
//! that do not.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use sim::oci_gateway::Deployment;
use sim::{SystemName, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::caller::{Caller, last, still};
use crate::support::entries;

/// A listener that answers each call by a script, and keeps what it was sent.
struct Backend {
    authority: String,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a back end does with a call.
#[derive(Clone, Copy)]
enum Does {
    Answers(&'static str),
    /// Takes the call and says nothing more.
    Holds,
    /// Sends its answer in pieces, so long apart.
    Trickles(&'static [&'static str], Duration),
    /// Takes the call and breaks the connection.
    Breaks,
}

impl Backend {
    async fn that(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, does, keep.clone()));
            }
        });
        Self { authority, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn answer(mut stream: TcpStream, does: Does, heard: Arc<Mutex<Vec<String>>>) {
    let mut sent = Vec::new();
    let mut piece = [0; 4_096];
    // Every call here ends with a brace or has no body.
    let whole = |sent: &[u8]| sent.ends_with(b"}") || sent.starts_with(b"GET") && sent.ends_with(b"\r\n\r\n");
    while !whole(&sent) {
        let length = stream.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "the gateway hung up");
        sent.extend_from_slice(&piece[..length]);
    }
    heard.lock().unwrap().push(String::from_utf8(sent).unwrap());
    match does {
        Does::Answers(text) => stream.write_all(text.as_bytes()).await.unwrap(),
        Does::Trickles(pieces, apart) => {
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
                sleep(apart).await;
            }
        }
        Does::Holds => sleep(Duration::from_secs(60)).await,
        Does::Breaks => {}
    }
}

/// A world whose gateway has one route to a back end that may be silent for a second.
async fn before(authority: &str) -> (World, Caller) {
    let world = still().deployment(to(authority)).start().await.unwrap();
    let caller = Caller::new(&world, SystemName::OciGateway);
    (world, caller)
}

/// The deployment of that route.
fn to(authority: &str) -> Deployment {
    let backend = json!({"type": "HTTP_BACKEND", "url": format!("http://{authority}/in/${{request.path[rest]}}"),
        "readTimeoutInSeconds": 1, "sendTimeoutInSeconds": 1, "connectTimeoutInSeconds": 1});
    let routes = json!([{"path": "/{rest*}", "methods": ["ANY"], "backend": backend}]);
    Deployment::load("own.json", "/erp", &json!({"routes": routes}).to_string()).unwrap()
}

#[tokio::test]
async fn a_back_end_outside_the_world_hears_the_call_and_is_heard() {
    let backend = Backend::that(Does::Answers(
        "HTTP/1.1 201 Made\r\nconnection: close\r\ncontent-length: 2\r\nx-own: 1\r\nserver: nobody\r\n\r\nok",
    ))
    .await;
    let (world, caller) = before(&backend.authority).await;
    let sending = caller.with("authorization", "Bearer abc").with("x-forwarded-for", "203.0.113.9");
    let answer = sending.post("/erp/orders/7?dry=1", &json!({"total": 12})).await.must(201);
    assert_eq!((answer.body.as_str(), answer.header("x-own")), ("ok", Some("1")));
    assert_eq!(answer.header("server"), Some("Oracle API Gateway"));
    let (entry, exchange) = last(&world, SystemName::OciGateway);
    assert_eq!((entry.took_effect, exchange.status), (true, 201), "its answer is believed");

    let heard = backend.heard();
    let (head, body) = heard[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /in/orders/7?dry=1 HTTP/1.1\r\n"), "{head}");
    let host = format!("host: {}", backend.authority);
    for line in [
        host.as_str(),
        "authorization: Bearer abc",
        "x-forwarded-for: 203.0.113.9, 127.0.0.1",
        "forwarded: for=127.0.0.1",
    ] {
        assert!(head.lines().any(|sent| sent.eq_ignore_ascii_case(line)), "{line} in {head}");
    }
    assert_eq!(body, r#"{"total":12}"#);

    caller.get("/erp/orders/7").await.must(201);
    assert!(!last(&world, SystemName::OciGateway).0.took_effect, "a GET changes nothing, whatever it is answered");
}

#[tokio::test]
async fn a_back_end_that_says_nothing_is_a_504_after_its_time() {
    let backend = Backend::that(Does::Holds).await;
    let (world, caller) = before(&backend.authority).await;
    let began = Instant::now();
    let answer = caller.post("/erp/orders", &json!({})).await.must(504);
    let took = began.elapsed();
    assert!((Duration::from_millis(990)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(answer.body, r#"{"code":504,"message":"Gateway Timeout"}"#);
    assert_eq!(backend.heard().len(), 1, "it was asked, and asked once");
    let (entry, _) = last(&world, SystemName::OciGateway);
    assert!(!entry.took_effect, "nothing is known of what it did");
}

#[tokio::test]
async fn a_back_end_may_take_longer_in_all_than_between_two_pieces() {
    const PIECES: &[&str] = &["HTTP/1.1 200 OK\r\n", "content-length: 3\r\n\r\n", "a", "b", "c"];
    let backend = Backend::that(Does::Trickles(PIECES, Duration::from_millis(400))).await;
    let (_world, caller) = before(&backend.authority).await;
    assert_eq!(caller.get("/erp/orders").await.must(200).body, "abc");

    let stuck: &[&str] = &["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na", "b"];
    let backend = Backend::that(Does::Trickles(stuck, Duration::from_secs(30))).await;
    let (_world, caller) = before(&backend.authority).await;
    caller.get("/erp/orders").await.must(504);
}

#[tokio::test]
async fn a_back_end_that_cannot_be_reached_is_a_502() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let breaks = Backend::that(Does::Breaks).await;
    for authority in [closed.as_str(), "nobody.invalid", &breaks.authority] {
        let (world, caller) = before(authority).await;
        let answer = caller.post("/erp/orders", &json!({})).await.must(502);
        assert_eq!(answer.body, r#"{"code":502,"message":"Bad Gateway"}"#, "{authority}");
        assert!(!last(&world, SystemName::OciGateway).0.took_effect);
    }
    let alone = still().systems([SystemName::OciGateway]).start().await.unwrap();
    let caller = Caller::new(&alone, SystemName::OciGateway);
    caller.get("/erp/v1/customers/").await.must(502);
    caller.send(Method::GET, "/erp/v1/status", "").await.must(200);
}

/// The default profile but for one figure.
fn own(figure: &str, value: &str) -> String {
    format!(
        "name: own\nsystem: oci_gateway\nextends: default\n\
         settings:\n  {figure}: {{ value: {value}, source: \"this test\", date: 2026-11-20 }}\n"
    )
}

#[tokio::test]
async fn an_answer_beyond_the_profiles_size_is_a_502() {
    for (answer, status) in [
        ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\n0123456789", 200),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 11\r\n\r\n01234567890", 502),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n01234567890", 502),
    ] {
        let backend = Backend::that(Does::Answers(answer)).await;
        let world = still()
            .deployment(to(&backend.authority))
            .profile_text(SystemName::OciGateway, "own.yaml", own("answer_bytes_max", "10"))
            .start()
            .await
            .unwrap();
        let told = Caller::new(&world, SystemName::OciGateway).get("/erp/orders").await.must(status);
        assert!(status == 200 || told.body == r#"{"code":502,"message":"Bad Gateway"}"#, "{told:?}");
    }
}

/// A system of the same world is led to without a socket, and has its own word about sizes all the same.
#[tokio::test]
async fn a_body_beyond_a_systems_own_size_is_refused_behind_the_gateway_too() {
    let backend = json!({"type": "HTTP_BACKEND", "url": "http://hubspot/crm/v3/objects/contacts"});
    let routes = json!([{"path": "/contacts", "methods": ["POST"], "backend": backend}]);
    let deployment = Deployment::load("own.json", "/crm", &json!({"routes": routes}).to_string()).unwrap();
    let profile = own("body_bytes_max", "100").replace("oci_gateway", "hubspot").replace("default", "professional");
    let world = still().deployment(deployment).profile_text(SystemName::Hubspot, "own.yaml", profile);
    let world = world.start().await.unwrap();
    let token = world.ready()["systems"]["hubspot"]["token"].as_str().unwrap().to_owned();
    let caller = Caller::new(&world, SystemName::OciGateway).with("authorization", format!("Bearer {token}"));
    let contact = |bytes: usize| {
        let text = json!({"properties": {"firstname": "x".repeat(bytes)}}).to_string();
        let over = text.len() - bytes;
        json!({"properties": {"firstname": "x".repeat(bytes - over)}})
    };
    assert_eq!(contact(100).to_string().len(), 100);
    caller.post("/crm/contacts", &contact(100)).await.must(201);
    caller.post("/crm/contacts", &contact(101)).await.must(413);
    assert_eq!(last(&world, SystemName::Hubspot).1.status, 413);
}

#[tokio::test]
async fn a_body_that_stalls_is_a_408_after_the_profiles_time() {
    let profile = own("idle_read_timeout", "50ms");
    let world = still().profile_text(SystemName::OciGateway, "own.yaml", profile).start().await.unwrap();
    let authority = world.url(SystemName::OciGateway).unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let half = format!("POST /erp/v1/customers/ HTTP/1.1\r\nhost: {authority}\r\ncontent-length: 9\r\n\r\n{{");
    stream.write_all(half.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(entries(&world).iter().all(|entry| entry.system.is_none()), "nothing was asked");
}

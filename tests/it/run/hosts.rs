//! Receivers that are called by another name than HubSpot knows them by: whoever could not know the public one is accused of
//! nothing, and whoever was told it has to go by it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, Uri};
use parking_lot::Mutex;
use serde_json::Value;
use sha2::Sha256;

use super::{said, standin, write};

const PUBLIC: &str = "https://hooks.example.com";
const SCENARIO: &str = "scenario: by another name
given:
  - hubspot.contacts: { count: 1, set: { email: kim@example.com } }
when:
  - deliver: { event: contact.creation, find: { email: kim@example.com }, hostile: changed-host }
  - deliver: { event: contact.creation, find: { email: kim@example.com }, hostile: missing-headers }
  - deliver: { event: contact.creation, find: { email: kim@example.com }, hostile: genuine }
then:
  - clauses: [webhook.signature]
";

#[derive(Default)]
struct Desk {
    own: String,
    secret: Mutex<String>,
}

/// Serves receivers that check signatures, each by another notion of its own address.
async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let desk = Arc::new(Desk { own: own.clone(), ..Desk::default() });
    let routes = Router::new().route("/reset", post(reset)).route("/{by}/hs", post(receive)).with_state(desk);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    own
}

async fn reset(State(desk): State<Arc<Desk>>, body: Bytes) {
    let env: Value = serde_json::from_slice(&body).unwrap();
    env["SECRET"].as_str().unwrap().clone_into(&mut desk.secret.lock());
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    Path(by): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let scheme = if text("x-forwarded-proto") == "https" { "https" } else { "http" };
    let front = match by.as_str() {
        "its-own" => desk.own.clone(),
        "its-settings" => PUBLIC.to_owned(),
        "the-host" => format!("{scheme}://{}", text("host")),
        _ => format!("{scheme}://{}", text("x-forwarded-host")),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(desk.secret.lock().as_bytes()).unwrap();
    let stamp = text("x-hubspot-request-timestamp");
    for part in [b"POST", format!("{front}{uri}").as_bytes(), &body, stamp.as_bytes()] {
        mac.update(part);
    }
    match BASE64.decode(text("x-hubspot-signature-v3")).is_ok_and(|signature| mac.verify_slice(&signature).is_ok()) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_was_told_its_public_address_has_to_go_by_it() {
    let own = serve().await;
    let ran = tokio::task::spawn_blocking(move || {
        let run = |by: &str, is_told: bool| {
            let folder = tempfile::tempdir().unwrap();
            let public = if is_told { format!("    public_url: {PUBLIC}/{by}/hs\n") } else { String::new() };
            let target = format!(
                "world:\n  hubspot:\n    webhooks: [{{ subscriptionType: contact.creation }}]\n{public}target:\n  reset: \
                 {own}/reset\n  env: {{ SECRET: \"${{hubspot.webhook_secret}}\" }}\n  receivers: {{ hubspot: {own}/{by}/hs }}\n"
            );
            write(folder.path(), "standin.yaml", &target);
            write(folder.path(), "s.yaml", SCENARIO);
            let output = standin(folder.path(), &["run", "s.yaml"]);
            (output.status.code(), said(&output))
        };
        [
            run("its-own", false),
            run("the-host", false),
            run("its-settings", true),
            run("the-proxy", true),
            run("the-host", true),
        ]
    });
    let ran = ran.await.unwrap();
    for (code, said) in &ran[..4] {
        assert_eq!(*code, Some(0), "{said}");
    }
    let (code, said) = &ran[4];
    assert_eq!(*code, Some(1), "{said}");
    assert!(said.contains("BROKEN webhook.signature") && said.contains("turned away with 401"), "{said}");
}

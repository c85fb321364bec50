//! Receivers of HubSpot's webhooks in Rust, on axum. The paths and defects are those of tests/receivers/receiver.py, and
//! some more: `later-700` answers first and works 700 ms later, and so does `again-1200`, which takes nothing for known.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, Uri};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

const AGE_MAX_MS: u128 = 300_000;
const DECODED: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

#[derive(Default)]
struct Memory {
    effects: u64,
    looks: u64,
    seen: HashSet<String>,
    values: BTreeMap<String, (i64, String)>,
}

struct Desk {
    secret: &'static str,
    memories: Mutex<BTreeMap<String, Memory>>,
}

/// Serves them, and answers their port.
pub(super) async fn serve(secret: &'static str) -> u16 {
    let desk = Arc::new(Desk { secret, memories: Mutex::default() });
    let routes =
        Router::new().route("/{defect}/hs", post(receive)).route("/{defect}/state", get(state)).with_state(desk);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    port
}

async fn state(State(desk): State<Arc<Desk>>, Path(defect): Path<String>) -> String {
    let mut memories = desk.memories.lock();
    let memory = memories.entry(defect.clone()).or_default();
    memory.looks += u64::from(defect == "moves");
    let values: Vec<_> = memory.values.values().rev().take(50).collect();
    let known = if defect == "counts-all" { memory.seen.len() as u64 } else { memory.effects };
    json!({"effects": known, "looks": memory.looks, "values": values}).to_string()
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    Path(defect): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if defect == "late" {
        tokio::time::sleep(Duration::from_secs(6)).await;
    }
    let known = genuine(desk.secret, &defect, &uri, &headers, &body).is_some();
    let Ok(events) = serde_json::from_slice::<Vec<Value>>(&body) else { return StatusCode::BAD_REQUEST };
    if known || defect == "acts-on-forgeries" {
        let (kind, span) = defect.rsplit_once('-').unwrap_or_default();
        let (again, span) = (kind == "again", Duration::from_millis(span.parse().unwrap_or(0)));
        let memory_of = defect.clone();
        let work = move || {
            let mut memories = desk.memories.lock();
            let memory = memories.entry(memory_of).or_default();
            events.iter().for_each(|event| memory.take(event, again));
        };
        if span.is_zero() {
            work();
        } else {
            tokio::spawn(async move {
                tokio::time::sleep(span).await;
                work();
            });
        }
    }
    match defect.as_str() {
        _ if known => StatusCode::NO_CONTENT,
        "crashes" => StatusCode::INTERNAL_SERVER_ERROR,
        "redirects" => StatusCode::FOUND,
        "too-often" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNAUTHORIZED,
    }
}

fn genuine(secret: &str, defect: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<()> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let name = if defect == "wrong-header" { "x-hubspot-signature" } else { "x-hubspot-signature-v3" };
    let signature = STANDARD.decode(text(name)?).ok()?;
    let stamp = text("x-hubspot-request-timestamp")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis();
    if defect != "no-age-check" && now.saturating_sub(stamp.parse().ok()?) > AGE_MAX_MS {
        return None;
    }
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    let host = text("x-forwarded-host").or_else(|| text("host"))?;
    let whole = format!("{scheme}://{host}{uri}");
    let uri = match defect {
        "path-only" => uri.to_string(),
        "drops-query" => whole.split('?').next()?.to_owned(),
        "configured" => "https://hooks.example.com/configured/hs".to_owned(),
        "undecoded" => whole,
        _ => DECODED.iter().fold(whole, |uri, (escape, plain)| uri.replace(escape, plain)),
    };
    let again = serde_json::from_slice::<Value>(body).ok()?.to_string();
    let body = if defect == "re-serialised" { again.as_bytes() } else { body };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    for part in [b"POST", uri.as_bytes(), body, stamp.as_bytes()] {
        mac.update(part);
    }
    mac.verify_slice(&signature).ok()
}

impl Memory {
    fn take(&mut self, event: &Value, again: bool) {
        let key = ["eventId", "objectId", "subscriptionType", "propertyName"].map(|name| event[name].to_string());
        let Some(property) = event["propertyName"].as_str().filter(|_| self.seen.insert(key.join(" ")) || again) else {
            return;
        };
        let (place, at) = (format!("{} {property}", event["objectId"]), event["occurredAt"].as_i64().unwrap_or(0));
        if self.values.get(&place).is_none_or(|(known, _)| *known <= at) {
            let value = event["propertyValue"].as_str().unwrap_or_default().to_owned();
            self.values.insert(place, (at, value));
            self.effects += 1;
        }
    }
}

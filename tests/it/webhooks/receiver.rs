//! A receiver of webhooks, as a client's developer would write one: it keeps what it gets and
//! answers as the test says. It checks signatures on its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, Uri};
use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

/// One delivery as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// How a delivery is answered, by its place: a status, or not at all.
type Script = Arc<dyn Fn(usize, &Got) -> Option<u16> + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

#[derive(Clone)]
struct Desk {
    got: Arc<Mutex<Vec<Got>>>,
    script: Script,
}

impl Receiver {
    pub(crate) async fn start(script: impl Fn(usize, &Got) -> Option<u16> + Send + Sync + 'static) -> Self {
        let got = Arc::default();
        let desk = Desk { got: Arc::clone(&got), script: Arc::new(script) };
        let router = Router::new().route("/hubspot/events", post(take)).with_state(desk);
        Self { url: serve(router).await, got }
    }

    /// One that takes everything.
    pub(crate) async fn pleased() -> Self {
        Self::start(|_, _| Some(204)).await
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().clone()
    }

    /// Every event that came, in the order in which it did.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.got().iter().flat_map(Got::events).collect()
    }
}

/// Serves a router on a free port; answers the address for events.
pub(crate) async fn serve(router: Router) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hubspot/events", socket.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
    url
}

async fn take(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let got = Got { target: uri.to_string(), headers, body: String::from_utf8(body.to_vec()).unwrap() };
    let place = {
        let mut all = desk.got.lock();
        all.push(got.clone());
        all.len() - 1
    };
    match (desk.script)(place, &got) {
        Some(status) => StatusCode::from_u16(status).unwrap(),
        None => std::future::pending().await,
    }
}

impl Got {
    pub(crate) fn events(&self) -> Vec<Value> {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    pub(crate) fn stamp(&self) -> i64 {
        self.header("x-hubspot-request-timestamp").unwrap().parse().unwrap()
    }

    /// Whether the first signature is over this body, by who knows the secret.
    pub(crate) fn signed_v1(&self, secret: &str) -> bool {
        let v1 = hex::encode(Sha256::digest(format!("{secret}{}", self.body)));
        self.header("x-hubspot-signature") == Some(&v1)
    }

    /// Whether both signatures are over this body, for this address, by who knows the secret.
    pub(crate) fn signed(&self, secret: &str, url: &str) -> (bool, bool) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("POST{url}{}{}", self.body, self.stamp()).as_bytes());
        let v3 = BASE64.encode(mac.finalize().into_bytes());
        (self.signed_v1(secret), self.header("x-hubspot-signature-v3") == Some(&v3))
    }
}

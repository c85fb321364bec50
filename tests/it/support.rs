//! A world for a test, and a client for one of its systems.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use sim::journal::{Changed, Entry, Kinds, What};
use sim::{Builder, ClockChange, ClockMode, SystemName, World, parse_span};

/// A world whose clock stands until it is moved.
pub(crate) fn still() -> Builder {
    World::builder().seed(7).clock(ClockMode::Manual)
}

/// Says a line where no test harness swallows it.
pub(crate) fn say(line: &str) {
    use std::io::Write as _;
    std::io::stderr().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}

/// Moves the clock of a still world.
pub(crate) async fn pass(world: &World, span: &str) {
    world.clock().set(ClockChange::advance(parse_span(span).unwrap())).await.unwrap();
}

pub(crate) fn entries(world: &World) -> Vec<Entry> {
    world.journal().since(0, Kinds::ALL, usize::MAX).unwrap()
}

/// The changes that stand in a journal, in their order.
pub(crate) fn changes(world: &World) -> Vec<Changed> {
    let changes = entries(world).into_iter().filter_map(|entry| match entry.what {
        What::Change(change) => Some(change),
        _ => None,
    });
    changes.collect()
}

/// Calls one system of a world over a real socket.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: String,
    authorization: Option<String>,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(world: &World, system: SystemName) -> Self {
        let base = world.url(system).unwrap().to_owned();
        Self { http: reqwest::Client::new(), base, authorization: None }
    }

    /// With the token that the world gave out.
    pub(crate) fn hubspot(world: &World) -> Self {
        let token = world.ready()["systems"]["hubspot"]["token"].as_str().unwrap().to_owned();
        Self::new(world, SystemName::Hubspot).bearing(&token)
    }

    pub(crate) fn bearing(&self, token: &str) -> Self {
        self.with(Some(format!("Bearer {token}")))
    }

    /// The same client with another Authorization header, or none.
    pub(crate) fn with(&self, authorization: Option<String>) -> Self {
        Self { authorization, ..self.clone() }
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Sends a body as it stands, under a content type if one is given.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        media: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some("application/json"), body.to_string()).await
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

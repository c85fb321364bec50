//! A caller of one system of a world that sends whatever headers a test gives it, and what the
//! journal has to say of its calls.

use reqwest::Method;
use serde_json::Value;
use sim::faults::{Arm, Where};
use sim::journal::{Entry, Exchanged, What};
use sim::{ClockChange, SystemName, World};

use crate::support::entries;
pub(crate) use crate::support::{Answer, still};

pub(crate) async fn pass_ms(world: &World, ms: i64) {
    world.clock().set(ClockChange::advance(ms)).await.unwrap();
}

/// The exchanges of one system, each with its entry.
pub(crate) fn exchanges(world: &World, system: SystemName) -> Vec<(Entry, Exchanged)> {
    let of_system = entries(world).into_iter().filter(|entry| entry.system == Some(system));
    let exchanges = of_system.filter_map(|entry| match entry.what.clone() {
        What::Exchange(exchange) => Some((entry, exchange)),
        _ => None,
    });
    exchanges.collect()
}

/// The last exchange of a system.
pub(crate) fn last(world: &World, system: SystemName) -> (Entry, Exchanged) {
    exchanges(world, system).pop().unwrap()
}

/// Arms a fault for some calls of a system by one method.
pub(crate) fn arm(world: &World, name: &str, system: SystemName, method: &str, count: u64) {
    let at = Where { system: Some(system), method: Some(method.to_owned()), path: None };
    world.arm(Arm { name: name.to_owned(), count: Some(count), at, ..Arm::default() }).unwrap();
}

/// A credential that the world gave out.
pub(crate) fn credential(world: &World, system: SystemName, name: &str) -> String {
    world.ready()["systems"][system.as_str()][name].as_str().unwrap().to_owned()
}

/// Calls one system with the same headers each time.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    base: String,
    headers: Vec<(&'static str, String)>,
}

impl Caller {
    pub(crate) fn new(world: &World, system: SystemName) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: world.url(system).unwrap().to_owned(), headers: Vec::new() }
    }

    /// The same caller, with another header or another value of it.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut caller = self.clone();
        caller.headers.retain(|(sent, _)| *sent != name);
        caller.headers.push((name, value.into()));
        caller
    }

    /// The same caller with a bearer token.
    pub(crate) fn bearing(&self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// A call of a path, or of a whole address.
    fn call(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let address = if path.starts_with("http://") { path.to_owned() } else { format!("{}{path}", self.base) };
        let call = self.http.request(method, address);
        self.headers.iter().fold(call, |call, (name, value)| call.header(*name, value))
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        answer(self.call(method, path).body(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(Method::PUT, path, body.to_string()).await
    }

    /// Asks ORDS, or the gateway before it, for a token with a client's credentials.
    pub(crate) async fn client_credentials(&self, path: &str, id: &str, secret: &str) -> Answer {
        let call = self.call(Method::POST, path).basic_auth(id, Some(secret));
        answer(call.form(&[("grant_type", "client_credentials")])).await
    }
}

async fn answer(call: reqwest::RequestBuilder) -> Answer {
    let response = call.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

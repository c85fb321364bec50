//! The control API over HTTP: every call of it, what it refuses, and that worlds do not cross.

mod clock;
mod document;
mod journal;
mod refusals;
mod worlds;

use std::net::Ipv4Addr;
use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use sim::{Control, Host, World};

/// A control API over a host of its own, with no worlds yet.
struct Api {
    control: Control,
    client: Client,
}

impl Api {
    async fn start() -> Self {
        let host = Arc::new(Host::new(World::builder()));
        let control = Control::start(host, Ipv4Addr::LOCALHOST.into(), 0).await.unwrap();
        Self { control, client: Client::builder().no_proxy().build().unwrap() }
    }

    /// With one world, whose clock stands.
    async fn with_world() -> Self {
        let api = Self::start().await;
        api.made(json!({"clock": "manual"})).await;
        api
    }

    fn url(&self, path: &str) -> String {
        format!("{}/_standin/{path}", self.control.url())
    }

    async fn text(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let answer = self.client.request(method, self.url(path)).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn json(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let (status, text) = self.text(method, path, body).await;
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect(&text) })
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.json(Method::GET, path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.json(Method::POST, path, body.to_string()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The ready line's object of a new world.
    async fn made(&self, body: Value) -> Value {
        let (status, ready) = self.json(Method::POST, "worlds", body.to_string()).await;
        assert_eq!(status, 201, "{ready}");
        ready
    }

    async fn lines(&self, path: &str) -> Vec<Value> {
        let (status, text) = self.text(Method::GET, path, "").await;
        assert_eq!(status, 200, "{path}: {text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Calls HubSpot as a client of it would. What is no JSON, such as a proxy's page, is null.
    async fn hubspot(&self, ready: &Value, token: &Value, method: Method, path: &str, body: Value) -> (u16, Value) {
        let hubspot = &ready["systems"]["hubspot"];
        let call = self.client.request(method, format!("{}{path}", hubspot["url"].as_str().unwrap()));
        let call = if body.is_null() { call } else { call.json(&body) };
        let answer = call.bearer_auth(token.as_str().unwrap()).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    async fn create_contact(&self, ready: &Value, email: &str) -> u16 {
        let body = json!({"properties": {"email": email}});
        let token = &ready["systems"]["hubspot"]["token"];
        self.hubspot(ready, token, Method::POST, "/crm/v3/objects/contacts", body).await.0
    }
}

fn emails(stored: &Value) -> Vec<&str> {
    stored["records"].as_array().unwrap().iter().map(|one| one["properties"]["email"].as_str().unwrap()).collect()
}

//! The scripted client: makes calls as any client does, tells them, and moves the world's clock.

use std::io::{self, Write};
use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sim::{ClockChange, SystemName, World};

use super::answer::Answer;
use super::{Failed, other};

/// A client with everything that a world gives out.
pub(super) struct Session {
    pub(super) world: Arc<World>,
    pub(super) control_url: String,
    ready: Value,
    client: Client,
}

/// The widest a line of an answer gets.
const LINE_CHARS_MAX: usize = 300;

impl Session {
    pub(super) fn new(world: Arc<World>, control_url: &str) -> Result<Self, Failed> {
        let client = Client::builder().no_proxy().build().map_err(other)?;
        Ok(Self { ready: world.ready(), world, control_url: control_url.to_owned(), client })
    }

    pub(super) fn opening(&self, seed: u64) {
        self.say("Standin demo: HubSpot, Oracle and Retail Express on this machine, with the vendors' own");
        self.say("limits, tokens and words. Nothing here leaves loopback.");
        self.say("");
        self.say(&format!("world {}, seed {seed}, its clock at {}", self.world.id(), self.world.clock().now()));
        for system in SystemName::ALL {
            self.say(&format!("  {:<15} {}", system.as_str(), self.given(system, "url")));
        }
        self.say(&format!("  {:<15} {}", "control", self.control_url));
    }

    /// Something that the world gave out for a system: an address, a credential.
    pub(super) fn given(&self, system: SystemName, what: &str) -> &str {
        self.ready["systems"][system.as_str()][what].as_str().unwrap_or_default()
    }

    /// The deployment of the Oracle gateway, with its prefix.
    pub(super) fn gateway(&self) -> String {
        let prefix = self.ready["systems"]["oci_gateway"]["prefixes"][0].as_str().unwrap_or_default();
        format!("{}{prefix}", self.given(SystemName::OciGateway, "url"))
    }

    pub(super) fn say(&self, line: &str) {
        // Who stopped reading wants no more lines; the exit code still tells how it went.
        let _ = writeln!(io::stdout(), "{line}");
    }

    pub(super) fn heading(&self, line: &str) {
        self.say(&format!("\n== {line}"));
    }

    /// Why the last answer matters to whoever writes an integration.
    pub(super) fn so(&self, line: &str) {
        self.say(&format!("   so: {line}"));
    }

    /// Calls HubSpot and tells it.
    pub(super) async fn hubspot(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failed> {
        let answer = self.quietly(method, path, body).await?;
        self.tell(&answer);
        Ok(answer)
    }

    /// Calls HubSpot without a word.
    pub(super) async fn quietly(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failed> {
        let url = format!("{}{path}", self.given(SystemName::Hubspot, "url"));
        let token = self.given(SystemName::Hubspot, "token");
        let request = self.client.request(method, url).bearer_auth(token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.send(SystemName::Hubspot, request).await
    }

    /// Sends what was made of the client, and tells it.
    pub(super) async fn told(
        &self,
        system: SystemName,
        make: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, Failed> {
        let answer = self.send(system, make(&self.client)).await?;
        self.tell(&answer);
        Ok(answer)
    }

    async fn send(&self, system: SystemName, request: RequestBuilder) -> Result<Answer, Failed> {
        let request = request.build().map_err(other)?;
        let call = format!("{:<6} {system} {}", request.method().as_str(), request.url().path());
        let response = self.client.execute(request).await.map_err(other)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(other)?;
        Ok(Answer { call, status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    /// One line a call; a refusal is shown as the vendor words it.
    pub(super) fn tell(&self, answer: &Answer) {
        self.say(&format!("   {:<66} {}", answer.call, answer.status));
        let text = answer.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if answer.status >= 400 && !text.is_empty() {
            let cut: String = text.chars().take(LINE_CHARS_MAX).collect();
            let more = if cut.len() < text.len() { "..." } else { "" };
            self.say(&format!("     {cut}{more}"));
        }
    }

    /// Shows headers of an answer.
    pub(super) fn headers(&self, answer: &Answer, names: &[&str]) {
        for name in names {
            let value = answer.headers.get(*name).and_then(|value| value.to_str().ok());
            self.say(&format!("     {name}: {}", value.unwrap_or("(absent)")));
        }
    }

    /// Moves the world's clock by so many milliseconds.
    pub(super) async fn pass(&self, span_ms: i64, told: &str) -> Result<(), Failed> {
        let moved = self.world.clock().set(ClockChange::advance(span_ms)).await.map_err(other)?;
        self.say(&format!("   -- {told}: {}", moved.status.now));
        Ok(())
    }
}

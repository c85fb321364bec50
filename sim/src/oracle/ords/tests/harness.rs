//! One ORDS with its state, and calls led through the doors that have a say here.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value as Json;

use crate::gate::Tokens;
use crate::journal::Changes;
use crate::message::{Outcome, Request, RequestBody};
use crate::oracle::ords::settings::Settings;
use crate::oracle::ords::{Credentials, Ords, Schema, State};
use crate::policy::{Door, GatePolicy};
use crate::world::step::{Stage, System};
use crate::{Moment, Seed};

pub(super) const COLLECTION: &str = "/ords/crm/customers/";

pub(super) struct Bench {
    pub(super) ords: Ords,
    pub(super) state: State,
    pub(super) at: Moment,
    pub(super) seed: Seed,
    tokens: Tokens,
    changes: Changes,
    exchange: u64,
    /// Sent with every call, unless it brings its own Authorization.
    bearer: Option<String>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) took_effect: bool,
}

impl Answer {
    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }

    /// The ids of a page's rows.
    pub(super) fn ids(&self) -> Vec<i64> {
        let json = self.json();
        json["items"].as_array().expect("items").iter().map(|row| row["customer_id"].as_i64().expect("id")).collect()
    }

    pub(super) fn link(&self, rel: &str) -> Option<String> {
        let json = self.json();
        let links = json["links"].as_array().expect("links");
        let link = links.iter().find(|link| link["rel"] == rel)?;
        Some(link["href"].as_str().expect("href").to_owned())
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        token_ttl_ms: 3_600_000,
        page_default: 25,
        page_max: 1_000,
        body_bytes_max: 4_096,
        undo_retention_ms: 900_000,
        undo_versions_max: 64,
    }
}

impl Bench {
    /// An empty master, with a token in hand.
    pub(super) fn new() -> Self {
        Self::of(Schema::built_in(), "a")
    }

    pub(super) fn of(schema: Arc<Schema>, world: &str) -> Self {
        let seed = Seed(7);
        let ords = Ords::with(schema, Credentials::draw(seed, world), Arc::new(GatePolicy::default()), settings());
        let state = ords.state(Moment::START);
        let (tokens, changes, at) = (Tokens::default(), Changes::default(), Moment::START);
        let mut bench = Self { ords, state, at, seed, tokens, changes, exchange: 0, bearer: None };
        bench.bearer = Some(bench.token());
        bench
    }

    pub(super) fn token(&mut self) -> String {
        let credentials = self.ords.credentials().clone();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            credentials.client_id, credentials.client_secret
        );
        let answer = self.call("POST", "/ords/crm/oauth/token", &[], &form);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub(super) fn forget_token(&mut self) {
        self.bearer = None;
    }

    /// Puts rows in by the tester's hand.
    pub(super) fn put(&mut self, rows: Json) -> Result<usize, String> {
        let rows = rows.as_array().expect("a list").clone();
        let rows = self.ords.read_rows("customers", &rows)?;
        self.state.put("customers", rows, self.at, &mut self.changes)
    }

    pub(super) fn get(&mut self, target: &str) -> Answer {
        self.call("GET", target, &[], "")
    }

    /// GET of the collection with a filter.
    pub(super) fn query(&mut self, q: &Json, more: &str) -> Answer {
        let q: String = form_urlencoded::byte_serialize(q.to_string().as_bytes()).collect();
        self.get(&format!("{COLLECTION}?q={q}{more}"))
    }

    pub(super) fn call(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(method, target, headers, RequestBody::Whole(Bytes::copy_from_slice(body.as_bytes())))
    }

    pub(super) fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: RequestBody) -> Answer {
        let mut sent = HeaderMap::new();
        sent.insert("host", HeaderValue::from_static("ords.internal:8080"));
        if let Some(token) = &self.bearer {
            sent.insert("authorization", HeaderValue::try_from(format!("Bearer {token}")).expect("a header"));
        }
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).expect("a name");
            sent.insert(name, HeaderValue::try_from(*value).expect("a value"));
        }
        let request = Request {
            method: Method::try_from(method).expect("a method"),
            uri: target.parse().expect("a target"),
            headers: sent,
            body,
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            connection: 1,
        };
        self.step(&request)
    }

    fn step(&mut self, request: &Request) -> Answer {
        self.exchange += 1;
        let call = self.ords.read(request);
        let mut stage = Stage {
            at: self.at,
            exchange: self.exchange,
            seed: self.seed,
            caller: None,
            tokens: &mut self.tokens,
            state: &mut self.state,
            changes: &mut self.changes,
            base_url: "http://127.0.0.1:4021",
            readings: crate::gate::Readings::default(),
            touch: crate::faults::Touch::default(),
        };
        let mut pass = || {
            if !self.ords.skips(&call, Door::Authenticate) {
                stage.caller = Some(self.ords.authenticate(&call, &mut stage)?);
            }
            self.ords.size(&call, &mut stage)
        };
        let reply = match pass() {
            Err(refusal) => refusal,
            Ok(()) => match self.ords.act(call, &mut stage) {
                Outcome::Answer(reply) => reply,
                Outcome::Forward(_) => panic!("ORDS calls no one"),
            },
        };
        let headers = reply.headers.iter().cloned().collect();
        Answer { status: reply.status, headers, took_effect: reply.took_effect, body: reply.body.write() }
    }
}

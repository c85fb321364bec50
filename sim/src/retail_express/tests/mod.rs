//! The room by itself: requests led through its doors in their usual order, on a clock moved by hand.

mod doors;
mod lists;
mod writes;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::settings::Settings;
use super::{Credentials, RetailExpress, State};
use crate::gate::Tokens;
use crate::journal::Changes;
use crate::message::{Outcome, Reply, Request, RequestBody};
use crate::policy::{AboveMax, Door, Profile, RetailExpressSettings, SecondToken};
use crate::world::step::{Stage, System};
use crate::{Moment, Seed};

const SEED: Seed = Seed(7);

fn profile() -> Arc<Profile<RetailExpressSettings>> {
    Profile::embedded(None).unwrap()
}

fn settings() -> Settings {
    Settings::from(&profile().settings)
}

struct Desk {
    system: RetailExpress,
    state: State,
    tokens: Tokens,
    changes: Changes,
    at: Moment,
    exchange: u64,
    /// A token made at the start.
    token: String,
}

struct Answer {
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
    took_effect: bool,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.to_str().unwrap())
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", value.to_str().unwrap())?;
        }
        write!(f, "{}", self.body)
    }
}

impl Desk {
    fn new() -> Self {
        Self::with(settings())
    }

    fn with(settings: Settings) -> Self {
        let system = RetailExpress::with(profile().gate.clone(), settings, Credentials::new(SEED, "1"));
        let mut tokens = Tokens::default();
        system.credentials.register(&mut tokens);
        let at = Moment::START;
        let token = system.credentials.issue(0, at, at.plus(3_600_000), &mut tokens);
        Self { system, state: State::new(SEED), tokens, changes: Changes::default(), at, exchange: 0, token }
    }

    fn stage<T>(&mut self, run: impl FnOnce(&RetailExpress, &mut Stage<'_, State>) -> T) -> T {
        let mut stage = Stage {
            at: self.at,
            exchange: self.exchange,
            seed: SEED,
            caller: None,
            tokens: &mut self.tokens,
            state: &mut self.state,
            changes: &mut self.changes,
            base_url: "http://127.0.0.1:4050",
            readings: crate::gate::Readings::default(),
            touch: crate::faults::Touch::default(),
        };
        run(&self.system, &mut stage)
    }

    fn send(&mut self, request: Request) -> Answer {
        self.exchange += 1;
        let call = self.system.read(&request);
        let reply = self.stage(|system, stage| {
            if !system.skips(&call, Door::Authenticate) {
                stage.caller = Some(system.authenticate(&call, stage)?);
            }
            if !system.skips(&call, Door::Size) {
                system.size(&call, stage)?;
            }
            match system.act(call, stage) {
                Outcome::Answer(reply) => Ok(reply),
                Outcome::Forward(_) => panic!("nothing is forwarded here"),
            }
        });
        written(reply.unwrap_or_else(|refused| refused))
    }

    /// A call with exactly these headers.
    fn raw(&mut self, method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(request(method, target, headers, RequestBody::Whole(Bytes::copy_from_slice(body.as_bytes()))))
    }

    /// A call with both credentials.
    fn call(&mut self, method: Method, target: &str, body: &str) -> Answer {
        let key = self.system.credentials.api_key.clone();
        let bearer = format!("Bearer {}", self.token);
        let headers = [("x-api-key", &*key), ("authorization", &bearer), ("content-type", "application/json")];
        self.raw(method, target, &headers, body)
    }

    fn get(&mut self, target: &str) -> Answer {
        self.call(Method::GET, target, "")
    }

    fn put_records(&mut self, records: &[Value]) -> Result<usize, String> {
        let read = RetailExpress::read_records(records)?;
        Ok(RetailExpress::put_records(&mut self.state, read, self.at, &mut self.changes))
    }
}

fn request(method: Method, target: &str, headers: &[(&str, &str)], body: RequestBody) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    Request { method, uri: target.parse().unwrap(), headers: map, body, peer: [127, 0, 0, 1].into(), connection: 1 }
}

fn written(reply: Reply) -> Answer {
    Answer {
        status: reply.status.as_u16(),
        took_effect: reply.took_effect,
        headers: reply.headers,
        body: String::from_utf8(reply.body.write().to_vec()).unwrap(),
    }
}

//! The gateway as a whole room: what it loads, where it routes, what it passes on.

mod acting;
mod contexts;
mod forwarding;
mod loading;
mod policies;
mod routing;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method};

use super::system::Call;
use super::{Deployment, Gateway, State};
use crate::gate::Tokens;
use crate::journal::Changes;
use crate::message::{Outcome, Reply, Request, RequestBody};
use crate::policy::{GatewaySettings, Profile};
use crate::world::step::{Stage, System};
use crate::{Moment, Seed};

const AT: Moment = Moment(Moment::START.0 + 250);

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect();
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        uri: target.parse().unwrap(),
        headers,
        body: RequestBody::Whole(Default::default()),
        peer: "192.0.2.7".parse().unwrap(),
        connection: 1,
    }
}

/// A deployment of one route to one back-end URL.
fn one_route(path: &str, url: &str) -> Deployment {
    let route =
        serde_json::json!({ "path": path, "methods": ["ANY"], "backend": { "type": "HTTP_BACKEND", "url": url } });
    Deployment::load("test.json", "/p", &serde_json::json!({ "routes": [route] }).to_string()).unwrap()
}

fn profile() -> Arc<Profile<GatewaySettings>> {
    Profile::embedded(None).unwrap()
}

/// A gateway by the published figures.
fn gateway(deployments: Vec<Deployment>) -> Gateway {
    Gateway::new(deployments, profile()).unwrap()
}

fn on_stage<T>(exchange: u64, run: impl FnOnce(&mut Stage<'_, State>) -> T) -> T {
    let (mut tokens, mut state, mut changes) = (Tokens::default(), State, Changes::default());
    run(&mut Stage {
        at: AT,
        exchange,
        seed: Seed(7),
        caller: None,
        tokens: &mut tokens,
        state: &mut state,
        changes: &mut changes,
        base_url: "http://127.0.0.1:4020",
        readings: crate::gate::Readings::default(),
        touch: crate::faults::Touch::default(),
    })
}

fn act(gateway: &Gateway, request: &Request) -> Outcome {
    let call: Call = gateway.read(request);
    on_stage(1, |stage| gateway.act(call, stage))
}

fn header<'r>(reply: &'r Reply, name: &str) -> Vec<&'r str> {
    reply.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.to_str().unwrap()).collect()
}

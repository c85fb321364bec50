//! The gateway as a room of a world: it routes and prepares outside the world's lock, and hands
//! the step a call that only has to be let through.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU64;
use std::sync::Arc;

use bytes::Bytes;
use compact_str::CompactString;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use jiff::tz::TimeZone;
use parking_lot::Mutex;

use super::answer::{self, OPC_REQUEST_ID, Refusal};
use super::deployment::{Backend, Deployment, RateKey, RateLimit, Routed, StockResponse, Timeouts};
use super::forward;
use crate::gate::{Charge, Reading};
use crate::message::{Body, Forward, Outcome, Reply, Request, RequestBody, address_number};
use crate::policy::{
    Anchor, Door, Figure, ForwardedByCaller, GatePolicy, GatewaySettings, Limit, LimitKind, Millis, Profile,
    RateWindow, Scope,
};
use crate::world::slots::{Slot, Slots};
use crate::world::step::{Caller, Stage, System, no_app};
use crate::{Seed, SystemName};

/// One gateway and its deployments.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// The longest prefix first.
    deployments: Vec<Deployment>,
    /// The limit class of each.
    classes: Vec<&'static str>,
    gate: GatePolicy,
    profile: Arc<Profile<GatewaySettings>>,
    time_zone: TimeZone,
}

/// A gateway remembers nothing of its own: counters are the gate's.
#[derive(Clone, Debug, Default)]
pub(crate) struct State;

/// A request with its route chosen and its back end's call prepared.
#[derive(Debug)]
pub(crate) struct Call {
    /// The deployment and its place, where a route of it serves the request.
    deployment: Option<usize>,
    client: u64,
    /// The caller's part of `opc-request-id`.
    request_id: String,
    body_too_large: bool,
    plan: Plan,
}

#[derive(Debug)]
enum Plan {
    Refuse(Refusal),
    Stock(StockResponse),
    Http(Box<Prepared>),
}

#[derive(Debug)]
struct Prepared {
    timeouts: Timeouts,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

/// Deployments that cannot stand on one gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum BadGateway {
    #[error("a gateway holds at most {max} deployments, and these are {count}")]
    TooMany { count: usize, max: usize },
    #[error("the deployments {0} and {1} have the same path prefix")]
    SamePrefix(String, String),
    #[error("the deployment {deployment} has the back end {url}, and back ends are not reached by TLS yet")]
    #[diagnostic(help("give it an address that begins with http://"))]
    Tls { deployment: String, url: String },
}

impl Gateway {
    pub(crate) fn new(
        mut deployments: Vec<Deployment>,
        profile: Arc<Profile<GatewaySettings>>,
    ) -> Result<Self, BadGateway> {
        let (count, max) = (deployments.len(), profile.settings.deployments_max.value);
        if count > max {
            return Err(BadGateway::TooMany { count, max });
        }
        for deployment in &deployments {
            if let Some(url) = deployment.tls_backend() {
                return Err(BadGateway::Tls { deployment: deployment.name.clone(), url: url.to_string() });
            }
        }
        deployments.sort_by(|one, other| (other.prefix.len(), &one.prefix).cmp(&(one.prefix.len(), &other.prefix)));
        if let Some([one, other]) = deployments.array_windows().find(|[one, other]| one.prefix == other.prefix) {
            return Err(BadGateway::SamePrefix(one.name.clone(), other.name.clone()));
        }
        let classes: Vec<_> = (0..count).map(class).collect();
        let mut gate = (*profile.gate).clone();
        let window = profile.settings.rate_window.value;
        for (deployment, class) in deployments.iter().zip(&classes) {
            gate.limits.extend(deployment.rate_limit.map(|rate| limit(deployment, class, rate, window)));
        }
        Ok(Self { deployments, classes, gate, profile, time_zone: TimeZone::UTC })
    }

    fn figures(&self) -> &GatewaySettings {
        &self.profile.settings
    }

    /// The path prefixes under which it answers.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.deployments.iter().map(Deployment::prefix)
    }

    /// The limit class of each deployment, by the account that stands for it.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.prefixes().map(shown).zip(self.classes.iter().copied())
    }

    fn plan(&self, request: &Request) -> (Option<usize>, Plan) {
        let figures = self.figures();
        if header_bytes(request) > figures.header_bytes_max.value {
            return (None, Plan::Refuse(Refusal::HeaderTooLarge));
        }
        let found = self.deployments.iter().enumerate().find_map(|(at, deployment)| {
            Some((at, deployment, deployment.below(request.path())?)) // the longest prefix alone is asked
        });
        let Some((at, deployment, path)) = found else { return (None, Plan::Refuse(Refusal::NoRoute)) };
        let (route, parameters) = match deployment.route(path, &request.method, figures) {
            Routed::To(route, parameters) => (route, parameters),
            Routed::WrongMethod => return (None, Plan::Refuse(Refusal::WrongMethod)),
            Routed::NoRoute => return (None, Plan::Refuse(Refusal::NoRoute)),
        };
        let plan = match &route.backend {
            Backend::Stock(stock) => Plan::Stock(stock.clone()),
            Backend::Http(backend) => match backend.url.fill(request, &parameters) {
                None => Plan::Refuse(Refusal::UrlInvalid),
                Some(uri) => Plan::Http(Box::new(Prepared {
                    headers: forward::request_headers(request, &uri, figures.forwarded_by_caller.value),
                    timeouts: backend.timeouts,
                    method: request.method.clone(),
                    uri,
                    body: match &request.body {
                        RequestBody::Whole(body) => body.clone(),
                        RequestBody::TooLarge => Bytes::new(),
                    },
                })),
            },
        };
        (Some(at), plan)
    }
}

impl System for Gateway {
    type Call = Call;
    type State = State;

    fn name(&self) -> SystemName {
        SystemName::OciGateway
    }

    fn gate(&self) -> &GatePolicy {
        &self.gate
    }

    /// The deployment's path prefix.
    fn account(&self, caller: Caller) -> CompactString {
        let place = usize::try_from(caller.account).ok().and_then(|account| account.checked_sub(1));
        let deployment = place.and_then(|at| self.deployments.get(at));
        deployment.map(|deployment| shown(&deployment.prefix).into()).unwrap_or_default()
    }

    fn slot(slots: &mut Slots) -> &mut Slot<State> {
        &mut slots.oci_gateway
    }

    fn read(&self, request: &Request) -> Call {
        let (deployment, plan) = self.plan(request);
        let too_large = match &request.body {
            RequestBody::TooLarge => true,
            RequestBody::Whole(body) => body.len() > self.figures().body_bytes_max.value,
        };
        Call {
            deployment,
            client: request.client(),
            request_id: callers_part(request).to_owned(),
            body_too_large: too_large,
            plan,
        }
    }

    fn operation(&self, call: &Call) -> &'static str {
        match &call.plan {
            Plan::Http(_) | Plan::Refuse(Refusal::UrlInvalid) => "http_backend",
            Plan::Stock(_) => "stock_response",
            Plan::Refuse(_) => "unrouted",
        }
    }

    /// What no route serves is nobody's, and not counted. `[inferred]`
    fn skips(&self, call: &Call, door: Door) -> bool {
        matches!(door, Door::Limit | Door::Authenticate) && call.deployment.is_none()
    }

    /// Everyone comes in, as the deployment: what they carry is for the back end to judge.
    fn authenticate(&self, call: &Call, _stage: &mut Stage<'_, State>) -> Result<Caller, Reply> {
        Ok(Caller { account: account(call), ..Caller::default() })
    }

    fn charge<'a>(&'a self, call: &'a Call, _stage: &Stage<'_, State>) -> Charge<'a> {
        let classes = call.deployment.and_then(|at| self.classes.get(at..=at)).unwrap_or_default();
        Charge { classes, account: account(call), app: 0, client: call.client, time_zone: &self.time_zone }
    }

    /// Of a limit that tells callers apart it is that of this machine.
    fn shared(&self, limit: usize, app: Option<&str>) -> Result<Charge<'_>, String> {
        no_app(app)?;
        let classes = &self.gate.limits[limit].classes;
        let deployment = self.classes.iter().position(|class| classes.iter().any(|of_limit| of_limit == class));
        let client = address_number(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let account = deployment.map_or(0, |at| at as u64 + 1);
        Ok(Charge { classes: &[], account, app: 0, client, time_zone: &self.time_zone })
    }

    fn over_limit(&self, _call: &Call, limit: &Reading, stage: &mut Stage<'_, State>) -> Reply {
        answer::over_limit(limit.frees_at.since(stage.at), self.figures())
    }

    fn size(&self, call: &Call, _stage: &mut Stage<'_, State>) -> Result<(), Reply> {
        if call.deployment.is_some() && call.body_too_large {
            return Err(Refusal::BodyTooLarge.reply(self.figures()));
        }
        Ok(())
    }

    fn act(&self, call: Call, stage: &mut Stage<'_, State>) -> Outcome {
        let prepared = match call.plan {
            Plan::Refuse(refusal) => return Outcome::Answer(refusal.reply(self.figures())),
            Plan::Stock(stock) => {
                let body = if stock.body.is_empty() { Body::Empty } else { Body::Bytes(stock.body) };
                let mut reply = Reply::new(stock.status, body);
                reply.headers = stock.headers;
                reply.headers.retain(|(name, _)| name != OPC_REQUEST_ID);
                return Outcome::Answer(reply);
            }
            Plan::Http(prepared) => *prepared,
        };
        let Prepared { timeouts, method, uri, mut headers, body } = prepared;
        let request_id = request_id(&call.request_id, stage.seed, stage.exchange);
        headers.insert(OPC_REQUEST_ID, request_id.clone());
        forward::put(&mut headers, forward::CDN_LOOP, &gateway_id(stage.seed), ForwardedByCaller::Appended);
        let (profile, asked) = (self.profile.clone(), method.clone());
        Outcome::Forward(Box::new(Forward {
            method,
            uri,
            headers,
            body,
            connect_timeout: timeouts.connect,
            send_timeout: timeouts.send,
            read_timeout: timeouts.read,
            answer_bytes_max: self.figures().answer_bytes_max.value,
            finish: Box::new(move |forwarded| forward::finish(forwarded, &asked, request_id, &profile.settings)),
        }))
    }

    fn fail(&self, status: StatusCode, _stage: &mut Stage<'_, State>) -> Reply {
        answer::error(status, self.figures())
    }

    fn seal(&self, reply: &mut Reply, request: &Request, _readings: &[Reading], stage: &mut Stage<'_, State>) {
        answer::seal(reply, || request_id(callers_part(request), stage.seed, stage.exchange));
    }
}

/// A path prefix as people write it.
fn shown(prefix: &str) -> &str {
    if prefix.is_empty() { "/" } else { prefix }
}

/// The limit class of the deployment at a place. The gate wants names that outlive a call: they are
/// the same for every gateway of a process, and made once.
fn class(at: usize) -> &'static str {
    static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let mut names = NAMES.lock();
    for n in names.len()..=at {
        names.push(Box::leak(format!("deployment-{}", n + 1).into_boxed_str()));
    }
    names[at]
}

/// A deployment's rate as a limit of the gate: how the vendor counts is not established (§5).
fn limit(deployment: &Deployment, class: &str, rate: RateLimit, window: RateWindow) -> Limit {
    let source = "the deployment's rateLimiting";
    let per = Figure::given(Millis(1_000), source);
    let kind = match window {
        RateWindow::FixedSecond => LimitKind::FixedWindow { per, anchor: Figure::given(Anchor::Epoch, source) },
        RateWindow::Sliding => LimitKind::RollingWindow { per },
    };
    let scope: &[Scope] = match rate.key {
        RateKey::ClientIp => &[Scope::Account, Scope::Client],
        RateKey::Total => &[Scope::Account],
    };
    let size = NonZeroU64::new(rate.requests_per_second).unwrap_or(NonZeroU64::MIN);
    let id = format!("rateLimiting {}", shown(&deployment.prefix));
    let mut limit = Limit::new(id, kind, scope, Figure::given(size, source));
    limit.classes = vec![class.to_owned()];
    limit
}

/// The account of a deployment: counted from 1, so that none is the account of no deployment.
fn account(call: &Call) -> u64 {
    call.deployment.map_or(0, |at| at as u64 + 1)
}

/// What the caller sent before the first slash of `opc-request-id`.
fn callers_part(request: &Request) -> &str {
    let sent = request.header(OPC_REQUEST_ID.as_str()).unwrap_or_default();
    sent.split_once('/').map_or(sent, |(first, _)| first)
}

/// The caller's part, which may be empty, and two of the gateway's own: `/<32 HEX>/<32 HEX>` (§7).
fn request_id(sent: &str, seed: Seed, exchange: u64) -> HeaderValue {
    let part = |label| format!("{:016X}{:016X}", seed.draw(label, exchange), seed.draw(label, !exchange));
    let id = format!("{sent}/{}/{}", part("oci_gateway.request"), part("oci_gateway.hop"));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("/"))
}

/// What a gateway calls itself in `CDN-Loop`: 22 characters.
fn gateway_id(seed: Seed) -> String {
    seed.text("oci_gateway.id", 0, 22, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
}

/// Method, URI and headers together, separators included (§9). How the vendor counts the
/// separators is `[inferred]`.
fn header_bytes(request: &Request) -> usize {
    let line =
        request.method.as_str().len() + 1 + request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers =
        request.headers.iter().map(|(name, value)| name.as_str().len() + ": ".len() + value.len() + "\r\n".len());
    line + headers.sum::<usize>()
}

//! Retail Express at the doors of a step.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::credentials::{API_KEY, Credentials, TOKEN};
use super::errors::{self, Problem};
use super::list;
use super::query::Query;
use super::record::Record;
use super::routes::{self, Ask, Call};
use super::settings::Settings;
use super::shown::Shown;
use super::state::State;
use super::time::stamp;
use super::write::Said;
use crate::SystemName;
use crate::gate::{Charge, Reading};
use crate::journal::ChangeKind;
use crate::message::{Body, Outcome, Reply, Request};
use crate::policy::{Door, GatePolicy, Profile, RetailExpressSettings, SecondToken};
use crate::world::slots::{Slot, Slots};
use crate::world::step::{Caller, Stage, System, no_app};

/// The Retail Express of one world; it never changes.
#[derive(Debug)]
pub(crate) struct RetailExpress {
    gate: Arc<GatePolicy>,
    pub(super) settings: Arc<Settings>,
    pub(crate) credentials: Credentials,
}

/// The type of record that the room keeps, as changes and the tester name it.
pub(crate) const CUSTOMERS: &str = "customers";

const SERVICE_JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

impl RetailExpress {
    pub(crate) fn new(profile: &Profile<RetailExpressSettings>, credentials: Credentials) -> Self {
        Self::with(profile.gate.clone(), Settings::from(&profile.settings), credentials)
    }

    /// As [`Self::new`], of other figures.
    pub(super) fn with(gate: Arc<GatePolicy>, settings: Settings, credentials: Credentials) -> Self {
        Self { gate, settings: Arc::new(settings), credentials }
    }

    /// Whether a limit is told as a quota, which the gateway words otherwise than a rate.
    fn is_quota(&self, limit: usize) -> bool {
        self.gate.limits.get(limit).is_some_and(|limit| limit.told_as.as_deref() == Some("quota"))
    }

    fn token(&self, stage: &mut Stage<'_, State>) -> Reply {
        let held = stage.state.token.take().filter(|(_, end)| stage.at < *end);
        let (token, expires) = match (self.settings.second_token, held) {
            (SecondToken::Same, Some(held)) => held,
            _ => {
                let expires = stage.at.plus(self.settings.token_ttl_ms);
                let token = self.credentials.issue(stage.exchange, stage.at, expires, stage.tokens);
                (token.into(), expires)
            }
        };
        stage.state.token = Some((Arc::clone(&token), expires));
        let settings = Arc::clone(&self.settings);
        json_later(StatusCode::OK, move |out| {
            let expires_on = stamp(expires, &settings.time_zone).to_string();
            write_json(out, &json!({"token_type": "Bearer", "access_token": &*token, "expires_on": expires_on}));
        })
    }

    fn list(&self, query: Query, stage: &Stage<'_, State>) -> Reply {
        let customers = stage.state.customers().clone();
        let settings = Arc::clone(&self.settings);
        json_later(StatusCode::OK, move |out| write_json(out, &list::page(&query, &customers, &settings.time_zone)))
    }

    fn one(&self, status: StatusCode, record: Arc<Record>) -> Reply {
        let settings = Arc::clone(&self.settings);
        json_later(status, move |out| write_json(out, &Shown { record: &record, zone: &settings.time_zone }))
    }

    fn create(&self, said: Said, stage: &mut Stage<'_, State>) -> Reply {
        let record = stage.state.create(said.slots, stage.at);
        tell(ChangeKind::Created, &record, &said.told, stage);
        self.one(self.settings.created, record).with_effect()
    }

    fn update(&self, id: i64, said: Said, stage: &mut Stage<'_, State>) -> Result<Reply, Problem> {
        let record = stage.state.update(id, said.slots, stage.at).ok_or_else(Problem::not_found)?;
        tell(ChangeKind::Updated, &record, &said.told, stage);
        Ok(self.one(StatusCode::OK, record).with_effect())
    }

    fn answer(&self, ask: Ask, stage: &mut Stage<'_, State>) -> Result<Reply, Problem> {
        match ask {
            Ask::Token => Ok(self.token(stage)),
            Ask::List(query) => Ok(self.list(query?, stage)),
            Ask::Read(id) => {
                let record = stage.state.find(id?).ok_or_else(Problem::not_found)?;
                Ok(self.one(StatusCode::OK, Arc::clone(record)))
            }
            Ask::Create(said) => Ok(self.create(said?, stage)),
            Ask::Update(said) => {
                let (id, said) = said?;
                self.update(id, said, stage)
            }
            Ask::Unknown => Ok(errors::resource_not_found()),
        }
    }
}

impl System for RetailExpress {
    type Call = Call;
    type State = State;

    fn name(&self) -> SystemName {
        SystemName::RetailExpress
    }

    fn gate(&self) -> &GatePolicy {
        &self.gate
    }

    fn slot(slots: &mut Slots) -> &mut Slot<State> {
        &mut slots.retail_express
    }

    fn read(&self, request: &Request) -> Call {
        routes::read(request, &self.settings)
    }

    fn operation(&self, call: &Call) -> &'static str {
        match call.ask {
            Ask::Token => "auth.token",
            Ask::List(_) => "customers.list",
            Ask::Read(_) => "customers.read",
            Ask::Create(_) => "customers.create",
            Ask::Update(_) => "customers.update",
            Ask::Unknown => "unknown",
        }
    }

    fn skips(&self, call: &Call, door: Door) -> bool {
        matches!(call.ask, Ask::Unknown) && matches!(door, Door::Authenticate | Door::Limit | Door::Size)
    }

    fn authenticate(&self, call: &Call, stage: &mut Stage<'_, State>) -> Result<Caller, Reply> {
        let good = |credential: &Option<_>, kind| {
            credential.as_deref().and_then(|credential: &str| stage.tokens.good(credential, kind, stage.at))
        };
        let Some(key) = good(&call.api_key, API_KEY) else {
            let api = format!("{}{}", stage.base_url, call.version.prefix());
            return Err(errors::key_refused(call.api_key.is_some(), &api));
        };
        let token_fits = || good(&call.bearer, TOKEN).is_some_and(|token| token.account == key.account);
        if !matches!(call.ask, Ask::Token) && !token_fits() {
            return Err(errors::token_refused());
        }
        Ok(Caller { account: key.account, app: key.app, credential: key.number, ..Caller::default() })
    }

    fn charge<'a>(&'a self, call: &'a Call, stage: &Stage<'_, State>) -> Charge<'a> {
        let caller = stage.caller.unwrap_or_else(|| self.credentials.caller());
        let time_zone = &self.settings.time_zone;
        let classes: &[&str] = if matches!(call.ask, Ask::Token) { &["token"] } else { &[] };
        Charge { classes, account: caller.account, app: caller.app, client: 0, time_zone }
    }

    fn shared(&self, _limit: usize, app: Option<&str>) -> Result<Charge<'_>, String> {
        no_app(app)?;
        let Caller { account, app, .. } = self.credentials.caller();
        Ok(Charge { classes: &[], account, app, client: 0, time_zone: &self.settings.time_zone })
    }

    fn over_limit(&self, _call: &Call, limit: &Reading, stage: &mut Stage<'_, State>) -> Reply {
        let wait_ms = limit.frees_at.since(stage.at).max(1);
        let wait_s = wait_ms.saturating_add(999) / 1000;
        let reply = if self.is_quota(limit.limit) {
            errors::quota_exceeded(self.settings.day_breach, wait_s)
        } else {
            errors::rate_exceeded(wait_s)
        };
        if self.settings.retry_after { reply.with(RETRY_AFTER, HeaderValue::from(wait_s)) } else { reply }
    }

    fn size(&self, call: &Call, stage: &mut Stage<'_, State>) -> Result<(), Reply> {
        if call.too_large { Err(Problem::too_large().reply(stage)) } else { Ok(()) }
    }

    fn act(&self, call: Call, stage: &mut Stage<'_, State>) -> Outcome {
        Outcome::Answer(self.answer(call.ask, stage).unwrap_or_else(|problem| problem.reply(stage)))
    }

    fn fail(&self, status: StatusCode, stage: &mut Stage<'_, State>) -> Reply {
        errors::gateway_failure(status, stage)
    }
}

fn json_later(status: StatusCode, write: impl FnOnce(&mut Vec<u8>) + Send + 'static) -> Reply {
    Reply::new(status, Body::later(write)).with(CONTENT_TYPE, SERVICE_JSON)
}

#[expect(clippy::expect_used, reason = "memory takes every byte, and our own rows have text for keys")]
fn write_json(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("a row can be written");
}

fn tell(kind: ChangeKind, record: &Record, told: &[(String, String)], stage: &mut Stage<'_, State>) {
    let values = told.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    stage.changes.push(kind, CUSTOMERS, &record.id().to_string(), values);
}

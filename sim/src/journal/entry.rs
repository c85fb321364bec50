//! Entries as they are read, and their form as JSON lines. An entry owns what it says: it needs
//! neither the journal nor the world that it came from.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Actor, ChangeKind, FaultEvent, Kind, WorldEvent};
use crate::{Moment, SystemName};

/// One entry of a journal.
///
/// As JSON it is one flat object: `n`, `at`, `kind`, `system`, `account`, `took_effect`, and then
/// what its kind adds, always in the same order. It reads back equal.
///
/// ```
/// use standin_sim::journal::{Entry, What};
/// let line = r#"{"n":2,"at":"2026-11-20T00:00:00.000Z","kind":"change","system":"hubspot","account":"4200001","took_effect":true,"actor":"integration","exchange":1,"change":"created","type":"contacts","id":"101","values":{"email":"a@example.com"}}"#;
/// let entry: Entry = serde_json::from_str(line)?;
/// assert!(matches!(&entry.what, What::Change(change) if change.values["email"] == "a@example.com"));
/// assert_eq!(serde_json::to_string(&entry)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Entry {
    /// Its place in the world's order, counted from 1 without gaps.
    pub n: u64,
    /// World time; for a move of the clock, the time it moved to.
    pub at: Moment,
    /// Absent where no single system is concerned.
    pub system: Option<SystemName>,
    /// The account inside the system, where one was recognised.
    pub account: Option<String>,
    /// Whether the world is different for it. A failed call may have taken effect (a time-out after
    /// the commit), which its caller cannot know. Of a delivery: whether it was answered 2xx. Always
    /// true of the rest.
    pub took_effect: bool,
    #[serde(flatten)]
    pub what: What,
}

/// What an entry's kind adds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    Exchange(Exchanged),
    Delivery(Delivered),
    Change(Changed),
    Clock(ClockMoved),
    Fault(Faulted),
    World(WorldChanged),
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Exchanged {
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The stable name of what was asked, the same as in the ledger.
    pub operation: String,
    /// The connection it came by, counted from 1 in its world; 0 where there was none.
    #[serde(default)]
    pub connection: u64,
    pub status: u16,
    pub app: Option<String>,
    /// What the tester calls the app, where a system has several.
    #[serde(default)]
    pub app_name: Option<String>,
    /// Which of the credentials that its system gave out was shown, counted from 1.
    #[serde(default)]
    pub credential: Option<u64>,
    /// The scopes of which the call needed one.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The limit that refused the call.
    pub limit: Option<String>,
    /// The fault that struck it.
    pub fault: Option<String>,
    pub correlation: Option<String>,
    pub user_agent: Option<String>,
    /// Present where the reader asked for bodies and they have been attached.
    pub request_body: Option<Payload>,
    pub response_body: Option<Payload>,
}

impl Exchanged {
    /// The target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }
}

/// A call made outwards by a system: a batch of events, as a webhook. It is booked when it was answered
/// or given up; what was sent at one instant stands in the order of sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub app: String,
    pub url: String,
    pub sent_at: Moment,
    /// 0 for the first, counted up with each retry.
    pub attempt: u32,
    /// How many events it carried.
    pub events: u64,
    /// How it differs from a genuine one: `wrong-secret`, `unsigned`, `stale`, `altered`; `nearly-stale` and `re-encoded`, which
    /// are odd and to be believed.
    pub forged: Option<String>,
    /// The answer's; none where there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer: `refused`, `broken`, `deadline`; `left` where nobody waited for one.
    pub failure: Option<String>,
    /// Present where the reader asked for bodies and they have been attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Payload>,
    /// As `request_body`, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_body: Option<Payload>,
}

/// A record created, updated or archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub actor: Actor,
    /// The entry of the call behind it, if there was one.
    pub exchange: Option<u64>,
    pub change: ChangeKind,
    #[serde(rename = "type")]
    pub record_type: String,
    pub id: String,
    /// The values that were set, in the order in which they were.
    pub values: IndexMap<String, String>,
}

/// A move of the clock, or a change of its mode (then `from` and `to` are the same).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMoved {
    pub from: Moment,
    pub to: Moment,
    /// The mode after the move.
    pub mode: String,
}

/// What became of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faulted {
    pub name: String,
    pub event: FaultEvent,
}

/// What happened to the world as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldChanged {
    pub event: WorldEvent,
    /// The snapshot that was taken or brought back.
    pub snapshot: Option<String>,
}

/// The bytes of a body: a JSON string if they are UTF-8, else `{"base64":"..."}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload(pub Vec<u8>);

impl Entry {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.what {
            What::Exchange(_) => Kind::Exchange,
            What::Delivery(_) => Kind::Delivery,
            What::Change(_) => Kind::Change,
            What::Clock(_) => Kind::Clock,
            What::Fault(_) => Kind::Fault,
            What::World(_) => Kind::World,
        }
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            n: u64,
            at: Moment,
            kind: Kind,
            system: Option<SystemName>,
            account: Option<&'a str>,
            took_effect: bool,
            #[serde(flatten)]
            what: Untagged<'a>,
        }
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Untagged<'a> {
            Exchange(&'a Exchanged),
            Delivery(&'a Delivered),
            Change(&'a Changed),
            Clock(&'a ClockMoved),
            Fault(&'a Faulted),
            World(&'a WorldChanged),
        }
        let what = match &self.what {
            What::Exchange(what) => Untagged::Exchange(what),
            What::Delivery(what) => Untagged::Delivery(what),
            What::Change(what) => Untagged::Change(what),
            What::Clock(what) => Untagged::Clock(what),
            What::Fault(what) => Untagged::Fault(what),
            What::World(what) => Untagged::World(what),
        };
        let (account, kind) = (self.account.as_deref(), self.kind());
        Line { n: self.n, at: self.at, kind, system: self.system, account, took_effect: self.took_effect, what }
            .serialize(serializer)
    }
}

impl Serialize for Exchanged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            method: &'a str,
            path: &'a str,
            target: &'a str,
            operation: &'a str,
            connection: u64,
            status: u16,
            app: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            app_name: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            credential: &'a Option<u64>,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            scopes: &'a [String],
            limit: &'a Option<String>,
            fault: &'a Option<String>,
            correlation: &'a Option<String>,
            user_agent: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_body: &'a Option<Payload>,
            #[serde(skip_serializing_if = "Option::is_none")]
            response_body: &'a Option<Payload>,
        }
        let Self { method, target, operation, connection, status, app, limit, fault, correlation, user_agent, .. } =
            self;
        let Self { app_name, credential, scopes, request_body, response_body, .. } = self;
        Line {
            method,
            path: self.path(),
            target,
            operation,
            connection: *connection,
            status: *status,
            app,
            app_name,
            credential,
            scopes,
            limit,
            fault,
            correlation,
            user_agent,
            request_body,
            response_body,
        }
        .serialize(serializer)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_map([("base64", BASE64.encode(&self.0))]),
        }
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form<'a> {
            Text(Cow<'a, str>),
            Base64 { base64: Cow<'a, str> },
        }
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(Self(text.into_owned().into_bytes())),
            Form::Base64 { base64 } => BASE64.decode(&*base64).map(Self).map_err(serde::de::Error::custom),
        }
    }
}

//! A fault as the tester arms it, and what can be wrong with that.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kind::{Kind, Parameter};
use super::{CATALOGUE, find};
use crate::near::nearest;
use crate::{SystemName, object, parse_span};

/// A fault as the tester arms it. It strikes `count` calls, or by a `share` that is drawn from the world's seed, or all
/// `for` a span of world time, or as these together say; one call if none is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    pub name: String,
    /// How many calls it strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The share of the calls that it strikes, above 0 and at most 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// How long it is armed, in world time: `10m`.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// How many calls it lets go by first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    #[serde(default, rename = "where", deserialize_with = "object::member")]
    pub at: Where,
    /// What this fault alone can be told.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Which calls a fault strikes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemName>,
    /// A prefix of the path; the query does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A method, like `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// Why a fault could not be armed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    #[error("there is no fault `{name}`; {mend}")]
    Unknown { name: String, mend: String },
    #[error("`{fault}` takes no `{name}`; {mend}")]
    Parameter { fault: &'static str, name: String, mend: String },
    #[error("`{name}` of `{fault}` is {form}, and not {value}")]
    Value { fault: &'static str, name: &'static str, form: String, value: String },
    #[error("`{name}` can be said of {wanted} alone: add `where: {{ system: {wanted} }}`")]
    OfSystem { name: &'static str, wanted: SystemName },
    #[error("{system} has no `{fault}`; those that have it: {known}")]
    NotThere { fault: &'static str, system: SystemName, known: String },
    #[error("`{0}` lasts for a span of world time: add one, like `for: 10m`")]
    NoSpan(&'static str),
    #[error("`{0}` is no span; write a whole number and a unit, like 10m")]
    Span(String),
    #[error("count must be at least 1")]
    Count,
    #[error("share must be above 0 and at most 1, like 0.2")]
    Share,
    #[error("`{0}` is no beginning of a path: write it with its slash, like /crm/v3/objects")]
    Path(String),
    #[error("`{0}` has a query, which does not count: leave out what begins with its ? or #")]
    Query(String),
    #[error("world `{world}` has no system `{system}`, so no call could be struck")]
    Absent { world: String, system: SystemName },
    #[error("`{0}` is no method; write one of {known}", known = METHODS.join(", "))]
    Method(String),
}

/// The methods that a call can have.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// What every fault can be told.
const COMMON: [&str; 6] = ["name", "count", "share", "for", "after", "where"];

impl Arm {
    /// A fault that strikes one call, whichever it is.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether it can be armed, and what it is.
    ///
    /// # Errors
    /// It cannot.
    pub fn check(&self) -> Result<&'static Kind, BadFault> {
        let kind = find(&self.name).ok_or_else(|| self.unknown())?;
        for (name, value) in &self.more {
            let known = kind.parameters.iter().find(|known| known.name == name);
            let known = known.ok_or_else(|| unknown_parameter(kind, name))?;
            self.check_parameter(kind, known, value)?;
        }
        if let Some(system) = self.at.system.filter(|system| !kind.strikes(*system)) {
            let known = kind.systems.iter().map(|system| system.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BadFault::NotThere { fault: kind.name, system, known });
        }
        if let Some(span) = self.span.as_ref().filter(|span| !parse_span(span).is_ok_and(|span| span > 0)) {
            return Err(BadFault::Span(span.clone()));
        }
        if kind.needs_span() && self.span.is_none() {
            return Err(BadFault::NoSpan(kind.name));
        }
        if self.count == Some(0) {
            return Err(BadFault::Count);
        }
        if self.share.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(BadFault::Share);
        }
        self.at.check().map(|()| kind)
    }

    fn check_parameter(&self, kind: &'static Kind, known: &'static Parameter, value: &Value) -> Result<(), BadFault> {
        if !known.form.fits(value) {
            let (form, value) = (known.form.about(), value.to_string());
            return Err(BadFault::Value { fault: kind.name, name: known.name, form, value });
        }
        match known.system {
            Some(wanted) if self.at.system != Some(wanted) => Err(BadFault::OfSystem { name: known.name, wanted }),
            _ => Ok(()),
        }
    }

    fn unknown(&self) -> BadFault {
        let names = CATALOGUE.map(|kind| kind.name);
        let mend = match nearest(&self.name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are: {}", names.join(", ")),
        };
        BadFault::Unknown { name: self.name.clone(), mend }
    }
}

impl Kind {
    /// Whether a system can have such a day.
    #[must_use]
    pub fn strikes(&self, system: SystemName) -> bool {
        self.systems.is_empty() || self.systems.contains(&system)
    }

    /// All that it can be told, by name.
    pub fn members(&self) -> impl Iterator<Item = &'static str> {
        COMMON.into_iter().chain(self.parameters.iter().map(|parameter| parameter.name))
    }
}

fn unknown_parameter(kind: &'static Kind, name: &str) -> BadFault {
    let mend = match nearest(name, kind.members()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes: {}", kind.members().collect::<Vec<_>>().join(", ")),
    };
    BadFault::Parameter { fault: kind.name, name: name.to_owned(), mend }
}

impl Where {
    fn check(&self) -> Result<(), BadFault> {
        if let Some(path) = self.path.as_ref().filter(|path| !path.starts_with('/')) {
            return Err(BadFault::Path(path.clone()));
        }
        if let Some(path) = self.path.as_ref().filter(|path| path.contains(['?', '#'])) {
            return Err(BadFault::Query(path.clone()));
        }
        match &self.method {
            Some(method) if !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method)) => {
                Err(BadFault::Method(method.clone()))
            }
            _ => Ok(()),
        }
    }
}

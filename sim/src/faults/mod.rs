//! Bad days, one file each: what it stands for, where it was seen, what it does to a call.
//! A fault is armed by the tester and strikes at the fault door; how a refusal reads is the system's.

mod burst_5xx;
mod commit_then_timeout;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::near::meant;
use crate::{SystemName, object};

/// One kind of bad day.
pub struct Kind {
    pub name: &'static str,
    /// What it stands for, in a sentence.
    pub what: &'static str,
    /// Where it was seen.
    pub source: &'static str,
    strike: fn(&Armed) -> (StatusCode, bool),
}

/// Every fault that can be armed, by name.
pub const CATALOGUE: [Kind; 2] = [burst_5xx::KIND, commit_then_timeout::KIND];

/// A fault as the tester arms it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub name: String,
    /// How many calls it strikes.
    #[serde(default = "one")]
    pub count: u64,
    /// The status of the answer, for faults that leave it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, rename = "where", deserialize_with = "object::member")]
    pub at: Where,
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

const fn one() -> u64 {
    1
}

/// An armed fault and how often it has struck.
#[derive(Clone, Debug, Serialize)]
pub struct Armed {
    #[serde(flatten)]
    pub arm: Arm,
    pub struck: u64,
}

/// Why a fault could not be armed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    #[error("there is no fault `{name}`{}; known are: {known}", meant(name, CATALOGUE.map(|kind| kind.name)))]
    Unknown { name: String, known: String },
    #[error("`{0}` is not a status from 500 to 599")]
    Status(u16),
    #[error("count must be at least 1")]
    Count,
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

/// The faults armed in one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

/// What a fault does to the call it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    /// The call is carried out first; only its answer is replaced.
    pub(crate) after_act: bool,
    /// Where the fault stands among the armed.
    place: usize,
}

impl Faults {
    pub(crate) fn arm(&mut self, arm: Arm) -> Result<(), BadFault> {
        if !CATALOGUE.iter().any(|kind| kind.name == arm.name) {
            let known = CATALOGUE.map(|kind| kind.name).join(", ");
            return Err(BadFault::Unknown { name: arm.name, known });
        }
        if let Some(status) = arm.status.filter(|status| !(500..600).contains(status)) {
            return Err(BadFault::Status(status));
        }
        if arm.count == 0 {
            return Err(BadFault::Count);
        }
        if let Some(path) = arm.at.path.as_ref().filter(|path| !path.starts_with('/')) {
            return Err(BadFault::Path(path.clone()));
        }
        if let Some(path) = arm.at.path.as_ref().filter(|path| path.contains(['?', '#'])) {
            return Err(BadFault::Query(path.clone()));
        }
        if let Some(method) = &arm.at.method
            && !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method))
        {
            return Err(BadFault::Method(method.clone()));
        }
        self.armed.push(Armed { arm, struck: 0 });
        Ok(())
    }

    pub(crate) fn armed(&self) -> &[Armed] {
        &self.armed
    }

    pub(crate) fn clear(&mut self) -> Vec<Armed> {
        std::mem::take(&mut self.armed)
    }

    /// What the first armed fault that this call meets would do to it. Nothing is counted yet.
    pub(crate) fn met(&self, system: SystemName, method: &str, path: &str) -> Option<Strike> {
        let place = self.armed.iter().position(|armed| armed.arm.at.meets(system, method, path))?;
        let armed = &self.armed[place];
        let kind = CATALOGUE.iter().find(|kind| kind.name == armed.arm.name)?;
        let (status, after_act) = (kind.strike)(armed);
        Some(Strike { name: kind.name, status, after_act, place })
    }

    /// Counts a strike that was met in the same step; a fault that has struck often enough is disarmed.
    pub(crate) fn struck(&mut self, strike: Strike) {
        let Some(armed) = self.armed.get_mut(strike.place) else { return };
        armed.struck += 1;
        if armed.struck == armed.arm.count {
            self.armed.remove(strike.place);
        }
    }
}

impl Where {
    fn meets(&self, system: SystemName, method: &str, path: &str) -> bool {
        self.system.is_none_or(|wanted| wanted == system)
            && self.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

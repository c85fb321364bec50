//! The faults armed in one world: which call meets which, how often each has struck, and when it is over.

use http::StatusCode;
use serde::Serialize;

use super::strike::Strike;
use super::{Arm, BadFault, Blow, Lasts, Locks, Where, find};
use crate::{Moment, Seed, SystemName, parse_span};

/// An armed fault and how often it has struck.
#[derive(Clone, Debug, Serialize)]
pub struct Armed {
    #[serde(flatten)]
    pub arm: Arm,
    pub struck: u64,
    /// The first instant at which it is armed no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// How many calls it has met, struck or not.
    #[serde(skip)]
    met: u64,
    /// The number of its arming, for draws.
    #[serde(skip)]
    number: u64,
}

/// The faults armed in one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    armings: u64,
    pub(crate) locks: Locks,
}

/// A call at the fault door.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) system: SystemName,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) at: Moment,
    pub(crate) seed: Seed,
}

/// The parts of one into which a draw is made.
const PARTS: u64 = 1 << 32;

impl Faults {
    pub(crate) fn arm(&mut self, mut arm: Arm, at: Moment) -> Result<(), BadFault> {
        let kind = arm.check()?;
        let asked = arm.span.as_deref().and_then(|span| parse_span(span).ok());
        let span = asked.or_else(|| kind.lasts.of(&arm));
        if arm.share.is_none() && span.is_none() {
            arm.count.get_or_insert(1);
        }
        self.armings += 1;
        let until = span.map(|span| at.plus(span));
        self.armed.push(Armed { arm, struck: 0, until, met: 0, number: self.armings });
        Ok(())
    }

    /// Those that are armed at an instant.
    pub(crate) fn armed(&self, at: Moment) -> Vec<Armed> {
        self.armed.iter().filter(|armed| armed.is_on(at)).cloned().collect()
    }

    pub(crate) fn clear(&mut self) -> Vec<Armed> {
        self.locks = Locks::default();
        std::mem::take(&mut self.armed)
    }

    /// The first armed fault that strikes this call, among those that `can` strike it. It has met the call; that it
    /// struck is counted when it has.
    pub(crate) fn met(&mut self, call: Call<'_>, can: impl Fn(&Blow) -> bool) -> Option<Strike> {
        if self.armed.is_empty() {
            return None;
        }
        self.armed.retain(|armed| armed.is_on(call.at));
        for armed in &mut self.armed {
            let kind = find(&armed.arm.name)?;
            if !kind.strikes(call.system) || !armed.arm.at.meets(call) {
                continue;
            }
            let blow = (kind.blow)(armed);
            if can(&blow) && armed.meets(call.seed) {
                return Some(Strike { name: kind.name, blow, number: armed.number });
            }
        }
        None
    }

    /// Counts a strike that was met; a fault that has struck often enough is disarmed. `false` where it is armed no
    /// more, because calls that met it at the same time have used it up.
    pub(crate) fn struck(&mut self, strike: Strike) -> bool {
        let Some(place) = self.armed.iter().position(|armed| armed.number == strike.number) else { return false };
        let armed = &mut self.armed[place];
        armed.struck += 1;
        if armed.arm.count.is_some_and(|count| armed.struck >= count) {
            self.armed.remove(place);
        }
        true
    }
}

impl Lasts {
    /// The span for which a fault is armed whose tester gave none.
    fn of(self, arm: &Arm) -> Option<i64> {
        match self {
            Self::Calls | Self::Given => None,
            Self::As(name, ms) => {
                let told = arm.more.get(name).and_then(|span| parse_span(span.as_str()?).ok());
                Some(told.unwrap_or(ms))
            }
        }
    }
}

impl Armed {
    fn is_on(&self, at: Moment) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// Notes a call, and says whether it is struck.
    fn meets(&mut self, seed: Seed) -> bool {
        self.met += 1;
        if self.met <= self.arm.after.unwrap_or_default() {
            return false;
        }
        let Some(share) = self.arm.share else { return true };
        let drawn = seed.draw(&format!("fault.{}.{}", self.arm.name, self.number), self.met) % PARTS;
        #[expect(clippy::cast_precision_loss, reason = "both fit a float's digits")]
        let part = drawn as f64 / PARTS as f64;
        part < share
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.arm.more.get(name)?.as_str()
    }

    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.arm.more.get(name)?.as_u64()
    }

    pub(super) fn span_ms(&self, name: &str) -> Option<i64> {
        parse_span(self.text(name)?).ok()
    }

    /// The status that was asked for, else one of those in turn.
    pub(super) fn status(&self, turns: &[StatusCode]) -> StatusCode {
        let asked = self.count("status").and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
        let turn = usize::try_from(self.struck).unwrap_or_default() % turns.len().max(1);
        asked.or_else(|| turns.get(turn).copied()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    pub(super) fn is_after(&self) -> bool {
        self.text("when") == Some("after")
    }
}

impl Where {
    fn meets(&self, call: Call<'_>) -> bool {
        self.system.is_none_or(|wanted| wanted == call.system)
            && self.path.as_deref().is_none_or(|prefix| call.path.starts_with(prefix))
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method))
    }
}

//! What may be asked of a clock and what it answers, in the shapes of the control API. Holds no time.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::{BadMoment, BadSpan, Moment, parse_span};

/// How world time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClockMode {
    /// As the wall's does.
    Real,
    /// So many times as fast as the wall's.
    Scaled(f64),
    /// It stands, and jumps to the next thing due once every party sleeps and nothing is open.
    Auto,
    /// It stands until it is moved.
    Manual,
}

impl ClockMode {
    /// The greatest scale; a millisecond of real time is then a quarter of an hour.
    pub const SCALE_MAX: f64 = 1_000_000.0;

    /// Reads a mode by its name, with the scale that `scaled` needs and no other mode takes.
    ///
    /// # Errors
    /// [`ClockError::Bad`] for another name, and a scale that is missing, out of place, or not
    /// above 0 and at most [`Self::SCALE_MAX`].
    pub fn parse(name: &str, scale: Option<f64>) -> Result<Self, ClockError> {
        let mode = match (name, scale) {
            ("scaled", Some(scale)) => Self::Scaled(scale),
            ("scaled", None) => {
                return Err(ClockError::Bad("mode `scaled` needs a `scale`, like 60 for a minute a second".to_owned()));
            }
            ("real", None) => Self::Real,
            ("auto", None) => Self::Auto,
            ("manual", None) => Self::Manual,
            ("real" | "auto" | "manual", Some(_)) => {
                return Err(ClockError::Bad(format!("mode `{name}` takes no `scale`; only `scaled` does")));
            }
            _ => {
                return Err(ClockError::Bad(format!(
                    "`{name}` is not a clock mode; the modes are real, scaled, auto and manual"
                )));
            }
        };
        mode.checked()
    }

    pub(super) fn checked(self) -> Result<Self, ClockError> {
        match self {
            Self::Scaled(scale) if !(scale > 0.0 && scale <= Self::SCALE_MAX) => Err(ClockError::Bad(format!(
                "`{scale}` is not a scale; give a number above 0 and at most {}",
                Self::SCALE_MAX
            ))),
            mode => Ok(mode),
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Scaled(_) => "scaled",
            Self::Auto => "auto",
            Self::Manual => "manual",
        }
    }

    /// How fast world time passes by itself: 1 is the wall's pace, 0 is standing.
    #[must_use]
    pub const fn scale(self) -> f64 {
        match self {
            Self::Real => 1.0,
            Self::Scaled(scale) => scale,
            Self::Auto | Self::Manual => 0.0,
        }
    }

    /// Whether time passes by itself.
    pub(super) const fn flows(self) -> bool {
        matches!(self, Self::Real | Self::Scaled(_))
    }
}

/// A change of mode, a move, or both: the mode first.
///
/// Reads the control API's bodies: `{"mode":"manual"}`, `{"mode":"scaled","scale":60}`,
/// `{"advance":"61m"}`, `{"to":"2026-11-21T00:00:00+11:00"}`, `{"mode":"manual","advance":"1s"}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Body")]
pub struct ClockChange {
    pub mode: Option<ClockMode>,
    pub step: Option<ClockStep>,
}

/// How far to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockStep {
    /// By a span in milliseconds. 0 does and settles what is due now.
    Advance(i64),
    To(Moment),
}

impl ClockChange {
    #[must_use]
    pub const fn mode(mode: ClockMode) -> Self {
        Self { mode: Some(mode), step: None }
    }

    #[must_use]
    pub const fn advance(span_ms: i64) -> Self {
        Self { mode: None, step: Some(ClockStep::Advance(span_ms)) }
    }

    #[must_use]
    pub const fn to(at: Moment) -> Self {
        Self { mode: None, step: Some(ClockStep::To(at)) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    mode: Option<String>,
    scale: Option<f64>,
    advance: Option<String>,
    to: Option<String>,
}

impl TryFrom<Body> for ClockChange {
    type Error = ClockError;

    fn try_from(body: Body) -> Result<Self, ClockError> {
        let mode = match (&body.mode, body.scale) {
            (Some(name), scale) => Some(ClockMode::parse(name, scale)?),
            (None, None) => None,
            (None, Some(_)) => return Err(ClockError::Bad("`scale` goes with \"mode\":\"scaled\"".to_owned())),
        };
        let step = match (&body.advance, &body.to) {
            (Some(span), None) => Some(ClockStep::Advance(parse_span(span)?)),
            (None, Some(at)) => Some(ClockStep::To(at.parse()?)),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(ClockError::Bad("give `advance` or `to`, not both".to_owned())),
        };
        if mode.is_none() && step.is_none() {
            return Err(ClockError::Bad("nothing to change; give `mode`, `advance` or `to`".to_owned()));
        }
        Ok(Self { mode, step })
    }
}

/// What the clock shows: `{"mode":"scaled","now":"2026-11-20T00:00:00.000Z","scale":60}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockStatus {
    pub mode: ClockMode,
    pub now: Moment,
}

impl Serialize for ClockStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scale = self.mode.scale();
        let mut fields = serializer.serialize_struct("ClockStatus", 3)?;
        fields.serialize_field("mode", self.mode.name())?;
        fields.serialize_field("now", &self.now)?;
        // A whole scale is shown as it was given: 60, not 60.0. At most SCALE_MAX, so the cast is exact.
        if scale.fract() == 0.0 {
            fields.serialize_field("scale", &(scale as u64))?;
        } else {
            fields.serialize_field("scale", &scale)?;
        }
        fields.end()
    }
}

/// A party of the clock, and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockParty {
    pub name: String,
    pub state: ClockPartyState,
    /// When it wakes; none unless it is asleep.
    pub until: Option<Moment>,
}

/// What a party does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockPartyState {
    /// It works; an auto clock waits for it.
    Awake,
    Asleep,
    /// It hung up on its sleep: nobody waits for it until it sleeps or registers again.
    Gone,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    #[serde(flatten)]
    pub status: ClockStatus,
    /// Whether all that fell due by the end was done, and has settled. If not, the clock stands at
    /// the instant reached.
    pub settled: bool,
    /// Who is still waited for: parties by name, then what is open, in the order it was opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
}

/// One jump of the clock, or a change of its mode, as the journal has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockMove {
    pub from: Moment,
    pub to: Moment,
    /// The mode from here on.
    pub mode: ClockMode,
}

/// Why a clock does not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// 400: an instant that has passed.
    #[error("world time never goes back: it is {now}, and {to} is before that")]
    Back { now: Moment, to: Moment },
    /// 400: no span, instant, mode, scale or name that could ever be meant.
    #[error("{0}")]
    Bad(String),
    /// 409: not in this mode, not after a move, or not while another move runs.
    #[error("{0}")]
    Conflict(String),
    /// 404.
    #[error("no party `{0}` is registered with the clock")]
    UnknownParty(String),
}

impl From<BadSpan> for ClockError {
    fn from(bad: BadSpan) -> Self {
        Self::Bad(bad.to_string())
    }
}

impl From<BadMoment> for ClockError {
    fn from(bad: BadMoment) -> Self {
        Self::Bad(bad.to_string())
    }
}

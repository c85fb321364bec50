//! Rules about days and instants: between which, how far from now, on which days of the week. A day
//! counts as its midnight UTC (ledger: `hubspot.validations.days`).

use compact_str::CompactString;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{RuleType, sole};
use crate::Moment;
use crate::hubspot::validate::refusal::Refused;

const DAYS: [(&str, Weekday); 7] = [
    ("MONDAY", Weekday::Monday),
    ("TUESDAY", Weekday::Tuesday),
    ("WEDNESDAY", Weekday::Wednesday),
    ("THURSDAY", Weekday::Thursday),
    ("FRIDAY", Weekday::Friday),
    ("SATURDAY", Weekday::Saturday),
    ("SUNDAY", Weekday::Sunday),
];

#[derive(Clone, Debug)]
pub(super) enum Test {
    From(Moment),
    Until(Moment),
    /// At least so long after now.
    After(Span, Step, CompactString),
    /// At least so long before now.
    Before(Span, Step, CompactString),
    On(Vec<Weekday>),
}

/// What now is: this instant, or this day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Day,
    Instant,
}

impl Test {
    pub(super) fn new(kind: RuleType, arguments: &[CompactString]) -> Result<Self, &'static str> {
        let stamp = || {
            let ms = sole(arguments)?.parse().ok()?;
            Timestamp::from_millisecond(ms).ok().map(|_| Moment(ms))
        };
        let span = || {
            let text = sole(arguments)?;
            let span: Span = text.parse().ok().filter(|span: &Span| !span.is_negative())?;
            text.starts_with('P').then(|| (span, CompactString::from(text)))
        };
        let after = |step| span().map(|(span, told)| Self::After(span, step, told)).ok_or(PERIOD);
        let before = |step| span().map(|(span, told)| Self::Before(span, step, told)).ok_or(PERIOD);
        match kind {
            RuleType::StartDate | RuleType::StartDatetime => stamp().map(Self::From).ok_or(STAMP),
            RuleType::EndDate | RuleType::EndDatetime => stamp().map(Self::Until).ok_or(STAMP),
            RuleType::AfterDuration => after(Step::Day),
            RuleType::AfterDatetimeDuration => after(Step::Instant),
            RuleType::BeforeDuration => before(Step::Day),
            RuleType::BeforeDatetimeDuration => before(Step::Instant),
            _ => {
                let day = |name: &CompactString| DAYS.iter().find(|(known, _)| known == name).map(|(_, day)| *day);
                let days: Option<Vec<_>> = arguments.iter().map(day).collect();
                days.filter(|days| (1..=DAYS.len()).contains(&days.len()))
                    .map(Self::On)
                    .ok_or("one to seven days by name")
            }
        }
    }

    /// The text has been accepted as a day or an instant.
    pub(super) fn refuses(&self, text: &str, now: Moment) -> Option<Refused> {
        let at = instant(text)?;
        match self {
            Self::From(from) if at < *from => {
                Some(("INVALID_START_DATE", format!("Enter a date that is not before {}", from.iso().as_str())))
            }
            Self::Until(until) if at > *until => {
                Some(("INVALID_END_DATE", format!("Enter a date that is not after {}", until.iso().as_str())))
            }
            Self::After(span, step, told) if later(now, *step, *span).is_some_and(|least| at < least) => {
                Some(("INVALID_AFTER_DURATION", format!("Enter a date that is at least {told} after the current date")))
            }
            Self::Before(span, step, told) if later(now, *step, span.negate()).is_some_and(|most| at > most) => Some((
                "INVALID_BEFORE_DURATION",
                format!("Enter a date that is at least {told} before the current date"),
            )),
            Self::On(days) if !days.contains(&at.timestamp().to_zoned(TimeZone::UTC).weekday()) => {
                let names = DAYS.iter().filter(|(_, day)| days.contains(day)).map(|(name, _)| *name);
                let names: Vec<_> = names.collect();
                Some((
                    "INVALID_DAY_OF_WEEK",
                    format!("Enter a date that is on one of these days: {}", names.join(", ")),
                ))
            }
            _ => None,
        }
    }
}

const STAMP: &str = "a Unix timestamp in milliseconds";
const PERIOD: &str = "an ISO-8601 period";

fn instant(text: &str) -> Option<Moment> {
    let whole: Timestamp = match text.len() {
        10 => format!("{text}T00:00:00Z").parse().ok()?,
        _ => text.parse().ok()?,
    };
    Some(Moment(whole.as_millisecond()))
}

fn later(now: Moment, step: Step, span: Span) -> Option<Moment> {
    let now = now.timestamp().to_zoned(TimeZone::UTC);
    let from = match step {
        Step::Day => now.start_of_day().ok()?,
        Step::Instant => now,
    };
    from.checked_add(span).ok().map(|then| Moment(then.timestamp().as_millisecond()))
}

//! What an account tells of itself, and how far its daily limit is used: read from the same count that
//! limits (facts/hubspot-limits-webhooks-auth.md §11).

use compact_str::CompactString;
use http::{Method, StatusCode};
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::errors::{Problem, json_reply};
use super::room::{At, Hubspot};
use super::routes::{self, Asked, READ, Version, other, segments};
use crate::message::{Reply, Request};

const ROOT: &str = "/account-info/";

#[derive(Clone, Copy, Debug)]
enum Ask {
    Details,
    DailyUsage,
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::Details => "account-info.details",
            Self::DailyUsage => "account-info.daily-usage",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let body = match *self {
            Self::Details => details(room, stage),
            Self::DailyUsage => json!({"results": [usage(room, stage)]}),
        };
        Ok(json_reply(StatusCode::OK, move || body))
    }
}

fn details(room: &Hubspot, stage: &At<'_>) -> Value {
    let settings = room.settings();
    let zone = &settings.account_time_zone.value;
    let offset = zone.zone.to_offset(stage.at.timestamp());
    json!({
        "portalId": room.portal,
        "accountType": "STANDARD",
        "timeZone": zone.name,
        "companyCurrency": settings.account_currency.value,
        "additionalCurrencies": settings.account_additional_currencies.value,
        "utcOffset": told(offset),
        "utcOffsetMilliseconds": i64::from(offset.seconds()) * 1_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    })
}

/// `-05:00`.
fn told(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// What this call's own door has just counted. Where no daily limit applies there is nothing to tell.
fn usage(room: &Hubspot, stage: &At<'_>) -> Value {
    let limits = &room.profile.gate.limits;
    let is_daily = |limit: usize| limits.get(limit).and_then(|limit| limit.told_as.as_deref()) == Some("daily");
    let name = "private-apps-api-calls-daily";
    let collected = stage.at.iso();
    match stage.readings.iter().find(|reading| is_daily(reading.limit)) {
        Some(reading) => json!({
            "name": name,
            "usageLimit": reading.size,
            "currentUsage": reading.size - reading.remaining,
            "collectedAt": collected.as_str(),
            "fetchStatus": "SUCCESS",
            "resetsAt": reading.frees_at.iso().as_str(),
        }),
        None => json!({
            "name": name, "usageLimit": 0, "currentUsage": 0, "collectedAt": collected.as_str(),
            "fetchStatus": "NOTFOUND",
        }),
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let rest = segments(request.path().strip_prefix(ROOT)?);
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    let (version, rest) = rest.split_first()?;
    Version::parse(version).filter(|_| *version != "v4")?;
    let ask = match *rest {
        ["details"] => Ask::Details,
        ["api-usage", "daily", "private-apps"] => Ask::DailyUsage,
        _ => return Some(Asked::NoRoute),
    };
    Some(match request.method {
        Method::GET | Method::HEAD => Asked::Other(Box::new(ask)),
        _ => other(request, READ),
    })
}

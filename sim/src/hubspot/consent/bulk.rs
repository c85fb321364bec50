//! Preferences of many addresses in one call, and the links by which people see to their own
//! (facts/hubspot-limits-webhooks-auth.md §9.2).

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Definition, complete, leave, set_state, told, wide_row};
use super::ask::{LaterChoice, address, channel_of, later_checked, whole};
use crate::hubspot::body::{self, Text};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Named};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes;
use crate::message::{Reply, Request};
use crate::policy::HubspotSettings;

/// A call about many addresses.
#[derive(Debug)]
pub(crate) enum Bulk {
    Statuses(Result<Vec<CompactString>, Problem>),
    LeftAll(Result<Vec<CompactString>, Problem>),
    /// Whether the answer is to show what changed.
    LeaveAll(Result<Vec<CompactString>, Problem>, bool),
    Set(Result<Vec<(CompactString, LaterChoice)>, Problem>),
    Links(Result<Links, Problem>),
}

/// `{"inputs": ["kim@example.com"]}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Addresses {
    inputs: Vec<CompactString>,
}

/// `{"inputs": [{"subscriberIdString": ..., "subscriptionId": ..., "statusState": ...}]}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choices {
    #[serde(deserialize_with = "object::list")]
    inputs: Vec<LaterChoice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Links {
    subscriber_id_string: Text,
    subscription_id: Text,
    language: Option<CompactString>,
}

impl Named for Addresses {
    const JAVA: &'static str = "BatchInputString";
}

impl Named for Choices {
    const JAVA: &'static str = "BatchInputPublicStatusRequest";
}

impl Named for Links {
    const JAVA: &'static str = "LinkGenerationRequest";
}

impl Bulk {
    pub(super) fn statuses(request: &Request, body: &[u8]) -> Self {
        Self::Statuses(addresses(request, body))
    }

    pub(super) fn left_all(request: &Request, body: &[u8]) -> Self {
        Self::LeftAll(addresses(request, body))
    }

    pub(super) fn leave_all(request: &Request, body: &[u8], verbose: bool) -> Self {
        Self::LeaveAll(addresses(request, body), verbose)
    }

    pub(super) fn set(body: &[u8]) -> Self {
        let read = |body| {
            let Choices { inputs } = body::parse(body)?;
            inputs.into_iter().map(later_checked).collect()
        };
        Self::Set(read(body))
    }

    pub(super) fn links(request: &Request, body: &[u8]) -> Self {
        let read = || {
            channel_of(request)?;
            let links = whole(body, |links: &Links| [("subscriberIdString", links.subscriber_id_string.0.is_empty())])?;
            Ok(Links { subscriber_id_string: Text(address(&links.subscriber_id_string.0)?), ..links })
        };
        Self::Links(read())
    }
}

fn addresses(request: &Request, body: &[u8]) -> Result<Vec<CompactString>, Problem> {
    channel_of(request)?;
    let Addresses { inputs } = body::parse(body)?;
    inputs.iter().map(|text| address(text)).collect()
}

impl routes::Ask for Bulk {
    fn operation(&self) -> &'static str {
        match self {
            Self::Statuses(_) => "preferences.batch-statuses",
            Self::LeftAll(_) => "preferences.batch-left-all",
            Self::LeaveAll(..) => "preferences.batch-leave-all",
            Self::Set(_) => "preferences.batch-set-status",
            Self::Links(_) => "preferences.links",
        }
    }

    fn too_many(&self, settings: &HubspotSettings) -> Option<Problem> {
        let count = match self {
            Self::Statuses(Ok(all)) | Self::LeftAll(Ok(all)) | Self::LeaveAll(Ok(all), _) => all.len(),
            Self::Set(Ok(all)) => all.len(),
            _ => return None,
        };
        let max = settings.batch_inputs_max.value;
        (count > max).then(|| Problem::too_many_inputs("batch", max))
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let (of, at) = (room.definition, stage.at);
        match *self {
            Self::Statuses(addresses) => {
                let standings = standings(addresses?, stage);
                let rows = move || {
                    let row = |(address, standing): (CompactString, _)| json!({"subscriberIdString": address, "statuses": [of.row(&address, &standing, None, at)]});
                    standings.into_iter().map(row).collect()
                };
                Ok(complete(at, rows))
            }
            Self::LeftAll(addresses) => {
                let standings = standings(addresses?, stage);
                let rows = move || {
                    let row = |(address, standing): (CompactString, super::state::Standing)| {
                        let wide = standing.out_of_all.as_ref().map(|said| wide_row(&address, said));
                        json!({"subscriberIdString": address, "wideStatuses": wide.into_iter().collect::<Vec<_>>()})
                    };
                    standings.into_iter().map(row).collect()
                };
                Ok(complete(at, rows))
            }
            Self::LeaveAll(addresses, verbose) => {
                let (mut fresh, mut left) = (false, Vec::new());
                for address in addresses? {
                    let (changed, standing) = leave(room, &address, stage);
                    fresh |= changed;
                    left.push((address, changed, standing));
                }
                let rows = move || {
                    let row = |(address, changed, standing): (CompactString, bool, _)| {
                        let reason = if changed { "UNSUBSCRIBE_FROM_ALL_OCCURRED" } else { "NO_STATUS_CHANGE" };
                        json!({"subscriberIdString": address, "statuses": [of.row(&address, &standing, Some(reason), at)]})
                    };
                    if verbose { left.into_iter().map(row).collect() } else { Vec::new() }
                };
                Ok(complete(at, rows).with_effect_if(fresh))
            }
            Self::Set(choices) => {
                let choices = choices?;
                for (_, choice) in &choices {
                    of.check(&choice.subscription_id.0)?;
                }
                let (mut fresh, mut rows) = (false, Vec::new());
                for (address, choice) in choices {
                    let (changed, row) = set_state(room, address, choice, stage)?;
                    fresh |= changed;
                    rows.push(row);
                }
                Ok(complete(at, move || rows.into_iter().map(|row| row(of, at)).collect()).with_effect_if(fresh))
            }
            Self::Links(links) => links_for(of, room.portal, links?),
        }
    }
}

fn standings(addresses: Vec<CompactString>, stage: &At<'_>) -> Vec<(CompactString, super::state::Standing)> {
    let of = |address: CompactString| {
        let standing = stage.state.portal.consent.of(&address);
        (address, standing)
    };
    addresses.into_iter().map(of).collect()
}

/// The form of the links is not established (ledger: `hubspot.preferences.links`).
fn links_for(of: Definition, portal: u64, links: Links) -> Result<Reply, Problem> {
    let Links { subscriber_id_string: Text(address), subscription_id: Text(subscription), language } = links;
    if !subscription.is_empty() {
        of.check(&subscription)?;
    }
    Ok(told(move || {
        let link = |what: &str, more: &str| {
            let language = language.as_deref().map_or(String::new(), |language| format!("&lang={language}"));
            format!(
                "https://hs-{portal}.s.hubspotemail.net/hs/preferences-center/en/{what}?email={address}{more}{language}"
            )
        };
        let mut links = json!({
            "subscriberIdString": address,
            "managePreferencesUrl": link("manage", ""),
            "unsubscribeAllUrl": link("unsubscribe-all", ""),
        });
        if !subscription.is_empty() {
            let more = format!("&subscriptionId={subscription}");
            links["unsubscribeSingleUrl"] = Value::from(link("unsubscribe", &more));
        }
        links
    }))
}

//! Answers of the preferences API, in both versions' words.

use compact_str::{CompactString, ToCompactString};
use http::StatusCode;
use serde_json::{Value, json};

use super::ask::{Ask, Choice, LaterChoice};
use super::state::{Said, Standing, show};
use crate::Moment;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot, hand};
use crate::message::Reply;

/// The one kind of e-mail that a portal sends. Its words are those of the first subscription that a
/// portal has (ledger: `hubspot.preferences.one-definition`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) id: u64,
    pub(crate) created: Moment,
}

const NAME: &str = "Marketing Information";
const DESCRIPTION: &str = "Marketing offers and updates.";
/// How a status says that it came by this API.
const BY_API: &str = "Public status API";

impl Definition {
    fn told(self) -> Value {
        let created = self.created.iso().as_str().to_owned();
        json!({
            "id": self.id.to_string(),
            "name": NAME,
            "description": DESCRIPTION,
            "purpose": "Marketing",
            "communicationMethod": "Email",
            "isActive": true,
            "isDefault": true,
            "isInternal": false,
            "createdAt": created,
            "updatedAt": created,
        })
    }

    /// A status as the third version tells it, which knows no unspecified one (§9.1).
    fn status(self, standing: &Standing) -> Value {
        let said = standing.own.as_ref().map(|(_, said)| said);
        let wide = standing.out_of_all.is_some();
        json!({
            "id": self.id.to_string(),
            "name": NAME,
            "description": DESCRIPTION,
            "status": if standing.is_out() { "NOT_SUBSCRIBED" } else { "SUBSCRIBED" },
            "sourceOfStatus": if wide { "PORTAL_WIDE_STATUS" } else { "SUBSCRIPTION_STATUS" },
            "brandId": null,
            "preferenceGroupName": null,
            "legalBasis": said.and_then(|said| said.legal_basis.as_deref()),
            "legalBasisExplanation": said.and_then(|said| said.legal_basis_explanation.as_deref()),
        })
    }

    /// A status as the later versions tell it.
    pub(super) fn row(self, address: &str, standing: &Standing, reason: Option<&str>, at: Moment) -> Value {
        let said = standing.own.as_ref().map(|(_, said)| said);
        json!({
            "businessUnitId": 0,
            "channel": "EMAIL",
            "subscriberIdString": address,
            "subscriptionId": self.id,
            "status": state(standing),
            "source": said.map_or(BY_API, |said| said.told_source()),
            "legalBasis": said.and_then(|said| said.legal_basis.as_deref()),
            "legalBasisExplanation": said.and_then(|said| said.legal_basis_explanation.as_deref()),
            "setStatusSuccessReason": reason,
            "timestamp": said.map_or(at, |said| said.at).iso().as_str(),
        })
    }

    pub(super) fn check(self, id: &str) -> Result<(), Problem> {
        if id.parse() == Ok(self.id) {
            return Ok(());
        }
        Err(Problem::validation(format!("Subscription {id} does not exist")))
    }
}

impl Said {
    fn told_source(&self) -> &'static str {
        match self.source {
            crate::hubspot::Source::Integration { .. } => BY_API,
            crate::hubspot::Source::CrmUi => "CRM_UI",
            crate::hubspot::Source::Email | crate::hubspot::Source::Merge => "Email",
        }
    }
}

fn state(standing: &Standing) -> &'static str {
    match (&standing.own, &standing.out_of_all) {
        (Some((true, _)), _) => "SUBSCRIBED",
        (Some((false, _)), _) | (None, Some(_)) => "UNSUBSCRIBED",
        (None, None) => "NOT_SPECIFIED",
    }
}

pub(crate) fn answer(room: &Hubspot, ask: Ask, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (of, at) = (room.definition, stage.at);
    match ask {
        Ask::Definitions => Ok(told(move || json!({"subscriptionDefinitions": [of.told()]}))),
        Ask::LaterDefinitions => Ok(complete(at, move || vec![of.told()])),
        Ask::Status(address) => {
            let address = address?;
            let standing = stage.state.portal.consent.of(&address);
            Ok(told(move || json!({"recipient": address, "subscriptionStatuses": [of.status(&standing)]})))
        }
        Ask::Subscribe(choice) => choose(room, choice?, true, stage),
        Ask::Unsubscribe(choice) => choose(room, choice?, false, stage),
        Ask::Resubscribe(choice) => resubscribe(room, choice?, stage),
        Ask::Statuses(address) => {
            let address = address?;
            let standing = stage.state.portal.consent.of(&address);
            Ok(complete(at, move || vec![of.row(&address, &standing, None, at)]))
        }
        Ask::SetStatus(address, choice) => set(room, address?, choice?, stage),
        Ask::LeftAll(address) => {
            let address = address?;
            let standing = stage.state.portal.consent.of(&address);
            Ok(complete(at, move || standing.out_of_all.map(|said| wide_row(&address, &said)).into_iter().collect()))
        }
        Ask::LeaveAll(address, verbose) => leave_all(room, address?, verbose, stage),
    }
}

/// The third version's subscribe and unsubscribe. Who left is not taken back by it.
fn choose(room: &Hubspot, choice: Choice, wanted: bool, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let of = room.definition;
    let Choice { email_address, subscription_id, legal_basis, legal_basis_explanation } = choice;
    of.check(&subscription_id.0)?;
    let address = email_address.0;
    if wanted && stage.state.portal.consent.of(&address).is_out() {
        let id = of.id;
        return Err(Problem::validation(format!(
            "Subscription {id} for {address} cannot be updated because they have unsubscribed"
        )));
    }
    let said = Said { at: stage.at, source: room.source(stage), legal_basis, legal_basis_explanation };
    let fresh = stage.state.portal.consent.choose(address.clone(), wanted, said);
    let standing = stage.state.portal.consent.of(&address);
    Ok(told(move || of.status(&standing)).with_effect_if(fresh))
}

/// Takes an address back that had left by its own choice (in the documents since 2026-09).
fn resubscribe(room: &Hubspot, choice: Choice, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let of = room.definition;
    let Choice { email_address, subscription_id, legal_basis, legal_basis_explanation } = choice;
    of.check(&subscription_id.0)?;
    let said = Said { at: stage.at, source: room.source(stage), legal_basis, legal_basis_explanation };
    let fresh = stage.state.portal.consent.choose(email_address.0.clone(), true, said);
    let standing = stage.state.portal.consent.of(&email_address.0);
    Ok(told(move || of.status(&standing)).with_effect_if(fresh))
}

fn set(room: &Hubspot, address: CompactString, choice: LaterChoice, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (of, at) = (room.definition, stage.at);
    of.check(&choice.subscription_id.0)?;
    let (fresh, row) = set_state(room, address, choice, stage)?;
    Ok(complete(at, move || vec![row(of, at)]).with_effect_if(fresh))
}

/// A status to be told once the world's lock is released.
type Row = Box<dyn FnOnce(Definition, Moment) -> Value + Send>;

/// Sets what an address wants; says whether that was new, and how it stands.
pub(super) fn set_state(
    room: &Hubspot,
    address: CompactString,
    choice: LaterChoice,
    stage: &mut At<'_>,
) -> Result<(bool, Row), Problem> {
    let LaterChoice { status_state, legal_basis, legal_basis_explanation, .. } = choice;
    let before = stage.state.portal.consent.of(&address);
    let said = Said { at: stage.at, source: room.source(stage), legal_basis, legal_basis_explanation };
    let consent = &mut stage.state.portal.consent;
    let fresh = match status_state.0.as_str() {
        "SUBSCRIBED" => consent.choose(address.clone(), true, said),
        "UNSUBSCRIBED" => consent.choose(address.clone(), false, said),
        "NOT_SPECIFIED" => consent.unsay(&address),
        other => return Err(Problem::validation(format!("Invalid statusState: {other}"))),
    };
    let reason = match (fresh, before.is_out() && status_state.0 == "SUBSCRIBED") {
        (false, _) => "NO_STATUS_CHANGE",
        (true, true) => "RESUBSCRIBE_OCCURRED",
        (true, false) => "REQUESTED_CHANGE_OCCURRED",
    };
    let standing = consent.of(&address);
    Ok((fresh, Box::new(move |of, at| of.row(&address, &standing, Some(reason), at))))
}

fn leave_all(room: &Hubspot, address: CompactString, verbose: bool, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (of, at) = (room.definition, stage.at);
    let (fresh, standing) = leave(room, &address, stage);
    let reason = if fresh { "UNSUBSCRIBE_FROM_ALL_OCCURRED" } else { "NO_STATUS_CHANGE" };
    let rows = move || if verbose { vec![of.row(&address, &standing, Some(reason), at)] } else { Vec::new() };
    Ok(complete(at, rows).with_effect_if(fresh))
}

/// Takes an address out of everything, and shows it on its contact; says whether that was new.
pub(super) fn leave(room: &Hubspot, address: &CompactString, stage: &mut At<'_>) -> (bool, Standing) {
    let said = Said::plainly(stage.at, room.source(stage));
    let fresh = stage.state.portal.consent.leave_all(address.clone(), said);
    if let Some(place) = stage.state.place("contacts").filter(|_| fresh) {
        let (table, mut hand) = hand(room, place, stage);
        show(table, address.clone(), &mut hand);
    }
    (fresh, stage.state.portal.consent.of(address))
}

/// That an address has left everything, as the later versions tell it.
pub(super) fn wide_row(address: &str, said: &Said) -> Value {
    json!({
        "businessUnitId": 0,
        "channel": "EMAIL",
        "subscriberIdString": address,
        "status": "UNSUBSCRIBED",
        "wideStatusType": "PORTAL_WIDE",
        "timestamp": said.at.iso().as_str(),
    })
}

pub(super) fn told(body: impl FnOnce() -> Value + Send + 'static) -> Reply {
    json_reply(StatusCode::OK, body)
}

/// The envelope of the later versions.
pub(super) fn complete(at: Moment, rows: impl FnOnce() -> Vec<Value> + Send + 'static) -> Reply {
    told(move || {
        let at = at.iso().as_str().to_compact_string();
        json!({"status": "COMPLETE", "results": rows(), "startedAt": at, "completedAt": at})
    })
}

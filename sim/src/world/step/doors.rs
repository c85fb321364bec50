//! The doors before an act, in the policy's order, and the faults that strike at one of them. What is done once all
//! are passed is not its business.

use http::StatusCode;

use super::struck::{failed, met};
use super::{Stage, System, Ticket};
use crate::faults::{Beside, Blow, Faults, LOCK, Strike, Turn};
use crate::gate::{Charge, Decision, Limits, Reading};
use crate::message::{Reply, Request};
use crate::policy::{Door, Limit};

/// Leads a call through the doors before its act. What comes of it is the refusal of the first door that does not
/// let it pass, else the fault that is to strike once it has acted: a call that is refused meets no such fault, which
/// stays armed.
pub(super) fn admit<S: System>(
    system: &S,
    request: &Request,
    call: &S::Call,
    stage: &mut Stage<'_, S::State>,
    (limits, faults): (&mut Limits, &mut Faults),
    ticket: &mut Ticket,
) -> Result<Option<Strike>, Reply> {
    let policy = system.gate();
    let mut held = None;
    for (place, door) in policy.doors.iter().enumerate().filter(|(_, door)| !system.skips(call, **door)) {
        match door {
            Door::Fault => {
                for beside in Beside::ALL {
                    ticket.beside.extend(met(system, request, call, stage, (faults, Some(beside))));
                }
                let limit_comes = policy.doors[place..].contains(&Door::Limit);
                held = met(system, request, call, stage, (faults, None));
                if let Some(strike) = held.take_if(|strike| strike.blow.turn() == Turn::AtOnce) {
                    faults.struck(strike);
                    ticket.note_struck(strike);
                    if let Some(refusal) = at_once(system, request, stage, (strike.blow, ticket)) {
                        return Err(refusal);
                    }
                }
                if !limit_comes {
                    storm(system, call, stage, (limits, faults), (&mut held, ticket))?;
                }
            }
            Door::Authenticate => {
                let caller = system.authenticate(call, stage)?;
                stage.caller = Some(caller);
            }
            Door::Limit => {
                storm(system, call, stage, (limits, faults), (&mut held, ticket))?;
                let charge = system.charge(call, stage);
                let decision = limits.decide(policy, &charge, stage.at);
                if let Some(over) = ticket.note(policy, charge.classes, decision) {
                    ticket.limit = policy.limits.get(over.limit).map(|limit| limit.id.as_str().into());
                    return Err(system.over_limit(call, &over, stage));
                }
                stage.readings.clone_from(&ticket.readings);
            }
            Door::Size => system.size(call, stage)?,
            Door::Act => {}
        }
    }
    in_place_of_act(system, call, stage, faults, (&mut held, ticket))?;
    Ok(held)
}

/// What a fault that strikes at its own door answers; nothing, where the next door does.
fn at_once<S: System>(
    system: &S,
    request: &Request,
    stage: &mut Stage<'_, S::State>,
    (blow, ticket): (Blow, &mut Ticket),
) -> Option<Reply> {
    match blow {
        Blow::Fail { status, retry_after_s, .. } => {
            let reply = failed(system, status, stage, ticket);
            Some(match retry_after_s {
                Some(seconds) => reply.with(http::header::RETRY_AFTER, seconds.into()),
                None => reply,
            })
        }
        Blow::Page { status, page, .. } => {
            ticket.page = Some(page);
            Some(page.reply(status))
        }
        Blow::Wire { wire, .. } => {
            ticket.wire = Some(wire);
            Some(Reply::empty(StatusCode::SERVICE_UNAVAILABLE))
        }
        Blow::Revoke => {
            let _ = request.bearer().and_then(|token| stage.tokens.revoke(token));
            None
        }
        _ => None,
    }
}

/// Refuses a call as if others had used up a limit that counts it, and tells all that such a refusal tells. A call
/// that none of the limits in question counts is let by, and the fault stays armed.
fn storm<S: System>(
    system: &S,
    call: &S::Call,
    stage: &mut Stage<'_, S::State>,
    (limits, faults): (&Limits, &mut Faults),
    (held, ticket): (&mut Option<Strike>, &mut Ticket),
) -> Result<(), Reply> {
    let Some(strike) = held.take_if(|strike| strike.blow.turn() == Turn::Limit) else { return Ok(()) };
    let Blow::OverLimit { flavour } = strike.blow else { return Ok(()) };
    let policy = system.gate();
    let charge = system.charge(call, stage);
    let over = match in_question(system, &charge, flavour) {
        Some(limit) => {
            let readings = limits.used_up(policy, limit, &charge, stage.at);
            let frees_at = readings.iter().find(|reading| reading.limit == limit).map(|reading| reading.frees_at);
            let frees_at = frees_at.unwrap_or(stage.at);
            ticket.note(policy, charge.classes, Decision::Refused { limit, frees_at, readings })
        }
        // Where nothing at all is limited, a refusal can be of nothing in particular.
        None if policy.limits.is_empty() => {
            Some(Reading { limit: 0, size: 0, remaining: 0, frees_at: stage.at.plus(1_000) })
        }
        None => None,
    };
    let Some(over) = over else { return Ok(()) };
    faults.struck(strike);
    ticket.note_struck(strike);
    Err(system.storm(call, flavour, &over, stage))
}

/// The limit that a storm of a flavour is of, among those that count a call.
pub(super) fn in_question<S: System>(system: &S, charge: &Charge<'_>, flavour: Option<&'static str>) -> Option<usize> {
    let asked = |limit: &Limit| flavour.is_none_or(|flavour| system.refuses_in(limit, flavour));
    system.gate().tightest(charge.classes, asked)
}

/// Refuses a call that has passed all doors: one whose records are locked, or which its app may not do any more.
fn in_place_of_act<S: System>(
    system: &S,
    call: &S::Call,
    stage: &mut Stage<'_, S::State>,
    faults: &mut Faults,
    (held, ticket): (&mut Option<Strike>, &mut Ticket),
) -> Result<(), Reply> {
    let strike = held.take_if(|strike| strike.blow.turn() == Turn::Act);
    let locks = matches!(strike, Some(Strike { blow: Blow::Lock { .. }, .. }));
    let records = if locks || !faults.locks.is_empty() { system.written(call, stage) } else { Vec::new() };
    if faults.locks.hold_any(system.name(), &records, stage.at) {
        // The lock has struck once; whoever comes while it lasts meets the same one.
        ticket.fault = Some(LOCK);
        return Err(failed(system, StatusCode::LOCKED, stage, ticket));
    }
    let Some(strike) = strike else { return Ok(()) };
    faults.struck(strike);
    ticket.note_struck(strike);
    Err(match strike.blow {
        Blow::Lock { hold_ms } => {
            faults.locks.hold(system.name(), records, stage.at.plus(hold_ms));
            failed(system, StatusCode::LOCKED, stage, ticket)
        }
        _ => system.disown(stage),
    })
}

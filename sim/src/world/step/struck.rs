//! What a fault does to a call beside refusing it: which one meets it, how what it does is touched, how its answer is
//! spoilt, and what the tester's hand does after it. It may not decide in which order the doors come.

use http::StatusCode;

use super::doors::in_question;
use super::{Stage, System, Ticket};
use crate::deliver::By;
use crate::faults::{Beside, Blow, Call, Faults, Strike, Touch, Turn};
use crate::message::{Reply, Request};
use crate::policy::Door;
use crate::world::core::{Core, Memory};

impl Core {
    /// Merges a record away that a call has written, as a person does in the vendor's screens.
    pub(super) fn merge_away<S: System>(
        &self,
        system: &S,
        base_url: &str,
        ticket: &Ticket,
        changed: &[(String, String)],
        memory: &mut Memory,
    ) {
        let Memory { slots, changes, .. } = memory;
        let slot = S::slot(slots);
        let mut stage = ticket.stage(self.seed, (&mut slot.tokens, &mut slot.state), changes, base_url);
        system.merge_away(changed, &mut stage);
        let at = memory.latest();
        memory.announce(system, By::Hand, (at, self.seed), &self.clock);
        let account = system.account(ticket.caller.unwrap_or_default());
        let Memory { changes, journal, .. } = memory;
        journal.tester_changes(at, system.name(), &account, changes);
    }
}

impl Ticket {
    /// A fault has struck; the journal has the call under it, and not under one that strikes beside others.
    pub(super) fn note_struck(&mut self, strike: Strike) {
        match strike.blow.turn() {
            Turn::Beside(_) => drop(self.fault.get_or_insert(strike.name)),
            _ => self.fault = Some(strike.name),
        }
        self.struck.push(strike.name);
    }
}

/// The records that a call has changed, by type and id.
pub(super) fn changed<T>(stage: &Stage<'_, T>) -> Vec<(String, String)> {
    stage.changes.each().map(|change| (change.record_type, change.id)).collect()
}

/// The first armed fault that strikes this call, among those that strike beside others in this way, or that strike
/// alone.
pub(super) fn met<S: System>(
    system: &S,
    request: &Request,
    call: &S::Call,
    stage: &Stage<'_, S::State>,
    (faults, beside): (&mut Faults, Option<Beside>),
) -> Option<Strike> {
    let comes = Call {
        system: system.name(),
        method: request.method.as_str(),
        path: request.path(),
        at: stage.at,
        seed: stage.seed,
    };
    faults.met(comes, |blow| {
        let way = match blow.turn() {
            Turn::Beside(way) => Some(way),
            _ => None,
        };
        way == beside
            && match blow {
                Blow::Revoke => request.bearer().is_some_and(|token| stage.tokens.find(token).is_some()),
                Blow::OverLimit { flavour } => {
                    let gate = system.gate();
                    let counts = || in_question(system, &system.charge(call, stage), *flavour).is_some();
                    !system.skips(call, Door::Limit) && (gate.limits.is_empty() || counts())
                }
                blow => system.can_meet(call, *blow, stage),
            }
    })
}

/// Asks of the room what the faults do to what it is about to do.
pub(super) fn touch<T>(strike: Option<Strike>, stage: &mut Stage<'_, T>, ticket: &Ticket) {
    for strike in strike.iter().chain(&ticket.beside) {
        match strike.blow {
            Blow::Partial { inputs } => stage.touch.failing_inputs = inputs,
            Blow::Lag { lag_ms } => stage.touch.lag_ms = Some(lag_ms),
            Blow::Cut { lifetime_ms } => drop(stage.tokens.cut(Some(lifetime_ms))),
            _ => {}
        }
    }
}

/// Counts what has touched the call once it is done, and keeps what strikes its answer; what spoils a body is counted
/// when it is known whether there is one.
pub(super) fn settle<S: System>(
    system: &S,
    strike: Option<Strike>,
    stage: &mut Stage<'_, S::State>,
    (faults, ticket): (&mut Faults, &mut Ticket),
) {
    let was_cut = stage.tokens.cut(None);
    stage.touch = Touch::default();
    ticket.later = strike;
    if let Some(strike) = strike.filter(|strike| !waits_for_body(strike.blow)) {
        faults.struck(strike);
        ticket.note_struck(strike);
    }
    let mut beside = std::mem::take(&mut ticket.beside);
    // A call by which nothing was written, no token lent, or no record that can be merged, has not been struck.
    beside.retain(|strike| match strike.blow {
        Blow::Lag { .. } => !stage.changes.is_empty(),
        Blow::Cut { .. } => was_cut,
        _ => !stage.changes.is_empty() && system.can_merge_away(&changed(stage), stage),
    });
    for strike in &beside {
        faults.struck(*strike);
        ticket.note_struck(*strike);
    }
    ticket.beside = beside;
}

fn waits_for_body(blow: Blow) -> bool {
    matches!(blow, Blow::Wire { wire, .. } if wire.spoils_body())
}

/// Puts another answer in the place of a call's own, or orders what becomes of it on the wire. An answer without a
/// body cannot be cut or slow: it goes out as it is, and the fault stays armed.
pub(super) fn spoil<S: System>(
    system: &S,
    request: &Request,
    reply: &mut Reply,
    stage: &mut Stage<'_, S::State>,
    (faults, ticket): (&mut Faults, &mut Ticket),
) {
    let Some(strike) = ticket.later else { return };
    let took_effect = reply.took_effect;
    match strike.blow {
        Blow::Fail { status, .. } => *reply = failed(system, status, stage, ticket),
        Blow::Page { status, page, .. } => (*reply, ticket.page) = (page.reply(status), Some(page)),
        Blow::Wire { wire, .. } if !wire.spoils_body() => ticket.wire = Some(wire),
        Blow::Wire { wire, .. } if reply.has_body(&request.method) && faults.struck(strike) => {
            ticket.wire = Some(wire);
            ticket.note_struck(strike);
        }
        _ => {}
    }
    reply.took_effect = took_effect;
}

/// A failure in the vendor's words, or by the page of whoever stands in front.
pub(super) fn failed<S: System>(
    system: &S,
    status: StatusCode,
    stage: &mut Stage<'_, S::State>,
    ticket: &mut Ticket,
) -> Reply {
    ticket.page = system.page_of(status);
    match ticket.page {
        Some(page) => page.reply(status),
        None => system.fail(status, stage),
    }
}

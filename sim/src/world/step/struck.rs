//! What a fault does to a call in its step: which one meets it, what it is answered with, and what the tester's
//! hand does after it. It may not decide in which order the doors come.

use http::{HeaderValue, StatusCode};

use super::{Stage, System, Ticket};
use crate::deliver::By;
use crate::faults::{Blow, Call, Faults, Strike};
use crate::message::{Reply, Request};
use crate::world::core::{Core, Memory};

impl Core {
    /// Merges a record away that a call has written, as a person does in the vendor's screens.
    pub(super) fn merge_away<S: System>(
        &self,
        system: &S,
        base_url: &str,
        ticket: &Ticket,
        (strike, changed): (Strike, &[(String, String)]),
        memory: &mut Memory,
    ) {
        let Memory { slots, changes, faults, .. } = memory;
        let slot = S::slot(slots);
        let mut stage = ticket.stage(self.seed, (&mut slot.tokens, &mut slot.state), changes, base_url);
        if !system.merge_away(changed, &mut stage) {
            return;
        }
        faults.struck(strike);
        let at = memory.latest();
        memory.announce(system, By::Hand, (at, self.seed), &self.clock);
        let account = system.account(ticket.caller.unwrap_or_default());
        let Memory { changes, journal, .. } = memory;
        journal.tester_changes(at, system.name(), &account, changes);
    }
}

/// The armed fault that strikes this call, if any does, and what makes search slow for it beside that.
pub(super) fn met_too<S: System>(
    system: &S,
    request: &Request,
    call: &S::Call,
    stage: &mut Stage<'_, S::State>,
    (faults, ticket): (&mut Faults, &mut Ticket),
) -> Option<Strike> {
    ticket.lag = met(system, request, call, stage, (faults, true));
    if let Some(Strike { blow: Blow::Lag { lag_ms }, .. }) = ticket.lag {
        stage.touch.lag_ms = Some(lag_ms);
    }
    met(system, request, call, stage, (faults, false))
}

/// Counts what made search slow, where the call has written something.
pub(super) fn settle_lag<T>(stage: &Stage<'_, T>, faults: &mut Faults, ticket: &mut Ticket) {
    ticket.lag = ticket.lag.filter(|_| !stage.changes.is_empty());
    if let Some(lag) = ticket.lag {
        faults.struck(lag);
        ticket.fault.get_or_insert(lag.name);
    }
}

/// The first armed fault that strikes this call, among those that make search slow or those that do not.
fn met<S: System>(
    system: &S,
    request: &Request,
    call: &S::Call,
    stage: &Stage<'_, S::State>,
    (faults, lags): (&mut Faults, bool),
) -> Option<Strike> {
    let comes = Call {
        system: system.name(),
        method: request.method.as_str(),
        path: request.path(),
        at: stage.at,
        seed: stage.seed,
    };
    faults.met(comes, |blow| match blow {
        Blow::Lag { .. } => lags,
        _ if lags => false,
        Blow::Partial { .. } => system.can_fail_in_part(call),
        Blow::Revoke => request.bearer().is_some_and(|token| stage.tokens.find(token).is_some()),
        _ => true,
    })
}

/// What a fault that strikes before the act answers; nothing, where the next door does.
pub(super) fn struck<S: System>(
    system: &S,
    request: &Request,
    call: &S::Call,
    stage: &mut Stage<'_, S::State>,
    (blow, ticket): (Blow, &mut Ticket),
) -> Option<Reply> {
    match blow {
        Blow::Fail { status, retry_after_s, .. } => {
            let reply = system.fail(status, stage);
            Some(match retry_after_s {
                Some(seconds) => reply.with(http::header::RETRY_AFTER, HeaderValue::from(seconds)),
                None => reply,
            })
        }
        Blow::Page { status, page, .. } => {
            ticket.page = Some(page);
            Some(page.reply(status))
        }
        Blow::OverLimit { flavour } => Some(system.storm(call, flavour, stage)),
        Blow::Wire { wire, .. } => {
            ticket.wire = Some(wire);
            Some(Reply::empty(StatusCode::SERVICE_UNAVAILABLE))
        }
        Blow::Revoke => {
            let _ = request.bearer().and_then(|token| stage.tokens.revoke(token));
            None
        }
        Blow::Partial { .. } | Blow::Cut { .. } | Blow::Lag { .. } | Blow::Merge => None,
    }
}

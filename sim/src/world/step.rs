//! The step: what a request does to a world, as one indivisible move under the world's lock.
//!
//! A room reads and parses outside; the step leads the parsed call through the doors in the order
//! that the policy gives and books what came of it; the body is written outside again.

mod doors;
mod struck;

use compact_str::{CompactString, ToCompactString};
use http::{HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use self::doors::admit;
use self::struck::{changed, settle, spoil, touch};
use super::core::{Core, Memory};
use super::slots::{Slot, Slots};
use crate::deliver::{By, Heard};
use crate::faults::{Blow, Page, Strike, Touch, Wire};
use crate::gate::{Charge, Decision, Reading, Readings, Tokens, advertised};
use crate::journal::{Changes, Exchange, FaultEvent};
use crate::message::{Forward, Outcome, Reply, Request};
use crate::policy::{Door, GatePolicy, Limit};
use crate::{Moment, Seed, SystemName};

/// A room's side of the step. Everything here is told the time and handed its state; a room holds
/// no clock, no limiter and no token store of its own.
pub(crate) trait System: Send + Sync + 'static {
    /// A request, routed and parsed, errors included: a refusal at an earlier door still comes first.
    type Call: Send;
    /// What the room remembers; a fork clones it, so it shares records until they are written.
    type State: Clone + Send + 'static;

    fn name(&self) -> SystemName;
    fn gate(&self) -> &GatePolicy;

    /// An account as its vendor names it.
    fn account(&self, caller: Caller) -> CompactString {
        caller.account.to_compact_string()
    }

    /// Where this system's memory stands among the world's.
    fn slot(slots: &mut Slots) -> &mut Slot<Self::State>;

    /// Routes and parses, outside the world's lock.
    fn read(&self, request: &Request) -> Self::Call;

    /// The stable name of what was asked, as journal and ledger have it.
    fn operation(&self, call: &Self::Call) -> &'static str;

    /// The scopes of which the call needs one, with a space between each; empty where it needs none.
    fn scopes(&self, _call: &Self::Call) -> &'static str {
        ""
    }

    /// Whether this call passes a door unasked (an unknown path, a public form).
    fn skips(&self, _call: &Self::Call, _door: Door) -> bool {
        false
    }

    /// Who calls, or how they are turned away.
    fn authenticate(&self, call: &Self::Call, stage: &mut Stage<'_, Self::State>) -> Result<Caller, Reply>;

    /// What the call counts towards.
    fn charge<'a>(&'a self, call: &'a Self::Call, stage: &Stage<'_, Self::State>) -> Charge<'a>;

    /// What a call of somebody else, who shares a limit with the integration, counts towards: that of another process
    /// with the credentials of `app`, where apps have names.
    ///
    /// # Errors
    /// There is no such app, or the limit does not count its calls.
    fn shared(&self, limit: usize, app: Option<&str>) -> Result<Charge<'_>, String>;

    /// The names of the apps that a limit counts apart; none where it counts all together.
    fn counted_apart(&self, _limit: &Limit) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether there is any call that a limit counts.
    fn counts_any(&self, _limit: &Limit) -> bool {
        true
    }

    /// The vendor's words for a call over a limit.
    fn over_limit(&self, call: &Self::Call, limit: &Reading, stage: &mut Stage<'_, Self::State>) -> Reply;

    /// The size door: a body or batch beyond the policy.
    fn size(&self, _call: &Self::Call, _stage: &mut Stage<'_, Self::State>) -> Result<(), Reply> {
        Ok(())
    }

    /// Does what was asked.
    fn act(&self, call: Self::Call, stage: &mut Stage<'_, Self::State>) -> Outcome;

    /// The vendor's words for a failure of its own (500 to 599).
    fn fail(&self, status: StatusCode, stage: &mut Stage<'_, Self::State>) -> Reply;

    /// Whose page stands for a failure of this status, where it is not the vendor who tells of it.
    fn page_of(&self, _status: StatusCode) -> Option<Page> {
        None
    }

    /// Whether a limit refuses in this of the system's flavours.
    fn refuses_in(&self, _limit: &Limit, _flavour: &str) -> bool {
        false
    }

    /// The vendor's words for a call too many, of a flavour that was asked for, as if others had used the limit up.
    fn storm(
        &self,
        call: &Self::Call,
        _flavour: Option<&str>,
        limit: &Reading,
        stage: &mut Stage<'_, Self::State>,
    ) -> Reply {
        self.over_limit(call, limit, stage)
    }

    /// Whether a fault that not every call can meet can meet this one.
    fn can_meet(&self, _call: &Self::Call, blow: Blow, _stage: &Stage<'_, Self::State>) -> bool {
        !matches!(blow, Blow::Partial { .. } | Blow::Lock { .. } | Blow::Disown)
    }

    /// The records that a call would write, each by one name, however the call names it.
    fn written(&self, _call: &Self::Call, _stage: &Stage<'_, Self::State>) -> Vec<CompactString> {
        Vec::new()
    }

    /// The vendor's words for a call of an app whose maker has left the account.
    fn disown(&self, stage: &mut Stage<'_, Self::State>) -> Reply {
        self.fail(StatusCode::INTERNAL_SERVER_ERROR, stage)
    }

    /// Whether one of the records that a call has changed can be merged into another.
    fn can_merge_away(&self, _changed: &[(String, String)], _stage: &Stage<'_, Self::State>) -> bool {
        false
    }

    /// Merges such a record into another, by the tester's hand.
    fn merge_away(&self, _changed: &[(String, String)], _stage: &mut Stage<'_, Self::State>) {}

    /// What is to be told to the outside of a move: of what it changed, and whom to tell from now on.
    fn hear(&self, _slot: &mut Slot<Self::State>, _changes: &Changes, _by: By, _at: Moment, _seed: Seed) -> Heard {
        Heard::default()
    }

    /// Puts on what every answer carries: correlation, and the rate headers where there are any.
    fn seal(&self, _reply: &mut Reply, _request: &Request, _readings: &[Reading], _stage: &mut Stage<'_, Self::State>) {
    }
}

/// What a system whose apps have no names says where one is named.
pub(crate) fn no_app(app: Option<&str>) -> Result<(), String> {
    app.map_or(Ok(()), |app| Err(format!("there is no app `{app}`: this system counts no apps apart, leave it out")))
}

/// Who was recognised at the authentication door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) account: u64,
    pub(crate) app: u64,
    /// What the tester calls the app; empty where a system has but one.
    pub(crate) app_name: &'static str,
    /// The number of the credential that was shown; 0 where it has none.
    pub(crate) credential: u64,
}

/// What a room may touch while a call passes its doors.
pub(crate) struct Stage<'a, T> {
    /// The instant of this step; the same at every door.
    pub(crate) at: Moment,
    /// The number of this exchange in its world, for draws: `seed.draw("...", exchange)`.
    pub(crate) exchange: u64,
    pub(crate) seed: Seed,
    /// Who calls, once the authentication door was passed.
    pub(crate) caller: Option<Caller>,
    pub(crate) tokens: &'a mut Tokens,
    pub(crate) state: &'a mut T,
    /// Changes made by this call, in their order. A room that changes a record says so here.
    pub(crate) changes: &'a mut Changes,
    /// The address the caller reached us by, without a slash at its end.
    pub(crate) base_url: &'a str,
    /// What the limit door has read for this call, once it was passed.
    pub(crate) readings: Readings,
    /// What a bad day asks of the room.
    pub(crate) touch: Touch,
}

impl<T> Stage<'_, T> {
    /// The id that answer and journal share for this exchange.
    pub(crate) fn correlation(&self) -> Uuid {
        self.seed.uuid7("correlation", self.exchange, self.at)
    }
}

/// What is known of an exchange while it is under way.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    at: Moment,
    exchange: u64,
    operation: &'static str,
    scopes: &'static str,
    caller: Option<Caller>,
    readings: Readings,
    /// The rate headers that the policy puts on the answer.
    rates: Vec<(HeaderName, HeaderValue)>,
    limit: Option<CompactString>,
    /// The fault under which the journal has the call.
    fault: Option<&'static str>,
    /// The faults that struck.
    struck: Vec<&'static str>,
    /// What strikes once the call has been carried out.
    later: Option<Strike>,
    /// What touches what the call does; another fault may strike it as well.
    beside: Vec<Strike>,
    /// Whose page was answered with.
    page: Option<Page>,
    /// What becomes of the answer on the wire.
    wire: Option<Wire>,
}

impl Ticket {
    /// What a room works on in this exchange.
    fn stage<'a, T>(
        &self,
        seed: Seed,
        (tokens, state): (&'a mut Tokens, &'a mut T),
        changes: &'a mut Changes,
        base_url: &'a str,
    ) -> Stage<'a, T> {
        Stage {
            at: self.at,
            exchange: self.exchange,
            seed,
            caller: self.caller,
            tokens,
            state,
            changes,
            base_url,
            readings: Readings::default(),
            touch: Touch::default(),
        }
    }

    /// What the limits said of the call, for its answer and for the journal.
    fn note(&mut self, policy: &GatePolicy, classes: &[&str], decision: Decision) -> Option<Reading> {
        self.rates.reserve(policy.advertise.len());
        self.rates.extend(advertised(policy, classes, decision.readings()));
        match decision {
            Decision::Passed(readings) => {
                self.readings = readings;
                None
            }
            Decision::Refused { limit, frees_at, readings } => {
                let reading = readings.iter().copied().find(|reading| reading.limit == limit);
                self.readings = readings;
                Some(reading.unwrap_or(Reading { limit, size: 0, remaining: 0, frees_at }))
            }
        }
    }
}

/// An exchange that was answered, and stands in the journal.
pub(crate) struct Booked {
    pub(crate) n: u64,
    /// The instant it was booked at.
    pub(crate) at: Moment,
    pub(crate) reply: Reply,
    /// What becomes of it on the wire.
    pub(crate) wire: Option<Wire>,
}

/// Where an exchange stands after the step.
pub(crate) enum Step {
    Done(Booked),
    /// A back end has to be asked; [`Core::close`] books the exchange afterwards.
    Open(Box<Ticket>, Box<Forward>),
}

impl Core {
    /// Leads one request through the doors of its system and books it.
    pub(crate) fn step<S: System>(&self, system: &S, base_url: &str, request: &Request) -> Step {
        let call = system.read(request);
        let (operation, scopes) = (system.operation(&call), system.scopes(&call));
        let mut memory = self.memory();
        let memory = &mut *memory;
        let (at, exchange) = (memory.tick(self.clock.now()), memory.next_exchange());
        let mut ticket = Ticket { at, exchange, operation, scopes, ..Ticket::default() };
        let Memory { slots, changes, faults, .. } = memory;
        let Slot { limits, tokens, state } = S::slot(slots);
        let mut stage = ticket.stage(self.seed, (tokens, state), changes, base_url);
        let admitted = admit(system, request, &call, &mut stage, (limits, faults), &mut ticket);
        // Whoever was recognised is told of, let in or not.
        ticket.caller = stage.caller;
        let outcome = match admitted {
            Err(refusal) => {
                ticket.beside.clear();
                Outcome::Answer(refusal)
            }
            Ok(strike) => {
                touch(strike, &mut stage, &ticket);
                let outcome = system.act(call, &mut stage);
                ticket.caller = stage.caller;
                settle(system, strike, &mut stage, (faults, &mut ticket));
                outcome
            }
        };
        match outcome {
            Outcome::Answer(reply) => Step::Done(self.book(system, base_url, request, ticket, reply, memory)),
            Outcome::Forward(forward) => Step::Open(Box::new(ticket), forward),
        }
    }

    /// Ends an exchange whose back end has answered.
    pub(crate) fn close<S: System>(
        &self,
        system: &S,
        base_url: &str,
        request: &Request,
        ticket: Ticket,
        reply: Reply,
    ) -> Booked {
        let mut memory = self.memory();
        memory.tick(self.clock.now());
        self.book(system, base_url, request, ticket, reply, &mut memory)
    }

    fn book<S: System>(
        &self,
        system: &S,
        base_url: &str,
        request: &Request,
        ticket: Ticket,
        mut reply: Reply,
        memory: &mut Memory,
    ) -> Booked {
        let booked_at = memory.latest();
        let mut ticket = ticket;
        let app = ticket.caller.map_or(0, |caller| u32::try_from(caller.app).unwrap_or(u32::MAX));
        memory.announce(system, By::App(app), (booked_at, self.seed), &self.clock);
        let Memory { slots, changes, journal, faults, .. } = memory;
        let slot = S::slot(slots);
        let mut stage = ticket.stage(self.seed, (&mut slot.tokens, &mut slot.state), changes, base_url);
        spoil(system, request, &mut reply, &mut stage, (faults, &mut ticket));
        // Whoever stands in front knows nothing of what the system puts on its answers.
        if let Some(page) = ticket.page {
            page.sign(&mut reply);
        } else {
            system.seal(&mut reply, request, &ticket.readings, &mut stage);
            reply.headers.append(&mut ticket.rates);
        }
        // Nobody is told anything by a connection that is reset.
        let status = if ticket.wire == Some(Wire::Reset) { 0 } else { reply.status.as_u16() };
        let merged = ticket.beside.iter().any(|strike| strike.blow == Blow::Merge);
        let changed = if merged { changed(&stage) } else { Vec::new() };
        let mut correlation = Uuid::encode_buffer();
        let correlation = stage.correlation().hyphenated().encode_lower(&mut correlation);
        let (account, app) = match ticket.caller {
            Some(caller) => (system.account(caller), caller.app.to_compact_string()),
            None => (CompactString::default(), CompactString::default()),
        };
        let n = journal.book(
            &Exchange {
                at: booked_at,
                system: system.name(),
                account: &account,
                app: &app,
                app_name: ticket.caller.map_or("", |caller| caller.app_name),
                credential: ticket.caller.map_or(0, |caller| caller.credential),
                scopes: ticket.scopes,
                operation: ticket.operation,
                method: request.method.as_str(),
                target: request.uri.path_and_query().map_or("", |target| target.as_str()),
                connection: request.connection,
                user_agent: request.header("user-agent").unwrap_or_default(),
                status,
                took_effect: reply.took_effect,
                limit: ticket.limit.as_deref(),
                fault: ticket.fault,
                correlation,
            },
            changes,
        );
        for fault in &ticket.struck {
            journal.fault(booked_at, Some(system.name()), fault, FaultEvent::Struck);
        }
        if merged {
            self.merge_away(system, base_url, &ticket, &changed, memory);
        }
        Booked { n, at: booked_at, reply, wire: ticket.wire }
    }
}

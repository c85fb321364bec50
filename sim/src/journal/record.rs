//! Entries to bytes and back. A record's first byte holds its kind in three bits and flags in the
//! rest; its number is its place, so it is not written. Nothing here knows where records are kept.

use std::io;
use std::sync::Arc;

use uuid::Uuid;

use super::coding::{Cursor, corrupt, put_number, put_signed, put_text};
use super::entry::{Changed, ClockMoved, Delivered, Entry, Exchanged, Faulted, What, WorldChanged};
use super::names::{self, Names};
use super::{Actor, Delivery, Exchange, FaultEvent, Kind, WorldEvent, changes};
use crate::{Moment, SystemName};

const KIND_BITS: u32 = 3;
const TOOK_EFFECT: u8 = 1 << KIND_BITS;
const HAS_LIMIT: u8 = 1 << 4;
const HAS_FAULT: u8 = 1 << 5;
const CORRELATION_IS_UUID: u8 = 1 << 6;
/// Of a delivery, in the places of an exchange's flags.
const HAS_FORGED: u8 = 1 << 4;
const HAS_STATUS: u8 = 1 << 5;
const HAS_FAILURE: u8 = 1 << 6;

/// The kind of a record, by its first byte.
pub(super) fn kind(record: &[u8]) -> io::Result<Kind> {
    let first = record.first().ok_or_else(corrupt)?;
    Kind::ALL.get(usize::from(first & ((1 << KIND_BITS) - 1))).copied().ok_or_else(corrupt)
}

fn tag(kind: Kind, detail: u8) -> u8 {
    kind as u8 | detail << KIND_BITS
}

fn put_system(out: &mut Vec<u8>, system: Option<SystemName>) {
    let place = system.and_then(|system| SystemName::ALL.iter().position(|&each| each == system));
    out.push(place.map_or(0, |place| place as u8 + 1));
}

fn take_system(cursor: &mut Cursor<'_>) -> io::Result<Option<SystemName>> {
    match cursor.byte()? {
        0 => Ok(None),
        place => SystemName::ALL.get(usize::from(place) - 1).copied().map(Some).ok_or_else(corrupt),
    }
}

/// The UUID that is written exactly so; another spelling of one stays a text.
fn uuid(text: &str) -> Option<Uuid> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return None;
    }
    let uuid = Uuid::try_parse(text).ok()?;
    let mut spelt = Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut spelt) == text).then_some(uuid)
}

pub(super) fn put_exchange(out: &mut Vec<u8>, names: &mut Names, exchange: &Exchange<'_>) {
    let correlation = uuid(exchange.correlation);
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    out.push(
        tag(Kind::Exchange, 0)
            | flag(exchange.took_effect, TOOK_EFFECT)
            | flag(exchange.limit.is_some(), HAS_LIMIT)
            | flag(exchange.fault.is_some(), HAS_FAULT)
            | flag(correlation.is_some(), CORRELATION_IS_UUID),
    );
    put_signed(out, exchange.at.0);
    put_system(out, Some(exchange.system));
    for name in [
        exchange.account,
        exchange.app,
        exchange.app_name,
        exchange.scopes,
        exchange.operation,
        exchange.method,
        exchange.user_agent,
    ] {
        names.put(out, name);
    }
    put_number(out, exchange.credential);
    put_number(out, exchange.connection);
    put_number(out, u64::from(exchange.status));
    for name in [exchange.limit, exchange.fault].into_iter().flatten() {
        names.put(out, name);
    }
    match correlation {
        Some(uuid) => out.extend_from_slice(uuid.as_bytes()),
        None => put_text(out, exchange.correlation),
    }
    put_text(out, exchange.target);
}

/// A delivery's record. What it has or has not stands in its first byte.
pub(super) fn put_delivery(out: &mut Vec<u8>, names: &mut Names, delivery: &Delivery<'_>) {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let took_effect = delivery.status.is_some_and(|status| (200..300).contains(&status));
    out.push(
        tag(Kind::Delivery, 0)
            | flag(took_effect, TOOK_EFFECT)
            | flag(delivery.forged.is_some(), HAS_FORGED)
            | flag(delivery.status.is_some(), HAS_STATUS)
            | flag(delivery.failure.is_some(), HAS_FAILURE),
    );
    put_signed(out, delivery.at.0);
    put_system(out, Some(delivery.system));
    for name in [delivery.account, delivery.app, delivery.url] {
        names.put(out, name);
    }
    put_signed(out, delivery.sent_at.0);
    put_number(out, u64::from(delivery.attempt));
    put_number(out, delivery.events);
    if let Some(status) = delivery.status {
        put_number(out, u64::from(status));
    }
    for name in [delivery.forged, delivery.failure].into_iter().flatten() {
        names.put(out, name);
    }
}

/// What the changes of one step have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) at: Moment,
    pub(super) system: SystemName,
    pub(super) account: &'a str,
    pub(super) actor: Actor,
    pub(super) exchange: Option<u64>,
}

/// The front of a change's record, up to [`put_distance`].
pub(super) fn put_origin(out: &mut Vec<u8>, names: &mut Names, origin: &Origin<'_>) {
    out.push(tag(Kind::Change, origin.actor as u8));
    put_signed(out, origin.at.0);
    put_system(out, Some(origin.system));
    names.put(out, origin.account);
}

/// How far back the change's exchange is; 0 if it has none. The change itself follows.
pub(super) fn put_distance(out: &mut Vec<u8>, n: u64, exchange: Option<u64>) {
    put_number(out, exchange.map_or(0, |exchange| n - exchange));
}

pub(super) fn put_clock(out: &mut Vec<u8>, names: &mut Names, from: Moment, to: Moment, mode: &str) {
    out.push(tag(Kind::Clock, 0));
    put_signed(out, to.0);
    put_signed(out, from.0);
    names.put(out, mode);
}

pub(super) fn put_fault(
    out: &mut Vec<u8>,
    names: &mut Names,
    at: Moment,
    system: Option<SystemName>,
    name: &str,
    event: FaultEvent,
) {
    out.push(tag(Kind::Fault, event as u8));
    put_signed(out, at.0);
    put_system(out, system);
    names.put(out, name);
}

pub(super) fn put_world(out: &mut Vec<u8>, at: Moment, event: WorldEvent, snapshot: Option<&str>) {
    out.push(tag(Kind::World, event as u8));
    put_signed(out, at.0);
    put_text(out, snapshot.unwrap_or_default());
}

/// Reads the record of entry `n`.
pub(super) fn decode<'a>(n: u64, record: &'a [u8], table: &'a [Arc<str>]) -> io::Result<Entry> {
    let kind = kind(record)?;
    let cursor = &mut Cursor::new(record);
    let first = cursor.byte()?;
    let detail = first >> KIND_BITS;
    let at = Moment(cursor.signed()?);
    match kind {
        Kind::Exchange => {
            let system = take_system(cursor)?;
            let account = given(names::take(cursor, table)?);
            let what = What::Exchange(take_exchange(first, cursor, table)?);
            Ok(Entry { n, at, system, account, took_effect: first & TOOK_EFFECT != 0, what })
        }
        Kind::Change => {
            let system = take_system(cursor)?;
            let account = given(names::take(cursor, table)?);
            let what = What::Change(take_change(n, detail, cursor)?);
            Ok(Entry { n, at, system, account, took_effect: true, what })
        }
        Kind::Clock => {
            let from = Moment(cursor.signed()?);
            let what = What::Clock(ClockMoved { from, to: at, mode: names::take(cursor, table)?.to_owned() });
            Ok(Entry { n, at, system: None, account: None, took_effect: true, what })
        }
        Kind::Fault => {
            let system = take_system(cursor)?;
            let event = match detail {
                0 => FaultEvent::Armed,
                1 => FaultEvent::Struck,
                2 => FaultEvent::Cleared,
                _ => return Err(corrupt()),
            };
            let what = What::Fault(Faulted { name: names::take(cursor, table)?.to_owned(), event });
            Ok(Entry { n, at, system, account: None, took_effect: true, what })
        }
        Kind::World => {
            let event = match detail {
                0 => WorldEvent::Reset,
                1 => WorldEvent::Snapshot,
                2 => WorldEvent::Restored,
                _ => return Err(corrupt()),
            };
            let what = What::World(WorldChanged { event, snapshot: given(cursor.text()?) });
            Ok(Entry { n, at, system: None, account: None, took_effect: true, what })
        }
        Kind::Delivery => {
            let system = take_system(cursor)?;
            let account = given(names::take(cursor, table)?);
            let what = What::Delivery(take_delivery(first, cursor, table)?);
            Ok(Entry { n, at, system, account, took_effect: first & TOOK_EFFECT != 0, what })
        }
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn take_exchange<'a>(flags: u8, cursor: &mut Cursor<'a>, table: &'a [Arc<str>]) -> io::Result<Exchanged> {
    let app = given(names::take(cursor, table)?);
    let app_name = given(names::take(cursor, table)?);
    let scopes = names::take(cursor, table)?.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let operation = names::take(cursor, table)?.to_owned();
    let method = names::take(cursor, table)?.to_owned();
    let user_agent = given(names::take(cursor, table)?);
    let credential = Some(cursor.number()?).filter(|number| *number > 0);
    let connection = cursor.number()?;
    let status = take_status(cursor)?;
    let mut named = |flag| match flags & flag {
        0 => Ok(None),
        _ => names::take(cursor, table).map(|name| Some(name.to_owned())),
    };
    let (limit, fault) = (named(HAS_LIMIT)?, named(HAS_FAULT)?);
    let correlation = if flags & CORRELATION_IS_UUID == 0 {
        given(cursor.text()?)
    } else {
        let bytes = cursor.take(size_of::<uuid::Bytes>())?;
        Some(Uuid::from_slice(bytes).map_err(|_| corrupt())?.hyphenated().to_string())
    };
    let target = cursor.text()?.to_owned();
    let (request_body, response_body) = (None, None);
    Ok(Exchanged {
        method,
        target,
        operation,
        connection,
        status,
        app,
        app_name,
        credential,
        scopes,
        limit,
        fault,
        correlation,
        user_agent,
        request_body,
        response_body,
    })
}

fn take_delivery<'a>(flags: u8, cursor: &mut Cursor<'a>, table: &'a [Arc<str>]) -> io::Result<Delivered> {
    let [app, url] = [names::take(cursor, table)?, names::take(cursor, table)?].map(str::to_owned);
    let sent_at = Moment(cursor.signed()?);
    let attempt = u32::try_from(cursor.number()?).map_err(|_| corrupt())?;
    let events = cursor.number()?;
    let status = if flags & HAS_STATUS == 0 { None } else { Some(take_status(cursor)?) };
    let mut named = |flag| match flags & flag {
        0 => Ok(None),
        _ => names::take(cursor, table).map(|name| Some(name.to_owned())),
    };
    let (forged, failure) = (named(HAS_FORGED)?, named(HAS_FAILURE)?);
    let (request_body, response_body) = (None, None);
    Ok(Delivered { app, url, sent_at, attempt, events, forged, status, failure, request_body, response_body })
}

fn take_status(cursor: &mut Cursor<'_>) -> io::Result<u16> {
    u16::try_from(cursor.number()?).map_err(|_| corrupt())
}

fn take_change(n: u64, actor: u8, cursor: &mut Cursor<'_>) -> io::Result<Changed> {
    let actor = match actor {
        0 => Actor::Integration,
        1 => Actor::Tester,
        2 => Actor::System,
        _ => return Err(corrupt()),
    };
    let exchange = match cursor.number()? {
        0 => None,
        distance => Some(n.checked_sub(distance).ok_or_else(corrupt)?),
    };
    let changes::Decoded { kind: change, record_type, id, values } = changes::decode(cursor)?;
    Ok(Changed { actor, exchange, change, record_type, id, values })
}

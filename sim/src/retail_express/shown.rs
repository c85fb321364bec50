//! A customer as it goes over the wire: every member, in the order of the table.

use jiff::tz::TimeZone;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::fields::{CUSTOMER, Field, Kind};
use super::record::{Record, Slot};
use super::time::stamp;
use crate::Moment;
use crate::world::seeded::boutiques;

/// A record as it goes over the wire.
pub(crate) struct Shown<'a> {
    pub(crate) record: &'a Record,
    pub(crate) zone: &'a TimeZone,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row { members: CUSTOMER, slots: self.record.slots(), zone: self.zone }.serialize(serializer)
    }
}

struct Row<'a> {
    members: &'a [Field],
    slots: &'a [Slot],
    zone: &'a TimeZone,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (member, slot) in self.members.iter().zip(self.slots) {
            map.serialize_entry(member.name, &Cell { kind: member.kind, slot, zone: self.zone })?;
        }
        map.end()
    }
}

struct Cell<'a> {
    kind: Kind,
    slot: &'a Slot,
    zone: &'a TimeZone,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zone = self.zone;
        match (self.kind, self.slot) {
            (Kind::Outlet, Slot::Whole(id)) => outlet(*id, zone, serializer),
            (Kind::Link(_), Slot::Object(slots)) if slots.iter().all(|slot| *slot == Slot::Null) => {
                serializer.serialize_unit()
            }
            (Kind::Object(members) | Kind::Link(members), Slot::Object(slots)) => {
                Row { members, slots, zone }.serialize(serializer)
            }
            (Kind::List(members), Slot::List(rows)) => {
                let mut list = serializer.serialize_seq(Some(rows.len()))?;
                for slots in rows {
                    list.serialize_element(&Row { members, slots, zone })?;
                }
                list.end()
            }
            (_, Slot::Flag(flag)) => serializer.serialize_bool(*flag),
            (_, Slot::Whole(number)) => serializer.serialize_i64(*number),
            (_, Slot::Amount(number)) => amount(*number, serializer),
            (_, Slot::Text(text)) => serializer.serialize_str(text),
            (_, Slot::Date(date)) => serializer.collect_str(date),
            (_, Slot::Instant(at)) => serializer.collect_str(&stamp(*at, zone)),
            (_, Slot::Null | Slot::Object(_) | Slot::List(_)) => serializer.serialize_unit(),
        }
    }
}

/// Whole amounts without a fraction, as the service's framework writes them.
fn amount<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE_MAX {
        serializer.serialize_i64(number as i64)
    } else {
        serializer.serialize_f64(number)
    }
}

/// 2024-07-01T00:00:00+10:00, when the shops were entered.
const OUTLETS_MODIFIED: Moment = Moment(1_719_756_000_000);

fn outlet<S: Serializer>(id: i64, zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(3))?;
    map.serialize_entry("id", &id)?;
    let name = boutiques().iter().find(|boutique| boutique.id.cast_signed() == id).map(|boutique| boutique.name);
    map.serialize_entry("name", &name)?;
    map.serialize_entry("modified_on", &format_args!("{}", stamp(OUTLETS_MODIFIED, zone)))?;
    map.end()
}

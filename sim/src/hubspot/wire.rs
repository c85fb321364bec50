//! Writing records as HubSpot's JSON, straight into the answer's bytes. Decides nothing about
//! what is shown; that is the operation's.

use std::sync::Arc;

use super::record::{Record, Source};
use super::types::{Computed, ObjectType, Property, PropertyId};
use crate::Moment;

/// Which properties of a record an answer shows.
#[derive(Clone, Debug)]
pub(crate) enum Show {
    /// Every value there is.
    All,
    /// The same, as a create echoes it: the dates of stages are milliseconds there.
    Created,
    /// These, in the order of names; unset ones as null.
    These(Arc<[PropertyId]>),
}

/// How records of one answer are written.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) of: Arc<ObjectType>,
    pub(crate) portal: u64,
    pub(crate) show: Show,
    /// Properties whose history is shown, in the order of names; `None` leaves the member out.
    pub(crate) history: Option<Arc<[PropertyId]>>,
}

/// What a batch says of one of its records, beside the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras<'a> {
    pub(crate) new: Option<bool>,
    pub(crate) trace: Option<&'a str>,
}

impl Style {
    pub(crate) fn write(&self, out: &mut Vec<u8>, record: &Record, extras: &Extras<'_>) {
        out.extend_from_slice(b"{\"id\":\"");
        number(out, record.id);
        out.extend_from_slice(b"\",\"properties\":{");
        match &self.show {
            Show::All => self.write_all(out, record, false),
            Show::Created => self.write_all(out, record, true),
            Show::These(properties) => self.write_these(out, record, properties),
        }
        out.push(b'}');
        if let Some(properties) = &self.history {
            self.write_history(out, record, properties);
        }
        out.extend_from_slice(b",\"createdAt\":");
        stamp(out, record.created);
        out.extend_from_slice(b",\"updatedAt\":");
        stamp(out, record.updated);
        match record.archived {
            Some(at) => {
                out.extend_from_slice(b",\"archived\":true,\"archivedAt\":");
                stamp(out, at);
            }
            None => out.extend_from_slice(b",\"archived\":false"),
        }
        if let Some(new) = extras.new {
            out.extend_from_slice(if new { b",\"new\":true" } else { b",\"new\":false" });
        }
        if let Some(trace) = extras.trace {
            out.extend_from_slice(b",\"objectWriteTraceId\":");
            string(out, trace);
        }
        out.extend_from_slice(b",\"url\":\"https://app.hubspot.com/contacts/");
        number(out, self.portal);
        out.extend_from_slice(b"/record/");
        out.extend_from_slice(self.of.type_id.as_bytes());
        out.push(b'/');
        number(out, record.id);
        out.extend_from_slice(b"\"}");
    }

    /// Stored and computed values, merged in the order of names.
    fn write_all(&self, out: &mut Vec<u8>, record: &Record, created: bool) {
        let of = &*self.of;
        let stage_now = of.lifecycle(record);
        let write_computed = |out: &mut Vec<u8>, id, first: &mut bool| match &of.property(id).computed {
            Some(Computed::Entered(stage)) if created => {
                if let Some(at) = of.entered_from(stage_now, record, stage) {
                    key(out, of.property(id), first);
                    quoted_number(out, u64::try_from(at.0).unwrap_or(0));
                }
            }
            _ => write_computed(out, of, record, id, first, false),
        };
        let mut computed = of.computed.iter().copied().peekable();
        let mut first = true;
        for value in record.values().iter().filter(|value| of.property(value.property).archived.is_none()) {
            let rank = of.rank(value.property);
            while let Some(id) = computed.next_if(|id| of.rank(*id) < rank) {
                write_computed(out, id, &mut first);
            }
            key(out, of.property(value.property), &mut first);
            string(out, &value.text);
        }
        for id in computed {
            write_computed(out, id, &mut first);
        }
    }

    fn write_these(&self, out: &mut Vec<u8>, record: &Record, properties: &[PropertyId]) {
        let of = &*self.of;
        let mut first = true;
        for id in properties {
            if of.property(*id).computed.is_some() {
                write_computed(out, of, record, *id, &mut first, true);
                continue;
            }
            key(out, of.property(*id), &mut first);
            match record.stored(of, *id) {
                Some(text) => string(out, text),
                None => out.extend_from_slice(b"null"),
            }
        }
    }

    fn write_history(&self, out: &mut Vec<u8>, record: &Record, properties: &[PropertyId]) {
        out.extend_from_slice(b",\"propertiesWithHistory\":{");
        let mut first = true;
        for id in properties {
            let property = self.of.property(*id);
            key(out, property, &mut first);
            out.push(b'[');
            if let Some(computed) = &property.computed {
                if let Some(text) = self.of.value(record, *id) {
                    write_version(out, &text, self.of.computed_since(record, computed), record.source);
                }
            } else {
                for (place, value) in record.history(&self.of, *id).enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    write_version(out, &value.text, value.at, value.source);
                }
            }
            out.push(b']');
        }
        out.push(b'}');
    }
}

fn write_version(out: &mut Vec<u8>, text: &str, at: Moment, source: Source) {
    out.extend_from_slice(b"{\"value\":");
    string(out, text);
    out.extend_from_slice(b",\"timestamp\":");
    stamp(out, at);
    out.extend_from_slice(b",\"sourceType\":\"");
    out.extend_from_slice(source.label().as_bytes());
    out.push(b'"');
    if let Some(id) = source.id() {
        out.extend_from_slice(b",\"sourceId\":");
        string(out, &id);
    }
    out.push(b'}');
}

/// Writes a computed value without building its text first where it is on every record.
fn write_computed(
    out: &mut Vec<u8>,
    of: &ObjectType,
    record: &Record,
    id: PropertyId,
    first: &mut bool,
    with_null: bool,
) {
    let property = of.property(id);
    if let Some(member) = &property.member {
        out.extend_from_slice(&member.as_bytes()[usize::from(std::mem::take(first))..]);
        return;
    }
    match &property.computed {
        Some(Computed::Id) => {
            key(out, property, first);
            quoted_number(out, record.id);
        }
        Some(Computed::Created) => {
            key(out, property, first);
            stamp(out, record.created);
        }
        Some(Computed::Updated) => {
            key(out, property, first);
            stamp(out, record.updated);
        }
        Some(Computed::SourceId) if let Source::Integration { app } = record.source => {
            key(out, property, first);
            quoted_number(out, u64::from(app));
        }
        _ => match of.value(record, id) {
            Some(text) => {
                key(out, property, first);
                string(out, &text);
            }
            None if with_null => {
                key(out, property, first);
                out.extend_from_slice(b"null");
            }
            None => {}
        },
    }
}

fn key(out: &mut Vec<u8>, property: &Property, first: &mut bool) {
    let comma = usize::from(std::mem::take(first));
    out.extend_from_slice(&property.key.as_bytes()[comma..]);
}

pub(crate) fn stamp(out: &mut Vec<u8>, at: Moment) {
    out.push(b'"');
    out.extend_from_slice(at.iso().as_str().as_bytes());
    out.push(b'"');
}

fn quoted_number(out: &mut Vec<u8>, n: u64) {
    out.push(b'"');
    number(out, n);
    out.push(b'"');
}

pub(crate) fn number(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// A JSON string; plain text is copied whole.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    // Without a way out of the loop it is done many bytes at a time.
    let plain = |plain, byte: u8| plain & (byte >= 0x20) & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_json() {
        for text in ["", "plain", "quo\"te", "back\\slash", "line\nbreak", "é €", "\u{1}"] {
            let mut out = Vec::new();
            string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
        for n in [0, 9, 10, 901, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
    }
}

//! The tester's hand: records read and put in without doors or limits.

use serde_json::{Value, json};

use super::fields::{CUSTOMER, Field, Kind};
use super::shown::Shown;
use super::state::State;
use super::system::{CUSTOMERS, RetailExpress};
use super::write::{Hand, Said, read_value};
use crate::Moment;
use crate::journal::{ChangeKind, Changes};
use crate::world::seeded::{Person, boutiques};

/// A customer as the tester tells it.
pub(crate) struct Told {
    id: Option<i64>,
    said: Said,
}

impl RetailExpress {
    /// The types of record that the tester may list and put.
    pub(crate) fn types(&self) -> &'static [&'static str] {
        &[CUSTOMERS]
    }

    /// How many records there are, and those of one stretch, as the API would show them; `None` for an unknown type.
    pub(crate) fn list_records(
        &self,
        state: &State,
        record_type: &str,
        offset: usize,
        limit: usize,
    ) -> Option<(usize, Vec<Value>)> {
        if record_type != CUSTOMERS {
            return None;
        }
        let customers = state.customers();
        let start = offset.min(customers.len());
        let end = start.saturating_add(limit).min(customers.len());
        let shown =
            customers.focus().narrow(start..end).into_iter().map(|record| {
                serde_json::to_value(Shown { record, zone: &self.settings.time_zone }).unwrap_or_default()
            });
        Some((customers.len(), shown.collect()))
    }

    /// Reads customers to be put in, outside the world's lock. Stamps, totals and balances are taken as
    /// given, `null` included.
    ///
    /// # Errors
    /// A record has a member that no customer has, or cannot be read; says which and why.
    pub(crate) fn read_records(records: &[Value]) -> Result<Vec<Told>, String> {
        let mut read = Vec::with_capacity(records.len());
        for (number, record) in records.iter().enumerate() {
            known(CUSTOMER, record, "").map_err(|why| format!("record {number}: {why}"))?;
            let said = read_value(record, Hand::Tester)
                .map_err(|problem| format!("record {number} is no customer: {}", problem.summary()))?;
            let id = record.get("id").and_then(Value::as_i64);
            read.push(Told { id: id.filter(|id| *id > 0), said });
        }
        Ok(read)
    }

    /// Puts whole customers in: those with an `id` that is taken replace it, those without one get the next.
    pub(crate) fn put_records(state: &mut State, records: Vec<Told>, at: Moment, changes: &mut Changes) -> usize {
        let count = records.len();
        for Told { id, said } in records {
            let (id, new) = state.put(id, said.slots, at);
            let kind = if new { ChangeKind::Created } else { ChangeKind::Updated };
            let values = said.told.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            changes.push(kind, CUSTOMERS, &id.to_string(), values);
        }
        count
    }
}

/// Refuses a member that is none, which a misspelt name would be, at any depth.
fn known(fields: &[Field], value: &Value, path: &str) -> Result<(), String> {
    let Value::Object(members) = value else { return Ok(()) };
    for (name, value) in members {
        let path = format!("{path}{name}");
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            return Err(format!("there is no member `{path}`; known there are: {}", names.join(", ")));
        };
        match (field.kind, value) {
            (Kind::Object(inner) | Kind::Link(inner), value) => known(inner, value, &format!("{path}."))?,
            (Kind::List(inner), Value::Array(rows)) => {
                for (place, row) in rows.iter().enumerate() {
                    known(inner, row, &format!("{path}[{place}]."))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A seeded person as a customer of the shop, to be put in at a world that starts at `start`.
pub(crate) fn customer_of(person: &Person, start: Moment) -> Value {
    let created = start.plus(-person.created_before_ms).to_string();
    json!({
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "mobile": person.mobile,
        "date_of_birth": person.date_of_birth.to_string(),
        "home_outlet": { "id": boutiques()[person.boutique].id },
        "marketing": { "receive_email": person.subscribed, "receive_post": false, "receive_sms": person.subscribed },
        "billing_address": {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "address_line1": person.address_line1,
            "suburb": person.suburb,
            "state": person.state,
            "postcode": person.postcode,
            "country": "Australia",
            "country_code": "AU",
        },
        "loyalty_program": { "enabled": true },
        "custom_reference": person.loyalty_no,
        "created_on": created,
        "modified_on": created,
    })
}

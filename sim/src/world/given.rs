//! Seeding: a world filled with people in the form of a scenario's `given`. The same index of the
//! same seed is the same person in every system.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{AccessError, Batch};
use super::inner::Inner;
use super::seeded::{People, Person, boutiques};
use crate::near::meant;
use crate::object::Object;
use crate::retail_express::customer_of;
use crate::{Moment, SystemName, words};

/// `{"count": 50, "from": 0, "subscribed": true, "set": {"email": null}}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Crowd {
    count: u64,
    /// The index of the first person.
    #[serde(default)]
    from: u64,
    /// Whether all of them take marketing, or none; each decides alone where it is left out.
    #[serde(default)]
    subscribed: Option<bool>,
    /// What all of them have instead of what they would.
    #[serde(default)]
    set: Map<String, Value>,
}

/// The most people of one step: the most that one HubSpot import holds.
const COUNT_MAX: u64 = 1_048_576;

pub(super) fn apply(world: &Inner, steps: &Value) -> Result<usize, AccessError> {
    let unfit = |why: String| AccessError::Unfit(why);
    let steps = steps.get("given").unwrap_or(steps);
    let Value::Array(steps) = steps else {
        return Err(unfit(r#"`given` is a list of steps, like [{"ords.customers": {"count": 50}}]"#.to_owned()));
    };
    let mut read = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let Some((name, what)) = step.as_object().filter(|step| step.len() == 1).and_then(|step| step.iter().next())
        else {
            return Err(unfit(format!("step {place} is to have one member, its name, like ords.customers")));
        };
        let records = KINDS.iter().find(|(known, ..)| known == name).ok_or_else(|| {
            let known = KINDS.map(|(known, ..)| known).join(", ");
            let near = meant(name, known.split(", "));
            unfit(format!("step {place}: there is no step `{name}`{near}; known are: {known}"))
        })?;
        let Object(crowd) = Object::<Crowd>::deserialize(what)
            .map_err(|error| unfit(format!("step {place}, {name}: {}", words::plain(&error.to_string()))))?;
        if crowd.count > COUNT_MAX {
            return Err(unfit(format!("step {place}, {name}: count is at most {COUNT_MAX}")));
        }
        if crowd.subscribed.is_some() && *name == KINDS[0].0 {
            return Err(unfit(format!(
                "step {place}, {name}: `subscribed` does nothing here, because a contact's consent is none of its \
                 properties; leave it out"
            )));
        }
        read.push((format!("step {place}, {name}: "), records, crowd));
    }
    let people = People::new(world.core.seed);
    let mut batches = Vec::with_capacity(read.len());
    for (told_as, &(_, system, record_type, record), crowd) in read {
        let records = (crowd.from..crowd.from.saturating_add(crowd.count)).map(|index| {
            let mut person = people.person(index);
            person.subscribed = crowd.subscribed.unwrap_or(person.subscribed);
            let mut record = record(&person, world.started);
            let values = match system {
                SystemName::Hubspot => record.get_mut("properties"),
                _ => Some(&mut record),
            };
            if let Some(Value::Object(values)) = values {
                merge(values, &crowd.set);
            }
            record
        });
        batches.push(Batch { system, record_type, records: records.collect(), told_as });
    }
    world.put_all(batches)
}

/// Lays some values over a record's; an object over an object member by member.
fn merge(values: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match (values.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(over)) => merge(inner, over),
            _ => {
                values.insert(name.clone(), value.clone());
            }
        }
    }
}

type Kind = (&'static str, SystemName, &'static str, fn(&Person, Moment) -> Value);

const KINDS: [Kind; 3] = [
    ("hubspot.contacts", SystemName::Hubspot, "contacts", contact),
    ("ords.customers", SystemName::Ords, "customers", customer),
    ("retail_express.customers", SystemName::RetailExpress, "customers", customer_of),
];

fn contact(person: &Person, _started: Moment) -> Value {
    json!({"properties": {
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "mobilephone": person.mobile,
        "address": person.address_line1,
        "city": person.suburb,
        "state": person.state,
        "zip": person.postcode,
        "country": "Australia",
    }})
}

fn customer(person: &Person, started: Moment) -> Value {
    let created = started.plus(-person.created_before_ms).to_string();
    json!({
        "email": person.email,
        "mobile": person.mobile,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "loyalty_no": person.loyalty_no,
        "store_id": boutiques()[person.boutique].id,
        "marketing_opt_in": if person.subscribed { "Y" } else { "N" },
        "created": created,
        "last_updated": created,
    })
}

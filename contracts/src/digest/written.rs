//! What the integration's calls to the copy were about: who was written last by which call, and who was refused.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reading::text_of;
use super::{Call, Digest, Op, Person, Values, person_of};
use crate::{Keys, Owner};

/// The latest call about a person.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) n: u64,
    /// The person's record alone was refused for good, with the values that the contract gives it, and has not
    /// been taken since.
    pub(crate) refused: bool,
    /// It was taken at least once.
    pub(crate) taken: bool,
}

/// What became of a record in a call.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    Taken,
    Refused,
    /// Neither, or it was the integration's own fault.
    Open,
}

#[derive(Default)]
pub(super) struct WrittenBy(BTreeMap<(usize, Person), Written>);

impl WrittenBy {
    pub(super) fn note(&mut self, call: &Call<'_>, fates: Vec<Fate>) {
        let (Some(Owner::Copy), Some(object)) = (call.side, call.object) else { return };
        for (op, fate) in call.ops.iter().zip(fates) {
            let Some(person) = &op.person else { continue };
            let written = self.0.entry((object, person.clone())).or_default();
            written.n = call.n;
            match fate {
                Fate::Refused => written.refused = true,
                Fate::Taken => (written.refused, written.taken) = (false, true),
                Fate::Open => {}
            }
        }
    }

    pub(super) fn of(&self, object: usize, person: &Person) -> Option<Written> {
        self.0.get(&(object, person.clone())).copied()
    }
}

/// How HubSpot says that a property was made up (facts/hubspot-crm.md §2.7).
const UNKNOWN_PROPERTY: &str = "PROPERTY_DOESNT_EXIST";

/// What became of the records in a call, in their order.
pub(super) fn fates(digest: &Digest<'_>, call: &Call<'_>) -> Vec<Fate> {
    let permanent = &digest.contract.reliability.permanent;
    let refused_alone = permanent.contains(&call.what.status) && call.what.fault.is_none() && call.ops.len() == 1;
    // In part: those whom the results leave out.
    let results =
        (call.what.status == 207).then(|| call.response().and_then(|body| body["results"].as_array())).flatten();
    let keys = call.object.and_then(|object| digest.mapping(object)).map(|mapping| &mapping.keys);
    let made_up = || {
        let body = call.what.response_body.as_ref().map(|body| String::from_utf8_lossy(&body.0));
        body.is_some_and(|body| body.contains(UNKNOWN_PROPERTY))
    };
    let fate = |op: &Op| {
        let missing =
            results.zip(keys).is_some_and(|(results, keys)| !results.iter().any(|result| is_about(result, op, keys)));
        if missing || refused_alone {
            let refused = !made_up() && as_mapped(digest, call, op);
            return if refused { Fate::Refused } else { Fate::Open };
        }
        if call.took_effect { Fate::Taken } else { Fate::Open }
    };
    call.ops.iter().map(fate).collect()
}

/// Whether a record of an answer is the one that was written: by its id, or by its key.
fn is_about(result: &Value, op: &Op, keys: &Keys) -> bool {
    let id = text_of(&result["id"]);
    let members = result["properties"].as_object().into_iter().flatten();
    let values = members.filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect();
    let person = person_of(keys, Owner::Copy, &Values::new(values));
    (id.is_some() && id == op.id) || (person.is_some() && person == op.person)
}

/// Whether all that a call gave a record is what the mapping makes of a version of the row until then.
fn as_mapped(digest: &Digest<'_>, call: &Call<'_>, op: &Op) -> bool {
    let Some((object, person)) = call.object.zip(op.person.as_ref()) else { return false };
    let Some(mapping) = digest.mapping(object) else { return false };
    let is_key = |name: &str| {
        let fallback = mapping.keys.fallback.as_ref().map(|key| key.property.as_str());
        name == mapping.keys.key.property || fallback == Some(name)
    };
    let mut rows = digest.of_person(Owner::Master, object, person).flat_map(|(_, life)| &life.0);
    rows.any(|row| {
        op.values.iter().all(|(name, text)| {
            let field = mapping.fields.iter().find(|field| field.to == *name);
            field.map_or(is_key(name), |field| digest.mapped(field, &row.values) == digest.kept(name, text))
        })
    })
}

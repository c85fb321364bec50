//! Whether the copy holds what the contract asks of it at one instant. Only the state counts: not how it came
//! about, nor how long there was for it. It is no verdict.

use std::collections::BTreeMap;

use crate::digest::{Digest, value};
use crate::{Contract, EndState, Owner, Trace};

/// Why the copy is not in step with the master, in a sentence; `None` if it is. Left out are rows whose key
/// several share, or could be no address. Where a type's records were not taken, nobody knows.
///
/// ```
/// use serde_json::json;
/// use sim::SystemName::{Hubspot, Ords};
/// use standin_contracts::{Contract, EndState, out_of_step};
///
/// let mut state = EndState::default();
/// let kim = json!({"customer_id": 7, "email": "Kim@example.com", "first_name": "Kim", "marketing_opt_in": "Y"});
/// state.put(Ords, "customers", vec![kim]);
/// state.put(Hubspot, "contacts", Vec::new());
/// let why = out_of_step(Contract::retail(), &state);
/// assert_eq!(why.as_deref(), Some("the customer 7 (kim@example.com) has no copy"));
///
/// let contact = json!({"id": "101", "properties": {"email": "kim@example.com", "firstname": "Kim"}});
/// state.put(Hubspot, "contacts", vec![contact]);
/// assert_eq!(out_of_step(Contract::retail(), &state), None);
/// ```
#[must_use]
pub fn out_of_step(contract: &Contract, state: &EndState) -> Option<String> {
    let trace = Trace { end: state.clone(), ..Trace::default() };
    let digest = Digest::new(contract, &trace);
    if let Some((system, record_type)) = contract.types().find(|(system, name)| state.of(*system, name).is_none()) {
        return Some(format!("{system} has told of no type `{record_type}`"));
    }
    apart(contract, &digest).next().map(|(_, why)| why)
}

/// Of the copy's records, by their ids, those that are not as the contract asks, and why in a sentence each.
#[must_use]
pub fn wrong_copies(contract: &Contract, state: &EndState) -> BTreeMap<String, String> {
    let trace = Trace { end: state.clone(), ..Trace::default() };
    let digest = Digest::new(contract, &trace);
    apart(contract, &digest).filter_map(|(copy, why)| Some((copy?.to_owned(), why))).collect()
}

/// What is not in step: the copy's record, if there is one, and why.
fn apart<'a>(contract: &'a Contract, digest: &'a Digest<'a>) -> impl Iterator<Item = (Option<&'a str>, String)> {
    (0..contract.objects.len()).flat_map(move |object| {
        let name = &digest.object(object).name;
        digest.at_end(Owner::Master, object).filter_map(move |(id, row)| {
            let mapping = digest.mapping(object)?;
            let person = digest.person(Owner::Master, object, row)?;
            if !digest.qualifies(object, row) || digest.refused(object, &person) {
                return None;
            }
            if !digest.is_at_end(Owner::Copy, object, &person) {
                return Some((None, format!("the {name} {id} ({person}) has no copy")));
            }
            digest.only_at_end(Owner::Master, object, &person)?;
            let (copy_id, copy) = digest.only_at_end(Owner::Copy, object, &person)?;
            mapping.fields.iter().filter(|field| field.owner == Owner::Master).find_map(|field| {
                let (expected, actual) = (digest.mapped(field, row), digest.kept(&field.to, value(copy, &field.to)));
                let differs = !expected.is_empty() && expected != actual;
                let why = || format!("the {name} {id} has `{actual}` in {}, not `{expected}`", field.to);
                differs.then(|| (Some(copy_id), why()))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sim::SystemName::{Hubspot, Ords};

    use super::*;

    #[test]
    fn every_field_of_everyone_has_to_be_there() {
        let row = |id: u64, email: &str, opt_in: &str| {
            json!({"customer_id": id, "email": email, "first_name": "Kim", "last_name": null, "marketing_opt_in": opt_in,
                "merged_into": null})
        };
        let mut state = EndState::default();
        let rows = vec![row(1, "no@example.com", "N"), row(2, "no address", "Y"), row(3, "kim@example.com", "Y")];
        state.put(Ords, "customers", rows);
        state.put(Hubspot, "contacts", Vec::new());
        let contact =
            |first_name: &str| json!({"id": "9", "properties": {"email": "kim@example.com", "firstname": first_name}});
        let why = |state: &EndState| out_of_step(Contract::retail(), state);
        assert_eq!(why(&state).as_deref(), Some("the customer 3 (kim@example.com) has no copy"));
        state.put(Hubspot, "contacts", vec![contact("Lee")]);
        assert_eq!(why(&state).as_deref(), Some("the customer 3 has `Lee` in firstname, not `Kim`"));
        assert_eq!(wrong_copies(Contract::retail(), &state).into_keys().collect::<Vec<_>>(), ["9"]);
        state.put(Hubspot, "contacts", vec![contact("Kim")]);
        assert!(wrong_copies(Contract::retail(), &state).is_empty());
        assert_eq!(why(&state), None);
    }
    #[test]
    fn a_type_whose_records_were_not_taken_is_not_in_step() {
        let why = |state: &EndState| out_of_step(Contract::retail(), state);
        let mut state = EndState::default();
        assert_eq!(why(&state).as_deref(), Some("ords has told of no type `customers`"));
        state.put(Ords, "customers", Vec::new());
        assert_eq!(why(&state).as_deref(), Some("hubspot has told of no type `contacts`"));
        state.put(Hubspot, "contacts", Vec::new());
        assert_eq!(why(&state), None);
    }
}

//! Associations that are made with their record: checked before it is, made when it is there
//! (facts/hubspot-crm.md §2.5, §6.1).

use super::body::{Inline, SpecSent};
use super::check::{self, Side, record_id};
use super::definitions::Spec;
use super::refusal;
use super::store::{Associations, Node};
use crate::hubspot::errors::Problem;
use crate::hubspot::portal::Portal;
use crate::hubspot::room::{Hubspot, State};

/// What a record that is about to be made will be to others.
pub(crate) type Ties = Vec<(Node, Spec)>;

/// Checks the associations of each input of a call, in turn, as if those before were made already.
///
/// # Errors
/// For each input: an unknown type, one of another kind of record, a record that is not there, one
/// association too many.
pub(crate) fn check<'i>(
    room: &Hubspot,
    place: usize,
    inputs: impl Iterator<Item = &'i [Inline]>,
    state: &mut State,
) -> Vec<Result<Ties, Problem>> {
    let own = Side::at(state, place);
    let mut tried = state.portal.associations.clone();
    // Ids that no record has.
    (0..).zip(inputs).map(|(n, sent)| one(room, &own.node(n), &own, sent, state, &mut tried)).collect()
}

/// The same for a call that makes one record.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_one(room: &Hubspot, place: usize, sent: &[Inline], state: &mut State) -> Result<Ties, Problem> {
    check(room, place, std::iter::once(sent), state).pop().unwrap_or_else(|| Ok(Vec::new()))
}

fn one(
    room: &Hubspot,
    node: &Node,
    own: &Side,
    sent: &[Inline],
    state: &mut State,
    tried: &mut Associations,
) -> Result<Ties, Problem> {
    let mut ties = Vec::new();
    for Inline { to, types } in sent {
        let id = record_id(&to.0)?;
        if types.is_empty() {
            return Err(Problem::validation("One or more associations are invalid"));
        }
        for SpecSent(spec) in types {
            let (tables, _) = state.with_portal();
            let definition = tried.definitions.get(*spec).ok_or_else(|| refusal::no_types(&[*spec]))?;
            if definition.from != own.end {
                let expected = tried.definitions.name(definition.from);
                let expected = tables.iter().find(|table| table.of.name == expected && !table.of.gone);
                let expected = expected.map_or(expected_name(tried, *spec), |table| table.of.type_id.to_string());
                return Err(refusal::wrong_from(&own.of.type_id, &expected, *spec));
            }
            let other = Node { of: definition.to, id };
            if !check::lives(tables, tried, other) {
                let of = check::shouted(tables, tried.definitions.name(other.of));
                return Err(refusal::no_objects(&[(of, id)]));
            }
            let mut specs = tried.specs(*node, other).to_vec();
            specs.push(*spec);
            check::within(room, tables, tried, (*node, other), specs)?;
            tried.add(*node, other, *spec);
            ties.push((other, *spec));
        }
    }
    Ok(ties)
}

/// A type of which this account has no records goes by its name.
fn expected_name(associations: &Associations, spec: Spec) -> String {
    let definition = associations.definitions.get(spec);
    definition.map(|known| associations.definitions.name(known.from).to_owned()).unwrap_or_default()
}

/// Makes what was checked.
pub(crate) fn tie(portal: &mut Portal, object_type: &str, id: u64, ties: Ties) {
    if ties.is_empty() {
        return;
    }
    let associations = &mut portal.associations;
    let node = Node { of: associations.end(object_type), id };
    for (other, spec) in ties {
        associations.add(node, other, spec);
    }
}

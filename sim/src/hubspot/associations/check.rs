//! Whether two records can be associated as asked: the types of a path, ids, living records, limits.

use std::sync::Arc;

use super::body::SpecSent;
use super::definitions::{End, Spec};
use super::refusal;
use super::store::{Associations, Node};
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{Hubspot, State};
use crate::hubspot::table::Table;
use crate::hubspot::types::ObjectType;

/// An object type that a call names.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) place: usize,
    pub(super) of: Arc<ObjectType>,
    pub(super) end: End,
}

impl Side {
    /// # Errors
    /// There is no such type.
    pub(super) fn named(state: &mut State, name: &str) -> Result<Self, Problem> {
        let unknown = || Problem::unknown_type(name);
        state.place(name).map(|place| Self::at(state, place)).ok_or_else(unknown)
    }

    pub(super) fn at(state: &mut State, place: usize) -> Self {
        let (table, portal) = state.parts(place);
        let of = table.of.clone();
        let end = portal.associations.end(&of.name);
        Self { place, of, end }
    }

    pub(super) fn node(&self, id: u64) -> Node {
        Node { of: self.end, id }
    }
}

/// The two types of a call.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) from: Side,
    pub(super) to: Side,
}

impl Pair {
    /// # Errors
    /// There is no such type.
    pub(super) fn named(state: &mut State, from: &str, to: &str) -> Result<Self, Problem> {
        Ok(Self { from: Side::named(state, from)?, to: Side::named(state, to)? })
    }

    /// The two records that a call names.
    ///
    /// # Errors
    /// An id that is none, or one record twice.
    pub(super) fn nodes(&self, from: &str, to: &str) -> Result<(Node, Node), Problem> {
        let (from, to) = (self.from.node(record_id(from)?), self.to.node(record_id(to)?));
        if from == to { Err(refusal::itself(from.id)) } else { Ok((from, to)) }
    }
}

/// # Errors
/// It is none.
pub(super) fn record_id(text: &str) -> Result<u64, Problem> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(|| refusal::no_id(text))
}

pub(super) fn max(room: &Hubspot) -> u32 {
    u32::try_from(room.settings().associations_per_record_max.value).unwrap_or(u32::MAX)
}

/// Whether a record of any type lives.
pub(super) fn lives(tables: &[Table], associations: &Associations, node: Node) -> bool {
    let name = associations.definitions.name(node.of);
    tables.iter().any(|table| table.of.name == name && !table.of.gone && table.live().contains_key(&node.id))
}

/// How refusals shout an object type, which may be one that this account has no records of.
pub(super) fn shouted(tables: &[Table], name: &str) -> String {
    match tables.iter().find(|table| table.of.name == name && !table.of.gone) {
        Some(table) => table.of.upper(),
        None => name.strip_suffix('s').unwrap_or(name).to_uppercase(),
    }
}

/// The types by which the first may be made something to the second.
///
/// # Errors
/// An unknown type, a record that is not there or not of the type's kind, one record too many.
pub(super) fn specs(
    room: &Hubspot,
    state: &mut State,
    (from, to): (Node, Node),
    sent: &[SpecSent],
) -> Result<Vec<Spec>, Problem> {
    let (tables, portal) = state.with_portal();
    let associations = &portal.associations;
    let definitions = &associations.definitions;
    let specs: Vec<_> = sent.iter().map(|SpecSent(spec)| *spec).collect();
    let unknown: Vec<_> = specs.iter().copied().filter(|spec| definitions.get(*spec).is_none()).collect();
    if !unknown.is_empty() {
        return Err(refusal::no_types(&unknown));
    }
    let mut missing = Vec::new();
    // The type says of what kind the records must be, whatever the path calls them.
    let mut ask = |node: Node, of: End| {
        let entry = (shouted(tables, definitions.name(of)), node.id);
        if (node.of != of || !lives(tables, associations, node)) && !missing.contains(&entry) {
            missing.push(entry);
        }
    };
    for definition in specs.iter().filter_map(|spec| definitions.get(*spec)) {
        ask(from, definition.from);
        ask(to, definition.to);
    }
    if specs.is_empty() {
        ask(from, from.of);
        ask(to, to.of);
    }
    if !missing.is_empty() {
        return Err(refusal::no_objects(&missing));
    }
    within(room, tables, associations, (from, to), specs.clone())?;
    Ok(specs)
}

/// # Errors
/// One of the records would have too many.
pub(super) fn within(
    room: &Hubspot,
    tables: &[Table],
    associations: &Associations,
    (from, to): (Node, Node),
    specs: Vec<Spec>,
) -> Result<(), Problem> {
    let lives = |node| lives(tables, associations, node);
    match associations.exceeded(from, to, specs, max(room), lives) {
        Some(exceeded) => Err(refusal::limit(&exceeded, room.portal)),
        None => Ok(()),
    }
}

/// The default type of a pair, for two records that are there.
///
/// # Errors
/// As [`specs`], or the two cannot be associated at all.
pub(super) fn default(room: &Hubspot, state: &mut State, pair: &Pair, nodes: (Node, Node)) -> Result<Spec, Problem> {
    let default = state.portal.associations.definitions.default_of(pair.from.end, pair.to.end);
    let default = default.ok_or_else(|| refusal::no_pair(&pair.from.of, &pair.to.of))?;
    specs(room, state, nodes, &[SpecSent(default)])?;
    Ok(default)
}

//! The association types that HubSpot defines, and associations against a plain set of facts, which
//! shares no code with the store: whatever is done, both directions agree.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::definitions::{Category, Definitions, Spec};
use super::store::{Associations, Node};

const NAMES: [&str; 3] = ["contacts", "companies", "deals"];
/// facts/hubspot-crm.md §6.4, each with what it is from the other side.
const PAIRS: [(&str, &str, u32, u32); 9] = [
    ("contacts", "companies", 279, 280),
    ("contacts", "companies", 1, 2),
    ("contacts", "deals", 4, 3),
    ("contacts", "contacts", 449, 449),
    ("companies", "companies", 450, 450),
    ("companies", "companies", 13, 14),
    ("deals", "companies", 341, 342),
    ("deals", "companies", 5, 6),
    ("deals", "deals", 451, 451),
];
const DEFAULTS: [u32; 10] = [279, 280, 4, 3, 449, 450, 341, 342, 451, 0];
/// A record has these with one other at most.
const MOVING: [u32; 2] = [1, 5];

const fn hubspots(id: u32) -> Spec {
    Spec { category: Category::HubspotDefined, id }
}

fn of_pair(from: &str, to: &str) -> Vec<(u32, u32)> {
    let there = PAIRS.iter().filter(|pair| (pair.0, pair.1) == (from, to)).map(|pair| (pair.2, pair.3));
    let back = PAIRS.iter().filter(|pair| (pair.1, pair.0) == (from, to)).map(|pair| (pair.3, pair.2));
    let all: BTreeSet<_> = there.chain(back).collect();
    all.into_iter().collect()
}

#[test]
fn the_association_types_are_those_of_the_fact_sheet() {
    let definitions = Definitions::parse(include_str!("../associations.yaml")).expect("the file is well formed");
    for (from, to, id, inverse) in PAIRS {
        for (from, to, id, inverse) in [(from, to, id, inverse), (to, from, inverse, id)] {
            let known = definitions.get(hubspots(id)).unwrap_or_else(|| panic!("{id}"));
            assert_eq!((definitions.name(known.from), definitions.name(known.to)), (from, to), "{id}");
            assert_eq!(known.inverse, Some(hubspots(inverse)), "{id}");
            assert_eq!(known.default, DEFAULTS.contains(&id), "{id}");
            assert_eq!(known.moves, MOVING.contains(&id), "{id}");
        }
    }
    for text in [
        "types:\n  - { from: a, to: b, id: 1, name: x }\n  - { from: a, to: b, id: 1, name: y }",
        "types:\n  - { from: a, to: b, id: 1, name: x, inverse: 2 }",
        "types:\n  - { from: a, to: b, id: 1, name: x, inverse: 2 }\n  - { from: b, to: a, id: 2, name: y }",
        "types:\n  - { from: a, to: b, id: 1, name: x, default: true }\n  - { from: a, to: b, id: 2, name: y, default: true }",
    ] {
        assert!(Definitions::parse(text).is_err(), "{text}");
    }
}

type Place = (usize, u64);

/// That the first is to the second what the number says.
type Facts = BTreeSet<(Place, Place, u32)>;

#[derive(Clone, Debug)]
enum Op {
    /// Exactly these, by their places among those of the pair.
    Set(Place, Place, Vec<usize>),
    Add(Place, Place, usize),
    Take(Place, Place, Vec<usize>),
    Cut(Place, Place),
    Forget(Place),
    Move(usize, u64, u64),
}

fn op() -> impl Strategy<Value = Op> {
    let place = || (0..3_usize, 1..4_u64);
    let kinds = || prop::collection::vec(0..6_usize, 0..3);
    prop_oneof![
        4 => (place(), place(), kinds()).prop_map(|(a, b, kinds)| Op::Set(a, b, kinds)),
        4 => (place(), place(), 0..6_usize).prop_map(|(a, b, kind)| Op::Add(a, b, kind)),
        2 => (place(), place(), kinds()).prop_map(|(a, b, kinds)| Op::Take(a, b, kinds)),
        1 => (place(), place()).prop_map(|(a, b)| Op::Cut(a, b)),
        1 => place().prop_map(Op::Forget),
        1 => (0..3_usize, 1..4_u64, 1..4_u64).prop_map(|(of, a, b)| Op::Move(of, a, b)),
    ]
}

fn known(a: Place, b: Place) -> Vec<(u32, u32)> {
    of_pair(NAMES[a.0], NAMES[b.0])
}

fn chosen(a: Place, b: Place, kinds: &[usize]) -> Vec<u32> {
    let known = known(a, b);
    kinds.iter().filter(|_| !known.is_empty()).map(|kind| known[kind % known.len()].0).collect()
}

fn has(facts: &Facts, a: Place, b: Place) -> Vec<u32> {
    facts.iter().filter(|fact| (fact.0, fact.1) == (a, b)).map(|fact| fact.2).collect()
}

fn drop_pair(facts: &mut Facts, a: Place, b: Place) {
    facts.retain(|fact| (fact.0, fact.1) != (a, b) && (fact.0, fact.1) != (b, a));
}

/// The plain way: forget what was between the two, write down both directions of what is.
fn put(facts: &mut Facts, a: Place, b: Place, ids: &[u32]) {
    drop_pair(facts, a, b);
    for (id, inverse) in known(a, b) {
        if !ids.contains(&id) && !DEFAULTS.contains(&id) {
            continue;
        }
        for (owner, id, inverse) in [(a, id, inverse), (b, inverse, id)] {
            if MOVING.contains(&id) {
                let holders: Vec<_> = facts.iter().filter(|fact| fact.0 == owner && fact.2 == id).copied().collect();
                for (_, holder, _) in holders {
                    facts.remove(&(owner, holder, id));
                    facts.remove(&(holder, owner, inverse));
                }
            }
        }
        facts.insert((a, b, id));
        facts.insert((b, a, inverse));
    }
}

fn model(facts: &mut Facts, op: &Op) {
    match op {
        Op::Set(a, b, kinds) => put(facts, *a, *b, &chosen(*a, *b, kinds)),
        Op::Add(a, b, kind) => {
            let mut ids = has(facts, *a, *b);
            ids.extend(chosen(*a, *b, &[*kind]));
            put(facts, *a, *b, &ids);
        }
        Op::Take(a, b, kinds) => {
            let (had, gone) = (has(facts, *a, *b), chosen(*a, *b, kinds));
            if had.iter().any(|id| gone.contains(id) && DEFAULTS.contains(id)) {
                drop_pair(facts, *a, *b);
            } else if had.iter().any(|id| gone.contains(id)) {
                let left: Vec<_> = had.into_iter().filter(|id| !gone.contains(id)).collect();
                put(facts, *a, *b, &left);
            }
        }
        Op::Cut(a, b) => drop_pair(facts, *a, *b),
        Op::Forget(place) => facts.retain(|fact| fact.0 != *place && fact.1 != *place),
        Op::Move(of, old, new) => {
            let (old, new) = ((*of, *old), (*of, *new));
            if old == new {
                return;
            }
            let others: BTreeSet<_> = facts.iter().filter(|fact| fact.0 == old).map(|fact| fact.1).collect();
            for other in others {
                let mut ids = has(facts, old, other);
                drop_pair(facts, old, other);
                if other != new {
                    let taken =
                        |id: &u32| MOVING.contains(id) && facts.iter().any(|fact| fact.0 == new && fact.2 == *id);
                    ids.retain(|id| !taken(id));
                    ids.extend(has(facts, new, other));
                    put(facts, new, other, &ids);
                }
            }
        }
    }
}

fn real(store: &mut Associations, op: &Op) {
    let specs = |ids: Vec<u32>| -> Vec<Spec> { ids.into_iter().map(hubspots).collect() };
    let mut node = |place: Place| Node { of: store.end(NAMES[place.0]), id: place.1 };
    match op {
        Op::Set(a, b, kinds) => {
            let (from, to) = (node(*a), node(*b));
            store.set(from, to, specs(chosen(*a, *b, kinds)));
        }
        Op::Add(a, b, kind) => {
            let (from, to) = (node(*a), node(*b));
            for spec in specs(chosen(*a, *b, &[*kind])) {
                store.add(from, to, spec);
            }
        }
        Op::Take(a, b, kinds) => {
            let (from, to) = (node(*a), node(*b));
            store.take(from, to, &specs(chosen(*a, *b, kinds)));
        }
        Op::Cut(a, b) => {
            let (from, to) = (node(*a), node(*b));
            store.cut(from, to);
        }
        Op::Forget((of, id)) => store.forget(NAMES[*of], *id),
        Op::Move(of, old, new) => store.moved(NAMES[*of], *old, *new),
    }
}

fn told(store: &mut Associations) -> (Facts, BTreeMap<(u32, u64), u32>) {
    let (mut facts, mut counts) = (Facts::new(), BTreeMap::new());
    let ends = NAMES.map(|name| store.end(name));
    for (of, end) in ends.iter().enumerate() {
        for id in 1..4 {
            for (to, other) in ends.iter().enumerate() {
                for (other, specs) in store.linked(Node { of: *end, id }, *other) {
                    facts.extend(specs.iter().map(|spec| ((of, id), (to, other), spec.id)));
                }
            }
        }
    }
    for ((_, id), _, spec) in &facts {
        counts.insert((*spec, *id), store.count(hubspots(*spec), *id));
    }
    (facts, counts)
}

fn itself(op: &Op) -> bool {
    match op {
        Op::Set(a, b, _) | Op::Add(a, b, _) | Op::Take(a, b, _) | Op::Cut(a, b) => a == b || known(*a, *b).is_empty(),
        Op::Forget(_) | Op::Move(..) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_directions_agree_whatever_is_done(ops in prop::collection::vec(op(), 1..30)) {
        let (mut store, mut facts) = (Associations::default(), Facts::new());
        for op in ops.iter().filter(|op| !itself(op)) {
            let before = store.clone();
            real(&mut store, op);
            model(&mut facts, op);
            let (found, counts) = told(&mut store);
            prop_assert_eq!(&found, &facts, "{:?} on {:?}", op, told(&mut before.clone()).0);
            for (a, b, id) in &facts {
                let (_, inverse) = known(*a, *b).into_iter().find(|(there, _)| there == id).unwrap();
                prop_assert!(facts.contains(&(*b, *a, inverse)), "{:?}", op);
                prop_assert!(!MOVING.contains(id) || has_once(&facts, *a, *id), "{:?}", op);
            }
            for ((spec, id), count) in counts {
                let real = facts.iter().filter(|fact| fact.2 == spec && fact.0.1 == id).count();
                prop_assert_eq!(count as usize, real, "{:?}: {} of {}", op, spec, id);
            }
            for id in PAIRS.iter().flat_map(|pair| [pair.2, pair.3]) {
                prop_assert_eq!(store.is_used(hubspots(id)), facts.iter().any(|fact| fact.2 == id), "{:?}: {}", op, id);
            }
        }
    }
}

fn has_once(facts: &Facts, owner: Place, id: u32) -> bool {
    facts.iter().filter(|fact| fact.0 == owner && fact.2 == id).count() == 1
}

/// Contacts 1 and 2 have a company each, 11 and 12; what is left of them when 1 has become 2.
#[test]
fn a_record_that_becomes_another_hands_its_associations_on() {
    let mut store = Associations::default();
    let (contacts, companies) = (store.end("contacts"), store.end("companies"));
    let contact = |id| Node { of: contacts, id };
    let company = |id| Node { of: companies, id };
    store.set(contact(1), company(11), vec![hubspots(1)]);
    store.set(contact(2), company(12), vec![hubspots(1)]);
    store.set(contact(1), contact(2), vec![]);
    store.set(contact(1), contact(3), vec![]);
    store.moved("contacts", 1, 2);
    let of = |store: &Associations, from, to| store.specs(from, to).iter().map(|spec| spec.id).collect::<Vec<_>>();
    assert_eq!(of(&store, contact(2), company(12)), [1, 279], "it keeps its primary company");
    assert_eq!(of(&store, contact(2), company(11)), [279]);
    assert_eq!(of(&store, company(11), contact(2)), [280]);
    assert_eq!(of(&store, contact(2), contact(3)), [449]);
    assert!(!store.are_linked(contact(2), contact(2)), "none with itself");
    for other in [company(11), contact(2), contact(3)] {
        assert!(!store.are_linked(contact(1), other) && !store.are_linked(other, contact(1)));
    }
    store.moved("nothing", 1, 2);
    store.moved("contacts", 2, 2);
    assert_eq!(of(&store, contact(2), company(12)), [1, 279]);
}

#[test]
fn a_record_that_is_gone_leaves_no_association() {
    let mut store = Associations::default();
    let (contacts, companies) = (store.end("contacts"), store.end("companies"));
    let (kim, acme, other) =
        (Node { of: contacts, id: 1 }, Node { of: companies, id: 1 }, Node { of: companies, id: 2 });
    store.set(kim, acme, vec![hubspots(1)]);
    store.set(acme, other, vec![hubspots(13)]);
    store.forget("contacts", 1);
    assert!(!store.are_linked(kim, acme) && !store.are_linked(acme, kim));
    assert!(store.are_linked(acme, other), "a company's id may be a contact's");
    assert!(!store.is_used(hubspots(1)) && !store.is_used(hubspots(280)));
    store.forget("nothing", 1);
}

#[test]
fn a_type_without_an_inverse_stands_on_its_own_side_alone() {
    let mut store = Associations::default();
    let (leads, contacts) = (store.end("leads"), store.end("contacts"));
    let (lead, contact) = (Node { of: leads, id: 1 }, Node { of: contacts, id: 2 });
    store.set(lead, contact, vec![hubspots(578)]);
    assert_eq!(store.specs(lead, contact), [hubspots(578), hubspots(608)]);
    assert_eq!(store.specs(contact, lead), [hubspots(609)]);
    store.set(contact, lead, vec![]);
    assert_eq!(store.specs(lead, contact), [hubspots(578), hubspots(608)], "the other side does not undo it");
    store.moved("leads", 1, 7);
    assert_eq!(store.specs(Node { of: leads, id: 7 }, contact), [hubspots(578), hubspots(608)]);
    store.take(Node { of: leads, id: 7 }, contact, &[hubspots(608)]);
    assert!(store.specs(contact, Node { of: leads, id: 7 }).is_empty());
}

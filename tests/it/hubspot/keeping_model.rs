//! Merges and archives: what ids find, and who is associated with whom, after any of them
//! (facts/hubspot-crm.md §2.3, §2.10, §6.1).

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CONTACTS, Portal};

const CONTACTS_MADE: usize = 5;
const OTHERS: [(&str, usize); 2] = [("companies", 3), ("deals", 3)];

#[derive(Clone, Debug)]
enum Op {
    /// A contact with one of the others.
    Tie(usize, usize),
    Merge(usize, usize),
    ArchiveContact(usize),
    ArchiveOther(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let (contact, other) = (0..CONTACTS_MADE, 0..6_usize);
    prop_oneof![
        4 => (contact.clone(), other.clone()).prop_map(|(contact, other)| Op::Tie(contact, other)),
        3 => (contact.clone(), contact.clone()).prop_map(|(first, second)| Op::Merge(first, second)),
        1 => contact.prop_map(Op::ArchiveContact),
        1 => other.prop_map(Op::ArchiveOther),
    ]
}

/// Contacts that have become one.
#[derive(Clone, Debug, Default)]
struct Group {
    /// Under which it is found now, and all that it was found under before.
    id: String,
    before: BTreeSet<String>,
    archived: bool,
    ties: BTreeSet<usize>,
}

struct Model {
    /// Which group each contact of the beginning is in.
    of: Vec<usize>,
    groups: Vec<Group>,
    others: Vec<(&'static str, String, bool)>,
}

async fn made(portal: &Portal) -> Model {
    let mut groups = Vec::new();
    for n in 0..CONTACTS_MADE {
        let id = portal.contact(json!({"email": format!("k{n}@example.com")})).await;
        groups.push(Group { id, ..Group::default() });
    }
    let mut others = Vec::new();
    for (of, count) in OTHERS {
        for n in 0..count {
            let body = match of {
                "companies" => json!({"properties": {"name": format!("C{n}")}}),
                _ => json!({"properties": {"dealname": format!("D{n}"), "dealstage": "qualifiedtobuy"}}),
            };
            let made = portal.client.post(&format!("/crm/v3/objects/{of}"), &body).await.must(201).json();
            others.push((of, made["id"].as_str().unwrap().to_owned(), false));
        }
    }
    Model { of: (0..CONTACTS_MADE).collect(), groups, others }
}

async fn apply(portal: &Portal, model: &mut Model, op: &Op) {
    match *op {
        Op::Tie(contact, other) => {
            let group = &mut model.groups[model.of[contact]];
            let (of, id, archived) = &model.others[other];
            let path = format!("/crm/v4/objects/contacts/{}/associations/default/{of}/{id}", group.id);
            let answer = portal.client.send(reqwest::Method::PUT, &path, None, "").await;
            if group.archived || *archived {
                assert!((400..500).contains(&answer.status), "{answer:?}");
            } else {
                answer.must(200);
                group.ties.insert(other);
            }
        }
        Op::Merge(first, second) => {
            let (kept, gone) = (model.of[first], model.of[second]);
            let (one, two) = (model.groups[kept].clone(), model.groups[gone].clone());
            let body = json!({"primaryObjectId": one.id, "objectIdToMerge": two.id});
            let answer = portal.client.post(&format!("{CONTACTS}/merge"), &body).await;
            if kept == gone || one.archived || two.archived {
                assert!((400..500).contains(&answer.status), "{answer:?}");
                return;
            }
            let id = answer.must(200).json()["id"].as_str().unwrap().to_owned();
            let before: BTreeSet<String> =
                [&one, &two].into_iter().flat_map(|group| group.before.iter().chain([&group.id])).cloned().collect();
            assert!(!before.contains(&id), "a merged record has an id of its own");
            let ties = one.ties.union(&two.ties).copied().collect();
            model.groups[kept] = Group { id, before, archived: false, ties };
            model.of.iter_mut().filter(|of| **of == gone).for_each(|of| *of = kept);
        }
        Op::ArchiveContact(contact) => {
            let group = &mut model.groups[model.of[contact]];
            portal.client.delete(&format!("{CONTACTS}/{}", group.id)).await.must(204);
            group.archived = true;
        }
        Op::ArchiveOther(other) => {
            let (of, id, archived) = &mut model.others[other];
            portal.client.delete(&format!("/crm/v3/objects/{of}/{id}")).await.must(204);
            *archived = true;
        }
    }
}

/// The ids that one record is associated with.
async fn tied(portal: &Portal, (from, id): (&str, &str), to: &str) -> BTreeSet<String> {
    let path = format!("/crm/v4/objects/{from}/{id}/associations/{to}");
    let list = portal.client.get(&path).await.must(200).json();
    list["results"].as_array().unwrap().iter().map(|tie| tie["toObjectId"].to_string()).collect()
}

async fn check(portal: &Portal, model: &Model) {
    let alive: BTreeSet<usize> = model.of.iter().copied().collect();
    for group in alive.iter().map(|place| &model.groups[*place]) {
        let read =
            async |id: &str| portal.client.get(&format!("{CONTACTS}/{id}?properties=hs_merged_object_ids")).await;
        if group.archived {
            for id in group.before.iter().chain([&group.id]) {
                read(id).await.must(404);
                let archived = portal.client.get(&format!("{CONTACTS}/{id}?archived=true")).await.must(200).json();
                assert_eq!((&archived["id"], &archived["archived"]), (&json!(group.id), &Value::Bool(true)), "{id}");
            }
            for (of, _) in OTHERS {
                let path = format!("/crm/v4/objects/contacts/{}/associations/{of}", group.id);
                portal.client.get(&path).await.must(404);
            }
            continue;
        }
        for id in group.before.iter().chain([&group.id]) {
            let record = read(id).await.must(200).json();
            assert_eq!(record["id"], group.id.as_str(), "{id} leads to what it went into");
            let merged = record["properties"]["hs_merged_object_ids"].as_str().unwrap_or_default();
            let merged = merged.split(';').filter(|id| !id.is_empty()).map(str::to_owned).collect::<BTreeSet<_>>();
            assert_eq!(merged, group.before);
        }
        for (of, _) in OTHERS {
            let is_shown = |other: &&usize| model.others[**other].0 == of && !model.others[**other].2;
            let wanted = group.ties.iter().filter(is_shown).map(|other| model.others[*other].1.clone()).collect();
            assert_eq!(tied(portal, ("contacts", &group.id), of).await, wanted, "{of} of {}", group.id);
        }
    }
    for (place, (of, id, archived)) in model.others.iter().enumerate() {
        if !archived {
            let groups = alive.iter().map(|group| &model.groups[*group]);
            let with = groups.filter(|group| !group.archived && group.ties.contains(&place));
            let wanted = with.map(|group| group.id.clone()).collect();
            assert_eq!(tied(portal, (of, id), "contacts").await, wanted, "contacts of {of} {id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn merges_and_archives_keep_ids_and_associations(ops in prop::collection::vec(op(), 1..16)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let portal = Portal::open().await;
            let mut model = made(&portal).await;
            for (n, op) in ops.iter().enumerate() {
                apply(&portal, &mut model, op).await;
                check(&portal, &model).await;
                // Limits are not what is tried.
                if n % 3 == 2 {
                    crate::support::pass(&portal.world, "10s").await;
                }
            }
        });
    }
}

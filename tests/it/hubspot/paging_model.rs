//! Pages while others write: who is not touched comes exactly once (facts/hubspot-crm.md §2.4, §3).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CONTACTS, Portal, ids};
use crate::support::pass;

/// What happens around the reading of a page.
#[derive(Clone, Debug)]
enum Write {
    Create,
    Update(usize),
    Archive(usize),
}

fn write(archives: bool) -> impl Strategy<Value = Write> {
    prop_oneof![
        Just(Write::Create),
        (0..40_usize).prop_map(Write::Update),
        (0..40_usize).prop_map(move |place| if archives { Write::Archive(place) } else { Write::Update(place) }),
    ]
}

async fn portal_with(count: usize) -> (Portal, Vec<String>) {
    let portal = Portal::open().await;
    let mut made = Vec::new();
    for n in 0..count {
        made.push(portal.contact(json!({"email": format!("p{n}@example.com"), "city": "Perth"})).await);
    }
    pass(&portal.world, "1m").await;
    (portal, made)
}

/// Writes to the latter half of the records alone; those that it has archived are remembered.
async fn happen(portal: &Portal, made: &[String], writes: &[Write], gone: &mut BTreeSet<String>) {
    let touched = &made[made.len() / 2..];
    let of = |place: usize| &touched[place % touched.len()];
    for write in writes {
        match write {
            Write::Create => {
                portal
                    .client
                    .post(CONTACTS, &json!({"properties": {"firstname": "New", "city": "Perth"}}))
                    .await
                    .must(201);
            }
            // One that is archived cannot be changed.
            Write::Update(place) => {
                let status = if gone.contains(of(*place)) { 404 } else { 200 };
                let body = json!({"properties": {"lastname": "Changed"}});
                portal.client.patch(&format!("{CONTACTS}/{}", of(*place)), &body).await.must(status);
            }
            Write::Archive(place) => {
                portal.client.delete(&format!("{CONTACTS}/{}", of(*place))).await.must(204);
                gone.insert(of(*place).clone());
            }
        }
    }
}

/// Every id that came, with how often. Writes come after their page, or while it is read: which of the two is first
/// is then the machine's to say.
async fn walk(
    portal: &Portal,
    made: &[String],
    (writes, at_once): (&[Vec<Write>], bool),
    page: impl AsyncFn(Option<String>) -> Value,
) -> BTreeMap<String, usize> {
    let mut came = BTreeMap::new();
    let (mut after, mut turn, mut gone) = (None, 0, BTreeSet::new());
    loop {
        let none = Vec::new();
        let during = writes.get(turn).unwrap_or(&none);
        let answer = if at_once {
            tokio::join!(page(after), happen(portal, made, during, &mut gone)).0
        } else {
            let answer = page(after).await;
            happen(portal, made, during, &mut gone).await;
            answer
        };
        for record in answer["results"].as_array().unwrap() {
            *came.entry(record["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match answer["paging"]["next"]["after"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return came,
        }
        turn += 1;
        assert!(turn < 200, "the pages do not end");
        // Changes become findable, and limits free, between pages.
        pass(&portal.world, "2s").await;
    }
}

fn held(made: &[String], came: &BTreeMap<String, usize>) {
    for id in &made[..made.len() / 2] {
        assert_eq!(came.get(id), Some(&1), "{id} was not touched");
    }
    for (id, count) in came {
        assert_eq!(*count, 1, "{id} came more than once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_list_has_each_untouched_record_once_while_others_write(
        count in 2..30_usize,
        limit in 1..8_usize,
        at_once in any::<bool>(),
        writes in prop::collection::vec(prop::collection::vec(write(true), 0..4), 0..12),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (portal, made) = portal_with(count).await;
            let page = async |after: Option<String>| {
                let after = after.map_or(String::new(), |after| format!("&after={after}"));
                portal.client.get(&format!("{CONTACTS}?limit={limit}{after}")).await.must(200).json()
            };
            held(&made, &walk(&portal, &made, (&writes, at_once), page).await);
        });
    }

    /// A search counts results, so that one which leaves moves those behind it, at the vendor's too: others are
    /// made and changed here, none goes.
    #[test]
    fn a_search_has_each_untouched_record_once_while_others_write(
        count in 2..30_usize,
        limit in 1..8_usize,
        sorted in any::<bool>(),
        at_once in any::<bool>(),
        writes in prop::collection::vec(prop::collection::vec(write(false), 0..4), 0..12),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (portal, made) = portal_with(count).await;
            let page = async |after: Option<String>| {
                let filter = json!({"propertyName": "city", "operator": "EQ", "value": "perth"});
                let mut body = json!({"filterGroups": [{"filters": [filter]}], "limit": limit});
                if sorted {
                    body["sorts"] = json!([{"propertyName": "createdate", "direction": "ASCENDING"}]);
                }
                if let Some(after) = after {
                    body["after"] = after.into();
                }
                let answer = portal.client.post(&format!("{CONTACTS}/search"), &body).await.must(200);
                assert!(ids(&answer).len() <= limit);
                answer.json()
            };
            held(&made, &walk(&portal, &made, (&writes, at_once), page).await);
        });
    }
}

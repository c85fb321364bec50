//! Lists and their paging.

use serde_json::{Value, json};

use super::{CONTACTS, Portal, ids, refused};
use crate::support::pass;

async fn portal_with(count: usize) -> (Portal, Vec<String>) {
    let portal = Portal::open().await;
    let mut made = Vec::new();
    for n in 0..count {
        made.push(portal.contact(json!({"email": format!("c{n}@example.test"), "city": "Perth"})).await);
    }
    (portal, made)
}

#[tokio::test]
async fn pages_follow_each_other_by_the_next_records_id_and_the_callers_own_query() {
    let (portal, made) = portal_with(11).await;
    assert!(made.is_sorted_by_key(|id| id.parse::<u64>().unwrap()), "ids rise");
    let first = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(ids(&first), made[..10], "ten a page unless asked");
    let base = &portal.client.base;
    assert_eq!(
        first.json()["paging"],
        json!({"next": {"after": made[10], "link": format!("{base}{CONTACTS}?after={}", made[10])}})
    );

    let query = "limit=4&properties=city%2Cphone&archived=false";
    let page = portal.client.get(&format!("{CONTACTS}?{query}")).await.must(200);
    let body = page.json();
    let link = body["paging"]["next"]["link"].as_str().unwrap();
    assert_eq!(link, format!("{base}{CONTACTS}?{query}&after={}", made[4]));
    let shown: Vec<_> = body["results"][0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, ["city", "createdate", "hs_object_id", "lastmodifieddate", "phone"]);

    let second = portal.client.get(link.strip_prefix(base.as_str()).unwrap()).await.must(200);
    assert_eq!(ids(&second), made[4..8]);
    let link = format!("{base}{CONTACTS}?{query}&after={}", made[8]);
    assert_eq!(second.json()["paging"]["next"]["link"], link, "the old place is not repeated");
    let last = portal.client.get(link.strip_prefix(base.as_str()).unwrap()).await.must(200);
    assert_eq!(ids(&last), made[8..]);
    assert_eq!(last.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["results"], "no paging at the end");

    let exactly = portal.client.get(&format!("{CONTACTS}?limit=11")).await.must(200);
    assert_eq!((ids(&exactly), exactly.json().get("paging")), (made.clone(), None));
    let beyond = portal.client.get(&format!("{CONTACTS}?after=9999999999999")).await.must(200);
    assert_eq!(beyond.body, r#"{"results":[]}"#);
    let (before, after) = (made[3].parse::<u64>().unwrap() + 1, &made[4]);
    let between = portal.client.get(&format!("{CONTACTS}?limit=1&after={before}")).await.must(200);
    assert_eq!(ids(&between), [after.as_str()], "an id that is gone names the place where it was");
}

#[tokio::test]
async fn a_new_record_is_listed_at_once_and_an_archived_one_only_among_its_like() {
    let (portal, made) = portal_with(3).await;
    pass(&portal.world, "1s").await;
    portal.client.delete(&format!("{CONTACTS}/{}", made[1])).await.must(204);
    let live = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(ids(&live), [made[0].as_str(), &made[2]]);
    let archived = portal.client.get(&format!("{CONTACTS}?archived=true")).await.must(200);
    assert_eq!(ids(&archived), [made[1].as_str()]);
    assert_eq!(archived.json()["results"][0]["archivedAt"], "2026-11-20T00:00:01Z");
}

#[tokio::test]
async fn a_page_is_of_a_hundred_at_most_and_of_fifty_with_histories() {
    let (portal, made) = portal_with(2).await;
    for (query, max) in
        [("limit=101", 100), ("limit=0", 100), ("limit=-1", 100), ("limit=51&propertiesWithHistory=city", 50)]
    {
        let answer = portal.client.get(&format!("{CONTACTS}?{query}")).await;
        let limit = query.split(['=', '&']).nth(1).unwrap();
        refused(
            &answer,
            400,
            &format!(
                r#"{{"status":"error","message":"limit must be between 1 and {max}, was {limit}","correlationId":"ID","category":"VALIDATION_ERROR"}}"#
            ),
        );
    }
    for query in ["limit=100", "limit=50&propertiesWithHistory=city"] {
        assert_eq!(ids(&portal.client.get(&format!("{CONTACTS}?{query}")).await.must(200)), made);
    }
    for (query, name) in
        [("limit=ten", "limit"), ("limit=99999999999", "limit"), ("after=x", "after"), ("after=-1", "after")]
    {
        let answer = portal.client.get(&format!("{CONTACTS}?{query}")).await;
        refused(
            &answer,
            400,
            &format!(
                r#"{{"status":"error","message":"Unable to parse value for query parameter: {name}","correlationId":"ID"}}"#
            ),
        );
    }
}

#[tokio::test]
async fn a_list_shows_histories() {
    let (portal, made) = portal_with(1).await;
    pass(&portal.world, "1s").await;
    let change = json!({"properties": {"city": "Sydney"}});
    portal.client.patch(&format!("{CONTACTS}/{}", made[0]), &change).await.must(200);
    let list = portal.client.get(&format!("{CONTACTS}?propertiesWithHistory=city")).await.must(200).json();
    let (app, record) = (portal.app(), &list["results"][0]);
    let version = |value: &str, second: u32| -> Value {
        json!({"value": value, "timestamp": format!("2026-11-20T00:00:{second:02}Z"), "sourceType": "INTEGRATION", "sourceId": app})
    };
    assert_eq!(record["propertiesWithHistory"], json!({"city": [version("Sydney", 1), version("Perth", 0)]}));
    assert_eq!(record["properties"]["city"], "Sydney");
}

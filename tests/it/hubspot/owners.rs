//! Owners by every path, what a record's owner may be, and what an account tells of itself.

use serde_json::{Value, json};
use sim::{Builder, SystemName, World};

use super::{CONTACTS, Portal};
use crate::support::{Client, still};

const ROOTS: [&str; 3] = ["/crm/v3/owners", "/crm/owners/2026-03", "/crm/owners/2026-09"];

#[tokio::test]
async fn owners_are_listed_page_by_page_and_read_by_either_id() {
    let portal = Portal::open().await;
    let client = &portal.client;
    let mut seen = Vec::new();
    for root in ROOTS {
        let all = client.get(root).await.must(200).json();
        assert_eq!(all.get("paging"), None);
        let all = all["results"].as_array().unwrap().clone();
        assert_eq!(all.len(), 4);
        let mut after = String::new();
        let mut paged = Vec::new();
        loop {
            let page = client.get(&format!("{root}/?limit=3&after={after}")).await.must(200).json();
            paged.extend(page["results"].as_array().unwrap().clone());
            let Some(next) = page["paging"]["next"]["after"].as_str() else { break };
            let link = page["paging"]["next"]["link"].as_str().unwrap();
            assert_eq!(link, format!("{}{root}/?limit=3&after={next}", client.base));
            next.clone_into(&mut after);
        }
        assert_eq!(paged, all);
        let one = &all[1];
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        let names: Vec<_> = one.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            names,
            [
                "id",
                "email",
                "type",
                "firstName",
                "lastName",
                "userId",
                "userIdIncludingInactive",
                "createdAt",
                "updatedAt",
                "archived",
                "teams"
            ]
        );
        assert_eq!(
            (text("type"), &one["archived"], &one["userId"]),
            ("PERSON".into(), &json!(false), &one["userIdIncludingInactive"])
        );
        assert_eq!(one["teams"][0]["primary"], true);
        assert!(all.iter().any(|owner| owner.get("teams").is_none()), "someone is in no team");
        let (id, user) = (text("id"), one["userId"].to_string());
        for path in [id.to_string(), format!("{id}?idProperty=id"), format!("{user}?idProperty=userId")] {
            assert_eq!(&client.get(&format!("{root}/{path}")).await.must(200).json(), one);
        }
        client.get(&format!("{root}/{user}")).await.must(404);
        client.get(&format!("{root}/{id}?idProperty=email")).await.must(400);
        let by_email = client.get(&format!("{root}?email={}", text("email").to_uppercase())).await.must(200).json();
        assert_eq!(by_email, json!({"results": [one]}));
        assert_eq!(client.get(&format!("{root}?email=no@example.com")).await.must(200).json(), json!({"results": []}));
        let gone = client.get(&format!("{root}?archived=true")).await.must(200).json();
        let [gone] = gone["results"].as_array().unwrap().as_slice() else { panic!("{gone}") };
        assert_eq!((&gone["archived"], &gone["userId"]), (&json!(true), &Value::Null));
        let path = format!("{root}/{}", gone["id"].as_str().unwrap());
        client.get(&path).await.must(404);
        assert_eq!(&client.get(&format!("{path}?archived=true")).await.must(200).json(), gone);
        for limit in ["0", "501", "x"] {
            client.get(&format!("{root}?limit={limit}")).await.must(400);
        }
        client.post(root, &json!({})).await.must(405);
        seen.push(all);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "one portal, one list");
    let other = still().seed(8).start().await.unwrap();
    assert_ne!(Client::hubspot(&other).get(ROOTS[0]).await.must(200).json()["results"], json!(seen[0]));
    client.get("/crm/v3/ownership").await.must(404);
    client.with(None).get(ROOTS[0]).await.must(401);
}

#[tokio::test]
async fn a_record_belongs_to_an_owner_who_is_there() {
    let portal = Portal::open().await;
    let owners = portal.client.get("/crm/v3/owners").await.must(200).json();
    let gone = portal.client.get("/crm/v3/owners?archived=true").await.must(200).json();
    let (owner, gone) = (&owners["results"][0], &gone["results"][0]);
    let contact = portal.contact(json!({"email": "kim@example.test", "hubspot_owner_id": owner["id"]})).await;
    for root in [CONTACTS, "/crm/objects/2026-09/contacts"] {
        let path = format!("{root}/{contact}");
        for refused in [owner["userId"].to_string(), gone["id"].as_str().unwrap().to_owned(), "910901".to_owned()] {
            let body = json!({"properties": {"hubspot_owner_id": refused}});
            let answer = portal.client.patch(&path, &body).await.must(400).json();
            let message = format!("{refused} was not a valid owner ID");
            let expected = json!([{"message": message, "code": "INVALID_OWNER_ID", "context": {"propertyName": ["hubspot_owner_id"]}}]);
            assert_eq!(answer["errors"], expected);
        }
        let read = portal.client.get(&format!("{path}?properties=hubspot_owner_id")).await.must(200).json();
        assert_eq!(read["properties"]["hubspot_owner_id"], owner["id"]);
    }
    let cleared = json!({"properties": {"hubspot_owner_id": ""}});
    portal.client.patch(&format!("{CONTACTS}/{contact}"), &cleared).await.must(200);
}

/// A portal whose profile is the default one with these settings.
fn with(settings: &str) -> Builder {
    let text = format!("name: tried\nsystem: hubspot\nextends: professional\n{settings}");
    still().profile_text(SystemName::Hubspot, "tried.yaml", text)
}

#[tokio::test]
async fn an_account_tells_its_zone_at_the_worlds_time() {
    for (version, zone, start, offset, ms) in [
        ("v3", "US/Eastern", "2026-11-20T00:00:00Z", "-05:00", -18_000_000),
        ("2026-03", "US/Eastern", "2026-07-01T00:00:00Z", "-04:00", -14_400_000),
        ("2026-09", "Australia/Adelaide", "2026-11-20T00:00:00Z", "+10:30", 37_800_000),
    ] {
        let figure = format!("settings:\n  account_time_zone: {{ value: {zone}, source: here, date: 2026-11-01 }}\n");
        let world: World = with(&figure).start_at(start.parse().unwrap()).start().await.unwrap();
        let portal = world.ready()["systems"]["hubspot"]["portal_id"].clone();
        let details = Client::hubspot(&world).get(&format!("/account-info/{version}/details")).await.must(200).json();
        assert_eq!(
            details,
            json!({
                "portalId": portal, "accountType": "STANDARD", "timeZone": zone, "companyCurrency": "USD",
                "additionalCurrencies": [], "utcOffset": offset, "utcOffsetMilliseconds": ms,
                "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
            })
        );
    }
}

#[tokio::test]
async fn the_days_usage_is_what_the_limit_has_counted() {
    let portal = Portal::open().await;
    let client = &portal.client;
    for (n, version) in [(1, "v3"), (4, "2026-03"), (7, "2026-09")] {
        let path = format!("/account-info/{version}/api-usage/daily/private-apps");
        let answer = client.get(&path).await.must(200);
        let remaining: u64 = answer.header("x-hubspot-ratelimit-daily-remaining").unwrap().parse().unwrap();
        assert_eq!(
            answer.json(),
            json!({"results": [{
                "name": "private-apps-api-calls-daily", "usageLimit": 625_000, "currentUsage": n,
                "collectedAt": "2026-11-20T00:00:00Z", "fetchStatus": "SUCCESS", "resetsAt": "2026-11-20T05:00:00Z",
            }]})
        );
        assert_eq!(remaining, 625_000 - n);
        client.get(CONTACTS).await.must(200);
        client.get(CONTACTS).await.must(200);
    }
    client.get("/account-info/v3/api-usage/daily").await.must(404);
    client.post("/account-info/v3/details", &json!({})).await.must(405);
}

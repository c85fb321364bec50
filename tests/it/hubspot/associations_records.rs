//! Associations in the record API: made with a record, shown with it, searched for
//! (hubspot-crm.md §2.2, §2.5, §3).

use serde_json::{Value, json};
use sim::journal::What;

use super::associations::hubspots;
use super::{CONTACTS, Portal, ids, refused};
use crate::support::{entries, pass};

/// The same of every version.
const ROOTS: [&str; 3] = [CONTACTS, "/crm/objects/2026-03/contacts", "/crm/objects/2026-09/contacts"];

fn to(id: &str, types: &[u32]) -> Value {
    let types: Vec<_> = types.iter().map(|id| hubspots(*id)).collect();
    json!({"to": {"id": id}, "types": types})
}

fn kim(n: usize, associations: &[Value]) -> Value {
    json!({"properties": {"firstname": format!("Kim {n}")}, "associations": associations})
}

async fn shown(portal: &Portal, root: &str, id: &str) -> Value {
    let path = format!("{root}/{id}?associations=companies,quotes&associations=contact");
    portal.client.get(&path).await.must(200).json()["associations"].clone()
}

#[tokio::test]
async fn a_record_is_made_with_its_associations_and_shows_them() {
    for root in ROOTS {
        let portal = Portal::open().await;
        let (acme, other) = (portal.company("Acme").await, portal.company("Other").await);
        let number: u64 = other.parse().unwrap();
        let sent = [to(&acme, &[1]), json!({"to": {"id": number}, "types": [hubspots(279)]})];
        let made = portal.client.post(root, &kim(1, &sent)).await.must(201).json();
        assert_eq!(made.get("associations"), None, "{root}");
        let id = made["id"].as_str().unwrap();
        let row = |id: &str, name: &str| json!({"id": id, "type": name});
        let rows = json!([
            row(&acme, "contact_to_company"),
            row(&acme, "contact_to_company_unlabeled"),
            row(&other, "contact_to_company_unlabeled"),
        ]);
        assert_eq!(shown(&portal, root, id).await, json!({"companies": {"results": rows}}), "{root}");
        let inputs = json!([kim(2, &[to(&acme, &[279])]), kim(3, &[to(id, &[449])]), kim(4, &[])]);
        let made =
            ids(&portal.client.post(&format!("{root}/batch/create"), &json!({ "inputs": inputs })).await.must(201));
        let plain = json!([row(&acme, "contact_to_company_unlabeled")]);
        assert_eq!(shown(&portal, root, &made[0]).await, json!({"companies": {"results": plain}}), "{root}");
        let contact = json!([row(id, "contact_to_contact")]);
        assert_eq!(shown(&portal, root, &made[1]).await, json!({"contacts": {"results": contact}}), "{root}");
        assert_eq!(shown(&portal, root, &made[2]).await, Value::Null, "{root}: the member is missing");

        let list = portal.client.get(&format!("{root}?associations=0-2")).await.must(200).json();
        let listed: Vec<_> =
            list["results"].as_array().unwrap().iter().map(|record| record["associations"].clone()).collect();
        let expected = json!([{"companies": {"results": rows}}, {"companies": {"results": plain}}, null, null]);
        assert_eq!(json!(listed), expected, "{root}");
        for path in [format!("{root}/{id}?associations=robots"), format!("{root}?associations=robots")] {
            let unknown = portal.client.get(&path).await.must(400).json();
            assert_eq!(unknown["message"], "Unable to infer object type from: robots", "{path}");
        }
        portal.client.delete(&format!("/crm/v3/objects/companies/{acme}")).await.must(204);
        let left = json!({
            "companies": {"results": [row(&other, "contact_to_company_unlabeled")]},
            "contacts": {"results": [row(&made[1], "contact_to_contact")]},
        });
        assert_eq!(shown(&portal, root, id).await, left, "{root}: what is archived is not shown");
        portal.client.delete(&format!("{root}/{id}")).await.must(204);
        let archived = portal.client.get(&format!("{root}/{id}?archived=true&associations=companies")).await.must(200);
        assert_eq!(archived.json().get("associations"), None, "{root}");
    }
}

#[tokio::test]
async fn more_associations_than_a_page_are_paged_by_a_path_of_their_own() {
    let portal = Portal::open().await;
    let acme = portal.company("Acme").await;
    let mut made = Vec::new();
    for round in 0..6 {
        let inputs: Vec<_> = (0..100).map(|n| kim(round * 100 + n, &[to(&acme, &[279])])).collect();
        made.extend(ids(&portal.batch("create", json!(inputs)).await.must(201)));
    }
    let path = format!("/crm/v3/objects/companies/{acme}");
    let company = portal.client.get(&format!("{path}?associations=contacts")).await.must(200).json();
    let contacts = &company["associations"]["contacts"];
    assert_eq!(contacts["results"].as_array().unwrap().len(), 500);
    let next = &contacts["paging"]["next"];
    assert_eq!(next["after"], made[500].as_str());
    assert_eq!(next["link"], format!("{}{path}/associations/contacts?after={}", portal.client.base, made[500]));
    let link = next["link"].as_str().unwrap().strip_prefix(&portal.client.base).unwrap();
    assert_eq!(ids(&portal.client.get(link).await.must(200)), made[500..]);
    let read = json!({"inputs": [{"id": acme}]});
    let batch = portal.client.post("/crm/v4/associations/companies/contacts/batch/read", &read).await.must(200).json();
    assert_eq!(batch["results"][0]["to"].as_array().unwrap().len(), 500);
    assert_eq!(batch["results"][0]["paging"]["next"]["after"], made[500].as_str());
}

#[tokio::test]
async fn a_record_is_not_made_when_an_association_cannot_be() {
    let portal = Portal::open().await;
    let acme = portal.company("Acme").await;
    let invalid = |context: &str| {
        format!(
            r#"{{"status":"error","message":"One or more associations are invalid","correlationId":"ID","context":{{{context}}},"category":"VALIDATION_ERROR"}}"#
        )
    };
    let plain = |message: &str| {
        format!(r#"{{"status":"error","message":"{message}","correlationId":"ID","category":"VALIDATION_ERROR"}}"#)
    };
    let user = json!({"to": {"id": acme}, "types": [{"associationCategory": "USER_DEFINED", "associationTypeId": 3}]});
    for (sent, expected) in [
        (
            to("7", &[279]),
            invalid(r#""INVALID_OBJECT_IDS":["COMPANY=7 is not valid"],"objectId":["7"],"objectType":["COMPANY"]"#),
        ),
        (
            to(&acme, &[280]),
            plain("invalid from object type 0-1 for associations to be created. expected: 0-2. For definition 0-280"),
        ),
        (
            user,
            invalid(
                r#""associationSpec":["USER_DEFINED=3"],"INVALID_ASSOCIATION_TYPE_ID":["USER_DEFINED=3 is not a valid association definition id"]"#,
            ),
        ),
        (to(&acme, &[]), plain("One or more associations are invalid")),
    ] {
        for root in ROOTS {
            refused(&portal.client.post(root, &kim(1, &[to(&acme, &[279]), sent.clone()])).await, 400, &expected);
            let inputs = json!([kim(1, &[]), kim(2, std::slice::from_ref(&sent))]);
            refused(
                &portal.client.post(&format!("{root}/batch/create"), &json!({ "inputs": inputs })).await,
                400,
                &expected,
            );
        }
        let mut inputs = json!([kim(1, &[]), kim(2, &[sent])]);
        inputs[0]["objectWriteTraceId"] = json!("a");
        inputs[1]["objectWriteTraceId"] = json!("b");
        let partial = portal.batch("create", inputs).await.must(207).json();
        assert_eq!(partial["errors"][0]["context"]["objectWriteTraceId"], json!(["b"]));
    }
    assert_eq!(portal.total().await, 4, "those with a trace id of their own and nothing wrong");
    let lacking = json!({"properties": {"firstname": "Kim"}, "associations": [{"to": {"id": "1"}}]});
    let answer = portal.client.post(CONTACTS, &lacking).await.must(400).json();
    assert!(answer["message"].as_str().unwrap().ends_with("Some required fields were not set: [types]"), "{answer}");
    portal.client.post(CONTACTS, &json!({"properties": {"firstname": "Kim"}, "associations": null})).await.must(201);
}

#[tokio::test]
async fn records_are_found_by_what_they_are_associated_with() {
    let portal = Portal::open().await;
    let (acme, other) = (portal.company("Acme").await, portal.company("Other").await);
    let mut made = Vec::new();
    for associations in
        [vec![to(&acme, &[1])], vec![to(&acme, &[279]), to(&other, &[279])], vec![], vec![to(&other, &[1])]]
    {
        let created = portal.client.post(CONTACTS, &kim(made.len(), &associations)).await.must(201);
        made.push(created.json()["id"].as_str().unwrap().to_owned());
    }
    let find = async |operator: &str, value: Value| {
        pass(&portal.world, "3s").await;
        let mut filter = json!({"propertyName": "associations.company", "operator": operator});
        match value {
            Value::Array(_) => filter["values"] = value,
            Value::Null => {}
            _ => filter["value"] = value,
        }
        portal.client.post(&format!("{CONTACTS}/search"), &json!({"filters": [filter]})).await
    };
    for (operator, value, want) in [
        ("EQ", json!(acme), &[0, 1][..]),
        ("EQ", json!(other.parse::<u64>().unwrap()), &[1, 3]),
        ("EQ", json!("7"), &[]),
        ("EQ", json!("x"), &[]),
        ("NEQ", json!(acme), &[2, 3]),
        ("IN", json!([acme, other, "7"]), &[0, 1, 3]),
        ("NOT_IN", json!([acme]), &[2, 3]),
        ("HAS_PROPERTY", json!(null), &[0, 1, 3]),
        ("NOT_HAS_PROPERTY", json!(null), &[2]),
    ] {
        let found = find(operator, value.clone()).await.must(200);
        let want: Vec<_> = want.iter().map(|place| made[*place].clone()).collect();
        assert_eq!((ids(&found), &found.json()["total"]), (want.clone(), &json!(want.len())), "{operator} {value}");
        assert!(found.json()["results"].as_array().unwrap().iter().all(|record| record.get("associations").is_none()));
    }
    for operator in ["GT", "LT", "GTE", "LTE", "CONTAINS_TOKEN"] {
        find(operator, json!(acme)).await.must(400);
    }
    // With a further filter, by any name of the type, and at once.
    let path = format!("/crm/v4/objects/contacts/{}/associations/companies/{acme}", made[2]);
    portal.put(&path, json!([])).await.must(201);
    let both = |name: &str| {
        json!({"filters": [
            {"propertyName": format!("associations.{name}"), "operator": "EQ", "value": acme},
            {"propertyName": "firstname", "operator": "IN", "values": ["kim 1", "kim 2"]},
        ]})
    };
    for name in ["company", "companies", "0-2"] {
        let found = portal.client.post(&format!("{CONTACTS}/search"), &both(name)).await.must(200);
        assert_eq!(ids(&found), made[1..3], "{name}");
        pass(&portal.world, "1s").await;
    }
    let unknown = portal.client.post(&format!("{CONTACTS}/search"), &both("robots")).await.must(400);
    assert_eq!(unknown.json()["message"], "There was a problem with the request.");
    portal.client.delete(&format!("/crm/v3/objects/companies/{acme}")).await.must(204);
    assert_eq!(ids(&find("EQ", json!(acme)).await.must(200)), [""; 0], "what is archived finds nothing");
    assert_eq!(ids(&find("HAS_PROPERTY", json!(null)).await.must(200)), [made[1].clone(), made[3].clone()]);
}

#[tokio::test]
async fn a_change_of_associations_is_an_effect_and_no_change_of_a_record() {
    let portal = Portal::open().await;
    let (id, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let path = format!("/crm/v4/objects/contacts/{id}/associations/companies/{acme}");
    let before = portal.one(&id).await.json();
    portal.put(&path, json!([hubspots(1)])).await.must(201);
    portal.put(&path, json!([hubspots(1)])).await.must(201);
    portal.client.delete(&path).await.must(204);
    portal.client.delete(&path).await.must(204);
    let effects: Vec<_> = entries(&portal.world)
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Exchange(exchange) if exchange.path().contains("/associations/") => Some(entry.took_effect),
            _ => None,
        })
        .collect();
    assert_eq!(effects, [true, false, true, false]);
    assert_eq!(portal.one(&id).await.json(), before);
}

#[tokio::test]
async fn a_fork_has_the_associations_and_goes_its_own_way() {
    let portal = Portal::open().await;
    let (id, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let path = format!("/crm/v4/objects/contacts/{id}/associations/companies");
    portal.put(&format!("{path}/{acme}"), json!([])).await.must(201);
    let fork = Portal::of(portal.world.fork(None).await.unwrap());
    fork.client.delete(&format!("{path}/{acme}")).await.must(204);
    let count =
        async |portal: &Portal| portal.client.get(&path).await.must(200).json()["results"].as_array().unwrap().len();
    assert_eq!((count(&portal).await, count(&fork).await), (1, 0));
}

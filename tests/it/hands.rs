//! What the tester and others do to a world while an integration runs: records archived, limits
//! used up by neighbours, people who want no more e-mail.

use std::sync::Arc;

use serde_json::json;
use sim::journal::{Actor, ChangeKind, What};
use sim::{AccessError, SystemName};

use crate::caller::credential;
use crate::support::{Client, changes, entries, pass, still};

const CONTACTS: &str = "/crm/v3/objects/contacts";

/// Records are made ready beside the world's calls; whoever is quicker loses nothing by it.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_while_records_are_put_in_is_kept() {
    const LOADS: u64 = 20;
    const PEOPLE: u64 = 500;
    const CALLS: u64 = 100;
    let world = Arc::new(still().start().await.unwrap());
    let client = Client::hubspot(&world);
    let loading = tokio::task::spawn_blocking({
        let world = world.clone();
        move || {
            for load in 0..LOADS {
                let step = json!([{"hubspot.contacts": {"count": PEOPLE, "from": load * PEOPLE}}]);
                assert_eq!(world.given(&step).unwrap() as u64, PEOPLE);
            }
        }
    });
    for n in 0..CALLS {
        let contact = json!({"properties": {"email": format!("called-{n}@example.com")}});
        client.post(CONTACTS, &contact).await.must(201);
    }
    loading.await.unwrap();
    let expected = LOADS * PEOPLE + CALLS;
    assert_eq!(world.records(SystemName::Hubspot, "contacts", 0, 1).unwrap().total as u64, expected);
    assert_eq!(changes(&world).len() as u64, expected);
    let entries = entries(&world);
    assert!(entries.is_sorted_by_key(|entry| entry.at), "time goes forward in the journal");
}

#[tokio::test]
async fn a_neighbour_uses_a_limit_up_but_for_some_calls() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let spent = world.spend(SystemName::Hubspot, "search", None, 2).unwrap();
    assert_eq!((spent.limit.as_str(), spent.left), ("search", 2));
    let all = json!({});
    let search = || client.post("/crm/v3/objects/contacts/search", &all);
    for status in [200, 200, 429] {
        assert_eq!(search().await.status, status);
    }
    assert_eq!(world.spend(SystemName::Hubspot, "search", None, 4).unwrap().left, 0, "nothing is given back");
    pass(&world, "1s").await;
    search().await.must(200);

    assert_eq!(world.spend(SystemName::Hubspot, "daily", None, 1).unwrap().left, 1);
    let last = client.get(CONTACTS).await.must(200);
    assert_eq!(last.header("x-hubspot-ratelimit-daily-remaining"), Some("0"));
    assert_eq!(client.get(CONTACTS).await.must(429).json()["policyName"], "DAILY");

    let struck = entries(&world)
        .into_iter()
        .filter(|entry| matches!(&entry.what, What::Fault(fault) if fault.name == "neighbour-load"));
    assert_eq!(struck.count(), 3, "the journal knows why calls were refused");
    let beyond = world.spend(SystemName::Hubspot, "daily", None, 100_000_000).unwrap_err().to_string();
    assert!(beyond.contains("100000000 cannot be left of it"), "{beyond}");
    let unknown = world.spend(SystemName::Hubspot, "monthly", None, 0).unwrap_err();
    let told = "hubspot has no limit `monthly`; it has: ten_secondly, daily, search, secondly";
    assert!(unknown.to_string().starts_with(told), "{unknown}");
}

/// Each app has ten seconds of its own, and is the neighbour of no other.
#[tokio::test]
async fn another_process_uses_up_what_one_app_has() {
    let world = still().start().await.unwrap();
    let hubspot = SystemName::Hubspot;
    let key = credential(&world, hubspot, "service_key");
    let (private, key) = (Client::hubspot(&world), Client::hubspot(&world).bearing(&key));
    assert_eq!(world.spend(hubspot, "ten_secondly", Some("service_key"), 0).unwrap().left, 0);
    key.get(CONTACTS).await.must(429);
    private.get(CONTACTS).await.must(200);
    let stands = |name: &str, app: Option<&str>| {
        let limits = world.limits();
        let limit = limits.iter().find(|limit| limit.name == name && limit.app == app).unwrap();
        (limit.size, limit.left, limit.window.clone())
    };
    assert_eq!(stands("ten_secondly", Some("private")), (190, 189, "10s".to_owned()));
    assert_eq!(stands("ten_secondly", Some("service_key")), (190, 0, "10s".to_owned()));
    assert_eq!(stands("ten_secondly_oauth", Some("public")), (110, 110, "10s".to_owned()));
    assert_eq!(stands("daily", None), (625_000, 624_999, "day".to_owned()));
    let all = world.limits();
    assert!(all.iter().all(|limit| !["forms_public", "exports", "oauth_token"].contains(&limit.name.as_str())));
    for (limit, app, said) in [
        ("ten_secondly", Some("public"), "`ten_secondly` does not count the calls of app `public`"),
        ("daily", Some("public"), "`daily` does not count the calls of app `public`"),
        ("ten_secondly_oauth", Some("private"), "`ten_secondly_oauth` does not count the calls of app `private`"),
        ("ten_secondly", Some("privat"), "there is no app `privat`; there are: private, narrow, service_key, public"),
        ("oauth_token", None, "oauth_token refuses no call here and is told in no header"),
        ("forms_public", None, "forms_public refuses no call here"),
        ("exports", None, "exports refuses no call here"),
    ] {
        let why = world.spend(hubspot, limit, app, 0).unwrap_err().to_string();
        assert!(why.starts_with(said), "{why}");
    }
    let why = world.spend(SystemName::RetailExpress, "minute", Some("private"), 0).unwrap_err().to_string();
    assert!(why.starts_with("there is no app `private`"), "{why}");
}

#[tokio::test]
async fn records_are_archived_all_or_none() {
    let world = still().start().await.unwrap();
    let contacts = ["a@example.com", "b@example.com"].map(|email| json!({"properties": {"email": email}}));
    world.put(SystemName::Hubspot, "contacts", contacts.to_vec()).unwrap();
    world.given(&json!([{"ords.customers": {"count": 3}}])).unwrap();
    let id = |place: usize| changes(&world)[place].id.clone();

    let half = world.archive(SystemName::Hubspot, "contacts", &[id(0), "7".to_owned()]).unwrap_err();
    assert_eq!(half, AccessError::Unfit("there is no record 7".to_owned()));
    assert_eq!(world.records(SystemName::Hubspot, "contacts", 0, 9).unwrap().total, 2);
    assert_eq!(world.archive(SystemName::Hubspot, "contacts", &[id(0), id(1)]), Ok(2));
    assert_eq!(world.records(SystemName::Hubspot, "contacts", 0, 9).unwrap().total, 0);

    let half = world.archive(SystemName::Ords, "customers", &["1".to_owned(), "9".to_owned()]).unwrap_err();
    assert_eq!(half, AccessError::Unfit("customers has no row 9".to_owned()));
    assert_eq!(world.archive(SystemName::Ords, "customers", &["2".to_owned()]), Ok(1));
    let left = world.records(SystemName::Ords, "customers", 0, 9).unwrap().records;
    assert_eq!(left.iter().map(|row| &row["customer_id"]).collect::<Vec<_>>(), [1, 3]);
    let told = changes(&world).pop().unwrap();
    assert_eq!((told.actor, told.change, told.id.as_str()), (Actor::Tester, ChangeKind::Archived, "2"));

    let never = world.archive(SystemName::RetailExpress, "customers", &["1".to_owned()]).unwrap_err();
    assert_eq!(never.to_string(), "retail_express has no way to archive or delete customers");
}

#[tokio::test]
async fn who_leaves_all_e_mail_is_told_on_the_contact_of_that_address() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let create = |email: &str| json!({"properties": {"email": email}});
    let kim = client.post(CONTACTS, &create("kim@example.com")).await.must(201).json();
    let path = format!("{CONTACTS}/{}?properties=hs_email_optout", kim["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.json()["properties"]["hs_email_optout"], json!(null));

    assert_eq!(world.unsubscribe(" Kim@Example.com "), Ok(true));
    assert_eq!(world.unsubscribe("kim@example.com"), Ok(false), "once is enough");
    assert_eq!(client.get(&path).await.json()["properties"]["hs_email_optout"], "true");
    let told = changes(&world).pop().unwrap();
    assert_eq!((told.actor, told.change), (Actor::Tester, ChangeKind::Updated));
    assert_eq!(serde_json::to_value(told.values).unwrap(), json!({"hs_email_optout": "true"}));
    pass(&world, "3s").await;
    let filter = json!({"filterGroups": [{"filters": [{"propertyName": "hs_email_optout", "operator": "EQ", "value": "true"}]}]});
    assert_eq!(client.post("/crm/v3/objects/contacts/search", &filter).await.must(200).json()["total"], 1);

    // It belongs to the address: before there is a contact, and after the contact has another.
    assert_eq!(world.unsubscribe("lee@example.com"), Ok(true));
    let lee = client.post(CONTACTS, &create("lee@example.com")).await.must(201).json();
    assert_eq!(lee["properties"]["hs_email_optout"], "true");
    client.patch(&path, &json!({"properties": {"email": "kim@example.org"}})).await.must(200);
    assert_eq!(client.get(&path).await.json()["properties"]["hs_email_optout"], json!(null));
    client.patch(&path, &json!({"properties": {"email": "kim@example.com"}})).await.must(200);
    assert_eq!(client.get(&path).await.json()["properties"]["hs_email_optout"], "true");

    let refused = client.patch(&path, &json!({"properties": {"hs_email_optout": "false"}})).await.must(400);
    assert_eq!(refused.json()["errors"][0]["code"], "READ_ONLY_VALUE");
    assert_eq!(world.unsubscribe("kim").unwrap_err().to_string(), "`kim` is no e-mail address");
}

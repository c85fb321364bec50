//! ORDS by itself: tokens, pages, rows, refusals.

use reqwest::Method;
use serde_json::{Value, json};
use sim::{OrdsTable, SystemName, World};

use super::{CUSTOMERS, ids, link, ords};
use crate::caller::{Answer, Caller, credential, exchanges, last, pass_ms, still};
use crate::support::changes;

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn a_token_of_ords_ends_at_sixty_minutes() {
    let world = still().start().await.unwrap();
    let caller = Caller::new(&world, SystemName::Ords);
    let (id, secret) =
        (credential(&world, SystemName::Ords, "client_id"), credential(&world, SystemName::Ords, "client_secret"));
    let granted = caller.client_credentials("/ords/crm/oauth/token", &id, &secret).await.must(200);
    let token = granted.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(granted.body, format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":3600}}"#));

    let holder = caller.bearing(&token);
    pass_ms(&world, HOUR_MS - 1).await;
    holder.get(CUSTOMERS).await.must(200);
    pass_ms(&world, 1).await;
    let late = holder.get(CUSTOMERS).await.must(401);
    let challenge = r#"Bearer realm="Oracle REST Data Services", error="invalid_token""#;
    assert_eq!(late.header("www-authenticate"), Some(challenge));
    assert_eq!(late.json()["code"], "Unauthorized");
    ords(&world).await.get(CUSTOMERS).await.must(200);
}

#[tokio::test]
async fn a_stranger_gets_no_token_and_stands_in_no_account() {
    let world = still().start().await.unwrap();
    let caller = Caller::new(&world, SystemName::Ords);
    let id = credential(&world, SystemName::Ords, "client_id");
    let refused = caller.client_credentials("/ords/crm/oauth/token", &id, "another..").await.must(401);
    assert_eq!(refused.header("www-authenticate"), Some(r#"Basic realm="Oracle REST Data Services""#));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let (entry, exchange) = last(&world, SystemName::Ords);
    assert_eq!((entry.account, entry.took_effect, exchange.operation.as_str()), (None, false, "oauth.token"));

    let other = still().start().await.unwrap();
    let foreign = ords(&other).await;
    foreign.get(&format!("{}{CUSTOMERS}", world.url(SystemName::Ords).unwrap())).await.must(401);
    foreign.get(CUSTOMERS).await.must(200);
    let (entry, _) = last(&other, SystemName::Ords);
    assert_eq!(entry.account.as_deref(), Some("crm"));
}

#[tokio::test]
async fn what_is_posted_is_read_alone_and_on_a_page() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    let sent = json!({"email": "kim@example.com", "first_name": "Kim", "store_id": 12, "marketing_opt_in": "Y"});
    let made = caller.post(CUSTOMERS, &sent).await.must(201);
    let address = made.header("location").unwrap().to_owned();
    assert!(address.starts_with(&format!("{}{CUSTOMERS}", world.url(SystemName::Ords).unwrap())), "{address}");

    let alone = caller.get(&address).await.must(200);
    assert_eq!((alone.body.as_str(), alone.header("etag")), (made.body.as_str(), made.header("etag")));
    for (member, value) in sent.as_object().unwrap() {
        assert_eq!(&alone.json()[member], value);
    }
    assert_eq!(alone.json()["last_updated"], "2026-11-20T00:00:00Z");
    assert_eq!(link(&alone.json(), "self"), Some(address.as_str()));

    let page = query(&caller, &json!({"email": "kim@example.com"}), "").await;
    assert_eq!(page["count"], 1);
    assert_eq!(page["items"][0]["customer_id"], alone.json()["customer_id"]);
    assert_eq!(query(&caller, &json!({"email": "sam@example.com"}), "").await["count"], 0);

    let (entry, _) = &exchanges(&world, SystemName::Ords)[1];
    assert_eq!((entry.account.as_deref(), entry.took_effect), (Some("crm"), true));
}

#[tokio::test]
async fn a_row_is_put_whole_and_only_by_who_has_seen_it() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    let made = caller.post(CUSTOMERS, &json!({"email": "kim@example.com", "mobile": "+61491570006"})).await.must(201);
    let (address, first) = (made.header("location").unwrap(), made.header("etag").unwrap());
    pass_ms(&world, 2_000).await;

    let put = caller.with("if-match", first).put(address, &json!({"email": "kim@example.org"})).await.must(200);
    let read = caller.get(address).await.must(200);
    assert_eq!(read.body, put.body);
    assert_eq!((&read.json()["email"], &read.json()["mobile"]), (&json!("kim@example.org"), &Value::Null));
    assert_eq!(read.json()["last_updated"], "2026-11-20T00:00:02Z");

    let stale = caller.with("if-match", first).put(address, &json!({"email": "lost@example.com"})).await.must(412);
    assert_eq!(stale.json()["code"], "PreconditionFailed");
    assert_eq!(caller.get(address).await.body, read.body);
    assert!(!exchanges(&world, SystemName::Ords).iter().any(|(entry, call)| entry.took_effect && call.status == 412));

    let new = format!("{CUSTOMERS}4711");
    caller.get(&new).await.must(404);
    caller.put(&new, &json!({"customer_id": 4711, "email": "sam@example.com"})).await.must(201);
    assert_eq!(caller.get(&new).await.must(200).json()["email"], "sam@example.com");
    let next = caller.post(CUSTOMERS, &json!({})).await.must(201);
    assert_eq!(next.json()["customer_id"], 4712, "the sequence is ahead of every key");
}

#[tokio::test]
async fn next_links_lead_through_every_row_once() {
    let world = still().start().await.unwrap();
    world.given(&json!([{"ords.customers": {"count": 60}}])).unwrap();
    let caller = ords(&world).await;

    let (found, sizes) = walk(&caller, CUSTOMERS.to_owned()).await;
    assert_eq!(sizes, [25, 25, 10]);
    assert_eq!(found, (1..=60).collect::<Vec<_>>());

    let q = json!({"customer_id": {"$gt": 30}, "$orderby": {"customer_id": "DESC"}});
    let (found, sizes) = walk(&caller, format!("{CUSTOMERS}?q={q}&limit=12")).await;
    assert_eq!(sizes, [12, 12, 6]);
    assert_eq!(found, (31..=60).rev().collect::<Vec<_>>());
}

/// Follows the next links from an address; the rows found, and how many each page had.
async fn walk(caller: &Caller, from: String) -> (Vec<i64>, Vec<usize>) {
    let (mut found, mut sizes, mut next) = (Vec::new(), Vec::new(), Some(from));
    while let Some(address) = next {
        let page = caller.get(&address).await.must(200).json();
        let rows = ids(&page);
        sizes.push(rows.len());
        found.extend(rows);
        assert_eq!(page["hasMore"], link(&page, "next").is_some());
        next = link(&page, "next").map(str::to_owned);
    }
    (found, sizes)
}

async fn query(caller: &Caller, q: &Value, more: &str) -> Value {
    caller.get(&format!("{CUSTOMERS}?q={q}{more}")).await.must(200).json()
}

#[tokio::test]
async fn refusals_of_ords_are_problems_and_change_nothing() {
    let world = still().profile_text(SystemName::Ords, "small.yaml", SMALL_BODIES).start().await.unwrap();
    let caller = ords(&world).await;
    let address = caller.post(CUSTOMERS, &json!({"email": "kim@example.com"})).await.must(201);
    let address = address.header("location").unwrap();
    let before = caller.get(CUSTOMERS).await.body;
    let fits = json!({"last_name": "x".repeat(64 - r#"{"last_name":""}"#.len())}).to_string();
    for (method, path, body, status, code) in [
        (Method::GET, "/ords/crm/customers/99", "", 404, "NotFound"),
        (Method::GET, "/ords/hr/customers/", "", 404, "NotFound"),
        (Method::GET, "/ords/crm/customers/?q={", "", 400, "BadRequest"),
        (Method::GET, "/ords/crm/customers/?limit=many", "", 400, "BadRequest"),
        (Method::POST, CUSTOMERS, "{", 400, "BadRequest"),
        (Method::POST, CUSTOMERS, r#"{"customer_id":1}"#, 555, "UserDefinedResourceError"),
        (Method::POST, CUSTOMERS, &format!("{fits} "), 413, "PayloadTooLarge"),
        (Method::PUT, address, r#"{"store_id":"x"}"#, 400, "BadRequest"),
        (Method::DELETE, address, "", 405, "MethodNotAllowed"),
    ] {
        let refused = caller.send(method.clone(), path, body.to_owned()).await.must(status);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"), "{method} {path}");
        assert_eq!(refused.json()["code"], code, "{method} {path} {body}");
        assert!(!last(&world, SystemName::Ords).0.took_effect, "{method} {path} {body}");
    }
    assert_eq!(caller.get(CUSTOMERS).await.body, before);
    assert_eq!(post(&caller, fits).await.status, 201, "one byte less");
    redirects(&world, &caller).await;
}

const SMALL_BODIES: &str = r#"
name: small
system: ords
extends: default
settings:
  body_bytes_max: { value: 64, source: "this test", date: 2026-11-20 }
"#;

async fn post(caller: &Caller, body: String) -> Answer {
    caller.with("content-type", "application/json").send(Method::POST, CUSTOMERS, body).await
}

async fn redirects(world: &World, caller: &Caller) {
    let moved = caller.get("/ords/crm/customers?limit=1").await.must(301);
    let whole = format!("{}{CUSTOMERS}?limit=1", world.url(SystemName::Ords).unwrap());
    assert_eq!(moved.header("location"), Some(whole.as_str()));
}

#[tokio::test]
async fn what_ords_does_not_look_at() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    let plain = caller.with("content-type", "text/plain");
    let made = plain.send(Method::POST, CUSTOMERS, r#"{"email":"kim@example.com"}"#).await.must(201);
    let known = caller.with("if-none-match", made.header("etag").unwrap());
    assert_eq!(known.get(made.header("location").unwrap()).await.must(200).body, made.body);
    for _ in 0..500 {
        caller.get("/ords/crm/customers/1").await.must(200);
    }
}

#[tokio::test]
async fn a_master_of_the_testers_own_tables_begins_with_their_rows() {
    let columns = "
name: members
key: [member_no]
columns:
  - { name: member_no, type: number(6), nullable: false, generated: true }
  - { name: address, type: varchar(20) }
  - { name: spent, type: \"number(8,2)\", default: \"0\" }
  - { name: joined, type: date, on_insert: now }
";
    let declared = OrdsTable::read("members.yaml", columns).unwrap();
    let rows = "address, spent ,joined\nkim@example.com,12.5,2020-02-29T10:00:00Z\n\"lee, jr\",,\n";
    let table = declared.clone().with_rows("members.csv", rows).unwrap();
    let world = still().ords_table(table.clone()).start().await.unwrap();
    let read = |world: &World| world.records(SystemName::Ords, "members", 0, 9).unwrap().records;
    let wanted = json!([
        {"member_no": 1, "address": "kim@example.com", "spent": 12.5, "joined": "2020-02-29T10:00:00Z"},
        {"member_no": 2, "address": "lee, jr", "spent": 0, "joined": "2026-11-20T00:00:00Z"},
    ]);
    assert_eq!(json!(read(&world)), wanted);
    assert_eq!(changes(&world).len(), 2, "the journal has them as put in by the tester");
    world.archive(SystemName::Ords, "members", &["1".to_owned()]).unwrap();
    world.reset();
    assert_eq!(json!(read(&world)), wanted);
    assert!(world.records(SystemName::Ords, "customers", 0, 9).is_err(), "there is no built-in table beside them");

    for (rows, why) in [
        ("adress\nx\n", "members.csv:1: column `adress`: members has no such column"),
        (
            "address\nx\nlonger-than-twenty-bytes\n",
            "members.csv:3: column `address`: `longer-than-twenty-bytes` has 24 bytes, and varchar(20) holds 20",
        ),
        ("spent\n1e9\n", "members.csv:2: column `spent`: `1e9` has more digits than number(8,2) holds"),
        ("member_no,joined\n1,\n2,yesterday\n", "members.csv:3: column `joined`: `yesterday` is no date"),
        ("member_no\n7\n8\n7\n", "members.csv:4: there is a row 7 already"),
    ] {
        assert_eq!(declared.clone().with_rows("members.csv", rows).unwrap_err().to_string(), why);
    }
    let ragged = declared.clone().with_rows("members.csv", "member_no,address\n1\n").unwrap_err().to_string();
    assert!(ragged.starts_with("members.csv:2: "), "{ragged}");
    for (from, to, why) in [
        ("key: [member_no]", "key: [no]", "members.yaml:3: the key names `no`, which is no column"),
        ("default: \"0\"", "default: much", "members.yaml:7: the default of `spent`: `much` is no number(8,2)"),
        ("name: spent", "name: address", "members.yaml:7: the column `address` is declared twice"),
        ("name: members", "name: a/b", "members.yaml:2: `a/b` is no table name"),
    ] {
        assert_eq!(OrdsTable::read("members.yaml", &columns.replace(from, to)).unwrap_err().to_string(), why);
    }
    let twice = still().ords_table(table.clone()).ords_table(table).start().await.unwrap_err();
    assert_eq!(twice.to_string(), "the master has two tables `members`");
}

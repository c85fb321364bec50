//! Which scopes each operation asks for: the file that the program reads is what the documents say, and
//! every operation that is here asks for them (facts/hubspot-limits-webhooks-auth.md §4.4, §4.5).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use sim::{AppHand, SystemName};

use super::Portal;
use crate::support::{Client, still};

const FILE: &str = "sim/src/hubspot/apps/scopes.json";

/// The operations of the documents that name no scope: whoever calls says in another way who that is, or
/// the document is silent.
const WITHOUT: [&str; 23] = [
    "DELETE /app-webhooks/2026-09/{appId}/settings",
    "DELETE /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}",
    "DELETE /oauth/v1/refresh-tokens/{token}",
    "GET /app-webhooks/2026-09/{appId}/settings",
    "GET /app-webhooks/2026-09/{appId}/subscriptions",
    "GET /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}",
    "GET /oauth/v1/access-tokens/{token}",
    "GET /oauth/v1/refresh-tokens/{token}",
    "PATCH /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}",
    "POST /app-webhooks/2026-09/{appId}/subscriptions",
    "POST /app-webhooks/2026-09/{appId}/subscriptions/batch/update",
    "POST /communication-preferences/2026-09/resubscribe",
    "POST /oauth/2026-03/token",
    "POST /oauth/2026-03/token/introspect",
    "POST /oauth/2026-03/token/revoke",
    "POST /oauth/2026-09/token",
    "POST /oauth/2026-09/token/introspect",
    "POST /oauth/2026-09/token/revoke",
    "POST /oauth/v1/token",
    "POST /oauth/v3/token",
    "POST /oauth/v3/token/introspect",
    "POST /oauth/v3/token/revoke",
    "PUT /app-webhooks/2026-09/{appId}/settings",
];

type Scopes = BTreeMap<String, BTreeSet<String>>;

fn read(path: impl AsRef<Path>) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Some(serde_json::from_slice(&fs::read(path).ok()?).expect("it is well formed"))
}

fn texts(of: &Value) -> impl Iterator<Item = String> {
    of.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned())
}

/// What the program reads.
fn kept() -> Scopes {
    let mut kept = Scopes::new();
    for row in read(FILE).expect("the file is there").as_array().unwrap() {
        for operation in texts(&row["operations"]) {
            assert!(kept.insert(operation, texts(&row["scopes"]).collect()).is_none(), "it stands there twice");
        }
    }
    kept
}

/// What the documents say, all that name an operation together.
fn said() -> Option<Scopes> {
    let mut said = Scopes::new();
    for document in read("../shared/facts/hubspot-surface.json")?.as_array().unwrap() {
        for operation in document["operations"].as_array().unwrap() {
            let [method, path] = ["method", "path"].map(|name| operation[name].as_str().unwrap());
            said.entry(format!("{method} {path}")).or_default().extend(texts(&operation["scopes"]));
        }
    }
    Some(said)
}

/// The file, a line for each set of alternatives.
fn written(said: &Scopes) -> String {
    let mut rows: BTreeMap<&BTreeSet<String>, Vec<&String>> = BTreeMap::new();
    for (operation, scopes) in said {
        rows.entry(scopes).or_default().push(operation);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by(|(_, a), (_, b)| a.cmp(b));
    let lines = rows.iter().map(|(scopes, operations)| json!({"scopes": scopes, "operations": operations}).to_string());
    format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
}

#[test]
fn the_scopes_of_every_operation_are_what_the_documents_say() {
    let none = |scopes: &Scopes| -> Vec<String> {
        scopes.iter().filter(|(_, scopes)| scopes.is_empty()).map(|(operation, _)| operation.clone()).collect()
    };
    if let Some(said) = said() {
        if std::env::var_os("STANDIN_UPDATE").is_some() {
            fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE), written(&said)).unwrap();
        }
        assert!(kept() == said, "write {FILE} anew: STANDIN_UPDATE=1 cargo test --test it scopes");
    }
    assert_eq!(none(&kept()), WITHOUT);
}

/// Of all alternatives those that the call of deals is refused with: what is said of deals, reads apart from
/// writes. `oauth`, which every app has, is none where there is another.
fn of_deals(operation: &str, all: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = all.clone();
    if all.iter().any(|scope| scope.starts_with("crm.")) {
        all.remove("oauth");
    }
    let of_type = operation.contains("bjectType}");
    if !of_type {
        return all;
    }
    let reading = operation.starts_with("GET ") || operation.ends_with("/search") || operation.ends_with("/read");
    let pick = |of: BTreeSet<String>, wanted: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        let picked: BTreeSet<String> = of.iter().filter(|scope| wanted(scope)).cloned().collect();
        if picked.is_empty() { of } else { picked }
    };
    let about = pick(all, &|scope| scope.contains(".deals."));
    pick(about, &|scope| scope.split('.').any(|part| part == "read") == reading)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_that_is_here_asks_for_its_scopes() {
    let portal = Portal::of(still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap());
    let none = AppHand::Set { scopes: Some(Vec::new()), optional_scopes: None, redirect_uris: None };
    let told = portal.world.app("narrow", &none).unwrap();
    let client = portal.client.bearing(told.token.as_deref().unwrap());
    let kept = kept();
    let surface = read("tests/it/conformance/surface.json").expect("the documents of what is here");
    let mut tried = 0;
    for operation in surface["operations"].as_array().unwrap() {
        let [method, path] = ["method", "path"].map(|name| operation[name].as_str().unwrap());
        let name = format!("{method} {path}");
        let scopes = kept.get(&name).unwrap_or_else(|| panic!("{name} has no row"));
        let path: Vec<_> = path
            .split('/')
            .map(|segment| match segment.strip_prefix('{') {
                Some(name) if name.to_ascii_lowercase().starts_with("objecttype") => "deals",
                Some(name) if name.to_ascii_lowercase().ends_with("objecttype}") => "deals",
                Some(_) => "7",
                None => segment,
            })
            .collect();
        let method: Method = method.parse().unwrap();
        let answer = client.send(method, &path.join("/"), Some("application/json"), "{}").await;
        // Opened by a developer's key: no token does, whatever its scopes.
        if ["/webhooks/", "/app-webhooks/"].iter().any(|root| name.split(' ').nth(1).unwrap().starts_with(root)) {
            assert_eq!(answer.status, 401, "{name}: {}", answer.body);
            continue;
        }
        if ALIKE.iter().any(|(method, path, _)| name == format!("{method} {path}")) {
            continue;
        }
        let expected = of_deals(&name, scopes);
        // Every app has `oauth`.
        if expected.is_empty() || expected.contains("oauth") {
            assert!(answer.status != 403 || name.contains("external-install"), "{name}: {}", answer.body);
            continue;
        }
        assert_eq!(answer.status, 403, "{name}: {}", answer.body);
        let refusal = answer.json();
        assert_eq!(refusal["category"], "MISSING_SCOPES", "{name}");
        let which = if expected.len() == 1 { "All" } else { "One or more" };
        assert_eq!(refusal["errors"][0]["message"], format!("{which} of the following scopes are required."), "{name}");
        let told: BTreeSet<String> = texts(&refusal["errors"][0]["context"]["requiredGranularScopes"]).collect();
        assert_eq!(told, expected, "{name}");
        tried += 1;
    }
    assert!(tried > 500, "{tried} operations");
}

/// What no document has, or has without scopes, and the documented operation that it is the same as.
const ALIKE: [(&str, &str, &str); 28] = [
    ("POST", "/crm/v3/schemas", "/crm-object-schemas/v3/schemas"),
    ("GET", "/crm/v3/schemas/boats", "/crm-object-schemas/v3/schemas/boats"),
    ("DELETE", "/crm-object-schemas/2025-09/schemas/boats", "/crm-object-schemas/2026-03/schemas/boats"),
    ("PUT", "/crm/v3/objects/deals/1/associations/companies/2/1", "/crm/v4/objects/deals/1/associations/companies/2"),
    (
        "DELETE",
        "/crm/v3/objects/deals/1/associations/companies/2/1",
        "/crm/v4/objects/deals/1/associations/companies/2",
    ),
    ("GET", "/crm/v3/objects/deals/1/associations/companies", "/crm/v4/objects/deals/1/associations/companies"),
    ("GET", "/crm/objects/v3/deals/1/associations/companies", "/crm/v4/objects/deals/1/associations/companies"),
    ("GET", "/crm/objects/v4/deals/1/associations/companies", "/crm/v4/objects/deals/1/associations/companies"),
    (
        "PUT",
        "/crm/objects/v4/deals/1/associations/default/companies/2",
        "/crm/v4/objects/deals/1/associations/default/companies/2",
    ),
    ("DELETE", "/crm/objects/v4/deals/1/associations/companies/2", "/crm/v4/objects/deals/1/associations/companies/2"),
    (
        "PUT",
        "/crm/objects/2025-09/deals/1/associations/companies/2",
        "/crm/objects/2026-03/deals/1/associations/companies/2",
    ),
    ("POST", "/crm/associations/v4/deals/companies/batch/create", "/crm/v4/associations/deals/companies/batch/create"),
    ("POST", "/crm/associations/v3/deals/companies/batch/read", "/crm/v3/associations/deals/companies/batch/read"),
    ("GET", "/crm/v4/associations/deals/companies/labels", "/crm/associations/v4/deals/companies/labels"),
    ("POST", "/crm/objects/v3/deals/batch/create", "/crm/v3/objects/deals/batch/create"),
    ("POST", "/crm/v3/objects/deals/batch/%63reate", "/crm/v3/objects/deals/batch/create"),
    ("PATCH", "/crm/objects/2025-09/deals/1", "/crm/objects/2026-03/deals/1"),
    ("POST", "/crm/v3/objects/deals/gdpr-delete", "/crm/objects/2026-09/deals/gdpr-delete"),
    ("GET", "/crm/owners/v3", "/crm/v3/owners"),
    ("GET", "/crm/owners/2025-09/7", "/crm/owners/2026-03/7"),
    ("GET", "/crm/pipelines/v3/deals", "/crm/v3/pipelines/deals"),
    ("POST", "/crm/pipelines/2025-09/deals", "/crm/pipelines/2026-03/deals"),
    ("GET", "/crm/properties/2025-09/deals", "/crm/properties/2026-03/deals"),
    ("GET", "/crm/limits/2026-09/records", "/crm/limits/2026-03/records"),
    ("GET", "/crm/object-library/2026-09/enablement", "/crm/object-library/2026-03/enablement"),
    (
        "GET",
        "/crm/objects/2026-09/deals/1/associations/companies",
        "/crm/objects/2026-03/deals/1/associations/companies",
    ),
    ("POST", "/communication-preferences/2026-09/resubscribe", "/communication-preferences/2026-09/subscribe"),
    ("GET", "/webhooks-journal/snapshots/v4/crm/status/7", "/webhooks-journal/journal/2026-03/status/7"),
];

#[tokio::test]
async fn what_no_document_has_asks_for_the_scopes_of_what_it_is_the_same_as() {
    let portal = Portal::of(still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap());
    let none = AppHand::Set { scopes: Some(Vec::new()), optional_scopes: None, redirect_uris: None };
    let told = portal.world.app("narrow", &none).unwrap();
    let narrow = portal.client.bearing(told.token.as_deref().unwrap());
    for (method, path, documented) in ALIKE {
        let send = |client: &Client, path: &'static str| {
            let (client, method) = (client.clone(), Method::from_bytes(method.as_bytes()).unwrap());
            async move { client.send(method, path, Some("application/json"), "{}").await }
        };
        let expected = send(&narrow, documented).await.must(403).json();
        let refusal = send(&narrow, path).await.must(403).json();
        assert_eq!(refusal["errors"], expected["errors"], "{method} {path}");
        if !path.starts_with("/webhooks-journal/") {
            let let_in = send(&portal.client, path).await;
            let page = let_in.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            assert!(let_in.status != 403 && !page, "{method} {path}: {} {}", let_in.status, let_in.body);
        }
    }
    portal.client.get("/crm-object-schemas/v4/schemas").await.must(404);
}

/// Every app has `oauth`, which the documents name among the alternatives of writing a record of any type.
#[tokio::test]
async fn nobody_writes_an_activity_without_a_scope_to_write() {
    let portal = Portal::open().await;
    let token = portal.world.ready()["systems"]["hubspot"]["narrow_token"].as_str().unwrap().to_owned();
    let narrow = portal.client.bearing(&token);
    let body = json!({"properties": {"hs_timestamp": "2026-11-20T00:00:00Z"}});
    for of in ["notes", "tasks", "calls", "meetings", "emails", "communications", "postal_mail", "tickets"] {
        for root in ["/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"] {
            let refusal = narrow.post(&format!("{root}/{of}"), &body).await.must(403).json();
            let asked: Vec<_> = texts(&refusal["errors"][0]["context"]["requiredGranularScopes"]).collect();
            assert!(!asked.is_empty() && asked.iter().all(|scope| scope != "oauth"), "{of}: {asked:?}");
        }
    }
    let write = vec!["crm.objects.contacts.write".to_owned()];
    let set = AppHand::Set { scopes: Some(write), optional_scopes: None, redirect_uris: None };
    portal.world.app("narrow", &set).unwrap();
    narrow.post("/crm/v3/objects/notes", &body).await.must(201);
}

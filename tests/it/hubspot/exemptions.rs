//! Which operations count towards the ten seconds: what the answers' headers say against what the documents say of
//! every operation there is.

use std::collections::BTreeMap;
use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use super::oauth::Installed;
use crate::support::say;

const SURFACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/facts/hubspot-surface.json");
const EXEMPTIONS: &str = "x-hubspot-rate-limit-exemptions";

/// The operations of the documents, and what each is free of.
fn operations(surface: &Value) -> BTreeMap<(String, String), Vec<&str>> {
    let all = surface.as_array().into_iter().flatten().flat_map(|document| document["operations"].as_array().unwrap());
    let free = |operation: &'_ Value| -> Vec<String> {
        let of = operation[EXEMPTIONS].as_array().into_iter().flatten();
        of.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let known = ["ten-secondly", "daily"];
    all.map(|operation| {
        let free = free(operation);
        let free = known.into_iter().filter(|name| free.iter().any(|told| told == name)).collect();
        ((text(&operation["method"]), text(&operation["path"])), free)
    })
    .collect()
}

/// What a developer's key opens, and counts as the calls of an app of the marketplace do: towards no day.
fn is_developers(template: &str) -> bool {
    ["/webhooks/", "/app-webhooks/"].iter().any(|root| template.starts_with(root))
}

/// A path of this form, for records that may not be there: what is refused counts too.
fn path(template: &str, app: &Installed) -> String {
    let mut path = String::new();
    for part in template.split('/').skip(1) {
        let filled = match part {
            "{objectType}" | "{fromObjectType}" | "{objectTypeId}" => "contacts",
            "{toObjectType}" => "companies",
            "{appId}" => &app.ready["app_id"].to_string(),
            _ if part.starts_with('{') => "1",
            _ => part,
        };
        path.push('/');
        path.push_str(filled);
    }
    if is_developers(template) {
        path.push_str("?hapikey=");
        path.push_str(app.text("developer_key"));
    }
    path
}

#[tokio::test]
async fn an_answer_tells_of_the_ten_seconds_unless_its_operation_is_free_of_them() {
    let Ok(text) = fs::read(SURFACE) else {
        say("skipped: the exemptions of the surface table are not tried: there is no ../shared");
        return;
    };
    let surface: Value = serde_json::from_slice(&text).unwrap();
    let app = Installed::open().await;
    let scopes = ["read", "subscriptions.read", "subscriptions.write", "snapshots.write"];
    let scopes = scopes.map(|name| format!("developer.webhooks_journal.{name}")).join(" ");
    let own = app.token("v3", &[("grant_type", "client_credentials"), ("scope", &scopes)]).await.must(200).json();
    let own = app.nobody.bearing(own["access_token"].as_str().unwrap());
    let portal = &app.portal;
    let (mut here, mut free, mut wrong) = (0, 0, Vec::new());
    for ((method, template), exempt) in operations(&surface) {
        let send = Method::from_bytes(method.as_bytes()).unwrap();
        let client = if template.starts_with("/webhooks-journal/") { &own } else { &portal.client };
        let answer = client.send(send, &path(&template, &app), Some("application/json"), json!({}).to_string()).await;
        let page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if page || template.contains("/oauth/") {
            continue;
        }
        here += 1;
        let told = answer.header("x-hubspot-ratelimit-max").is_some();
        let daily = answer.header("x-hubspot-ratelimit-daily").is_some();
        let is_search = template.ends_with("/search");
        free += usize::from(!exempt.is_empty());
        let no_day = is_search || is_developers(&template) || exempt.contains(&"daily");
        if told == exempt.contains(&"ten-secondly") || daily == no_day {
            wrong.push(format!("{method} {template}: {} free of {exempt:?}", answer.status));
        }
    }
    say(&format!("{here} operations of the table are here, {free} of them free of a limit"));
    assert!(here > 550 && free > 110, "{here} {free}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

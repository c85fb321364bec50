//! Plays each operation to a success and a refusal, by the form of its path.

mod apps;
mod associations;
mod crm;
pub(super) mod journal;
mod preferences;

pub(super) use apps::App;
use reqwest::Method;
use serde_json::{Value, json};
use sim::{SystemName, World};

use super::surface::Operation;
use crate::hubspot::form_of;
use crate::support::{Answer, Client, pass, still};

/// What was sent, and what came.
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) answer: Answer,
}

pub(super) struct Played {
    pub(super) success: Call,
    pub(super) refusal: Call,
}

/// A portal with a custom type, and a count by which nothing is named twice.
pub(super) struct Portal {
    pub(super) world: World,
    pub(super) client: Client,
    count: u64,
}

/// A type that no portal has, in the refusals.
const NO_TYPE: &str = "butterflies";

impl Portal {
    pub(super) async fn open() -> Self {
        let world = still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap();
        let client = Client::hubspot(&world);
        Self { world, client, count: 0 }
    }

    /// Lets limits and the search index catch up.
    pub(super) async fn breathe(&self) {
        pass(&self.world, "11s").await;
    }

    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Call {
        let method: Method = method.parse().unwrap();
        let answer = match &body {
            Some(body) => self.client.send(method, path, Some("application/json"), body.to_string()).await,
            None => self.client.send(method, path, None, "").await,
        };
        Call { path: path.to_owned(), body, answer }
    }

    /// Plays an operation twice: with the parts that succeed, and with those that are refused.
    pub(super) async fn twice(
        &self,
        operation: &Operation,
        (good, sent): (&[&str], Option<Value>),
        (bad, wrong): (&[&str], Option<Value>),
    ) -> Played {
        let (good, bad) = (fill(&operation.path, good), fill(&operation.path, bad));
        let success = self.call(&operation.method, &good, sent).await;
        let refusal = self.call(&operation.method, &bad, wrong).await;
        Played { success, refusal }
    }

    /// A property that only these plays know, unique if asked for.
    pub(super) async fn property(&mut self, object_type: &str, unique: bool) -> String {
        let name = format!("tried_{}", self.next());
        let groups = self.client.get(&format!("/crm/v3/properties/{object_type}/groups")).await.must(200).json();
        let body = json!({
            "name": name, "label": "Tried", "type": "string", "fieldType": "text",
            "groupName": groups["results"][0]["name"], "hasUniqueValue": unique,
        });
        self.client.post(&format!("/crm/v3/properties/{object_type}"), &body).await.must(201);
        name
    }

    /// Makes a custom type; answers its fully qualified name.
    pub(super) async fn schema(&mut self, word: &str) -> String {
        let name = format!("{word}{}", self.next());
        let made = self.client.post("/crm-object-schemas/v3/schemas", &schema_of(&name)).await.must(201).json();
        made["fullyQualifiedName"].as_str().unwrap().to_owned()
    }
}

pub(super) fn schema_of(name: &str) -> Value {
    json!({
        "name": name,
        "labels": {"singular": name, "plural": format!("{name}s")},
        "primaryDisplayProperty": "title",
        "requiredProperties": ["title"],
        "searchableProperties": ["title"],
        "properties": [{"name": "title", "label": "Title", "type": "string", "fieldType": "text"}],
        "associatedObjects": ["CONTACT"],
    })
}

/// A path with its parts put in, in their order.
pub(super) fn fill(path: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            (*parts.next().unwrap_or_else(|| panic!("{path} has more parts"))).to_owned()
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

pub(super) fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned()
}

/// So many inputs of one kind.
pub(super) fn inputs(count: usize, input: impl Fn(usize) -> Value) -> Value {
    json!({ "inputs": (0..count).map(input).collect::<Vec<_>>() })
}

/// The segments of a path, editions and record types taken out.
pub(super) fn form(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|segment| {
            !segment.is_empty() && !["v1", "v3", "v4", "2026-03", "2026-09", "2027-03-beta"].contains(segment)
        })
        .collect()
}

/// Plays an operation; `None` where nothing knows how.
pub(super) async fn play(portal: &mut Portal, operation: &Operation) -> Option<Played> {
    let form = form(&operation.path);
    match form[..] {
        ["appinstalls", "external-install"] => apps::uninstall(portal, operation).await,
        ["oauth", ref rest @ ..] => apps::oauth(portal, operation, rest).await,
        ["webhooks" | "app-webhooks", ref rest @ ..] => apps::webhooks(portal, operation, rest).await,
        ["account-info", ..] => crm::account(portal, operation).await,
        ["communication-preferences", ref rest @ ..] => preferences::play(portal, operation, rest).await,
        ["webhooks-journal", ref rest @ ..] => journal::play(portal, operation, rest).await,
        ["crm", "limits", ref rest @ ..] => crm::limits(portal, operation, rest).await,
        ["crm", "object-library", ref rest @ ..] => crm::library(portal, operation, rest).await,
        ["crm", "owners", ref rest @ ..] => crm::owners(portal, operation, rest).await,
        ["crm", "pipelines", _, ref rest @ ..] => crm::pipelines(portal, operation, rest).await,
        ["crm", "properties", _, ref rest @ ..] => crm::properties(portal, operation, rest).await,
        ["crm", "property-validations", ref rest @ ..] => crm::validations(portal, operation, rest).await,
        ["crm-object-schemas", "schemas", ref rest @ ..] => crm::schemas(portal, operation, rest).await,
        ["crm", "associations", ref rest @ ..] => associations::between_types(portal, operation, rest).await,
        ["crm", "objects", _, _, "associations", ref rest @ ..] => {
            associations::of_record(portal, operation, rest).await
        }
        ["crm", "objects", object_type, ref rest @ ..] => {
            super::records::play(portal, operation, object_type, rest).await
        }
        _ => None,
    }
}

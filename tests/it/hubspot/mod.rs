//! HubSpot over real sockets, against facts/hubspot-crm.md §1 to §3 and hubspot-limits-webhooks-auth.md
//! §1 to §4. Expected bodies are written out from the sheets.

mod apps;
mod associations;
mod associations_batch;
mod associations_labels;
mod associations_records;
mod associations_v3;
mod batches;
mod carried;
mod exemptions;
mod faults;
mod keeping_model;
mod limits;
mod limits_tracking;
mod lists;
mod merging;
mod model;
mod oauth;
mod oauth_refusals;
mod owners;
mod paging_model;
mod paths;
mod pipelines;
mod preferences;
mod properties;
mod properties_groups;
mod properties_records;
mod properties_rules;
mod reads_back;
mod records;
mod saved_portal;
mod saved_portal_folder;
mod saved_portal_parts;
mod saved_portal_wrong;
mod schemas;
mod schemas_records;
mod scopes;
mod search;
mod search_model;
mod sheet;
mod stages;
mod tokens;
mod types;
mod upsert_model;
mod values;
mod webhooks_journal;

pub(crate) use oauth::form_of;
use reqwest::Method;
use serde_json::{Value, json};
use sim::World;

use crate::support::{Answer, Client, still};

const CONTACTS: &str = "/crm/v3/objects/contacts";

/// A portal to call.
struct Portal {
    world: World,
    client: Client,
}

impl Portal {
    async fn open() -> Self {
        Self::of(still().start().await.unwrap())
    }

    fn of(world: World) -> Self {
        let client = Client::hubspot(&world);
        Self { world, client }
    }

    fn id(&self) -> String {
        self.world.ready()["systems"]["hubspot"]["portal_id"].to_string()
    }

    fn app(&self) -> String {
        self.world.ready()["systems"]["hubspot"]["private_app_id"].to_string()
    }

    /// Creates a contact and answers its id.
    async fn contact(&self, properties: Value) -> String {
        let created = self.client.post(CONTACTS, &json!({ "properties": properties })).await.must(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }

    /// Creates a company and answers its id.
    async fn company(&self, name: &str) -> String {
        let body = json!({ "properties": { "name": name } });
        let created = self.client.post("/crm/v3/objects/companies", &body).await.must(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.client.send(Method::PUT, path, Some("application/json"), body.to_string()).await
    }

    async fn batch(&self, operation: &str, inputs: Value) -> Answer {
        self.client.post(&format!("{CONTACTS}/batch/{operation}"), &json!({ "inputs": inputs })).await
    }

    async fn one(&self, id: &str) -> Answer {
        self.client.get(&format!("{CONTACTS}/{id}")).await
    }

    async fn total(&self) -> usize {
        self.world.records(sim::SystemName::Hubspot, "contacts", 0, 0).unwrap().total
    }
}

/// The status and the body of a refusal, whose correlation id must stand in its header too and is
/// written as `ID`.
#[track_caller]
fn told(answer: &Answer) -> (u16, String) {
    let correlation = answer.header("x-hubspot-correlation-id").expect("every answer has a correlation id");
    assert_eq!(answer.header("content-type"), Some("application/json;charset=utf-8"), "{answer:?}");
    assert_eq!(answer.json()["correlationId"], correlation, "{answer:?}");
    (answer.status, answer.body.replace(correlation, "ID"))
}

/// Asserts a refusal byte for byte.
#[track_caller]
fn refused(answer: &Answer, status: u16, body: &str) {
    assert_eq!(told(answer), (status, body.to_owned()));
}

/// The `id` of each record of a list or batch.
#[track_caller]
fn ids(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let results = body["results"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    results.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

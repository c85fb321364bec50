//! Every query parameter of every operation, sent once with a value by which it shows whether it is heeded.

mod apps;
mod definitions;
mod journal;
mod preferences;
mod records;

use serde_json::Value;

use super::drive::{Portal, form};
use super::surface::Operation;

/// A parameter that is taken and does nothing here, and the ledger's entry that says so.
pub(super) struct PassedOver {
    /// Of any operation where it is empty.
    pub(super) method: &'static str,
    /// The form of a path; all that begin so where a `*` ends it.
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) ledger: &'static str,
}

const fn over(method: &'static str, path: &'static str, name: &'static str, ledger: &'static str) -> PassedOver {
    PassedOver { method, path, name, ledger }
}

const LEFT_ALL: &str = "communication-preferences/statuses/{subscriberIdString}/unsubscribe-all";
const PIPELINE: &str = "crm/pipelines/{objectType}/{pipelineId}";
const PROPERTY: &str = "crm/properties/{objectType}/{propertyName}";

pub(super) const PASSED_OVER: &[PassedOver] = &[
    over("", "crm/properties/*", "locale", "hubspot.properties.locale"),
    over("GET", PROPERTY, "properties", "hubspot.properties.one-whole"),
    over("PATCH", PIPELINE, "validateDealStageUsagesBeforeDelete", "hubspot.pipelines.validate-change"),
    over("PATCH", PIPELINE, "validateReferencesBeforeDelete", "hubspot.pipelines.validate-change"),
    over("", "communication-preferences/*", "businessUnitId", "hubspot.preferences.not-there"),
    over("", "communication-preferences/*", "includeTranslations", "hubspot.preferences.not-there"),
    over("GET", LEFT_ALL, "verbose", "hubspot.preferences.left-all-verbose"),
];

impl PassedOver {
    pub(super) fn is(&self, operation: &Operation, name: &str) -> bool {
        let form = form(&operation.path).join("/");
        let of = match self.path.strip_suffix('*') {
            Some(begins) => form.starts_with(begins),
            None => form == self.path,
        };
        of && self.name == name && (self.method.is_empty() || self.method == operation.method)
    }
}

/// What is wrong with one parameter; nothing where it is heeded.
pub(super) type Found = Vec<String>;

pub(super) fn is_passed_over(operation: &Operation, name: &str) -> bool {
    PASSED_OVER.iter().any(|one| one.is(operation, name))
}

/// Drives one parameter in a portal of its own; `None` where nothing knows how.
pub(super) async fn drive(operation: &Operation, name: &str) -> Option<Found> {
    let mut portal = Portal::open().await;
    let form = form(&operation.path);
    let found = match form[..] {
        ["oauth", "token"] => apps::token(&portal, operation, name).await?,
        ["communication-preferences", ref rest @ ..] => preferences::drive(&mut portal, operation, name, rest).await?,
        ["webhooks-journal", _, ref rest @ ..] => journal::drive(&mut portal, operation, name, rest).await?,
        ["crm", "owners", ref rest @ ..] => definitions::owners(&portal, operation, name, rest).await?,
        ["crm", "pipelines", _, ref rest @ ..] => definitions::pipelines(&mut portal, operation, name, rest).await?,
        ["crm", "properties", _, ref rest @ ..] => definitions::properties(&mut portal, operation, name, rest).await?,
        ["crm", "limits", "associations", "labels"] => definitions::labels(&portal, operation, name).await?,
        ["crm-object-schemas", "schemas", ref rest @ ..] => {
            definitions::schemas(&mut portal, operation, name, rest).await?
        }
        ["crm", "objects", _, _, "associations", _] => records::associated(&mut portal, operation, name).await?,
        ["crm", "objects", of, ref rest @ ..] => records::drive(&mut portal, operation, name, of, rest).await?,
        _ => return None,
    };
    Some(found)
}

/// Compares what came with what should have.
fn same(what: &str, is: &Value, wanted: &Value) -> Found {
    if is == wanted { Found::new() } else { vec![format!("{what}: {is}, not {wanted}")] }
}

fn must(what: &str, holds: bool, seen: &Value) -> Found {
    if holds { Found::new() } else { vec![format!("{what}: {seen}")] }
}

/// The values of one member of each result.
fn each(answer: &Value, member: &str) -> Vec<Value> {
    answer["results"].as_array().into_iter().flatten().map(|one| one[member].clone()).collect()
}

/// The values of one member of each of another list.
fn each_of(answer: &Value, list: &str, member: &str) -> Value {
    answer[list].as_array().into_iter().flatten().map(|one| one[member].clone()).collect()
}

/// Walks a list to its end in pages of one, and holds that each of these comes exactly once.
async fn pages(portal: &Portal, path: &str, member: &str, wanted: &[Value]) -> Found {
    let mut came = Vec::new();
    let mut after = String::new();
    for _ in 0..wanted.len() + 2 {
        let page = portal.client.get(&format!("{path}limit=1{after}")).await;
        if page.status != 200 {
            return vec![format!("a page: {} {}", page.status, page.body)];
        }
        let page = page.json();
        let results = each(&page, member);
        if results.len() > 1 {
            return vec![format!("limit=1 gives {} results", results.len())];
        }
        came.extend(results);
        match page["paging"]["next"]["after"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    same("the pages of one", &Value::from(came), &Value::from(wanted.to_vec()))
}

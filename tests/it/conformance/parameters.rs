//! Every query parameter of every operation, sent once with a value by which it shows whether it is heeded.

mod definitions;
mod journal;
mod preferences;
mod records;

use serde_json::Value;

use super::drive::{Portal, form};
use super::surface::Operation;

/// Parameters that are taken and do nothing here: what begins the path, the name, and why.
pub(super) const PASSED_OVER: &[(&str, &str, &str)] = &[
    ("crm/properties", "locale", "labels are in one language (ledger: `hubspot.properties.locale`)"),
    (
        "communication-preferences",
        "businessUnitId",
        "there are no business units beside the account (ledger: `hubspot.preferences.not-there`)",
    ),
    (
        "communication-preferences",
        "includeTranslations",
        "there are no translations (ledger: `hubspot.preferences.not-there`)",
    ),
];

/// What is wrong with one parameter; nothing where it is heeded.
pub(super) type Found = Vec<String>;

pub(super) fn is_passed_over(operation: &Operation, name: &str) -> bool {
    let form = form(&operation.path).join("/");
    PASSED_OVER.iter().any(|(begins, known, _)| form.starts_with(begins) && *known == name)
}

/// Drives one parameter in a portal of its own; `None` where nothing knows how.
pub(super) async fn drive(operation: &Operation, name: &str) -> Option<Found> {
    let mut portal = Portal::open().await;
    let form = form(&operation.path);
    let found = match form[..] {
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

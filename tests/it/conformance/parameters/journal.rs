//! The one parameter of the journal: of which account.

use super::super::drive::Portal;
use super::super::drive::journal::{fill_journal, read};
use super::super::surface::Operation;
use super::{Found, each, must, same};

pub(super) async fn drive(portal: &mut Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    if name != "installPortalId" {
        return None;
    }
    let journal = fill_journal(portal).await;
    let (path, body) = read(operation, rest, &journal);
    let call =
        async |query: String| portal.call(&operation.method, &format!("{path}{query}"), body.clone()).await.answer;
    let all = call(String::new()).await.must(200).json();
    let own = call(format!("?installPortalId={}", journal.portal_id)).await.must(200).json();
    let other = call("?installPortalId=1".to_owned()).await;
    let none = other.status == 204 || other.json()["results"] == serde_json::json!([]);
    let mut found = must("another account's is not empty", none, &other.body.as_str().into());
    let offset = "currentOffset";
    found.extend(same("this account's", &own[offset], &all[offset]));
    found.extend(same("this account's", &each(&own, offset).into(), &each(&all, offset).into()));
    Some(found)
}

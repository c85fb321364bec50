//! Bad days: a burst of server errors, and a call that was carried out although its answer is lost.

use reqwest::Method;
use serde_json::json;
use sim::SystemName;
use sim::faults::{Arm, Where};
use sim::journal::{Entry, Kind, Kinds, What};

use super::session::Session;
use super::{Failed, expect, other};

const CONTACTS: &str = "/crm/v3/objects/contacts";

pub(super) async fn play(session: &Session) -> Result<(), Failed> {
    session.heading("A bad day: 5xx-burst");
    arm(session, "5xx-burst", 3)?;
    for status in [502, 503, 504] {
        session.hubspot(Method::GET, CONTACTS, None).await?.is(status)?;
    }
    session.hubspot(Method::GET, CONTACTS, None).await?.is(200)?;
    session.so("nothing was done, so it may be called again; the body is a page, not JSON");

    session.heading("A worse day: commit-then-timeout");
    arm(session, "commit-then-timeout", 1)?;
    let alex = json!({"properties": {"email": "alex@example.com"}});
    session.hubspot(Method::POST, CONTACTS, Some(&alex)).await?.is(504)?;
    let lost = last_exchange(session)?;
    expect("whether the call that was answered with 504 took effect", lost.took_effect, true)?;
    session.say(&format!("     journal {}: answered with 504, and took effect", lost.n));
    session.hubspot(Method::POST, CONTACTS, Some(&alex)).await?.is(409)?;
    session.so("a 504 does not say whether it happened: repeat by a key, or look first");
    Ok(())
}

fn arm(session: &Session, name: &str, count: u64) -> Result<(), Failed> {
    let at = Where { system: Some(SystemName::Hubspot), ..Where::default() };
    session.world.arm(Arm { name: name.to_owned(), count, status: None, at }).map_err(other)
}

fn last_exchange(session: &Session) -> Result<Entry, Failed> {
    let exchanges = session.world.journal().since(0, Kinds::from(Kind::Exchange), usize::MAX).map_err(other)?;
    let last = exchanges.into_iter().rfind(|entry| matches!(entry.what, What::Exchange(_)));
    last.ok_or_else(|| Failed::Unexpected {
        what: "the journal".to_owned(),
        expected: "an exchange".to_owned(),
        got: "none".to_owned(),
    })
}

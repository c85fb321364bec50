//! Records: a duplicate, a batch by e-mail address, search behind its index, a batch too large.

use reqwest::Method;
use serde_json::{Value, json};
use sim::SystemName;

use super::session::Session;
use super::{Failed, expect, other};

const CONTACTS: &str = "/crm/v3/objects/contacts";
const SEARCH: &str = "/crm/v3/objects/contacts/search";
const UPSERT: &str = "/crm/v3/objects/contacts/batch/upsert";
/// HubSpot's index is one to three seconds behind here.
const LAG_MAX_MS: i64 = 3_000;

pub(super) async fn play(session: &Session) -> Result<(), Failed> {
    duplicate(session).await?;
    upsert(session).await?;
    too_many(session).await
}

async fn duplicate(session: &Session) -> Result<(), Failed> {
    session.heading("The same contact twice");
    let kim = json!({"properties": {"email": "kim@example.com", "firstname": "Kim"}});
    let created = session.hubspot(Method::POST, CONTACTS, Some(&kim)).await?.is(201)?;
    let again = session.hubspot(Method::POST, CONTACTS, Some(&kim)).await?.is(409)?;
    let id = created.text_at("/id");
    again.has("/message", format!("Contact already exists. Existing ID: {id}"))?.has("/category", "CONFLICT")?;
    session.so("the e-mail address is the key, and the id of the one that is there stands in the text");
    Ok(())
}

async fn upsert(session: &Session) -> Result<(), Failed> {
    session.heading("Three contacts by e-mail address, and search that lags behind");
    let emails = ["kim@example.com", "lee@example.com", "sam@example.com"];
    let inputs = emails.map(|email| json!({"idProperty": "email", "id": email, "properties": {"city": "Sydney"}}));
    let answer = session.hubspot(Method::POST, UPSERT, Some(&json!({"inputs": inputs}))).await?.is(200)?;
    let new: Vec<_> = answer.json["results"].as_array().into_iter().flatten().map(|one| one["new"].clone()).collect();
    expect("which of the three are new", new, vec![json!(false), json!(true), json!(true)])?;
    session.so("one was updated and two were made: each result says which in `new`");

    let lee = json!({"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ", "value": emails[1]}]}]});
    session.hubspot(Method::POST, SEARCH, Some(&lee)).await?.is(200)?.has("/total", 0)?;
    session.say("     found 0");
    session.pass(LAG_MAX_MS, "three seconds pass").await?;
    session.hubspot(Method::POST, SEARCH, Some(&lee)).await?.is(200)?.has("/total", 1)?;
    session.say("     found 1");
    session.so("for up to three seconds a search does not find what was written: decide by key, not by search");
    Ok(())
}

async fn too_many(session: &Session) -> Result<(), Failed> {
    session.heading("A batch of 101");
    let before = contacts(session)?;
    let inputs: Vec<Value> =
        (0..101).map(|n| json!({"properties": {"email": format!("guest{n}@example.com")}})).collect();
    let path = format!("{CONTACTS}/batch/create");
    let answer = session.hubspot(Method::POST, &path, Some(&json!({"inputs": inputs}))).await?.is(400)?;
    answer.has("/category", "VALIDATION_ERROR")?.has(
        "/message",
        "The maximum number of inputs supported in a batch is 100. Please reduce the number of items and try again",
    )?;
    expect("contacts after the batch that was refused", contacts(session)?, before)?;
    session.so("it is refused whole: not one of the 101 was made");
    Ok(())
}

fn contacts(session: &Session) -> Result<usize, Failed> {
    Ok(session.world.records(SystemName::Hubspot, "contacts", 0, 0).map_err(other)?.total)
}

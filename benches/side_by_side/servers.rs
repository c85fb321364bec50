//! The two servers, each in a process and on a thread of its own: a bare axum handler that answers
//! what it was told to, and worlds with everything on.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use serde_json::{Value, json};
use sim::{ClockMode, SystemName, World};
use tokio::net::TcpListener;

use crate::process::{Result, instruction};

/// Calls come at some 20,000 a second; at this pace about a hundred of them lie in the ten-second window
/// of 190 at any instant, so that each passes every limit and refuses none.
const CALLS_SCALE: f64 = 10_000.0;
/// Searches are limited to 5 a second, so time flies faster for them: one or two lie in their window.
const SEARCHES_SCALE: f64 = 100_000.0;
/// Contacts in the world that is read and written.
const CONTACTS: usize = 10_000;
/// Contacts of one company, which is what a search asks for.
pub(crate) const COMPANY: usize = 10;

/// Serves until the process that measures is gone.
pub(crate) fn serve(role: &str) -> Result<()> {
    let told = instruction()?.ok_or("told nothing")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match role {
            "bare" => bare(&told).await,
            _ => standin(&told).await,
        }
    })
}

async fn bare(told: &Value) -> Result<()> {
    let [read, batch, search] = ["read", "batch", "search"].map(|kind| {
        let body = Bytes::from(told[kind].as_str().unwrap_or_default().to_owned());
        let reply = ([(CONTENT_TYPE, "application/json;charset=utf-8")], body);
        move |_: Bytes| std::future::ready(reply.clone())
    });
    let router = Router::new()
        .route("/crm/v3/objects/contacts/{id}", get(read))
        .route("/crm/v3/objects/contacts/batch/create", post(batch))
        .route("/crm/v3/objects/contacts/search", post(search));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&json!({"small": {"url": format!("http://{}", listener.local_addr()?)}}))?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    each_time_told(|| Ok(())).await
}

async fn standin(told: &Value) -> Result<()> {
    let small = World::builder().id("small").clock(ClockMode::Scaled(CALLS_SCALE)).start().await?;
    furnish(&small)?;
    let contact = small.records(SystemName::Hubspot, "contacts", 0, 1)?.records[0]["id"].clone();
    let many = usize::try_from(told["records"].as_u64().unwrap_or_default())?;
    let large = World::builder().id("large").clock(ClockMode::Scaled(SEARCHES_SCALE)).start().await?;
    put_contacts(&large, many)?;
    let of = |world: &World| world.ready()["systems"]["hubspot"].clone();
    say(&json!({"small": of(&small), "large": of(&large), "contact": contact}))?;
    each_time_told(|| {
        small.reset();
        furnish(&small)
    })
    .await
}

/// The same contacts with the same ids, every time.
fn furnish(world: &World) -> Result<()> {
    world.put(SystemName::Hubspot, "contacts", vec![full_contact()])?;
    put_contacts(world, CONTACTS)
}

fn full_contact() -> Value {
    json!({"properties": {
        "email": "mia.nguyen@example.com", "firstname": "Mia", "lastname": "Nguyen", "phone": "+61 3 5550 0100",
        "mobilephone": "+61 491 570 156", "address": "Shop 210, 1 Sample Road", "city": "Chadstone", "state": "VIC",
        "zip": "3148", "country": "Australia", "company": "Example Timepieces Pty Ltd", "jobtitle": "Workshop manager",
        "website": "https://www.example.com/people/mia-nguyen", "salutation": "Ms", "industry": "Retail",
        "lifecyclestage": "customer", "message": "Left a steel chronograph for repair; the crown does not wind. Call \
         before four. Wants the old parts back, in the box that they came out of, and an estimate in writing first.",
    }})
}

/// Puts contacts in, ten to a company.
fn put_contacts(world: &World, count: usize) -> Result<()> {
    let contact = |i: usize| {
        json!({"properties": {
            "email": format!("person.{i}@example.com"), "firstname": "Mia", "lastname": format!("Nguyen {i}"),
            "company": format!("Company {}", i / COMPANY),
        }})
    };
    let mut from = 0;
    while from < count {
        let to = count.min(from + 10_000);
        world.put(SystemName::Hubspot, "contacts", (from..to).map(contact).collect())?;
        from = to;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the process that measures reads it")]
fn say(line: &Value) -> Result<()> {
    println!("{line}");
    Ok(())
}

/// Starts a round afresh whenever it is told to, until there is no one to tell it.
async fn each_time_told(mut fresh: impl FnMut() -> Result<()>) -> Result<()> {
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    // A thread of its own, as reading a pipe blocks; it costs nothing while it does.
    std::thread::spawn(move || {
        while let Ok(Some(line)) = instruction() {
            if tell.blocking_send(line).is_err() {
                break;
            }
        }
    });
    while told.recv().await.is_some() {
        fresh()?;
        say(&json!({"fresh": true}))?;
    }
    Ok(())
}

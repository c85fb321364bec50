//! An initial load by the reference integration, in a process of its own, through a bad moment.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::SystemName;
use sim::faults::{Arm, Where};
use tokio::process::Command;
use tokio::time::timeout;

use super::session::Session;
use super::{Failed, expect, other};

const CUSTOMERS: usize = 250;
const FAILURES: u64 = 2;
/// In real time; world time passes only as the integration sleeps.
const TAKES_MAX: Duration = Duration::from_secs(60);

pub(super) async fn play(session: &Session) -> Result<(), Failed> {
    let world = &session.world;
    session.heading("An initial load: the Oracle master to HubSpot");
    world.given(&json!([{"ords.customers": {"count": CUSTOMERS}}])).map_err(other)?;
    let subscribed = subscribed(session)?;
    session.say(&format!(
        "   {CUSTOMERS} customers in the master, {subscribed} of them take marketing; no contact in HubSpot"
    ));
    let at = Where {
        system: Some(SystemName::Hubspot),
        path: Some("/crm/v3/objects/contacts/batch/upsert".to_owned()),
        method: None,
    };
    world.arm(Arm { name: "5xx-burst".to_owned(), count: FAILURES, status: None, at }).map_err(other)?;
    session.say("   armed 5xx-burst: the first two batches will be answered with a server error");

    let (world_began, began) = (world.clock().now(), Instant::now());
    session.say("   standin reference retail --once   (in its own process; it sleeps on the world's clock)");
    let summary = integration(session).await?;
    let (world_took, took) = (world.clock().now().since(world_began), began.elapsed());
    let created = summary["created"].as_u64().unwrap_or_default();
    session.say(&format!(
        "   it read {} customers, left {} who take no marketing, created {created} contacts",
        summary["read"], summary["unsubscribed"]
    ));
    expect(
        "what the load says",
        &summary,
        &json!({
            "read": CUSTOMERS, "unsubscribed": CUSTOMERS - subscribed, "passed_over": 0,
            "created": subscribed, "updated": 0, "failed": [],
        }),
    )?;
    let contacts = world.records(SystemName::Hubspot, "contacts", 0, 0).map_err(other)?.total;
    expect("contacts in HubSpot after the load", contacts, subscribed)?;
    expect("the world's time that the load took, in ms", world_took, 3_000)?;
    session.so(&format!(
        "it backed off 1 s and then 2 s and lost nobody; that took {} s of world time and {:.2} s of yours",
        world_took / 1000,
        took.as_secs_f64()
    ));
    Ok(())
}

fn subscribed(session: &Session) -> Result<usize, Failed> {
    let customers = session.world.records(SystemName::Ords, "customers", 0, CUSTOMERS).map_err(other)?;
    Ok(customers.records.iter().filter(|customer| customer["marketing_opt_in"] == "Y").count())
}

async fn integration(session: &Session) -> Result<Value, Failed> {
    let mut command = Command::new(std::env::current_exe().map_err(other)?);
    command
        .args(["reference", "retail", "--once"])
        .env("ORACLE_URL", session.gateway())
        .env("ORACLE_CLIENT_ID", session.given(SystemName::Ords, "client_id"))
        .env("ORACLE_CLIENT_SECRET", session.given(SystemName::Ords, "client_secret"))
        .env("HUBSPOT_BASE_URL", session.given(SystemName::Hubspot, "url"))
        .env("HUBSPOT_TOKEN", session.given(SystemName::Hubspot, "token"))
        .env("STANDIN_CONTROL_URL", &session.control_url)
        .env("STANDIN_WORLD", session.world.id())
        .env("STANDIN_PARTY", "retail")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let Output { status, stdout, stderr } =
        timeout(TAKES_MAX, command.output()).await.map_err(other)?.map_err(other)?;
    if !status.success() {
        return Err(Failed::Unexpected {
            what: "standin reference retail".to_owned(),
            expected: "that it ends well".to_owned(),
            got: format!("{status}: {}", String::from_utf8_lossy(&stderr).trim()),
        });
    }
    serde_json::from_slice(&stdout).map_err(other)
}

//! A meter over the journal says of each call what its answer said.

use serde_json::json;
use sim::gate::Decision;
use sim::journal::{Entry, What};
use sim::{Meter, SystemName};

use crate::caller::{Caller, pass_ms};
use crate::support::{Client, entries, still};

/// The exchanges of a system, each with what the meter says of it.
fn counted(mut meter: Meter, entries: &[Entry]) -> Vec<(Entry, Option<Decision>)> {
    let system = meter.system;
    let of_system = entries.iter().filter(|entry| entry.system == Some(system));
    let exchanges = of_system.filter(|entry| matches!(entry.what, What::Exchange(_)));
    exchanges.map(|entry| (entry.clone(), meter.count(entry))).collect()
}

fn meter(world: &sim::World, system: SystemName) -> Meter {
    world.meters().into_iter().find(|meter| meter.system == system).unwrap()
}

#[tokio::test]
async fn what_hubspots_headers_told_is_counted_again_from_the_journal() {
    let profile = "extends: professional
limits:
  - { id: ten_secondly, size: { value: 12, source: this test, date: 2026-11-20 } }
  - { id: daily, size: { value: 20, source: this test, date: 2026-11-20 } }
";
    let world = still().profile_text(SystemName::Hubspot, "tight.yaml", profile).start().await.unwrap();
    let client = Client::hubspot(&world);
    let stranger = Client::new(&world, SystemName::Hubspot).bearing("nobody");
    let mut answers = Vec::new();
    for round in 0..4 {
        for _ in 0..2 {
            answers.push(client.get("/crm/v3/objects/contacts").await);
            answers.push(client.post("/crm/v3/objects/contacts/search", &json!({})).await);
            answers.push(client.get("/crm/v4/associations/contacts/companies/labels").await);
            answers.push(client.get("/crm/v4/objects/contacts/1/associations/companies").await);
            answers.push(client.post("/crm/v3/objects/contacts/batch/read", &json!({"inputs": []})).await);
            answers.push(stranger.get("/crm/v3/objects/contacts").await);
            answers.push(client.get("/crm/v3/nothing").await);
            answers.push(client.get("/crm/v3/objects/contacts/1").await);
        }
        pass_ms(&world, [0, 999, 3_500, 5_600][round]).await;
    }
    let counted = counted(meter(&world, SystemName::Hubspot), &entries(&world));
    assert_eq!(counted.len(), answers.len());
    let limits = meter(&world, SystemName::Hubspot).limits().to_vec();
    let mut refused = 0;
    for ((entry, decision), answer) in counted.iter().zip(&answers) {
        let What::Exchange(exchange) = &entry.what else { unreachable!() };
        let readings = decision.iter().flat_map(|decision| decision.readings());
        let left = |id: &str| {
            readings.clone().find(|reading| limits[reading.limit].id == id).map(|reading| reading.remaining.to_string())
        };
        if !exchange.operation.ends_with(".search") {
            for (id, header) in
                [("ten_secondly", "x-hubspot-ratelimit-remaining"), ("daily", "x-hubspot-ratelimit-daily-remaining")]
            {
                assert_eq!(left(id).as_deref(), answer.header(header), "{id} of {exchange:?}");
            }
        }
        let by = match decision {
            Some(Decision::Refused { limit, .. }) => Some(limits[*limit].id.clone()),
            _ => None,
        };
        assert_eq!(by, exchange.limit, "{exchange:?}");
        refused += u32::from(by.is_some());
    }
    let of = |id: &str| {
        counted
            .iter()
            .filter(
                |(entry, _)| matches!(&entry.what, What::Exchange(exchange) if exchange.limit.as_deref() == Some(id)),
            )
            .count()
    };
    assert!(refused > 0 && of("ten_secondly") > 0 && of("daily") > 0, "{} and {}", of("ten_secondly"), of("daily"));
}

#[tokio::test]
async fn a_gateways_refusals_are_counted_again_from_the_journal() {
    let world = still().start().await.unwrap();
    let caller = Caller::new(&world, SystemName::OciGateway);
    for _ in 0..130 {
        caller.get("/erp/v1/customers/").await;
    }
    caller.get("/elsewhere").await;
    let counted = counted(meter(&world, SystemName::OciGateway), &entries(&world));
    assert_eq!(counted.len(), 131);
    let mut refused = 0;
    for (entry, decision) in &counted {
        let What::Exchange(exchange) = &entry.what else { unreachable!() };
        let is_refused = matches!(decision, Some(Decision::Refused { .. }));
        assert_eq!(is_refused, exchange.limit.is_some(), "{exchange:?}");
        assert_eq!(decision.is_some(), exchange.target != "/elsewhere");
        refused += u32::from(is_refused);
    }
    assert!(refused > 0);
}

//! Records in pipelines: which stages they may have, and what a stage says of them.

use serde_json::{Value, json};

use super::Portal;
use crate::support::pass;

const DEALS: &str = "/crm/v3/objects/deals";
const TICKETS: &str = "/crm/objects/2026-03/tickets";

/// The values of a record's properties.
async fn read(portal: &Portal, path: &str, names: &str) -> Value {
    portal.client.get(&format!("{path}?properties={names}")).await.must(200).json()["properties"].clone()
}

async fn made(portal: &Portal, root: &str, properties: Value) -> String {
    let answer = portal.client.post(root, &json!({ "properties": properties })).await.must(201).json();
    format!("{root}/{}", answer["id"].as_str().unwrap())
}

async fn set(portal: &Portal, path: &str, properties: Value) {
    portal.client.patch(path, &json!({ "properties": properties })).await.must(200);
}

#[tokio::test]
async fn a_stage_must_be_one_of_its_pipeline() {
    let portal = Portal::open().await;
    let second = json!({"pipelineId": "second", "label": "Second", "displayOrder": 1, "stages": [
        {"label": "A", "displayOrder": 0, "stageId": "a", "metadata": {"probability": "0.3"}}]});
    portal.client.post("/crm/v3/pipelines/deals", &second).await.must(201);
    let sales = "pipelineId=default : [appointmentscheduled, qualifiedtobuy, presentationscheduled, decisionmakerboughtin, contractsent, closedwon, closedlost]";
    for (root, properties, name, message) in [
        (
            TICKETS,
            json!({"subject": "x", "hs_pipeline_stage": "open"}),
            "hs_pipeline_stage",
            "open is not a valid pipeline stage ID. Valid options are: pipelineId=0 : [1, 2, 3, 4]".to_owned(),
        ),
        (
            DEALS,
            json!({"dealname": "x", "dealstage": "registered"}),
            "dealstage",
            format!("registered is not a valid pipeline stage ID. Valid options are: {sales}"),
        ),
        (
            DEALS,
            json!({"dealname": "x", "dealstage": "a"}),
            "dealstage",
            format!("a is not a valid pipeline stage ID. Valid options are: {sales}"),
        ),
        (
            DEALS,
            json!({"dealname": "x", "dealstage": "closedwon", "pipeline": "second"}),
            "dealstage",
            "closedwon is not a valid pipeline stage ID. Valid options are: pipelineId=second : [a]".to_owned(),
        ),
        (
            DEALS,
            json!({"dealname": "x", "dealstage": "a", "pipeline": "third"}),
            "pipeline",
            "third is not a valid pipeline ID. Valid options are: [default, second]".to_owned(),
        ),
    ] {
        let answer = portal.client.post(root, &json!({ "properties": properties })).await.must(400).json();
        let expected = json!([{"message": message, "code": "INVALID_OPTION", "context": {"propertyName": [name]}}]);
        assert_eq!(answer["errors"], expected);
        let inputs = json!({"inputs": [{"properties": properties}]});
        let batch = portal.client.post(&format!("{root}/batch/create"), &inputs).await;
        assert_eq!(batch.must(400).json()["errors"], expected);
    }
    let deal = made(&portal, DEALS, json!({"dealname": "x", "dealstage": "a", "pipeline": "second"})).await;
    for refused in [json!({"dealstage": "closedwon"}), json!({"pipeline": "default"})] {
        portal.client.patch(&deal, &json!({"properties": refused})).await.must(400);
    }
    set(&portal, &deal, json!({"dealstage": "closedwon", "pipeline": "default"})).await;
    set(&portal, &deal, json!({"amount": "5"})).await;
    assert_eq!(read(&portal, &deal, "dealstage,pipeline").await["pipeline"], "default");
    portal.client.post(DEALS, &json!({"properties": {"dealname": "x"}})).await.must(400);
}

#[tokio::test]
async fn a_record_that_says_none_goes_to_the_first_pipeline() {
    let portal = Portal::open().await;
    for (root, properties, pipeline, stage) in [
        (
            DEALS,
            json!({"dealname": "x", "dealstage": "contractsent"}),
            ("pipeline", "default"),
            ("dealstage", "contractsent"),
        ),
        (TICKETS, json!({"subject": "x", "hs_pipeline_stage": 2}), ("hs_pipeline", "0"), ("hs_pipeline_stage", "2")),
        (
            "/crm/objects/2026-09/orders",
            json!({"hs_order_name": "x"}),
            ("hs_pipeline", "14a2e10e-5471-408a-906e-c51f3b04369e"),
            ("hs_pipeline_stage", "4b27b500-f031-4927-9811-68a0b525cbae"),
        ),
        (
            "/crm/v3/objects/leads",
            json!({"hs_lead_name": "x"}),
            ("hs_pipeline", "lead-pipeline-id"),
            ("hs_pipeline_stage", "new-stage-id"),
        ),
    ] {
        let path = made(&portal, root, properties).await;
        let shown = read(&portal, &path, &format!("{},{}", pipeline.0, stage.0)).await;
        assert_eq!((&shown[pipeline.0], &shown[stage.0]), (&json!(pipeline.1), &json!(stage.1)), "{root}");
    }
}

#[tokio::test]
async fn what_a_stage_says_of_a_deal_is_written_with_it() {
    const NAMES: &str = "hs_is_closed,hs_is_closed_won,hs_is_closed_lost,hs_deal_stage_probability,hs_projected_amount,hs_closed_amount,closedate";
    let portal = Portal::open().await;
    let deal =
        made(&portal, DEALS, json!({"dealname": "x", "dealstage": "appointmentscheduled", "amount": "50"})).await;
    let fifth = "0.200000000000000011102230246251565404236316680908203125";
    let (first, second) = ("2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z");
    for (to, closed, won, lost, probability, amount, date) in [
        ("", "false", "false", "false", fifth, "0", Value::Null),
        ("closedwon", "true", "true", "false", "1", "50", json!(first)),
        ("closedlost", "true", "false", "true", "0", "0", json!(second)),
        ("appointmentscheduled", "false", "false", "false", fifth, "0", json!(second)),
    ] {
        if !to.is_empty() {
            pass(&portal.world, "1h").await;
            set(&portal, &deal, json!({"dealstage": to})).await;
        }
        let shown = read(&portal, &deal, NAMES).await;
        let told =
            ["hs_is_closed", "hs_is_closed_won", "hs_is_closed_lost", "hs_deal_stage_probability", "hs_closed_amount"];
        assert_eq!(told.map(|name| shown[name].as_str().unwrap()), [closed, won, lost, probability, amount], "{to}");
        assert_eq!(shown["closedate"], date, "{to}");
    }
    set(&portal, &deal, json!({"dealstage": "closedwon", "closedate": "2026-12-24"})).await;
    assert_eq!(read(&portal, &deal, "closedate").await["closedate"], "2026-12-24T00:00:00Z", "the caller's own word");
    let history = format!("{deal}?propertiesWithHistory=hs_is_closed");
    let history = portal.client.get(&history).await.must(200).json();
    let values: Vec<_> = history["propertiesWithHistory"]["hs_is_closed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["value"].clone())
        .collect();
    assert_eq!(values, ["true", "false", "true", "false"]);
    let refused = portal.client.patch(&deal, &json!({"properties": {"hs_is_closed": "false"}})).await.must(400).json();
    assert_eq!(refused["errors"][0]["code"], "READ_ONLY_VALUE");
}

#[tokio::test]
async fn a_ticket_is_closed_when_its_stage_says_so() {
    let portal = Portal::open().await;
    let ticket = made(&portal, TICKETS, json!({"subject": "x", "hs_pipeline_stage": "1"})).await;
    let told = async || {
        let shown = read(&portal, &ticket, "hs_is_closed,closed_date").await;
        (shown["hs_is_closed"].clone(), shown["closed_date"].clone())
    };
    assert_eq!(told().await, (json!("false"), Value::Null));
    pass(&portal.world, "1h").await;
    set(&portal, &ticket, json!({"hs_pipeline_stage": "4"})).await;
    assert_eq!(told().await, (json!("true"), json!("2026-11-20T01:00:00Z")));
    set(&portal, &ticket, json!({"hs_pipeline_stage": "2"})).await;
    assert_eq!(told().await, (json!("false"), json!(null)));
    set(&portal, &ticket, json!({"hs_pipeline_stage": "4", "closed_date": "2026-11-01"})).await;
    assert_eq!(told().await, (json!("true"), json!("2026-11-01T00:00:00Z")));
}

#[tokio::test]
async fn a_line_item_has_what_its_product_has() {
    let portal = Portal::open().await;
    let product = json!({"name": "Watch", "price": "250", "hs_sku": "W-1", "description": "steel"});
    let product = made(&portal, "/crm/v3/objects/products", product).await;
    let id = product.rsplit('/').next().unwrap();
    let names = "name,price,hs_sku,description,amount";
    for root in ["/crm/v3/objects/line_items", "/crm/objects/2026-09/line_items"] {
        for (given, name, price) in
            [(json!({}), "Watch", "250"), (json!({"price": "199.50", "name": "Gift"}), "Gift", "199.50")]
        {
            let mut given = given;
            (given["hs_product_id"], given["quantity"]) = (json!(id), json!("2"));
            let line = made(&portal, root, given.clone()).await;
            let shown = read(&portal, &line, names).await;
            assert_eq!(
                (&shown["name"], &shown["price"], &shown["hs_sku"]),
                (&json!(name), &json!(price), &json!("W-1"))
            );
            assert_eq!(shown["description"], Value::Null);
            let inputs = json!({"inputs": [{"properties": given}]});
            let batch = portal.client.post(&format!("{root}/batch/create"), &inputs).await;
            assert_eq!(batch.must(201).json()["results"][0]["properties"]["price"], price);
        }
        let alone = made(&portal, root, json!({"hs_product_id": "1", "quantity": "2"})).await;
        assert_eq!(read(&portal, &alone, names).await["name"], Value::Null, "no such product");
    }
}

//! Pipelines and their stages by both paths: what there is at first, how they change, what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::told;
use crate::support::{Answer, Client, pass, still};

const V3: &str = "/crm/v3/pipelines";
const DATED: [&str; 3] = [V3, "/crm/pipelines/2026-03", "/crm/pipelines/2026-09"];

async fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send(Method::PUT, path, Some("application/json"), body.to_string()).await
}

fn stage(label: &str, order: i32, probability: &str) -> Value {
    json!({"label": label, "displayOrder": order, "metadata": {"probability": probability}})
}

/// `id order` of each stage.
#[track_caller]
fn stages(pipeline: &Value) -> Vec<String> {
    let stages = pipeline["stages"].as_array().unwrap_or_else(|| panic!("{pipeline}"));
    stages.iter().map(|stage| format!("{} {}", stage["id"].as_str().unwrap(), stage["displayOrder"])).collect()
}

/// Status, message, category and sub-category of a refusal.
#[track_caller]
fn refusal(answer: &Answer) -> (u16, String, Value, Value) {
    let (status, _) = told(answer);
    let body = answer.json();
    (status, body["message"].as_str().unwrap().to_owned(), body["category"].clone(), body["subCategory"].clone())
}

#[tokio::test]
async fn a_portal_has_pipelines_from_its_first_day() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let sales = [
        ("appointmentscheduled", "Appointment Scheduled", "0.2", "false"),
        ("qualifiedtobuy", "Qualified To Buy", "0.4", "false"),
        ("presentationscheduled", "Presentation Scheduled", "0.6", "false"),
        ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8", "false"),
        ("contractsent", "Contract Sent", "0.9", "false"),
        ("closedwon", "Closed Won", "1.0", "true"),
        ("closedlost", "Closed Lost", "0.0", "true"),
    ];
    let day = "1970-01-01T00:00:00Z";
    let stages: Vec<_> = sales
        .iter()
        .zip(0..)
        .map(|((id, label, probability, closed), order)| {
            json!({
                "label": label, "displayOrder": order, "metadata": {"isClosed": closed, "probability": probability},
                "id": id, "createdAt": day, "updatedAt": day, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                "archived": false,
            })
        })
        .collect();
    let pipeline = json!({
        "label": "Sales Pipeline", "displayOrder": 0, "id": "default", "stages": stages, "createdAt": day,
        "updatedAt": day, "archived": false,
    });
    for root in DATED {
        for name in ["deals", "deal", "0-3"] {
            assert_eq!(client.get(&format!("{root}/{name}")).await.must(200).json(), json!({"results": [pipeline]}));
        }
        assert_eq!(client.get(&format!("{root}/deals/default/")).await.must(200).json(), pipeline);
        let of_stages = client.get(&format!("{root}/deals/default/stages")).await.must(200).json();
        assert_eq!(of_stages, json!({"results": stages}));
        let won = client.get(&format!("{root}/deals/default/stages/closedwon")).await.must(200).json();
        assert_eq!(won, stages[5]);
        for (name, id, first, count) in [
            ("tickets", "0", "1", 4),
            ("orders", "14a2e10e-5471-408a-906e-c51f3b04369e", "4b27b500-f031-4927-9811-68a0b525cbae", 5),
            ("leads", "lead-pipeline-id", "new-stage-id", 5),
            ("contacts", "contacts-lifecycle-pipeline", "subscriber", 8),
            ("companies", "companies-lifecycle-pipeline", "subscriber", 8),
        ] {
            let all = client.get(&format!("{root}/{name}")).await.must(200).json();
            let [only] = all["results"].as_array().unwrap().as_slice() else { panic!("{all}") };
            let held = only["stages"].as_array().unwrap();
            assert_eq!((&only["id"], &held[0]["id"], held.len()), (&json!(id), &json!(first), count));
        }
        assert_eq!(client.get(&format!("{root}/line_items")).await.must(200).json(), json!({"results": []}));
        let unknown = client.get(&format!("{root}/butterflies")).await;
        assert_eq!(refusal(&unknown).1, "Unable to infer object type from: butterflies");
    }
    client.with(None).get(&format!("{V3}/deals")).await.must(401);
    client.get("/crm/pipelines/v4/deals").await.must(404);
    client.get(&format!("{V3}/deals/default/else")).await.must(404);
    client.delete(&format!("{V3}/deals")).await.must(405);
}

#[tokio::test]
async fn a_pipeline_is_made_changed_replaced_and_deleted() {
    for root in DATED {
        let world = still().start().await.unwrap();
        let client = Client::hubspot(&world);
        let body = json!({"label": "Boutiques", "displayOrder": 3, "stages": [
            {"label": "First call", "displayOrder": 0, "stageId": "First.Call 1", "metadata": {"probability": 0.50, "x": "y"}},
            stage("Won", 2, "1"), stage("Lost", 2, "0"),
        ]});
        let created = client.post(&format!("{root}/deals"), &body).await.must(201).json();
        assert_eq!(created["stages"][0]["metadata"], json!({"isClosed": "false", "probability": "0.5", "x": "y"}));
        assert_eq!(created["stages"][1]["metadata"]["probability"], "1", "an answer repeats what was sent");
        let id = created["id"].as_str().unwrap().to_owned();
        assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        let path = format!("{root}/deals/{id}");
        let read = async || client.get(&path).await.must(200).json();
        let kept = read().await;
        assert_eq!(kept["stages"][0]["metadata"], json!({"isClosed": "false", "probability": "0.5"}));
        assert_eq!(kept["stages"][1]["metadata"], json!({"isClosed": "true", "probability": "1.0"}));
        let won = kept["stages"][1]["id"].as_str().unwrap().to_owned();
        let lost = kept["stages"][2]["id"].as_str().unwrap().to_owned();
        assert_eq!(
            stages(&kept),
            ["First.Call 1 0".into(), format!("{won} 1"), format!("{lost} 2")],
            "a tie counts all anew"
        );
        assert_eq!((&kept["createdAt"], &kept["updatedAt"]), (&json!("2026-11-20T00:00:00Z"), &kept["createdAt"]));

        pass(&world, "1h").await;
        let changed = client.patch(&path, &json!({"label": "Shops"})).await.must(200).json();
        assert_eq!((&changed["label"], &changed["displayOrder"]), (&json!("Shops"), &json!(3)));
        assert_eq!(changed, read().await);
        assert_eq!(changed["stages"][2]["updatedAt"], "2026-11-20T01:00:00Z");
        assert_eq!(changed["stages"][2]["createdAt"], "2026-11-20T00:00:00Z");

        let body = json!({"label": "Shops", "displayOrder": 1, "stages": [
            {"label": "Sold", "displayOrder": 5, "stageId": won, "metadata": {}}, stage("New", 0, "0.1"),
        ]});
        put(&client, &path, &body).await.must(200);
        let replaced = read().await;
        let new = replaced["stages"][0]["id"].as_str().unwrap();
        assert_eq!(stages(&replaced), [format!("{new} 0"), format!("{won} 5")]);
        assert_eq!(replaced["stages"][1]["metadata"]["probability"], "1.0", "what is not sent stays");
        assert_eq!(replaced["createdAt"], "2026-11-20T00:00:00Z");

        client.delete(&path).await.must(204);
        client.get(&path).await.must(404);
        let again = client.delete(&path).await;
        let said = format!("No pipeline found with id {id}");
        assert_eq!(refusal(&again), (404, said, json!("OBJECT_NOT_FOUND"), Value::Null));
        let all = client.get(&format!("{root}/deals")).await.must(200).json();
        assert_eq!(all["results"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_stage_is_made_changed_and_deleted() {
    for root in DATED {
        let world = still().start().await.unwrap();
        let client = Client::hubspot(&world);
        let path = format!("{root}/tickets/0/stages");
        let read = async || client.get(&format!("{root}/tickets/0")).await.must(200).json();
        let body = json!({"label": "Parts ordered", "displayOrder": 1, "stageId": "parts", "metadata": {}});
        let made = client.post(&path, &body).await.must(201).json();
        assert_eq!(made["metadata"], json!({"isClosed": "false", "ticketState": "OPEN"}));
        assert_eq!(stages(&read().await), ["1 0", "2 1", "parts 2", "3 3", "4 4"]);
        let one = format!("{path}/parts");
        let closed = client.patch(&one, &json!({"metadata": {"ticketState": "CLOSED"}})).await.must(200).json();
        assert_eq!(closed["metadata"], json!({"isClosed": "false", "ticketState": "CLOSED"}), "told before it follows");
        assert_eq!(closed["label"], "Parts ordered");
        assert_eq!(client.get(&one).await.must(200).json()["metadata"]["isClosed"], "true");
        let body = json!({"label": "Parts", "displayOrder": 9, "metadata": {}});
        let replaced = put(&client, &one, &body).await.must(200).json();
        assert_eq!((&replaced["label"], &replaced["metadata"]["ticketState"]), (&json!("Parts"), &json!("CLOSED")));
        assert_eq!(stages(&read().await), ["1 0", "2 1", "3 3", "4 4", "parts 9"], "a free place changes nothing else");
        for _ in 0..2 {
            client.delete(&one).await.must(204);
        }
        client.delete(&format!("{root}/tickets/none/stages/1")).await.must(204);
        assert_eq!(stages(&read().await), ["1 0", "2 1", "3 3", "4 4"]);
    }
}

#[tokio::test]
async fn what_a_pipeline_may_not_be_is_refused_in_the_vendors_words() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let new = |stages: Value| json!({"label": "New", "displayOrder": 1, "stages": stages});
    let named = |id: &str| json!({"label": "A", "displayOrder": 0, "stageId": id, "metadata": {"probability": "0.1"}});
    let validation = || json!("VALIDATION_ERROR");
    let many: Vec<_> = (0..101).map(|n| stage(&n.to_string(), n, "0.1")).collect();
    let few: Vec<_> = (0..31).map(|n| json!({"label": n.to_string(), "displayOrder": n, "metadata": {}})).collect();
    for (path, body, status, message, category, sub_category) in [
        ("deals", new(json!([])), 400, "Pipeline must have at least one stage", validation(), Value::Null),
        (
            "deals",
            json!({"pipelineId": "default", "label": "New", "displayOrder": 1, "stages": [stage("A", 0, "0.1")]}),
            400,
            "There's another pipeline in this portal with pipelineId (default).",
            validation(),
            Value::Null,
        ),
        (
            "deals",
            json!({"pipelineId": "0", "label": "New", "displayOrder": 1, "stages": [stage("A", 0, "0.1")]}),
            409,
            "There's another pipeline in this portal with one of the same stages",
            json!("OBJECT_ALREADY_EXISTS"),
            json!("PipelineError.STAGE_ID_EXISTS_IN_ANOTHER_PIPELINE"),
        ),
        (
            "deals",
            new(json!([named("closedwon")])),
            409,
            "There's another pipeline in this portal with one of the same stages",
            json!("OBJECT_ALREADY_EXISTS"),
            json!("PipelineError.STAGE_ID_EXISTS_IN_ANOTHER_PIPELINE"),
        ),
        (
            "deals",
            json!({"label": "sales PIPELINE", "displayOrder": 1, "stages": [stage("A", 0, "0.1")]}),
            400,
            "An active pipeline with label sales PIPELINE already exists.",
            validation(),
            Value::Null,
        ),
        (
            "deals",
            new(json!([stage("A", 0, "0.1"), stage(" a ", 1, "0.2")])),
            400,
            "Stage with label  a  already exists",
            validation(),
            Value::Null,
        ),
        (
            "deals",
            new(json!([{"label": "A", "displayOrder": 0, "metadata": {}}])),
            400,
            "must specify probability when writing a dealstage",
            Value::Null,
            Value::Null,
        ),
        (
            "deals",
            new(json!([stage("A", 0, "1.1")])),
            400,
            "dealstage probability is not valid, must be between 0.0 and 1.0 (inclusive)",
            Value::Null,
            Value::Null,
        ),
        (
            "deals",
            new(json!([stage("A", -1, "0.1")])),
            400,
            "Pipeline display order cannot be negative",
            Value::Null,
            Value::Null,
        ),
        (
            "deals",
            new(many.into()),
            400,
            "A pipeline can have at most 100 stages, but 101 were given",
            validation(),
            Value::Null,
        ),
        (
            "orders",
            new(few.into()),
            400,
            "A pipeline can have at most 30 stages, but 31 were given",
            validation(),
            Value::Null,
        ),
        (
            "tickets",
            new(json!([{"label": "A", "displayOrder": 0, "metadata": {"ticketState": "closed"}}])),
            400,
            "Failed to deserialize metadata for object type TICKET",
            validation(),
            json!("PipelineError.INVALID_PIPELINE_STAGE_METADATA"),
        ),
        (
            "tickets",
            json!({"pipelineId": "p", "label": "New", "displayOrder": 1, "stages": [
            {"label": "A", "displayOrder": 0, "metadata": {}}]}),
            400,
            "TICKET pipeline: p must have at least one closed stage",
            validation(),
            json!("PipelineError.MISSING_CLOSED_STAGE"),
        ),
        (
            "line_items",
            new(json!([{"label": "A", "displayOrder": 0, "metadata": {}}])),
            400,
            "Object type LINE_ITEM does not have pipelines",
            validation(),
            Value::Null,
        ),
        ("deals/default/stages", named("1"), 201, "", Value::Null, Value::Null),
        (
            "deals/default/stages",
            stage("CLOSED won", 9, "0.1"),
            400,
            "Stage with label CLOSED won already exists",
            validation(),
            json!("PipelineError.STAGE_LABEL_EXISTS"),
        ),
        (
            "deals/default/stages",
            named("contractsent"),
            400,
            "An existing active stage in another pipeline is already using stage id contractsent",
            Value::Null,
            Value::Null,
        ),
    ] {
        let answer = client.post(&format!("{V3}/{path}"), &body).await;
        if status == 201 {
            answer.must(201);
            continue;
        }
        assert_eq!(refusal(&answer), (status, message.to_owned(), category, sub_category), "{path} {body}");
    }
    let lacking = client.post(&format!("{V3}/deals"), &json!({"stages": [stage("A", 0, "0.1")]})).await;
    let message = lacking.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.ends_with("Cannot build PipelineInput, some of required attributes are not set [label, displayOrder]"),
        "{message}"
    );
    let long = json!({"pipelineId": "x".repeat(37), "label": "L", "displayOrder": 1, "stages": [stage("A", 0, "0.1")]});
    client.post(&format!("{V3}/deals"), &long).await.must(500);
    let archived = client.patch(&format!("{V3}/deals/default"), &json!({"archived": true})).await;
    assert_eq!(refusal(&archived).0, 400);
    for n in 1..15 {
        let body = json!({"label": format!("P{n}"), "displayOrder": n, "stages": [stage("A", 0, "0.1")]});
        client.post(&format!("{V3}/deals"), &body).await.must(201);
    }
    let over = client.post(&format!("{V3}/deals"), &new(json!([stage("A", 0, "0.1")]))).await;
    assert_eq!(refusal(&over).1, "An account can have at most 15 pipelines of DEAL");
    let null = client
        .patch(&format!("{V3}/deals/default/stages/contractsent"), &json!({"metadata": {"probability": null}}))
        .await;
    assert_eq!(refusal(&null).1, "must specify probability when writing a dealstage");
    let last = client.delete(&format!("{V3}/tickets/0/stages/4")).await;
    assert_eq!(refusal(&last).3, "PipelineError.MISSING_CLOSED_STAGE");
}

#[tokio::test]
async fn what_is_not_there_is_told_as_the_web_server_or_the_service_does() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    for root in DATED {
        for path in ["deals/none", "deals/default/stages/none", "deals/none/audit"] {
            let page = client.get(&format!("{root}/{path}")).await.must(404);
            assert!(page.body.contains("<html"), "{page:?}");
        }
        let empty = client.patch(&format!("{root}/deals/none"), &json!({"label": "x"})).await.must(404);
        assert_eq!(empty.body, "");
        let body = client.get(&format!("{root}/deals/none/stages")).await.must(404).json();
        assert!(body["category"].is_null() && body["status"] == "error", "{body}");
    }
}

/// Makes a deal in a stage of a new pipeline and answers both ids.
async fn used(client: &Client, root: &str, name: &str) -> (String, String) {
    let body = json!({"pipelineId": name, "label": name, "displayOrder": 1, "stages": [
        {"label": "A", "displayOrder": 0, "stageId": format!("{name}_a"), "metadata": {"probability": "0.1"}},
        {"label": "B", "displayOrder": 1, "stageId": format!("{name}_b"), "metadata": {"probability": "0.2"}},
    ]});
    client.post(&format!("{root}/deals"), &body).await.must(201);
    let deal = json!({"properties": {"dealname": "Kim", "pipeline": name, "dealstage": format!("{name}_a")}});
    let deal = client.post("/crm/v3/objects/deals", &deal).await.must(201).json();
    (format!("{root}/deals/{name}"), deal["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_delete_looks_for_records_when_it_is_to() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    for (n, (root, query, stopped)) in [
        (V3, "", false),
        (V3, "?validateDealStageUsagesBeforeDelete=true", true),
        (V3, "?validateReferencesBeforeDelete=true", true),
        (DATED[1], "", false),
        (DATED[2], "", true),
        (DATED[2], "?validateDealStageUsagesBeforeDelete=false", false),
        (DATED[2], "?validateReferencesBeforeDelete=false", true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("p{n}");
        let (path, deal) = used(&client, root, &name).await;
        let answer = client.delete(&format!("{path}{query}")).await;
        if !stopped {
            answer.must(204);
            continue;
        }
        let (status, body) = told(&answer);
        let expected = format!(
            r#"{{"status":"error","message":"Stage IDs: [{name}_a, {name}_b] are being referenced by object IDs: [{deal}]","correlationId":"ID","context":{{"stageIds":["[{name}_a, {name}_b]"],"objectIds":["[{deal}]"]}},"category":"VALIDATION_ERROR","subCategory":"PipelineError.STAGE_ID_IN_USE"}}"#
        );
        assert_eq!((status, body), (400, expected));
        let stage = format!("{path}/stages/{name}_a{query}");
        assert_eq!(refusal(&client.delete(&stage).await).3, "PipelineError.STAGE_ID_IN_USE");
        let body = json!({"label": name, "displayOrder": 1, "stages": [stage_named(&format!("{name}_b"))]});
        assert_eq!(refusal(&put(&client, &format!("{path}{query}"), &body).await).3, "PipelineError.STAGE_ID_IN_USE");
        client.delete(&format!("{path}/stages/{name}_b{query}")).await.must(204);
        client.delete(&format!("/crm/v3/objects/deals/{deal}")).await.must(204);
        client.delete(&format!("{path}{query}")).await.must(204);
    }
}

fn stage_named(id: &str) -> Value {
    json!({"label": "B", "displayOrder": 0, "stageId": id, "metadata": {"probability": "0.2"}})
}

#[tokio::test]
async fn changes_are_audited_the_latest_first() {
    for root in DATED {
        let world = still().start().await.unwrap();
        let client = Client::hubspot(&world);
        let portal = world.ready()["systems"]["hubspot"]["portal_id"].clone();
        let rows = async |path: &str| {
            let answer = client.get(&format!("{root}/deals/{path}/audit")).await.must(200).json();
            answer["results"].as_array().unwrap().clone()
        };
        assert_eq!(rows("default").await, Vec::<Value>::new());
        used(&client, root, "p").await;
        pass(&world, "1m").await;
        client.patch(&format!("{root}/deals/p/stages/p_b"), &json!({"label": "C"})).await.must(200);
        client.patch(&format!("{root}/deals/p"), &json!({"displayOrder": 4})).await.must(200);
        let told = rows("p").await;
        let actions: Vec<_> = told.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["UPDATE", "UPDATE", "CREATE"]);
        assert_eq!(told[0]["identifier"], format!("{portal}:p"));
        assert_eq!((&told[0]["portalId"], &told[0]["timestamp"]), (&portal, &json!("2026-11-20T00:01:00Z")));
        assert_eq!(told[2]["message"], "User defined. pipeline created");
        let owner = client.get("/crm/v3/owners?limit=1").await.must(200).json();
        assert_eq!(told[0]["fromUserId"], owner["results"][0]["userId"]);
        let raw: Value = serde_json::from_str(told[0]["rawObject"].as_str().unwrap()).unwrap();
        assert_eq!((&raw["displayOrder"], &raw["stages"][1]["label"]), (&json!(4), &json!("C")));
        assert_eq!((&raw["objectType"], &raw["version"]), (&json!("DEAL"), &json!(2)));
        let told = rows("p/stages/p_b").await;
        let actions: Vec<_> = told.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["UPDATE", "CREATE"]);
        assert_eq!(rows("p/stages/p_a").await.len(), 1);
    }
}

//! Communication preferences: what an address is asked and told, and what a contact shows of it.

use serde_json::{Value, json};
use sim::journal::Actor;

use super::{refused, told};
use crate::support::{Client, changes, still};

const ROOT: &str = "/communication-preferences";
const KIM: &str = "kim@example.com";

/// The id of the portal's one subscription.
async fn definition(client: &Client) -> String {
    let definitions = client.get(&format!("{ROOT}/v3/definitions")).await.must(200).json();
    let [only] = definitions["subscriptionDefinitions"].as_array().unwrap().as_slice() else { panic!("{definitions}") };
    assert_eq!((&only["isActive"], &only["communicationMethod"]), (&json!(true), &json!("Email")));
    only["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_is_subscribed_and_unsubscribed_but_not_back() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let id = definition(&client).await;
    let status = async || client.get(&format!("{ROOT}/v3/status/email/{KIM}")).await.must(200).json();
    let wanted = |status: &str, basis: Value| {
        json!({"recipient": KIM, "subscriptionStatuses": [{
            "id": id, "name": "Marketing Information", "description": "Marketing offers and updates.",
            "status": status, "sourceOfStatus": "SUBSCRIPTION_STATUS", "brandId": null, "preferenceGroupName": null,
            "legalBasis": basis, "legalBasisExplanation": null,
        }]})
    };
    assert_eq!(status().await, wanted("SUBSCRIBED", Value::Null), "never asked reads as subscribed");
    let ask = json!({"emailAddress": " Kim@Example.com", "subscriptionId": id, "legalBasis": "CONSENT_WITH_NOTICE"});
    let one = client.post(&format!("{ROOT}/v3/subscribe"), &ask).await.must(200).json();
    assert_eq!(one, wanted("SUBSCRIBED", json!("CONSENT_WITH_NOTICE"))["subscriptionStatuses"][0]);
    client.post(&format!("{ROOT}/v3/unsubscribe"), &ask).await.must(200);
    assert_eq!(status().await["subscriptionStatuses"][0]["status"], "NOT_SUBSCRIBED");
    let back = client.post(&format!("{ROOT}/v3/subscribe"), &ask).await;
    let message = format!("Subscription {id} for {KIM} cannot be updated because they have unsubscribed");
    refused(
        &back,
        400,
        &json!({"status": "error", "message": message, "correlationId": "ID", "category": "VALIDATION_ERROR"})
            .to_string(),
    );
    assert!(changes(&world).is_empty(), "one kind of e-mail shows on no contact");
}

#[tokio::test]
async fn the_later_versions_tell_a_row_for_the_subscription_and_let_one_come_back() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let id: u64 = definition(&client).await.parse().unwrap();
    let row = |status: &str, source: &str, reason: Value| {
        json!({
            "businessUnitId": 0, "channel": "EMAIL", "subscriberIdString": KIM, "subscriptionId": id, "status": status,
            "source": source, "legalBasis": null, "legalBasisExplanation": null, "setStatusSuccessReason": reason,
            "timestamp": "2026-11-20T00:00:00Z",
        })
    };
    for version in ["v4", "2026-03", "2026-09"] {
        let statuses = client.get(&format!("{ROOT}/{version}/statuses/{KIM}?channel=EMAIL")).await.must(200).json();
        let results = json!([row("NOT_SPECIFIED", "Public status API", Value::Null)]);
        let (from, to) = ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z");
        assert_eq!(statuses, json!({"status": "COMPLETE", "results": results, "startedAt": from, "completedAt": to}));
    }
    let path = format!("{ROOT}/v4/statuses/{KIM}");
    let mut reasons = Vec::new();
    for state in ["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED", "NOT_SPECIFIED"] {
        let ask = json!({"subscriptionId": id, "statusState": state, "channel": "EMAIL"});
        let answer = client.post(&path, &ask).await.must(200).json();
        reasons.push(answer["results"][0]["setStatusSuccessReason"].as_str().unwrap().to_owned());
        assert_eq!(answer["results"], json!([row(state, "Public status API", json!(reasons.last()))]));
    }
    let occurred = "REQUESTED_CHANGE_OCCURRED";
    assert_eq!(reasons, [occurred, "NO_STATUS_CHANGE", occurred, "RESUBSCRIBE_OCCURRED", occurred]);
    let definitions = client.get(&format!("{ROOT}/v4/definitions")).await.must(200).json();
    assert_eq!(
        (&definitions["status"], &definitions["results"][0]["id"]),
        (&json!("COMPLETE"), &json!(id.to_string()))
    );
}

#[tokio::test]
async fn leaving_all_shows_on_the_contact_and_is_not_taken_back() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let id = definition(&client).await;
    let contact = json!({"properties": {"email": KIM}});
    client.post("/crm/v3/objects/contacts", &contact).await.must(201);
    let path = format!("{ROOT}/v4/statuses/{KIM}/unsubscribe-all?channel=EMAIL");
    assert_eq!(client.get(&path).await.must(200).json()["results"], json!([]));

    let left = client.post(&format!("{path}&verbose=true"), &json!({})).await.must(200).json();
    assert_eq!(left["results"][0]["setStatusSuccessReason"], "UNSUBSCRIBE_FROM_ALL_OCCURRED");
    assert_eq!(left["results"][0]["status"], "UNSUBSCRIBED");
    assert_eq!(client.post(&path, &json!({})).await.must(200).json()["results"], json!([]), "quiet unless asked");
    let wide = client.get(&path).await.must(200).json();
    assert_eq!(wide["results"][0]["wideStatusType"], "PORTAL_WIDE");

    let told = changes(&world).pop().unwrap();
    assert_eq!((told.actor, told.exchange.is_some()), (Actor::Integration, true));
    assert_eq!(serde_json::to_value(&told.values).unwrap(), json!({"hs_email_optout": "true"}));
    let by_address = format!("/crm/v3/objects/contacts/{KIM}?idProperty=email&properties=hs_email_optout");
    let shown = async || client.get(&by_address).await.must(200).json()["properties"]["hs_email_optout"].clone();
    assert_eq!(shown().await, "true");

    let status = client.get(&format!("{ROOT}/v3/status/email/{KIM}")).await.must(200).json();
    assert_eq!(status["subscriptionStatuses"][0]["sourceOfStatus"], "PORTAL_WIDE_STATUS");
    let ask = json!({"emailAddress": KIM, "subscriptionId": id});
    client.post(&format!("{ROOT}/v3/subscribe"), &ask).await.must(400);
    let ask = json!({"subscriptionId": id, "statusState": "SUBSCRIBED", "channel": "EMAIL"});
    client.post(&format!("{ROOT}/v4/statuses/{KIM}"), &ask).await.must(200);
    assert_eq!(shown().await, "true", "the wide flag stays");
}

#[tokio::test]
async fn a_call_of_the_preferences_that_cannot_be_used_is_told() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    let id = definition(&client).await;
    let empty = client.post(&format!("{ROOT}/v3/unsubscribe"), &json!({})).await;
    let message = "Invalid input JSON on line 1, column 2: Cannot build PublicUpdateSubscriptionStatusRequest, some of required attributes are not set [emailAddress, subscriptionId]";
    refused(&empty, 400, &json!({"status": "error", "message": message, "correlationId": "ID"}).to_string());
    for (path, body, message) in [
        ("v3/subscribe", json!({"emailAddress": "kim", "subscriptionId": id}), "Email address kim is invalid"),
        ("v3/subscribe", json!({"emailAddress": KIM, "subscriptionId": "7"}), "Subscription 7 does not exist"),
        (
            "v4/statuses/kim@example.com",
            json!({"subscriptionId": id, "statusState": "SUBSCRIBED", "channel": "SMS"}),
            "Invalid channel: SMS",
        ),
        (
            "v4/statuses/kim@example.com",
            json!({"subscriptionId": id, "statusState": "MAYBE", "channel": "EMAIL"}),
            "Invalid statusState: MAYBE",
        ),
        ("v4/statuses/kim@example.com/unsubscribe-all", json!({}), "Invalid channel: "),
    ] {
        let answer = client.post(&format!("{ROOT}/{path}"), &body).await;
        let body =
            json!({"status": "error", "message": message, "correlationId": "ID", "category": "VALIDATION_ERROR"});
        assert_eq!(told(&answer), (400, body.to_string()), "{path}");
    }
    client.get(&format!("{ROOT}/v4/statuses/{KIM}")).await.must(400);
    client.get(&format!("{ROOT}/v3/subscribe")).await.must(405);
    client.get(&format!("{ROOT}/v5/definitions")).await.must(404);
    client.with(None).get(&format!("{ROOT}/v3/definitions")).await.must(401);
}

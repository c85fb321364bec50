//! Communication preferences: what an address is asked and told, and what a contact shows of it.

use serde_json::{Value, json};
use sim::journal::Actor;

use super::{CONTACTS, Portal, refused, told};
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

#[tokio::test]
async fn preferences_of_many_addresses_go_in_one_call() {
    let portal = Portal::open().await;
    let definitions = portal.client.get("/communication-preferences/v4/definitions").await.must(200).json();
    let subscription: u64 = definitions["results"][0]["id"].as_str().unwrap().parse().unwrap();
    for root in
        ["/communication-preferences/v4", "/communication-preferences/2026-03", "/communication-preferences/2026-09"]
    {
        let name = |who: &str| format!("{who}.{}@example.com", root.rsplit('/').next().unwrap());
        let (ann, bob) = (name("ann"), name("bob"));
        let contact = portal.contact(json!({"email": bob})).await;
        let choice = |address: &str, state: &str| json!({"subscriberIdString": address, "subscriptionId": subscription, "statusState": state, "channel": "EMAIL"});
        let batch = async |what: &str, inputs: Value| {
            portal.client.post(&format!("{root}/statuses/batch/{what}"), &json!({ "inputs": inputs })).await
        };
        let written = batch("write", json!([choice(&ann, "SUBSCRIBED"), choice(&bob, "UNSUBSCRIBED")])).await.must(200);
        let rows = written.json()["results"].clone();
        assert_eq!([&rows[0]["status"], &rows[1]["status"]], ["SUBSCRIBED", "UNSUBSCRIBED"]);
        assert_eq!(rows[0]["setStatusSuccessReason"], "REQUESTED_CHANGE_OCCURRED");
        let read = batch("read?channel=EMAIL", json!([ann, bob])).await.must(200).json();
        assert_eq!(read["results"][1]["subscriberIdString"], bob);
        assert_eq!(read["results"][1]["statuses"][0]["status"], "UNSUBSCRIBED");
        let left = batch("unsubscribe-all?channel=EMAIL&verbose=true", json!([bob])).await.must(200).json();
        assert_eq!(left["results"][0]["statuses"][0]["setStatusSuccessReason"], "UNSUBSCRIBE_FROM_ALL_OCCURRED");
        let wide = batch("unsubscribe-all/read?channel=EMAIL", json!([ann, bob])).await.must(200).json();
        assert_eq!(wide["results"][0]["wideStatuses"], json!([]));
        assert_eq!(wide["results"][1]["wideStatuses"][0]["wideStatusType"], "PORTAL_WIDE");
        let shown =
            portal.client.get(&format!("{CONTACTS}/{contact}?properties=hs_email_optout")).await.must(200).json();
        assert_eq!(shown["properties"]["hs_email_optout"], "true");
        let links = json!({"subscriberIdString": ann, "subscriptionId": subscription});
        let links = portal.client.post(&format!("{root}/links/generate?channel=EMAIL"), &links).await.must(200).json();
        assert!(links["unsubscribeSingleUrl"].as_str().unwrap().contains(&ann), "{links}");

        // One that cannot be means none is.
        let refused =
            batch("write", json!([choice(&ann, "UNSUBSCRIBED"), choice("nobody", "SUBSCRIBED")])).await.must(400);
        assert_eq!(refused.json()["message"], "Email address nobody is invalid");
        let still = batch("read?channel=EMAIL", json!([ann])).await.must(200).json();
        assert_eq!(still["results"][0]["statuses"][0]["status"], "SUBSCRIBED");
        let refused = batch("write", json!([choice(&ann, "UNSUBSCRIBED"), choice(&bob, "PERHAPS")])).await.must(400);
        assert_eq!(refused.json()["message"], "Invalid statusState: PERHAPS");
        let still = batch("read?channel=EMAIL", json!([ann])).await.must(200).json();
        assert_eq!(still["results"][0]["statuses"][0]["status"], "SUBSCRIBED");
        for what in ["read", "read?channel=SMS", "unsubscribe-all", "unsubscribe-all/read?channel=SMS"] {
            assert_eq!(batch(what, json!([ann])).await.must(400).json()["category"], "VALIDATION_ERROR", "{what}");
        }
        let many: Vec<_> = (0..101).map(|n| format!("many.{n}@example.com")).collect();
        batch("read?channel=EMAIL", json!(many)).await.must(400);
    }
}

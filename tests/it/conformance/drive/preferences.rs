//! Communication preferences: what addresses want.

use serde_json::{Value, json};

use super::{Played, Portal, fill, inputs};
use crate::conformance::surface::Operation;

async fn subscription(portal: &Portal) -> u64 {
    let all = portal.client.get("/communication-preferences/v3/definitions").await.must(200).json();
    all["subscriptionDefinitions"][0]["id"].as_str().unwrap().parse().unwrap()
}

pub(super) async fn play(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let address = format!("wanted.{}@example.com", portal.next());
    let subscription = subscription(portal).await;
    let choice = |address: &str| json!({"emailAddress": address, "subscriptionId": subscription.to_string()});
    let later = |address: Option<&str>, state: &str| {
        let mut body = json!({"subscriptionId": subscription, "statusState": state, "channel": "EMAIL"});
        if let Some(address) = address {
            body["subscriberIdString"] = address.into();
        }
        body
    };
    let set = |state: &str| (format!("/communication-preferences/v4/statuses/{address}"), later(None, state));
    let method = operation.method.as_str();
    let both = async |portal: &Portal, good: String, sent: Option<Value>, bad: String, wrong: Option<Value>| Played {
        success: portal.call(method, &good, sent).await,
        refusal: portal.call(method, &bad, wrong).await,
    };
    let path = &operation.path;
    let by_channel = |address: &str, channel: &str| format!("{}?channel={channel}", fill(path, &[address]));
    let played = match rest {
        ["definitions"] => {
            let mut played = portal.twice(operation, (&[], None), (&[], None)).await;
            played.refusal.answer = portal.client.bearing("no token").get(path).await;
            played
        }
        ["status", "email", _] => portal.twice(operation, (&[&address], None), (&["no-address"], None)).await,
        ["subscribe" | "unsubscribe"] => {
            portal.twice(operation, (&[], Some(choice(&address))), (&[], Some(choice("no-address")))).await
        }
        ["resubscribe"] => {
            let (to, body) = set("UNSUBSCRIBED");
            portal.client.post(&to, &body).await.must(200);
            portal.twice(operation, (&[], Some(choice(&address))), (&[], Some(choice("no-address")))).await
        }
        ["links", "generate"] => {
            let body = |address: &str| json!({"subscriberIdString": address, "subscriptionId": subscription});
            let good = format!("{path}?channel=EMAIL");
            both(portal, good, Some(body(&address)), path.clone(), Some(body(&address))).await
        }
        ["statuses", "batch", "write"] => {
            let one = |address: &str| inputs(1, |_| later(Some(address), "SUBSCRIBED"));
            portal.twice(operation, (&[], Some(one(&address))), (&[], Some(json!({"inputs": [{}]})))).await
        }
        ["statuses", "batch", what @ ..] => {
            if matches!(what, ["unsubscribe-all", "read"]) {
                let all = format!("/communication-preferences/v4/statuses/{address}/unsubscribe-all?channel=EMAIL");
                portal.client.send(reqwest::Method::POST, &all, None, "").await.must(200);
            }
            let body = || Some(json!({"inputs": [address]}));
            let verbose = if matches!(what, ["unsubscribe-all"]) { "&verbose=true" } else { "" };
            both(portal, format!("{path}?channel=EMAIL{verbose}"), body(), format!("{path}?channel=PIGEON"), body())
                .await
        }
        ["statuses", _, "unsubscribe-all"] => {
            let all = format!("/communication-preferences/v4/statuses/{address}/unsubscribe-all?channel=EMAIL");
            if method == "GET" {
                portal.client.send(reqwest::Method::POST, &all, None, "").await.must(200);
            }
            let good = format!("{}&verbose=true", by_channel(&address, "EMAIL"));
            both(portal, good, None, by_channel(&address, "PIGEON"), None).await
        }
        ["statuses", _] if method == "POST" => {
            let body = |state: &str| Some(later(None, state));
            portal.twice(operation, (&[&address], body("SUBSCRIBED")), (&[&address], body("PERHAPS"))).await
        }
        ["statuses", _] => {
            let (good, bad) = (by_channel(&address, "EMAIL"), by_channel(&address, "PIGEON"));
            both(portal, good, None, bad, None).await
        }
        _ => return None,
    };
    Some(played)
}

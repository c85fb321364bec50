//! The parameters of the communication preferences.

use serde_json::{Value, json};

use super::super::drive::{Portal, fill};
use super::super::surface::Operation;
use super::{Found, must, same};

pub(super) async fn drive(portal: &mut Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    let address = format!("asked.{}@example.com", portal.next());
    let left_all = format!("/communication-preferences/v4/statuses/{address}/unsubscribe-all?channel=EMAIL");
    let subscription = portal.client.get("/communication-preferences/v3/definitions").await.must(200).json();
    let subscription = &subscription["subscriptionDefinitions"][0]["id"];
    let body = match rest {
        ["links", "generate"] => Some(json!({"subscriberIdString": address, "subscriptionId": subscription})),
        ["statuses", "batch", ..] => Some(json!({"inputs": [address]})),
        _ => None,
    };
    let parts = [address.as_str()];
    let path = fill(&operation.path, if operation.path.contains('{') { &parts } else { &[] });
    let method = operation.method.as_str();
    let needs_channel = operation.query.iter().any(|known| known == "channel");
    let channel = if needs_channel { "channel=EMAIL&" } else { "" };
    // Without the two that every call has anew.
    let told = |text: &str| -> Value {
        let mut told: Value = serde_json::from_str(text).unwrap_or_default();
        for member in ["startedAt", "completedAt"] {
            told.as_object_mut().map(|members| members.remove(member));
        }
        told
    };
    let send = async |query: String| portal.call(method, &format!("{path}?{query}"), body.clone()).await.answer;
    Some(match name {
        "channel" => {
            let good = send("channel=EMAIL".to_owned()).await;
            let mut found = must("by EMAIL", good.status == 200, &json!(good.body));
            for query in ["channel=PIGEON", ""] {
                let bad = send(query.to_owned()).await;
                found.extend(must("by another", bad.status == 400, &json!(bad.body)));
            }
            found
        }
        "verbose" => {
            if method == "GET" {
                portal.call("POST", &left_all, None).await.answer.must(200);
                let (quiet, loud) =
                    (send("channel=EMAIL".into()).await, send("channel=EMAIL&verbose=true".into()).await);
                return Some(must(
                    "a row each",
                    told(&quiet.body)["results"] == told(&loud.body)["results"],
                    &told(&loud.body),
                ));
            }
            let loud = send("channel=EMAIL&verbose=true".into()).await.must(200).json();
            let quiet = send("channel=EMAIL&verbose=false".into()).await.must(200).json();
            let mut found = must("what changed is told", loud["results"][0].is_object(), &loud);
            found.extend(same("nothing is told", &quiet["results"], &json!([])));
            found
        }
        "businessUnitId" | "includeTranslations" => {
            let value = if name == "businessUnitId" { "0" } else { "true" };
            let asked = send(format!("{channel}{name}={value}")).await.must(200);
            let plain = send(channel.to_owned()).await.must(200);
            same("the answer", &told(&asked.body), &told(&plain.body))
        }
        _ => return None,
    })
}

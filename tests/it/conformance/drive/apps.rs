//! What apps do beside the records: OAuth, being taken out of an account, and the settings of their webhooks.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Call, Played, Portal, fill, inputs};
use crate::conformance::surface::Operation;
use crate::support::{Answer, Client};

/// The public app, as the ready line tells of it.
pub(in crate::conformance) struct App {
    ready: Value,
    nobody: Client,
}

impl App {
    pub(in crate::conformance) fn of(portal: &Portal) -> Self {
        let ready = portal.world.ready()["systems"]["hubspot"].clone();
        Self { ready, nobody: portal.client.with(None) }
    }

    pub(in crate::conformance) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("the ready line has no {name}"))
    }

    pub(in crate::conformance) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.nobody.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body).await
    }

    async fn access_token(&self) -> String {
        let client = [("client_id", self.text("client_id")), ("client_secret", self.text("client_secret"))];
        let grant = [("grant_type", "refresh_token"), ("refresh_token", self.text("refresh_token"))];
        let told = self.form("/oauth/v3/token", &[grant, client].concat()).await.must(200).json();
        told["access_token"].as_str().unwrap().to_owned()
    }
}

pub(super) async fn oauth(portal: &Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let app = App::of(portal);
    let (access, refresh) = (app.access_token().await, app.text("refresh_token").to_owned());
    let path = &operation.path;
    let send = async |secret: &str, fields: [(&str, &str); 2]| {
        let client = [("client_id", app.text("client_id")), ("client_secret", secret)];
        let answer = app.form(path, &[client, fields].concat()).await;
        Call { path: path.clone(), body: None, answer }
    };
    let secret = app.text("client_secret");
    Some(match rest {
        ["token"] => Played {
            refusal: send(secret, [("grant_type", "refresh_token"), ("refresh_token", "nonsense")]).await,
            success: send(secret, [("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await,
        },
        ["token", what] => {
            let token = if *what == "introspect" { &access } else { &refresh };
            let fields = [("token", token.as_str()), ("token_type_hint", "")];
            Played { refusal: send("nonsense", fields).await, success: send(secret, fields).await }
        }
        ["access-tokens", _] => portal.twice(operation, (&[&access], None), (&["nonsense"], None)).await,
        ["refresh-tokens", _] => portal.twice(operation, (&[&refresh], None), (&["nonsense"], None)).await,
        _ => return None,
    })
}

/// An app is taken out by its own token; a private app is not installed.
pub(super) async fn uninstall(portal: &Portal, operation: &Operation) -> Option<Played> {
    let app = App::of(portal);
    let refusal = portal.call(&operation.method, &operation.path, None).await;
    let answer = app.nobody.bearing(&app.access_token().await).delete(&operation.path).await;
    Some(Played { success: Call { path: operation.path.clone(), body: None, answer }, refusal })
}

/// The developer's key opens these.
pub(super) async fn webhooks(portal: &Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let app = App::of(portal);
    let id = app.ready["app_id"].to_string();
    let by = |path: String, key: &str| format!("{path}?hapikey={key}");
    let key = app.text("developer_key");
    let at = |what: &str| by(format!("/webhooks/v3/{id}/{what}"), key);
    let settings =
        |most: u32| json!({"targetUrl": "http://127.0.0.1:1/told", "throttling": {"maxConcurrentRequests": most}});
    portal.call("PUT", &at("settings"), Some(settings(10))).await.answer.must(200);
    let subscription = |name: &str| json!({"eventType": name, "propertyName": "email", "active": false});
    let made = portal.call("POST", &at("subscriptions"), Some(subscription("contact.propertyChange"))).await;
    let made = super::id(&made.answer.must(201).json());
    let number: u64 = made.parse().unwrap();
    let (sent, wrong) = match (rest, operation.method.as_str()) {
        (_, "GET" | "DELETE") => (None, None),
        ([_, "settings"], "PUT") => (Some(settings(20)), Some(settings(0))),
        ([_, "subscriptions"], "POST") => {
            (Some(subscription("contact.propertyChange")), Some(subscription("contact.flight")))
        }
        ([_, "subscriptions", "batch", "update"], _) => {
            (Some(inputs(1, |_| json!({"id": number, "active": true}))), Some(json!({"inputs": [{"active": true}]})))
        }
        ([_, "subscriptions", _], "PATCH") => (Some(json!({"active": true})), Some(json!({"active": "perhaps"}))),
        _ => return None,
    };
    let path = fill(&operation.path, &[&id, &made]);
    let refused_by = if sent.is_none() { "nonsense" } else { key };
    let refusal = portal.call(&operation.method, &by(path.clone(), refused_by), wrong).await;
    let success = portal.call(&operation.method, &by(path, key), sent).await;
    Some(Played { success, refusal })
}

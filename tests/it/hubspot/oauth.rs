//! OAuth from the authorize page to the uninstall: facts/hubspot-limits-webhooks-auth.md §4.2.

use reqwest::Method;
use serde_json::{Value, json};
use sim::AppHand;
use sim::journal::What;

use super::{CONTACTS, Portal, refused};
use crate::support::{Answer, Client, entries, pass};

const EDITIONS: [&str; 4] = ["v1", "v3", "2026-03", "2026-09"];

/// What an installed app has of a portal.
pub(super) struct Installed {
    pub(super) portal: Portal,
    pub(super) ready: Value,
    pub(super) nobody: Client,
}

impl Installed {
    pub(super) async fn open() -> Self {
        Self::of(Portal::open().await)
    }

    pub(super) fn of(portal: Portal) -> Self {
        let ready = portal.world.ready()["systems"]["hubspot"].clone();
        let nobody = portal.client.with(None);
        Self { portal, ready, nobody }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_of(fields);
        self.nobody.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body).await
    }

    /// The token endpoint, with the app's id and secret beside these.
    pub(super) async fn token(&self, edition: &str, fields: &[(&str, &str)]) -> Answer {
        let client = [("client_id", self.text("client_id")), ("client_secret", self.text("client_secret"))];
        self.form(&format!("/oauth/{edition}/token"), &[fields, &client].concat()).await
    }

    pub(super) async fn exchange(&self, edition: &str, code: &str) -> Answer {
        let redirect = self.text("redirect_uri");
        self.token(edition, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect)]).await
    }

    pub(super) async fn refresh(&self, edition: &str, token: &str) -> Answer {
        self.token(edition, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(super) async fn access_token(&self) -> String {
        let told = self.refresh("v3", self.text("refresh_token")).await.must(200).json();
        told["access_token"].as_str().unwrap().to_owned()
    }

    /// Where the authorize page sends who presses a button.
    pub(super) async fn press(&self, decision: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("client_id", self.text("client_id")),
            ("redirect_uri", self.text("redirect_uri")),
            ("decision", decision),
        ];
        fields.extend(more);
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = browser.post(format!("{}/oauth/authorize", self.nobody.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form_of(&fields));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub(super) async fn code(&self, more: &[(&str, &str)]) -> String {
        let to = self.press("approve", more).await;
        to.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned()
    }
}

pub(crate) fn form_of(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[tokio::test]
async fn a_code_becomes_tokens_on_every_edition_and_once() {
    for edition in EDITIONS {
        let app = Installed::open().await;
        let told = app.exchange(edition, app.text("auth_code")).await.must(200);
        assert_eq!(told.header("content-type"), Some("application/json;charset=utf-8"));
        let told = told.json();
        let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
        let expected =
            ["token_type", "refresh_token", "access_token", "expires_in", "hub_id", "scopes", "token_use", "user_id"];
        assert_eq!(members, expected, "{edition}");
        assert_eq!(
            (&told["token_type"], &told["expires_in"], &told["token_use"]),
            (&json!("bearer"), &json!(1800), &json!("access_token"))
        );
        assert_eq!(told["hub_id"].to_string(), app.portal.id());
        assert!(told["refresh_token"].as_str().unwrap().starts_with("na1-"), "{told}");
        let access = told["access_token"].as_str().unwrap();
        assert!(access.starts_with('C') && access.len() <= 512, "{access}");
        app.nobody.bearing(access).get(CONTACTS).await.must(200);
        let again = app.exchange(edition, app.text("auth_code")).await.must(400).json();
        assert_eq!(again["status"], "BAD_AUTH_CODE", "a code is good once");
        app.nobody.bearing(access).get(CONTACTS).await.must(200);
    }
}

#[tokio::test]
async fn an_access_token_is_good_for_thirty_minutes_and_a_refresh_gives_another() {
    let app = Installed::open().await;
    let refresh = app.text("refresh_token");
    let first = app.access_token().await;
    pass(&app.portal.world, "10m").await;
    let told = app.refresh("v1", refresh).await.must(200).json();
    assert_eq!(told["refresh_token"], refresh, "it does not change");
    let second = told["access_token"].as_str().unwrap();
    assert_ne!(second, first);
    // The first stays good to its own end.
    pass(&app.portal.world, "1199s").await;
    app.nobody.bearing(&first).get(CONTACTS).await.must(200);
    pass(&app.portal.world, "1s").await;
    let over = |ago: &str| {
        format!(
            r#"{{"status":"error","message":"The OAuth token used to make this call expired {ago} ago.","correlationId":"ID","category":"EXPIRED_AUTHENTICATION","context":{{"expire time":["2026-11-20T00:30:00Z"]}}}}"#
        )
    };
    refused(&app.nobody.bearing(&first).get(CONTACTS).await, 401, &over("0 second(s)"));
    app.nobody.bearing(second).get(CONTACTS).await.must(200);
    for (span, ago) in [("59s", "59 second(s)"), ("1s", "1 minute(s)"), ("59m", "1 hour(s)"), ("3d", "3 day(s)")] {
        pass(&app.portal.world, span).await;
        refused(&app.nobody.bearing(&first).get(CONTACTS).await, 401, &over(ago));
    }
    // What has ended is forgotten when many are given out, and is still told so.
    for _ in 0..1_100 {
        app.access_token().await;
    }
    refused(&app.nobody.bearing(&first).get(CONTACTS).await, 401, &over("3 day(s)"));
    let last = entries(&app.portal.world).pop().unwrap();
    let What::Exchange(last) = last.what else { panic!("{last:?}") };
    assert_eq!(last.status, 401);
}

#[tokio::test]
async fn a_token_that_ends_early_is_told_when_however_many_come_after_it() {
    let app = Installed::open().await;
    app.portal
        .world
        .arm(
            serde_json::from_value(json!({"name": "early-expiry", "count": 1, "where": {"system": "hubspot"}}))
                .unwrap(),
        )
        .unwrap();
    let told = app.refresh("v3", app.text("refresh_token")).await.must(200).json();
    assert_eq!(told["expires_in"], 1_800);
    let client = app.nobody.bearing(told["access_token"].as_str().unwrap());
    client.get(CONTACTS).await.must(200);
    pass(&app.portal.world, "61s").await;
    let over = client.get(CONTACTS).await.must(401).json();
    assert_eq!(over["message"], "The OAuth token used to make this call expired 1 second(s) ago.");
    for _ in 0..1_100 {
        app.refresh("v3", app.text("refresh_token")).await.must(200);
    }
    let again = client.get(CONTACTS).await.must(401).json();
    assert_eq!((&again["message"], &again["context"]), (&over["message"], &over["context"]));
}

#[tokio::test]
async fn the_ready_lines_code_lives_an_hour_and_a_pages_code_ten_minutes() {
    let app = Installed::open().await;
    let code = app.code(&[("scope", "oauth")]).await;
    pass(&app.portal.world, "10m").await;
    assert_eq!(app.exchange("v3", &code).await.must(400).json()["status"], "EXPIRED_AUTH_CODE");
    pass(&app.portal.world, "2999s").await;
    app.exchange("v3", app.text("auth_code")).await.must(200);
    let late = Installed::open().await;
    pass(&late.portal.world, "1h").await;
    assert_eq!(late.exchange("v3", late.text("auth_code")).await.must(400).json()["status"], "EXPIRED_AUTH_CODE");
}

#[tokio::test]
async fn a_person_connects_the_app_or_does_not() {
    let app = Installed::open().await;
    let (id, redirect) = (app.text("client_id"), app.text("redirect_uri"));
    let page = |path: &str, fields: &[(&str, &str)]| format!("{path}?{}", form_of(fields));
    let fields = [
        ("client_id", id),
        ("redirect_uri", redirect),
        ("scope", "oauth"),
        ("optional_scope", "tickets"),
        ("state", "a<b&\"c"),
    ];
    let of_portal = format!("/oauth/{}/authorize", app.portal.id());
    for path in ["/oauth/authorize", &of_portal] {
        let shown = app.nobody.get(&page(path, &fields)).await.must(200);
        assert_eq!(shown.header("content-type"), Some("text/html;charset=utf-8"));
        assert!(shown.body.contains("<li>tickets</li>"), "{}", shown.body);
        assert!(shown.body.contains("value=\"a&lt;b&amp;&quot;c\""), "{}", shown.body);
    }
    let to = app.press("approve", &[("scope", "oauth"), ("optional_scope", "tickets"), ("state", "a b")]).await;
    let (base, query) = to.split_once('?').unwrap();
    assert_eq!(base, redirect);
    let said: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    assert_eq!((&*said[0].0, &said[1]), ("code", &("state".into(), "a b".into())));
    assert!(said[0].1.starts_with("na1-"), "{to}");
    let told = app.exchange("v3", &said[0].1).await.must(200).json();
    assert_eq!(told["scopes"], json!(["oauth", "tickets"]));
    let connected = app.nobody.bearing(told["access_token"].as_str().unwrap());
    connected.get("/crm/v3/objects/tickets").await.must(200);
    connected.get(CONTACTS).await.must(403);

    let to = app.press("deny", &[("scope", "oauth"), ("state", "s")]).await;
    let query = to.split_once('?').unwrap().1;
    let said: Vec<_> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
    assert_eq!(said, ["error", "error_description", "state"]);
    assert!(query.starts_with("error=access_denied&"), "{query}");

    for (fields, why) in [
        ([("client_id", "x"), ("redirect_uri", redirect), ("scope", "oauth")], "client ID"),
        ([("client_id", id), ("redirect_uri", "https://example.com"), ("scope", "oauth")], "redirect URL"),
        ([("client_id", id), ("redirect_uri", redirect), ("scope", "tickets")], "scopes are insufficient"),
        ([("client_id", id), ("redirect_uri", redirect), ("scope", "oauth nonsense")], "scopes are insufficient"),
        ([("client_id", id), ("redirect_uri", redirect), ("scope", "oauth tickets")], "scopes are insufficient"),
    ] {
        let shown = app.nobody.get(&page("/oauth/authorize", &fields)).await.must(400);
        assert!(shown.body.contains(why), "{}", shown.body);
    }
    app.nobody.get(&page("/oauth/1/authorize", &fields)).await.must(400);
}

#[tokio::test]
async fn an_apps_addresses_and_scopes_are_its_owners_to_say() {
    let app = Installed::open().await;
    let set = |scopes: &[&str], uris: &[&str]| AppHand::Set {
        scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        optional_scopes: Some(Vec::new()),
        redirect_uris: Some(uris.iter().map(|uri| (*uri).to_owned()).collect()),
    };
    let here = "https://app.example.com/back?x=1";
    app.portal.world.app("public", &set(&["oauth", "tickets"], &[here, app.text("redirect_uri")])).unwrap();
    let to = app.press("approve", &[("scope", "oauth tickets")]).await;
    assert!(to.starts_with("http://localhost:3000/oauth-callback?code="), "{to}");
    let fields = [("client_id", app.text("client_id")), ("redirect_uri", here), ("scope", "oauth")];
    app.nobody.get(&format!("/oauth/authorize?{}", form_of(&fields))).await.must(400);
    let fields = [
        ("client_id", app.text("client_id")),
        ("redirect_uri", here),
        ("scope", "oauth tickets"),
        ("optional_scope", "crm.objects.contacts.read"),
    ];
    app.nobody.get(&format!("/oauth/authorize?{}", form_of(&fields))).await.must(400);
    app.nobody.get(&format!("/oauth/authorize?{}", form_of(&fields[..3]))).await.must(200);
    for uri in ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "localhost"] {
        assert!(app.portal.world.app("public", &set(&["oauth"], &[uri])).is_err(), "{uri}");
    }
}

#[tokio::test]
async fn tokens_are_told_of_and_taken_back() {
    let app = Installed::open().await;
    let (refresh, access) = (app.text("refresh_token").to_owned(), app.access_token().await);
    pass(&app.portal.world, "11s").await;
    let told = app.nobody.get(&format!("/oauth/v1/access-tokens/{access}")).await.must(200).json();
    assert_eq!((&told["token"], &told["expires_in"]), (&json!(access), &json!(1789)));
    assert_eq!((&told["token_type"], &told["app_id"]), (&json!("access"), &app.ready["app_id"]));
    let told = app.nobody.get(&format!("/oauth/v1/refresh-tokens/{refresh}")).await.must(200).json();
    assert_eq!((&told["token_type"], &told["client_id"]), (&json!("refresh"), &app.ready["client_id"]));
    let client = [("client_id", app.text("client_id")), ("client_secret", app.text("client_secret"))];
    for edition in &EDITIONS[1..] {
        let ask = |field: &'static str, token: String| {
            let app = &app;
            let path = format!("/oauth/{edition}/token/introspect");
            async move { app.form(&path, &[&client[..], &[(field, &token)]].concat()).await.must(200).json() }
        };
        let told = ask("token", access.clone()).await;
        assert_eq!((&told["active"], &told["token_use"]), (&json!(true), &json!("access_token")));
        assert_eq!(ask("refresh_token", refresh.clone()).await["token_use"], "refresh_token");
        assert_eq!(ask("token", "nonsense".to_owned()).await, json!({"active": false}));
    }
    let revoked = app.form("/oauth/v3/token/revoke", &[&client[..], &[("token", &refresh)]].concat()).await.must(200);
    assert_eq!(revoked.body, "");
    assert_eq!(app.refresh("v3", &refresh).await.must(400).json()["status"], "BAD_REFRESH_TOKEN");
    app.nobody.bearing(&access).get(CONTACTS).await.must(200);
    let introspect = [&client[..], &[("token", &refresh)]].concat();
    let told = app.form("/oauth/v3/token/introspect", &introspect).await.must(200).json();
    assert_eq!(told, json!({"active": false}));

    let told = app.exchange("v3", app.text("auth_code")).await.must(200).json();
    let refresh = told["refresh_token"].as_str().unwrap();
    assert_eq!(app.nobody.delete(&format!("/oauth/v1/refresh-tokens/{refresh}")).await.must(204).body, "");
    app.nobody.get(&format!("/oauth/v1/refresh-tokens/{refresh}")).await.must(404);
    app.nobody.delete(&format!("/oauth/v1/refresh-tokens/{refresh}")).await.must(404);
    app.nobody.get("/oauth/v1/access-tokens/nonsense").await.must(404);
}

#[tokio::test]
async fn an_app_that_is_taken_out_of_the_account_has_nothing_there_and_may_come_back() {
    let app = Installed::open().await;
    let access = app.access_token().await;
    app.portal.client.delete("/appinstalls/v3/external-install").await.must(403);
    app.nobody.delete("/appinstalls/v3/external-install").await.must(401);
    let installed = app.nobody.bearing(&access);
    assert_eq!(installed.delete("/appinstalls/v3/external-install").await.must(204).body, "");
    assert_eq!(installed.get(CONTACTS).await.must(401).json()["category"], "INVALID_AUTHENTICATION");
    assert_eq!(app.refresh("v3", app.text("refresh_token")).await.must(400).json()["status"], "BAD_REFRESH_TOKEN");
    assert_eq!(app.exchange("v3", app.text("auth_code")).await.must(400).json()["status"], "BAD_AUTH_CODE");
    let code = app.code(&[("scope", "oauth"), ("optional_scope", "crm.objects.contacts.read")]).await;
    let told = app.exchange("v3", &code).await.must(200).json();
    app.nobody.bearing(told["access_token"].as_str().unwrap()).get(CONTACTS).await.must(200);
    app.portal.world.app("public", &AppHand::Uninstall).unwrap();
    app.refresh("v3", told["refresh_token"].as_str().unwrap()).await.must(400);
}

#[tokio::test]
async fn an_app_has_a_token_of_its_own_for_the_journal_of_webhooks() {
    let app = Installed::open().await;
    let scope = ("scope", "webhooks-journal-data-access webhooks-journal-subscription-read");
    let told = app.token("2026-03", &[("grant_type", "client_credentials"), scope]).await.must(200).json();
    let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["token_type", "access_token", "expires_in", "scopes", "token_use"]);
    assert_eq!(told["token_use"], "client_credentials");
    app.nobody.bearing(told["access_token"].as_str().unwrap()).get(CONTACTS).await.must(403);
}

//! What the token endpoint does not give, body by body: facts/hubspot-limits-webhooks-auth.md §4.3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use sha2::{Digest as _, Sha256};
use sim::{AppHand, SystemName};

use super::Portal;
use super::oauth::{Installed, form_of};
use crate::support::{pass, still};

fn told(status: &str, error: &str, message: &str) -> String {
    format!(r#"{{"error":"{error}","error_description":"{message}","status":"{status}","message":"{message}"}}"#)
}

#[tokio::test]
async fn every_refusal_of_the_token_endpoint_has_its_body() {
    let app = Installed::open().await;
    let text = |name: &str| app.text(name).to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let (code, refresh, redirect) = (text("auth_code"), text("refresh_token"), text("redirect_uri"));
    let by_page = app.code(&[("scope", "oauth")]).await;
    let with_challenge = app.code(&[("scope", "oauth"), ("code_challenge", "plain-one")]).await;
    pass(&app.portal.world, "9m").await;
    let later = app.code(&[("scope", "oauth"), ("code_challenge", "plain-one")]).await;
    pass(&app.portal.world, "1m").await;

    let bad_refresh = told("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked");
    let bad_code = told("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code");
    let expired = told("EXPIRED_AUTH_CODE", "invalid_grant", "auth code is expired");
    let bad_uri = told("BAD_REDIRECT_URI", "invalid_request", "missing or invalid redirect uri");
    let bad_id = told("BAD_CLIENT_ID", "invalid_client", "missing or invalid client id");
    let bad_secret = told("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret");
    let bad_grant = told("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type");
    let bad_verifier = told("BAD_CODE_VERIFIER", "invalid_grant", "missing or invalid code verifier");
    let bad_scopes = told("BAD_SCOPES", "invalid_scope", "missing or invalid scopes");
    let client = format!("client_id={id}&client_secret={secret}");
    let exchange = format!("grant_type=authorization_code&{client}&{}", form_of(&[("redirect_uri", &redirect)]));
    for (form, body) in [
        (format!("grant_type=refresh_token&{client}&refresh_token=na1-x"), &bad_refresh),
        (format!("grant_type=refresh_token&{client}"), &bad_refresh),
        (format!("grant_type=refresh_token&{client}&refresh_token={code}"), &bad_refresh),
        (format!("{exchange}&code=na1-x"), &bad_code),
        (exchange.clone(), &bad_code),
        (format!("{exchange}&code={refresh}"), &bad_code),
        (format!("{exchange}&code={by_page}"), &expired),
        (format!("{exchange}&code={with_challenge}"), &expired),
        (format!("grant_type=authorization_code&{client}&code={code}&redirect_uri=https://example.com"), &bad_uri),
        (format!("grant_type=authorization_code&{client}&code={code}"), &bad_uri),
        (format!("grant_type=refresh_token&client_id=x&client_secret={secret}&refresh_token={refresh}"), &bad_id),
        (format!("grant_type=refresh_token&client_id={id}&client_secret=x&refresh_token=na1-x"), &bad_secret),
        ("grant_type=password&client_id=x".to_owned(), &bad_grant),
        (String::new(), &bad_grant),
        (format!("{exchange}&code={later}"), &bad_verifier),
        (format!("{exchange}&code={later}&code_verifier=another"), &bad_verifier),
        (format!("grant_type=client_credentials&{client}"), &bad_scopes),
        (format!("grant_type=client_credentials&{client}&scope=crm.objects.contacts.read"), &bad_scopes),
        (format!("grant_type=client_credentials&{client}&scope=nonsense"), &bad_scopes),
    ] {
        for edition in ["v1", "v3", "2026-03", "2026-09"] {
            let media = Some("application/x-www-form-urlencoded");
            let path = format!("/oauth/{edition}/token");
            let answer = app.nobody.send(Method::POST, &path, media, form.clone()).await;
            assert_eq!((answer.status, &answer.body), (400, body), "{edition}: {form}");
            assert_eq!(answer.header("content-type"), Some("application/json;charset=utf-8"));
        }
    }
    // What was refused is as good as before.
    let plain = [("grant_type", "authorization_code"), ("redirect_uri", &redirect), ("code_verifier", "plain-one")];
    app.token("v3", &[&plain[..], &[("code", &later)]].concat()).await.must(200);
    app.exchange("v3", &code).await.must(200);
    app.portal.world.close_account().unwrap();
    let gone = app.refresh("v3", &refresh).await.must(400);
    assert_eq!(gone.body, r#"{"status":"BAD_HUB","message":"missing or unknown hub id","error":"access_denied"}"#);
    app.portal.world.app("public", &AppHand::Delete).unwrap();
    assert_eq!(app.refresh("v3", &refresh).await.must(400).body, bad_id);
}

#[tokio::test]
async fn a_verifier_is_held_against_its_hash() {
    let app = Installed::open().await;
    let verifier = "a-verifier-of-no-less-than-forty-three-letters";
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let asked = [("scope", "oauth"), ("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let code = app.code(&asked).await;
    let fields = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", app.text("redirect_uri")),
            ("code_verifier", verifier),
        ]
    };
    assert_eq!(app.token("v3", &fields(&challenge)).await.must(400).json()["status"], "BAD_CODE_VERIFIER");
    app.token("v3", &fields(verifier)).await.must(200);
    let mut page = vec![("client_id", app.text("client_id")), ("redirect_uri", app.text("redirect_uri"))];
    page.extend([("scope", "oauth"), ("code_challenge", "x"), ("code_challenge_method", "S512")]);
    app.nobody.get(&format!("/oauth/authorize?{}", form_of(&page))).await.must(400);
}

#[tokio::test]
async fn the_first_edition_takes_its_fields_from_the_query_too() {
    let app = Installed::open().await;
    let fields = form_of(&[
        ("grant_type", "refresh_token"),
        ("client_id", app.text("client_id")),
        ("client_secret", app.text("client_secret")),
        ("refresh_token", app.text("refresh_token")),
    ]);
    let post = |path: String, media: Option<&'static str>, body: &str| {
        let (app, body) = (&app, body.to_owned());
        async move { app.nobody.send(Method::POST, &path, media, body).await }
    };
    post(format!("/oauth/v1/token?{fields}"), None, "").await.must(200);
    for edition in ["v3", "2026-03", "2026-09"] {
        let answer = post(format!("/oauth/{edition}/token?{fields}"), None, "").await.must(400);
        assert_eq!(answer.json()["status"], "BAD_GRANT_TYPE", "{edition} takes the body alone");
    }
    post("/oauth/v3/token".to_owned(), Some("application/json"), "{}").await.must(415);
    app.nobody.get("/oauth/v3/token").await.must(405);
    app.nobody.get("/oauth/v2/token").await.must(404);
}

#[tokio::test]
async fn another_worlds_credentials_are_good_for_nothing() {
    let app = Installed::open().await;
    let other = Portal::of(still().start().await.unwrap());
    let theirs = other.world.ready()["systems"]["hubspot"].clone();
    let text = |name: &str| theirs[name].as_str().unwrap().to_owned();
    for name in ["token", "narrow_token", "service_key", "client_id", "client_secret", "auth_code", "refresh_token"] {
        assert_ne!(app.text(name), text(name), "{name}");
    }
    assert_eq!(theirs["app_id"], app.ready["app_id"], "ids come from the seed");
    assert_eq!(app.refresh("v3", &text("refresh_token")).await.must(400).json()["status"], "BAD_REFRESH_TOKEN");
    let fork = other.world.fork(None).await.unwrap();
    let forked = fork.ready()["systems"]["hubspot"].clone();
    assert_ne!(forked["refresh_token"], theirs["refresh_token"]);
    let client = crate::support::Client::new(&fork, SystemName::Hubspot);
    let form = |field: &str| forked[field].as_str().unwrap().to_owned();
    let (id, secret, token) = (form("client_id"), form("client_secret"), form("refresh_token"));
    let body = form_of(&[
        ("grant_type", "refresh_token"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("refresh_token", &token),
    ]);
    client.send(Method::POST, "/oauth/v3/token", Some("application/x-www-form-urlencoded"), body).await.must(200);
}

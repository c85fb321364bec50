//! The API gateway with the deployment that every world has, and with others.

use reqwest::Method;
use serde_json::json;
use sim::oci_gateway::Deployment;
use sim::{StartError, SystemName};

use super::{CUSTOMERS, gateway, ids, link, ords};
use crate::caller::{Answer, Caller, exchanges, last, pass_ms, still};

/// What the gateway puts on every answer.
#[track_caller]
fn assert_sealed(answer: &Answer) {
    for (name, value) in [
        ("server", "Oracle API Gateway"),
        ("strict-transport-security", "max-age=31536000"),
        ("x-xss-protection", "1; mode=block"),
        ("x-frame-options", "sameorigin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let id = answer.header("opc-request-id").unwrap();
    let parts: Vec<_> = id.split('/').map(str::len).collect();
    assert_eq!(parts[1..], [32, 32], "{id}");
}

#[tokio::test]
async fn customers_are_written_and_read_through_the_gateway() {
    let world = still().start().await.unwrap();
    let inside = ords(&world).await;
    let outside = gateway(&world).await.with("opc-request-id", "mine");

    let made = outside.post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(201);
    assert_sealed(&made);
    assert!(made.header("opc-request-id").unwrap().starts_with("mine/"));
    let id = made.json()["customer_id"].as_i64().unwrap();
    let address = format!("{}{CUSTOMERS}{id}", world.url(SystemName::Ords).unwrap());
    assert_eq!(made.header("location"), Some(address.as_str()), "links show the inside host");

    let own = format!("/erp/v1/customers/{id}");
    let read = outside.get(&own).await.must(200);
    assert_eq!(read.body, inside.get(&address).await.must(200).body);
    assert_eq!((link(&read.json(), "self"), read.header("etag")), (Some(address.as_str()), made.header("etag")));

    let tagged = outside.with("if-match", read.header("etag").unwrap());
    tagged.put(&own, &json!({"email": "kim@example.org"})).await.must(200);
    tagged.put(&own, &json!({"email": "lost@example.com"})).await.must(412);
    assert_eq!(inside.get(&address).await.json()["email"], "kim@example.org");
    let page = outside.get(r#"/erp/v1/customers/?q={"email":"kim@example.org"}&limit=1"#).await.must(200);
    assert_eq!(ids(&page.json()), [id]);
    outside.bearing("nobody").get(&own).await.must(401);
}

#[tokio::test]
async fn the_journal_tells_the_gateways_call_from_the_one_behind_it() {
    let world = still().start().await.unwrap();
    let caller = gateway(&world).await;
    caller.post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(201);
    caller.get("/erp/v1/customers/").await.must(200);
    caller.get("/erp/v2/customers/").await.must(404);
    let told = |system| -> Vec<_> {
        let all = exchanges(&world, system).into_iter();
        all.map(|(entry, call)| (call.operation, entry.account.unwrap_or_default(), call.status, entry.took_effect))
            .collect()
    };
    let row =
        |operation: &str, account: &str, status, effect| (operation.to_owned(), account.to_owned(), status, effect);
    assert_eq!(
        told(SystemName::OciGateway),
        [
            row("http_backend", "/erp/v1", 200, false),
            row("http_backend", "/erp/v1", 201, true),
            row("http_backend", "/erp/v1", 200, false),
            row("unrouted", "", 404, false),
        ]
    );
    assert_eq!(
        told(SystemName::Ords),
        [
            row("oauth.token", "crm", 200, false),
            row("row.create", "crm", 201, true),
            row("collection.read", "crm", 200, false),
        ]
    );
    let (behind, _) = last(&world, SystemName::Ords);
    let (before, _) = &exchanges(&world, SystemName::OciGateway)[2];
    assert!(behind.n < before.n, "a call is booked when it is answered");
}

#[tokio::test]
async fn what_the_gateway_answers_itself() {
    let world = still().start().await.unwrap();
    let caller = Caller::new(&world, SystemName::OciGateway);
    for (method, path, status, body) in [
        (Method::GET, "/erp/v1/status", 200, r#"{"status":"UP"}"#),
        (Method::HEAD, "/erp/v1/status", 200, ""),
        (Method::GET, "/erp/v1/customers", 404, r#"{"code":404,"message":"Not Found"}"#),
        (Method::GET, "/status", 404, r#"{"code":404,"message":"Not Found"}"#),
        (Method::POST, "/erp/v1/status", 405, r#"{"code":405,"message":"Method Not Allowed"}"#),
        (Method::DELETE, "/erp/v1/customers/1", 405, r#"{"code":405,"message":"Method Not Allowed"}"#),
    ] {
        let answer = caller.send(method.clone(), path, "").await.must(status);
        assert_eq!(
            (answer.body.as_str(), answer.header("content-type")),
            (body, Some("application/json")),
            "{method} {path}"
        );
        assert_sealed(&answer);
    }
    let long = caller.with("x-fill", "a".repeat(8_192)).get("/erp/v1/status").await.must(431);
    assert_eq!(long.body, r#"{"code":431,"message":"Request Header Fields Too Large"}"#);
    let asked = exchanges(&world, SystemName::Ords);
    assert!(asked.is_empty(), "{asked:?}");
}

#[tokio::test]
async fn the_hundred_and_first_call_of_a_second_is_refused_before_anything_is_asked() {
    let world = still().start().await.unwrap();
    let caller = gateway(&world).await;
    pass_ms(&world, 1_500).await;
    for _ in 0..99 {
        caller.get("/erp/v1/status").await.must(200);
    }
    caller.get("/erp/v1/nowhere").await.must(404);
    caller.get("/erp/v1/customers/").await.must(200);

    let asked = exchanges(&world, SystemName::Ords).len();
    let refused =
        caller.bearing("nobody").post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(429);
    assert_eq!(
        (refused.body.as_str(), refused.header("retry-after")),
        (r#"{"code":429,"message":"Too Many Requests"}"#, Some("1"))
    );
    assert_sealed(&refused);
    assert!(refused.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{refused:?}");
    let (entry, exchange) = last(&world, SystemName::OciGateway);
    assert_eq!((exchange.limit.as_deref(), entry.took_effect), (Some("rateLimiting /erp/v1"), false));
    assert_eq!(exchanges(&world, SystemName::Ords).len(), asked, "the back end was not asked");

    pass_ms(&world, 499).await;
    caller.get("/erp/v1/status").await.must(429);
    pass_ms(&world, 1).await;
    caller.get("/erp/v1/status").await.must(200);
}

#[tokio::test]
async fn a_neighbour_uses_up_the_rate_of_one_deployment_alone() {
    let rated = |prefix: &str, key: &str| {
        let policies = json!({"rateLimiting": {"rateInRequestsPerSecond": 5, "rateKey": key}});
        let backend = json!({"type": "STOCK_RESPONSE_BACKEND", "status": 200});
        let routes = json!([{"path": "/status", "methods": ["GET"], "backend": backend}]);
        let text = json!({"requestPolicies": policies, "routes": routes}).to_string();
        Deployment::load("own.json", prefix, &text).unwrap()
    };
    let world =
        still().deployment(rated("/total", "TOTAL")).deployment(rated("/client", "CLIENT_IP")).start().await.unwrap();
    let caller = Caller::new(&world, SystemName::OciGateway);
    for (prefix, other) in [("/total", "/client"), ("/client", "/total")] {
        let spent = world.spend(SystemName::OciGateway, &format!("rateLimiting {prefix}"), None, 2).unwrap();
        assert_eq!(spent.left, 2, "{prefix}");
        for status in [200, 200, 429] {
            caller.get(&format!("{prefix}/status")).await.must(status);
        }
        caller.get(&format!("{other}/status")).await.must(200);
        pass_ms(&world, 1_000).await;
    }
}

/// One route for all below a prefix.
fn passing(prefix: &str, url: &str) -> Deployment {
    let backend = json!({"type": "HTTP_BACKEND", "url": url});
    let routes = json!([{"path": "/{rest*}", "methods": ["ANY"], "backend": backend}]);
    Deployment::load("own.json", prefix, &json!({"routes": routes}).to_string()).unwrap()
}

#[tokio::test]
async fn a_deployment_of_ones_own_reaches_the_worlds_systems_by_name() {
    let world = still()
        .deployment(passing("/crm", "http://ords/ords/crm/${request.path[rest]}"))
        .deployment(passing("/", "http://retail_express/v2.1/${request.path[rest]}"))
        .start()
        .await
        .unwrap();
    let caller = Caller::new(&world, SystemName::OciGateway);
    let token = super::token(&world, &caller, "/crm/oauth/token").await;
    caller.bearing(&token).post("/crm/customers/", &json!({"email": "kim@example.com"})).await.must(201);
    assert_eq!(world.records(SystemName::Ords, "customers", 0, 10).unwrap().total, 1);
    assert_eq!(last(&world, SystemName::OciGateway).0.account.as_deref(), Some("/crm"));

    let key = crate::caller::credential(&world, SystemName::RetailExpress, "api_key");
    caller.with("x-api-key", key).get("/auth/token").await.must(200);
    assert_eq!(last(&world, SystemName::OciGateway).0.account.as_deref(), Some("/"));
    caller.get("/erp/v1/status").await.must(404);
}

#[tokio::test]
async fn the_usual_deployment_stays_unless_one_is_given_there_or_above() {
    for (prefix, prefixes, status) in [
        ("/erp/v2", json!(["/erp/v1", "/erp/v2"]), 200),
        ("/erp/v1/more", json!(["/erp/v1/more", "/erp/v1"]), 200),
        ("/erp/v1", json!(["/erp/v1"]), 404),
        ("/erp/v1/", json!(["/erp/v1"]), 404),
        ("/erp", json!(["/erp"]), 404),
        ("/", json!([""]), 404),
    ] {
        let own = passing(prefix, "http://ords/none/${request.path[rest]}");
        let world = still().deployment(own).start().await.unwrap();
        assert_eq!(world.ready()["systems"]["oci_gateway"]["prefixes"], prefixes);
        Caller::new(&world, SystemName::OciGateway).get("/erp/v1/status").await.must(status);
    }
}

#[tokio::test]
async fn a_forks_gateway_stands_before_the_forks_ords() {
    let world =
        still().deployment(passing("/erp/v1", "http://ords/ords/crm/${request.path[rest]}")).start().await.unwrap();
    let fork = world.fork(None).await.unwrap();
    let caller = gateway(&fork).await;
    caller.post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(201);
    let count = |world: &sim::World| world.records(SystemName::Ords, "customers", 0, 10).unwrap().total;
    assert_eq!((count(&world), count(&fork)), (0, 1));
}

#[tokio::test]
async fn a_gateway_before_itself_ends_by_the_header_cap() {
    let own = passing("/round", "http://oci_gateway/round/${request.path[rest]}");
    let world = still().deployment(own).start().await.unwrap();
    Caller::new(&world, SystemName::OciGateway).get("/round/x").await.must(431);
    let rounds = exchanges(&world, SystemName::OciGateway);
    assert!(rounds.len() > 100 && rounds.iter().all(|(_, exchange)| exchange.status == 431), "{}", rounds.len());
}

#[tokio::test]
async fn deployments_that_cannot_be_served_start_no_world() {
    let url = "http://b.example/${request.path[rest]}";
    let same = still().deployment(passing("/a", url)).deployment(passing("/a/", url)).start().await;
    assert!(matches!(same, Err(StartError::Gateway(_))), "{same:?}");
    let tls = passing("/a", url).with_backends(&[("http://b.example", "https://b.example")]).unwrap();
    let tls = still().deployment(tls).start().await.unwrap_err();
    let told = "the deployment own.json has the back end https://b.example/${request.path[rest]}, and back ends are not reached by TLS yet";
    assert_eq!(tls.to_string(), told);
}

//! Which specifications are taken, and what is said of those that are not.

use std::path::PathBuf;
use std::time::Duration;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use serde_json::{Value, json};

use super::super::deployment::{Backend, Methods, RateKey, RateLimit};
use super::super::{Deployment, Reason, SpecificationError};
use crate::oracle::ords::Schema;
use crate::policy::Millis;

/// A text of the shared specifications; `None`, with a word about it, where they are not at hand.
fn shared(path: &str) -> Option<String> {
    use std::io::Write;
    let root = std::env::var_os("STANDIN_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")), PathBuf::from);
    let file = root.join("specs/oci").join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        // Past the capture of the test harness, so that a run says what it did not try.
        writeln!(std::io::stderr(), "skipped: {} is not there", file.display()).unwrap();
    }
    text
}

fn findings(error: &SpecificationError) -> Vec<String> {
    error.findings().iter().map(ToString::to_string).collect()
}

/// What is said of a specification, as `pointer reason` without places; empty where it is taken.
fn said(specification: &Value) -> Vec<String> {
    let without_place = |line: String| line.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap();
    match Deployment::load("t.json", "/p", &specification.to_string()) {
        Ok(_) => Vec::new(),
        Err(error) => findings(&error).into_iter().map(without_place).collect(),
    }
}

fn with_route(members: Value) -> Value {
    let mut route = json!({ "path": "/a/{x}", "methods": ["GET"], "backend": { "type": "HTTP_BACKEND", "url": "http://b.example/a" } });
    for (name, value) in members.as_object().unwrap() {
        route[name] = value.clone();
    }
    json!({ "routes": [route] })
}

/// With a route, without which nothing is taken.
fn rooted(mut specification: Value) -> Value {
    specification["routes"] = with_route(json!({}))["routes"].clone();
    specification
}

fn many_routes(count: usize) -> Vec<Value> {
    (0..count).map(|n| with_route(json!({ "path": format!("/{n}") }))["routes"][0].clone()).collect()
}

fn with_url(url: &str) -> Value {
    with_route(json!({ "backend": { "type": "HTTP_BACKEND", "url": url } }))
}

fn with_stock(members: Value) -> Value {
    let mut backend = json!({ "type": "STOCK_RESPONSE_BACKEND", "status": 200 });
    for (name, value) in members.as_object().unwrap() {
        backend[name] = value.clone();
    }
    with_route(json!({ "backend": backend }))
}

#[test]
fn each_member_beyond_is_named_with_its_place() {
    let Some(text) = shared("ords-customer-api.json") else { return };
    let error = Deployment::load("ords-customer-api.json", "/erp/v1", &text).unwrap_err();
    insta::assert_snapshot!(findings(&error).join("\n"), @r"
    3:5 /requestPolicies/authentication is not enforced yet
    26:5 /requestPolicies/usagePlans is not enforced yet
    29:5 /requestPolicies/cors is not enforced yet
    47:28 /routes/0/requestPolicies/authorization is not enforced yet
    54:16 /routes/1/backend/url needs TLS, by which back ends are not reached yet
    60:9 /routes/1/requestPolicies/authorization is not enforced yet
    61:9 /routes/1/requestPolicies/queryParameterValidations is not enforced yet
    68:9 /routes/1/requestPolicies/headerTransformations is not enforced yet
    83:16 /routes/2/backend/url needs TLS, by which back ends are not reached yet
    87:9 /routes/2/requestPolicies/authorization is not enforced yet
    88:9 /routes/2/requestPolicies/bodyValidation is not enforced yet
    100:16 /routes/3/backend/url needs TLS, by which back ends are not reached yet
    104:9 /routes/3/requestPolicies/authorization is not enforced yet
    105:9 /routes/3/requestPolicies/headerTransformations is not enforced yet
    115:9 /routes/3/requestPolicies/queryParameterTransformations is not enforced yet
    122:9 /routes/3/responsePolicies/headerTransformations is not enforced yet
    132:16 /routes/4/backend/url needs TLS, by which back ends are not reached yet
    136:9 /routes/4/requestPolicies/authorization is not enforced yet
    137:9 /routes/4/requestPolicies/responseCacheLookup is not enforced yet
    145:9 /routes/4/responsePolicies/responseCacheStore is not enforced yet
    153:16 /routes/5/backend/url needs TLS, by which back ends are not reached yet
    157:9 /routes/5/requestPolicies/authorization is not enforced yet
    ");
    for (label, finding) in error.labels().unwrap().zip(error.findings()) {
        let marked = &text[label.offset()..label.offset() + label.len()];
        let key = finding.pointer.rsplit('/').next().unwrap();
        match finding.reason {
            Reason::Tls => assert!(marked.starts_with("\"https://"), "{finding}"),
            _ => assert_eq!(marked, format!("{key:?}"), "{finding}"),
        }
    }
}

#[test]
fn a_refusal_points_into_the_file() {
    let text = r#"{
  "requestPolicies": { "cors": { "allowedOrigins": ["*"] } },
  "routes": [
    {
      "path": "/orders/{id",
      "methods": ["GET"],
      "backend": { "type": "ORACLE_FUNCTIONS_BACKEND" },
      "rateLimiting": {}
    }
  ]
}"#;
    let error = Deployment::load("orders.json", "/erp", text).unwrap_err();
    let mut report = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(110);
    handler.render_report(&mut report, &error).unwrap();
    insta::assert_snapshot!(report, @r#"
      × the deployment specification orders.json cannot be taken as it stands:
      │   2:24 /requestPolicies/cors is not enforced yet
      │   5:15 /routes/0/path has a parameter that is not a whole segment: `{id`
      │   7:28 /routes/0/backend/type is not enforced yet
      │   8:7 /routes/0/rateLimiting is unknown to the vendor's model
       ╭─[orders.json:2:24]
     1 │ {
     2 │   "requestPolicies": { "cors": { "allowedOrigins": ["*"] } },
       ·                        ───┬──
       ·                           ╰── is not enforced yet
     3 │   "routes": [
     4 │     {
     5 │       "path": "/orders/{id",
       ·               ──────┬──────
       ·                     ╰── has a parameter that is not a whole segment: `{id`
     6 │       "methods": ["GET"],
     7 │       "backend": { "type": "ORACLE_FUNCTIONS_BACKEND" },
       ·                            ─────────────┬────────────
       ·                                         ╰── is not enforced yet
     8 │       "rateLimiting": {}
       ·       ───────┬──────
       ·              ╰── is unknown to the vendor's model
     9 │     }
       ╰────
      help: a gateway that skipped these would let through what the real one refuses; take them out of a copy of
            the file to run without them
    "#);
}

#[test]
fn the_other_shared_specifications_are_refused_for_what_they_use() {
    for (file, expected) in [
        ("hubspot-webhook-receivers.json", (8, 2)),
        ("oracle-to-hubspot-egress.json", (9, 2)),
        ("public/01-client-mtls.json", (1, 1)),
        ("public/05-jwt-authentication.json", (4, 1)),
        ("public/08-request-validation.json", (3, 0)),
        ("public/12-ords-passthrough.json", (1, 1)),
    ] {
        let Some(text) = shared(file) else { return };
        let error = Deployment::load(file, "/", &text).unwrap_err();
        assert!(error.findings().iter().all(|finding| finding.place.is_some()), "{error}");
        let count = |tls| error.findings().iter().filter(|finding| (finding.reason == Reason::Tls) == tls).count();
        assert_eq!((count(false), count(true)), expected, "{error}");
    }
}

#[test]
fn members_are_taken_or_named() {
    let nothing: [&str; 0] = [];
    let route = |members: Value| with_route(members);
    for (specification, expected) in [
        (json!({}), &["has no `routes`, so nothing would be served"][..]),
        (json!({ "requestPolicies": {}, "routes": [] }), &["/routes names no route, so nothing would be served"]),
        (json!([]), &["is no object"]),
        (
            json!({ "requestPolicies": { "authentication": null }, "routes": null }),
            &["has no `routes`, so nothing would be served"],
        ),
        (with_route(json!({ "requestPolicies": { "cors": null } })), nothing.as_slice()),
        (
            rooted(json!({ "request-policies": { "mutual-tls": {} } })),
            &["/request-policies/mutual-tls is not enforced yet"],
        ),
        (
            rooted(json!({ "request_policies": { "usage_plans": {}, "cors": {}, "dynamicAuthentication": {} } })),
            &[
                "/request_policies/usage_plans is not enforced yet",
                "/request_policies/cors is not enforced yet",
                "/request_policies/dynamicAuthentication is not enforced yet",
            ],
        ),
        (
            rooted(json!({ "requestPolicies": { "mutualTLS": {} } })),
            &["/requestPolicies/mutualTLS is not enforced yet"],
        ),
        (rooted(json!({ "rateLimiting": {} })), &["/rateLimiting is unknown to the vendor's model"]),
        (
            rooted(json!({ "requestPolicies": { "rateLimiting": { "rateInRequestsPerSecond": 0, "rateKey": "IP" } } })),
            &[
                "/requestPolicies/rateLimiting/rateInRequestsPerSecond lets no request through",
                "/requestPolicies/rateLimiting/rateKey is none of CLIENT_IP, TOTAL",
            ],
        ),
        (
            rooted(json!({ "requestPolicies": { "rateLimiting": { "rateInRequestsPerSecond": 1.5 } } })),
            &[
                "/requestPolicies/rateLimiting lacks `rateKey`",
                "/requestPolicies/rateLimiting/rateInRequestsPerSecond is no whole number",
            ],
        ),
        (
            rooted(
                json!({ "loggingPolicies": { "accessLog": { "isEnabled": "yes" }, "executionLog": { "logLevel": "ALL" } } }),
            ),
            &[
                "/loggingPolicies/accessLog/isEnabled is neither true nor false",
                "/loggingPolicies/executionLog/logLevel is none of INFO, WARN, ERROR",
            ],
        ),
        (json!({ "routes": [{}] }), &["/routes/0 lacks `path`", "/routes/0 lacks `backend`"]),
        (
            route(json!({ "requestPolicies": { "rateLimiting": {} }, "policies": {} })),
            &[
                "/routes/0/requestPolicies/rateLimiting is unknown to the vendor's model",
                "/routes/0/policies is unknown to the vendor's model",
            ],
        ),
        (
            route(
                json!({ "requestPolicies": { "authorizeScope": [] }, "responsePolicies": { "responseCacheStorage": {} } }),
            ),
            &[
                "/routes/0/requestPolicies/authorizeScope is not enforced yet",
                "/routes/0/responsePolicies/responseCacheStorage is not enforced yet",
            ],
        ),
        (
            route(json!({ "methods": ["GET", "get"] })),
            &["/routes/0/methods/1 is none of ANY, HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS"],
        ),
        (route(json!({ "methods": [] })), &["/routes/0/methods names no method"]),
        (route(json!({ "path": "/" })), &[]),
        (route(json!({ "path": "/a-$_.+!*'(),%;:@&=/{b_1}/{c*}" })), &[]),
        (route(json!({ "path": "a" })), &["/routes/0/path does not begin with `/`"]),
        (route(json!({ "path": "/a//b" })), &["/routes/0/path has two slashes side by side"]),
        (route(json!({ "path": "/a b" })), &["/routes/0/path has the character ` `, which no path may have"]),
        (route(json!({ "path": "/a{b}" })), &["/routes/0/path has a parameter that is not a whole segment: `a{b}`"]),
        (
            route(json!({ "path": "/{a-b}" })),
            &["/routes/0/path has a parameter name that is not of letters, digits and `_`: `a-b`"],
        ),
        (route(json!({ "path": "/{a*}/b" })), &["/routes/0/path has a wildcard before its last segment"]),
        (route(json!({ "path": "/{a}/{a*}" })), &["/routes/0/path has the parameter `a` twice"]),
        (route(json!({ "path": format!("/{}", "a".repeat(1999)) })), &[]),
        (
            route(json!({ "path": format!("/{}", "a".repeat(2000)) })),
            &["/routes/0/path is longer than 2000 characters"],
        ),
        (
            route(json!({ "backend": { "type": "ORACLE_FUNCTIONS_BACKEND", "functionId": "f" } })),
            &["/routes/0/backend/type is not enforced yet"],
        ),
        (
            route(json!({ "backend": { "type": "http_backend" } })),
            &["/routes/0/backend/type is no kind of back end that the vendor has"],
        ),
        (route(json!({ "backend": { "url": "http://b.example" } })), &["/routes/0/backend lacks `type`"]),
        (
            route(
                json!({ "backend": { "type": "HTTP_BACKEND", "url": "http://b.example", "connectTimeoutInSeconds": 75.1,
                "readTimeoutInSeconds": 0.5, "send-timeout-in-seconds": 300, "isSslVerifyDisabled": true } }),
            ),
            &[
                "/routes/0/backend/connectTimeoutInSeconds is not within 1 to 75 seconds",
                "/routes/0/backend/readTimeoutInSeconds is not within 1 to 300 seconds",
                "/routes/0/backend/isSslVerifyDisabled is not enforced yet",
            ],
        ),
        (with_url("http://b.example:8443/x/${request.path[x]}?a=b"), &[]),
        (
            with_url("https://b.example:8443/x/${request.path[x]}?a=b"),
            &["/routes/0/backend/url needs TLS, by which back ends are not reached yet"],
        ),
        (with_url("http://ords/ords/crm/"), &[]),
        (with_url("http://localhost/x"), &[]),
        (with_url("http://orcl:8080/x"), &[]),
        (
            with_url("http://orcl/x"),
            &["/routes/0/backend/url has the host `orcl`, which is no system (hubspot, oci_gateway, ords, \
               retail_express); give its full name, or its port"],
        ),
        (
            with_url(
                "http://b.example/${request.query[q]}/${request.headers[H]}/${request.host}/${request.subdomain[.b]}",
            ),
            &[],
        ),
        (with_url("http://b.example/${request.auth[sub]}"), &["/routes/0/backend/url is not enforced yet"]),
        (with_url("http://b.example/?x=${request.path[x]}"), &["/routes/0/backend/url has a variable in its query"]),
        (with_url("http://${request.path[x]}/a"), &["/routes/0/backend/url has a variable outside its path"]),
        (with_url("http://b.example/${request.path[x]"), &["/routes/0/backend/url has a `${` without its `}`"]),
        (
            with_url("http://b.example/${request.header[x]}"),
            &["/routes/0/backend/url has a context variable that the vendor does not have: `request.header[x]`"],
        ),
        (with_url("/relative"), &["/routes/0/backend/url does not begin with http:// or https:// and a host"]),
        (with_stock(json!({ "status": 100 })), &["/routes/0/backend/status is no status that an answer can have"]),
        (with_stock(json!({ "body": "b".repeat(4096) })), &[]),
        (with_stock(json!({ "body": "b".repeat(4097) })), &["/routes/0/backend/body is longer than 4096 bytes"]),
        (
            with_stock(json!({ "headers": [{ "name": "A B", "value": "a\nb" }, { "name": "N" }] })),
            &[
                "/routes/0/backend/headers/0/name is no header name",
                "/routes/0/backend/headers/0/value is no header value",
                "/routes/0/backend/headers/1 lacks `value`",
            ],
        ),
        (
            with_stock(json!({ "headers": vec![json!({ "name": "a", "value": "b" }); 51] })),
            &["/routes/0/backend/headers has more than 50 headers"],
        ),
        (
            with_stock(json!({ "headers": [{ "name": "a", "value": "b".repeat(4096) }] })),
            &["/routes/0/backend/headers has more than 4096 bytes of headers"],
        ),
        (json!({ "routes": many_routes(50) }), &[]),
        (json!({ "routes": many_routes(51) }), &["/routes has more than 50 routes"]),
        (
            json!({ "routes": [with_route(json!({ "methods": ["GET", "PUT"] }))["routes"][0],
                with_route(json!({ "path": "/a/{y}", "methods": ["PUT", "GET"] }))["routes"][0]] }),
            &["/routes/1 is there already: an earlier route has the same path and methods"],
        ),
    ] {
        assert_eq!(said(&specification), expected, "{specification}");
    }
}

#[test]
fn what_is_taken_with_a_word_about_it() {
    let notes = |specification: Value| -> Vec<String> {
        let deployment = Deployment::load("t.json", "/p", &specification.to_string()).unwrap();
        deployment.notes().iter().map(ToString::to_string).collect()
    };
    let backend =
        json!({ "type": "HTTP_BACKEND", "url": "http://b.example/${request.path[y]}", "isSSLVerifyDisabled": false });
    let route = json!({ "path": "/{x}", "backend": backend });
    let same_path =
        json!({ "path": "/{z}", "methods": ["PUT"], "backend": { "type": "STOCK_RESPONSE_BACKEND", "status": 204 } });
    insta::assert_snapshot!(notes(json!({ "routes": [route, same_path] })).join("\n"), @r"
    1:12 /routes/0 names no methods and is taken to serve any
    1:66 /routes/0/backend/url reads `y`, which its route's path does not have: always empty
    1:126 /routes/0/backend/isSSLVerifyDisabled is taken as `isSslVerifyDisabled`, its name in the vendor's model
    1:134 /routes/1 shares its path and a method with an earlier route, which serves that method
    ");
}

#[test]
fn text_that_is_not_json_gets_one_message_with_its_place() {
    let error =
        Deployment::load("t.json", "/p", "{\n  \"routes\": [\n    { \"path\": \"/a\" \"methods\": [] }\n  ]\n}")
            .unwrap_err();
    insta::assert_snapshot!(error.to_string(), @r"
    the deployment specification t.json cannot be taken as it stands:
      3:20 is not JSON: expected `,` or `}`
    ");
    let twice = rooted(json!({})).to_string().replacen('{', r#"{"loggingPolicies": {}, "loggingPolicies": {}, "#, 1);
    let twice = Deployment::load("t.json", "/p", &twice).unwrap_err();
    assert_eq!(findings(&twice), ["1:25 /loggingPolicies is given twice"]);
}

#[test]
fn prefixes_follow_the_rules_for_paths() {
    let (long, routes) = (format!("/{}", "a".repeat(254)), with_route(json!({})).to_string());
    for (prefix, kept) in [("/erp/v1", "/erp/v1"), ("/", ""), ("/a/", "/a"), (long.as_str(), long.as_str())] {
        assert_eq!(Deployment::load("t.json", prefix, &routes).unwrap().prefix(), kept);
    }
    for (prefix, why) in [
        ("erp", "does not begin with `/`"),
        ("", "does not begin with `/`"),
        ("/a//b", "has two slashes side by side"),
        ("/{a}", "has a parameter, which no prefix may have"),
        ("/a?b", "has the character `?`, which no path may have"),
        (&format!("{long}a"), "is longer than 255 characters"),
    ] {
        let error = Deployment::load("t.json", prefix, &routes).unwrap_err();
        assert_eq!(findings(&error), [format!("the path prefix `{prefix}` {why}")]);
    }
}

#[test]
fn another_address_stands_in_the_place_of_one_out_of_reach() {
    let text = with_url("https://b.example/ords/${request.path[x]}").to_string();
    assert_eq!(findings(&Deployment::load("t.json", "/p", &text).unwrap_err()).len(), 1);
    let behind = |to| Deployment::load_behind(&[("https://b.example", to)], "t.json", "/p", &text);
    let Backend::Http(backend) = &behind("http://ords").unwrap().routes[0].backend.clone() else { panic!() };
    assert_eq!(backend.url.to_string(), "http://ords/ords/${request.path[x]}");
    assert_eq!(findings(&behind("https://c.example").unwrap_err()).len(), 1);
    assert!(behind("nowhere").unwrap_err().to_string().contains("`nowhere`"));
}

#[test]
fn the_embedded_deployment_loads_without_a_word() {
    let deployment = Deployment::customers();
    assert_eq!(deployment.notes(), []);
    assert_eq!(deployment.rate_limit, Some(RateLimit { requests_per_second: 100, key: RateKey::Total }));
    assert_eq!(deployment.routes.len(), 4);
    let base = format!("http://ords/ords/{}/", Schema::built_in().alias);
    for route in &deployment.routes {
        assert_ne!(route.methods, Methods::Any);
        if let Backend::Http(backend) = &route.backend {
            assert_eq!(
                (backend.timeouts.connect, backend.timeouts.read),
                (Duration::from_secs(60), Duration::from_secs(10))
            );
            assert!(backend.url.to_string().starts_with(&base), "{}", backend.url);
        }
    }
}

#[test]
fn a_specification_has_at_most_two_megabytes() {
    let text = with_route(json!({})).to_string();
    let of_size = |bytes: usize| {
        let blanks = " ".repeat(bytes - text.len());
        Deployment::load("t.json", "/p", &format!("{text}{blanks}"))
    };
    let most = 2 * 1024 * 1024;
    assert!(of_size(most).is_ok());
    for bytes in [most + 1, most + 2] {
        assert_eq!(findings(&of_size(bytes).unwrap_err()), ["1:1 is larger than 2097152 bytes"]);
    }
}

#[test]
fn a_deployment_is_judged_by_the_figures_it_is_given() {
    let mut figures = super::profile().settings.clone();
    figures.routes_max.value = 1;
    figures.timeout_min.value = Millis(50);
    let backend = json!({ "type": "HTTP_BACKEND", "url": "http://b.example/a", "readTimeoutInSeconds": 0.05 });
    let one = with_route(json!({ "backend": backend }));
    let routes = many_routes(2);
    assert!(Deployment::load_by(&figures, "t.json", "/p", &one.to_string()).is_ok());
    let error = Deployment::load_by(&figures, "t.json", "/p", &json!({ "routes": routes }).to_string()).unwrap_err();
    assert_eq!(findings(&error), ["1:11 /routes has more than 1 routes"]);
}

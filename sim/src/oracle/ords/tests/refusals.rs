//! What is refused, in which words. One table of calls; one body to the byte.

use bytes::Bytes;
use serde_json::json;

use super::harness::{Bench, COLLECTION, settings};
use crate::message::RequestBody;

#[test]
fn a_refusal_has_the_vendors_body_to_the_byte() {
    let mut bench = Bench::new();
    let answer = bench.get("/ords/crm/customers/7");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let json = answer.json();
    let ecid = json["instance"].as_str().and_then(|i| i.strip_prefix("tag:oracle.com,2020:ecid/")).expect("an ecid");
    assert_eq!(ecid.len(), 22);
    assert_eq!(
        answer.text(),
        format!(
            "{{\n    \"code\": \"NotFound\",\n    \"title\": \"Not Found\",\n    \"message\": \"Not Found\",\n    \
             \"type\": \"tag:oracle.com,2020:error/NotFound\",\n    \"instance\": \"tag:oracle.com,2020:ecid/{ecid}\"\n}}"
        )
    );
    assert_ne!(bench.get("/ords/crm/customers/7").body, answer.body, "each call has an id of its own");
}

#[test]
fn each_refusal_has_its_status_and_code() {
    let long = "x".repeat(255);
    let long = json!({"email": long}).to_string();
    let (one, row) = (COLLECTION, "/ords/crm/customers/1");
    // method, address, body, status, code, a part of the message or cause
    let cases: &[(&str, &str, &str, u16, &str, &str)] = &[
        ("GET", "/", "", 404, "NotFound", ""),
        ("GET", "/ords/hr/customers/", "", 404, "NotFound", "could not be mapped to any database"),
        ("GET", "/ords/crm/", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/orders/", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/metadata-catalog/customers/", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/customers/2", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/customers/abc", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/customers/1.4", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/customers/1,2", "", 404, "NotFound", ""),
        ("GET", "/ords/crm/customers/1/", "", 404, "NotFound", ""),
        ("POST", "/ords/crm/customers/batchload", "a,b", 404, "NotFound", ""),
        ("DELETE", row, "", 405, "MethodNotAllowed", ""),
        ("PATCH", row, "{}", 405, "MethodNotAllowed", ""),
        ("DELETE", one, "", 405, "MethodNotAllowed", ""),
        ("GET", "/ords/crm/oauth/token", "", 405, "MethodNotAllowed", ""),
        (
            "GET",
            "/ords/crm/customers/?limit=abc",
            "",
            400,
            "BadRequest",
            "parameter limit. The detailed error message: Character a is",
        ),
        ("GET", "/ords/crm/customers/?limit=0", "", 400, "BadRequest", "parameter limit"),
        ("GET", "/ords/crm/customers/?offset=-1", "", 400, "BadRequest", "parameter offset"),
        ("GET", "/ords/crm/customers/?q=", "", 400, "BadRequest", ""),
        ("GET", "/ords/crm/customers/?q=%7B%22email%22", "", 400, "BadRequest", ""),
        ("GET", "/ords/crm/customers/?q=%7B%22colour%22:1%7D", "", 400, "BadRequest", "colour"),
        ("POST", one, "", 400, "BadRequest", ""),
        ("POST", one, "{\"email\":", 400, "BadRequest", ""),
        ("POST", one, "[]", 400, "BadRequest", ""),
        ("POST", one, "{\"store_id\":\"twelve\"}", 400, "BadRequest", "parameter store_id"),
        ("POST", one, "{\"store_id\":true}", 400, "BadRequest", "parameter store_id"),
        ("POST", one, "{\"email\":{}}", 400, "BadRequest", "parameter email"),
        ("POST", one, "{\"created\":\"yesterday\"}", 400, "BadRequest", "parameter created"),
        (
            "POST",
            one,
            &long,
            555,
            "UserDefinedResourceError",
            "ORA-12899: value too large for column \"CRM\".\"CUSTOMERS\".\"EMAIL\" (actual: 255, maximum: 254)",
        ),
        ("POST", one, "{\"store_id\":1000000}", 555, "UserDefinedResourceError", "ORA-01438"),
        (
            "POST",
            one,
            "{\"customer_id\":1}",
            555,
            "UserDefinedResourceError",
            "ORA-00001: unique constraint (CRM.CUSTOMERS_PK) violated",
        ),
        ("PUT", row, "{\"customer_id\":2}", 400, "BadRequest", "key"),
        ("PUT", row, "nonsense", 400, "BadRequest", ""),
        ("PUT", "/ords/crm/customers/abc", "{}", 404, "NotFound", ""),
    ];
    let mut bench = Bench::new();
    bench.put(json!([{"customer_id": 1, "email": "a@example.com"}])).expect("a row");
    let before = bench.get(COLLECTION).body;
    for (method, address, body, status, code, part) in cases {
        let answer = bench.call(method, address, &[], body);
        let what = format!("{method} {address} {body}: {}", answer.text());
        assert_eq!(answer.status, *status, "{what}");
        let json = answer.json();
        assert_eq!(json["code"], *code, "{what}");
        assert_eq!(json["type"], format!("tag:oracle.com,2020:error/{code}"), "{what}");
        let said =
            format!("{} {}", json["message"].as_str().unwrap_or_default(), json["cause"].as_str().unwrap_or_default());
        assert!(said.contains(part), "{what}");
        assert_eq!(json.get("o:errorCode").is_some(), *status == 555, "{what}");
        assert_eq!(answer.headers.contains_key("allow"), *status == 405, "{what}");
        assert!(!answer.took_effect, "{what}");
    }
    assert_eq!(bench.get(COLLECTION).body, before, "no refusal changes a row");
}

#[test]
fn unknown_addresses_are_told_without_a_token_and_methods_only_with_one() {
    let mut bench = Bench::new();
    bench.forget_token();
    for (method, address, status) in [
        ("GET", "/ords/crm/orders/", 404),
        ("GET", "/ords/hr/", 404),
        ("GET", "/ords/crm/customers", 301),
        ("GET", "/ords/crm/customers/1", 401),
        ("DELETE", "/ords/crm/customers/1", 401),
    ] {
        assert_eq!(bench.call(method, address, &[], "").status, status, "{method} {address}");
    }
}

#[test]
fn a_body_beyond_the_policy_is_refused_after_authentication() {
    let mut bench = Bench::new();
    let fits = format!("{{\"email\":\"{}\"}}", " ".repeat(settings().body_bytes_max - 12));
    assert_eq!(fits.len(), settings().body_bytes_max);
    assert_eq!(bench.call("POST", COLLECTION, &[], &fits).status, 555, "too long for the column, not for the door");
    assert_eq!(bench.call("POST", COLLECTION, &[], &format!("{fits} ")).status, 413);
    assert_eq!(bench.send("POST", COLLECTION, &[], RequestBody::TooLarge).status, 413);
    bench.forget_token();
    let whole = RequestBody::Whole(Bytes::from(format!("{fits} ")));
    assert_eq!(bench.send("POST", COLLECTION, &[], whole).status, 401);
}

//! A portal's own rules for values: set, told, and held against every way of writing.

use reqwest::Method;
use serde_json::{Value, json};

use super::properties::{EDITIONS, definition, text};
use super::{CONTACTS, Portal, refused};
use crate::support::Answer;

fn rules(root: &str) -> String {
    root.replace("/properties", "/property-validations")
}

async fn set(portal: &Portal, root: &str, property: &str, kind: &str, body: &Value) -> Answer {
    let path = format!("{}/{property}/rule-type/{kind}", rules(root));
    portal.client.send(Method::PUT, &path, Some("application/json"), body.to_string()).await
}

#[tokio::test]
async fn rules_are_set_and_told() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let root_of_rules = rules(root);
        let get = async |path: &str| portal.client.get(&format!("{root_of_rules}{path}")).await;
        assert_eq!(get("").await.must(200).body, r#"{"results":[]}"#);
        assert_eq!(get("/zip").await.must(200).body, r#"{"results":[]}"#);
        for (property, kind, body) in [
            ("zip", "MIN_LENGTH", json!({"ruleArguments": ["1"]})),
            ("zip", "ALPHANUMERIC", json!({"ruleArguments": ["NUMERIC_ONLY"], "shouldApplyNormalization": false})),
            ("city", "MAX_LENGTH", json!({"ruleArguments": ["5"]})),
            ("city", "MAX_LENGTH", json!({"ruleArguments": ["10"]})),
        ] {
            assert_eq!(set(&portal, root, property, kind, &body).await.must(204).body, "");
        }
        let of_zip = r#"[{"ruleType":"ALPHANUMERIC","ruleArguments":["NUMERIC_ONLY"],"shouldApplyNormalization":false},{"ruleType":"MIN_LENGTH","ruleArguments":["1"]}]"#;
        let of_city = r#"[{"ruleType":"MAX_LENGTH","ruleArguments":["10"]}]"#;
        let all = format!(
            r#"{{"results":[{{"propertyName":"city","propertyValidationRules":{of_city}}},{{"propertyName":"zip","propertyValidationRules":{of_zip}}}]}}"#
        );
        assert_eq!(get("").await.must(200).body, all);
        assert_eq!(get("/zip").await.must(200).body, format!(r#"{{"results":{of_zip}}}"#));
        let one = get("/city/rule-type/MAX_LENGTH").await.must(200);
        assert_eq!(one.body, r#"{"ruleType":"MAX_LENGTH","ruleArguments":["10"]}"#);
        for path in ["/city/rule-type/REGEX", "/none", "/none/rule-type/REGEX"] {
            assert_eq!(get(path).await.must(404).json()["category"], "OBJECT_NOT_FOUND", "{path}");
        }
    }
}

#[tokio::test]
async fn a_rule_that_does_not_fit_is_refused() {
    let portal = Portal::open().await;
    for root in EDITIONS {
        let rule = |arguments: &[&str]| json!({ "ruleArguments": arguments });
        let domains: Vec<String> = (0..21).map(|number| format!("d{number}.test")).collect();
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        for (property, kind, arguments, wanted) in [
            ("city", "MAX_LENGTH", &["none"][..], "a number"),
            ("city", "MAX_LENGTH", &["0"], "a number from 1 to 10000"),
            ("city", "MIN_LENGTH", &["10001"], "a number from 1 to 10000"),
            ("annualrevenue", "DECIMAL", &["21"], "a number from 0 to 20"),
            ("city", "EMAIL_BLOCKED_DOMAINS", &domains, "one to 20 domains"),
        ] {
            let body = format!(
                r#"{{"status":"error","message":"Invalid ruleArguments for rule type {kind}: expected {wanted}","correlationId":"ID","category":"VALIDATION_ERROR"}}"#
            );
            refused(&set(&portal, root, property, kind, &rule(arguments)).await, 400, &body);
        }
        let body = r#"{"status":"error","message":"Rule type MAX_NUMBER cannot be used with a property of type string and fieldType text","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
        refused(&set(&portal, root, "city", "MAX_NUMBER", &rule(&["5"])).await, 400, body);
        let body = r#"{"status":"error","message":"Invalid input JSON on line 1, column 2: Cannot build PublicPropertyValidationRuleUpdate, some of required attributes are not set [ruleArguments]","correlationId":"ID"}"#;
        refused(&set(&portal, root, "city", "MAX_LENGTH", &json!({})).await, 400, body);
        set(&portal, root, "city", "NO_SUCH_RULE", &rule(&[])).await.must(400);
        set(&portal, root, "nowhere", "MAX_LENGTH", &rule(&["5"])).await.must(404);
        let path = format!("{}/city", rules(root));
        assert_eq!(portal.client.get(&path).await.must(200).body, r#"{"results":[]}"#);
    }
}

#[tokio::test]
async fn rules_hold_for_every_way_of_writing() {
    for (root, records) in
        EDITIONS.into_iter().zip([CONTACTS, "/crm/objects/2026-03/contacts", "/crm/objects/2026-09/contacts"])
    {
        let portal = Portal::open().await;
        let id = portal.contact(json!({"email": "kim@example.com", "firstname": "K2"})).await;
        let rule = json!({"ruleArguments": ["ALPHA_ONLY"]});
        set(&portal, root, "firstname", "ALPHANUMERIC", &rule).await.must(204);
        let bad = json!({"email": "lee@example.com", "firstname": "R2D2"});
        let told = format!(
            r#"{{"status":"error","message":"Property values were not valid: [{{\"isValid\":false,\"message\":\"Enter only letters\",\"error\":\"INVALID_ALPHA\",\"name\":\"firstname\",\"localizedErrorMessage\":\"Enter only letters\",\"propertyValue\":\"R2D2\",\"portalId\":{}}}]","correlationId":"ID","errors":[{{"message":"Enter only letters","code":"INVALID_ALPHA","context":{{"propertyName":["firstname"]}}}}],"category":"VALIDATION_ERROR"}}"#,
            portal.id()
        );
        let one = json!({ "properties": bad });
        refused(&portal.client.post(records, &one).await, 400, &told);
        refused(&portal.client.patch(&format!("{records}/{id}"), &one).await, 400, &told);
        for (operation, input) in [
            ("create", json!({ "properties": bad })),
            ("update", json!({"id": id, "properties": bad})),
            ("upsert", json!({"id": "lee@example.com", "idProperty": "email", "properties": bad})),
        ] {
            let answer = portal.client.post(&format!("{records}/batch/{operation}"), &json!({"inputs": [input]})).await;
            refused(&answer, 400, &told);
        }
        assert_eq!(portal.total().await, 1);
        portal.client.patch(&format!("{records}/{id}"), &json!({"properties": {"lastname": "Lee"}})).await.must(200);
        portal.client.patch(&format!("{records}/{id}"), &json!({"properties": {"firstname": ""}})).await.must(200);
        let good = json!({"properties": {"firstname": "Kim"}});
        portal.client.patch(&format!("{records}/{id}"), &good).await.must(200);
    }
}

#[tokio::test]
async fn rules_of_each_family_are_told_by_codes_of_their_own() {
    let portal = Portal::open().await;
    let root = EDITIONS[0];
    for sent in [
        text("plain"),
        definition("amount", "number", "number", json!({})),
        definition("day", "date", "date", json!({})),
        definition("moment", "datetime", "date", json!({})),
        definition("site", "string", "text", json!({})),
        definition("tel", "string", "phonenumber", json!({})),
    ] {
        portal.client.post(root, &sent).await.must(201);
    }
    for (property, kind, arguments, fine, bad, code) in [
        ("plain", "REGEX", json!(["^[A-Z]+$", "Must be uppercase"]), "AB", "ab", "INVALID_REGEX"),
        ("amount", "DECIMAL", json!(["2"]), "1.25", "1.255", "INVALID_DECIMAL"),
        ("day", "AFTER_DURATION", json!(["P7D"]), "2026-11-27", "2026-11-26", "INVALID_AFTER_DURATION"),
        (
            "moment",
            "DAYS_OF_WEEK",
            json!(["FRIDAY"]),
            "2026-11-20T23:00:00Z",
            "2026-11-21T00:00:00Z",
            "INVALID_DAY_OF_WEEK",
        ),
        (
            "site",
            "URL_ALLOWED_DOMAINS",
            json!(["example.com"]),
            "https://example.com/a",
            "https://a.test",
            "INVALID_URL_DOMAIN",
        ),
        (
            "tel",
            "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE",
            json!(["au"]),
            "+61 491 570 006",
            "+1 202 555 0100",
            "INVALID_PHONE_NUMBER",
        ),
    ] {
        set(&portal, root, property, kind, &json!({ "ruleArguments": arguments })).await.must(204);
        let write = |value: &str| json!({"properties": {"email": "kim@example.com", property: value}});
        let refused = portal.client.post(CONTACTS, &write(bad)).await.must(400).json();
        assert_eq!(refused["errors"][0]["code"], code, "{property}");
        let made = portal.client.post(CONTACTS, &write(fine)).await.must(201).json();
        portal.client.delete(&format!("{CONTACTS}/{}", made["id"].as_str().unwrap())).await.must(204);
    }
}

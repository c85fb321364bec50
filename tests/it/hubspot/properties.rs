//! Property definitions under every edition: made, told, changed, archived, one by one and in batches
//! (facts/hubspot-crm.md §4).

use serde_json::{Value, json};

use super::{Portal, refused, told};
use crate::support::Answer;

/// Where each edition has the properties of contacts.
pub(super) const EDITIONS: [&str; 3] =
    ["/crm/v3/properties/contacts", "/crm/properties/2026-03/contacts", "/crm/properties/2026-09/0-1"];
/// Where a manual world's clock starts.
const NOW: &str = "2026-11-20T00:00:00Z";

/// A definition of this type, and whatever else.
pub(super) fn definition(name: &str, kind: &str, field_type: &str, more: Value) -> Value {
    let mut all = json!({
        "name": name, "label": name, "type": kind, "fieldType": field_type, "groupName": "contactinformation",
    });
    for (member, value) in more.as_object().unwrap() {
        all[member] = value.clone();
    }
    all
}

pub(super) fn text(name: &str) -> Value {
    definition(name, "string", "text", json!({}))
}

fn option(value: &str, order: i32) -> Value {
    json!({"label": value.to_uppercase(), "value": value, "displayOrder": order, "hidden": false})
}

/// A refusal's status, category, last word of its subCategory, and message.
#[track_caller]
fn why(answer: &Answer) -> (u16, String, String, String) {
    let (status, _) = told(answer);
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (status, text("category"), text("subCategory"), text("message"))
}

fn names(answer: &Answer) -> Vec<String> {
    let results = answer.json();
    let results = results["results"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    results.iter().map(|property| property["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_definition_is_told_as_it_was_given() {
    for (edition, root) in EDITIONS.into_iter().enumerate() {
        let portal = Portal::open().await;
        let made = portal.client.post(root, &text("Hobby")).await.must(201);
        let want = json!({
            "updatedAt": NOW, "createdAt": NOW, "name": "hobby", "label": "Hobby", "type": "string", "fieldType": "text",
            "description": "", "groupName": "contactinformation", "options": [], "displayOrder": -1,
            "calculated": false, "externalOptions": false, "archived": false, "hasUniqueValue": false, "hidden": false,
            "modificationMetadata": {"archivable": true, "readOnlyDefinition": false, "readOnlyValue": false},
            "formField": false, "dataSensitivity": "non_sensitive",
        });
        assert_eq!(made.body, want.to_string(), "edition {edition}");
        assert_eq!(made.header("location").unwrap(), format!("{}{root}/hobby", portal.client.base));
        assert_eq!(portal.client.get(&format!("{root}/hobby")).await.must(200).body, want.to_string());

        let said = json!({
            "description": "What it costs", "displayOrder": 3, "hidden": true, "formField": true,
            "showCurrencySymbol": true, "currencyPropertyName": "code", "numberDisplayHint": "currency",
            "textDisplayHint": "email", "hasUniqueValue": true, "dateDisplayHint": "absolute",
        });
        let price = definition("price", "number", "number", said.clone());
        let made = portal.client.post(root, &price).await.must(201).json();
        for (member, value) in price.as_object().unwrap() {
            let want = if member == "dateDisplayHint" { &Value::Null } else { value };
            assert_eq!(&made[member], want, "{member}");
        }

        let options = json!([option("b", 2), {"label": "A", "value": "a", "description": "First", "displayOrder": 1, "hidden": true}]);
        let made =
            portal.client.post(root, &definition("size", "enumeration", "radio", json!({"options": options}))).await;
        assert_eq!(made.must(201).json()["options"], options);
        let options = json!([option("true", 1), option("false", 2)]);
        let flag = definition("flag", "bool", "booleancheckbox", json!({"options": options}));
        assert_eq!(portal.client.post(root, &flag).await.must(201).json()["options"], options);
        let owner = json!({"externalOptions": true, "referencedObjectType": "OWNER"});
        let made =
            portal.client.post(root, &definition("keeper", "enumeration", "select", owner)).await.must(201).json();
        assert_eq!((&made["referencedObjectType"], &made["options"]), (&json!("OWNER"), &json!([])));
    }
}

#[tokio::test]
async fn each_type_has_field_types_of_its_own() {
    let portal = Portal::open().await;
    let pairs = [
        ("bool", "booleancheckbox calculation_equation"),
        ("enumeration", "booleancheckbox checkbox radio select calculation_equation"),
        ("date", "date"),
        ("datetime", "date"),
        ("string", "file text textarea calculation_equation html phonenumber"),
        ("number", "number calculation_equation"),
        ("phone_number", "phonenumber"),
    ];
    let fields =
        "booleancheckbox calculation_equation checkbox date file html number phonenumber radio select text textarea";
    for (kind, own) in pairs {
        for field in fields.split(' ') {
            let mut more = json!({"options": [option("true", 1), option("false", 2)]});
            if field == "calculation_equation" {
                more["calculationFormula"] = json!("num_notes");
            }
            let name = format!("{kind}_{field}");
            let made = portal.client.post(EDITIONS[0], &definition(&name, kind, field, more)).await;
            let fits = own.split(' ').any(|own| own == field);
            // A formula makes its property a calculation, whatever field type was said.
            assert_eq!(made.status == 201, fits, "{kind} {field} {made:?}");
            if !fits {
                assert_eq!(made.json()["subCategory"], "Properties.PROPERTY_CREATE_FAILED_VALIDATION");
            }
        }
    }
}

#[tokio::test]
async fn a_definition_that_cannot_be_is_refused() {
    const FAILED: (&str, &str) = ("Properties.PROPERTY_CREATE_FAILED_VALIDATION", "Property failed validation.");
    let bool_options =
        "Boolean properties must have exactly two options; one with a value of true, the other with a value of false";
    let twice = json!({"options": [option("a", 1), option("a", 2)]});
    let own_and_external =
        json!({"externalOptions": true, "referencedObjectType": "OWNER", "options": [option("a", 1)]});
    let cases = [
        (definition("9lives", "string", "text", json!({})), FAILED),
        (definition("two words", "string", "text", json!({})), FAILED),
        (definition("a", "json", "text", json!({})), FAILED),
        (definition("a", "string", "number", json!({})), FAILED),
        (definition("a", "enumeration", "select", json!({})), FAILED),
        (definition("a", "enumeration", "select", twice), FAILED),
        (definition("a", "enumeration", "select", own_and_external), FAILED),
        (definition("a", "enumeration", "select", json!({"externalOptions": true})), FAILED),
        (definition("a", "number", "calculation_equation", json!({})), FAILED),
        (definition("a", "string", "text", json!({"dataSensitivity": "secret"})), FAILED),
        (definition("a", "number", "number", json!({"numberDisplayHint": ""})), FAILED),
        (definition("a", "string", "text", json!({"textDisplayHint": "shouting"})), FAILED),
        (definition("a", "string", "text", json!({"groupName": "nowhere"})), ("", "group 'nowhere' does not exist")),
        (
            definition("a", "bool", "booleancheckbox", json!({})),
            ("PropertyValidationError.INVALID_BOOLEAN_OPTION", bool_options),
        ),
        (
            definition("a", "bool", "booleancheckbox", json!({"options": [option("true", 1), option("no", 2)]})),
            ("PropertyValidationError.INVALID_BOOLEAN_OPTION", bool_options),
        ),
        (
            definition("a", "number", "number", json!({"currencyPropertyName": "code"})),
            (
                "PropertyValidationError.ONLY_CURRENCY_PROPERTIES_CAN_SPECIFY_CURRENCY",
                "cannot have a currency property name set to 'code'",
            ),
        ),
    ];
    let portal = Portal::open().await;
    for root in EDITIONS {
        let before = names(&portal.client.get(root).await);
        for (sent, (sub_category, message)) in &cases {
            let told = why(&portal.client.post(root, sent).await);
            let want = (400, "VALIDATION_ERROR".to_owned(), (*sub_category).to_owned(), (*message).to_owned());
            assert_eq!(told, want, "{sent}");
        }
        let answer = portal.client.post(root, &json!({"name": "a", "type": "string", "groupName": "g"})).await;
        let body = r#"{"status":"error","message":"Invalid input JSON on line 1, column 44: Cannot build PropertyCreate, some of required attributes are not set [label, fieldType]","correlationId":"ID"}"#;
        refused(&answer, 400, body);
        let answer = portal.client.post(root, &json!({"name": "a", "displayOrder": "first"})).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.body.contains("Cannot deserialize value of type `java.lang.Integer` from String value"),
            "{answer:?}"
        );
        assert_eq!(names(&portal.client.get(root).await), before, "what was refused changed nothing");
        let butterflies = root.replace("contacts", "butterflies").replace("0-1", "butterflies");
        let body =
            r#"{"status":"error","message":"Unable to infer object type from: butterflies","correlationId":"ID"}"#;
        refused(&portal.client.get(&butterflies).await, 400, body);
    }
    let unordered =
        definition("a", "enumeration", "select", json!({"options": [{"label": "A", "value": "a", "hidden": false}]}));
    for (root, want) in EDITIONS.into_iter().zip([201, 400, 400]) {
        let made = portal.client.post(root, &unordered).await.must(want);
        let said =
            made.body.contains("Cannot build OptionInput, some of required attributes are not set [displayOrder]");
        assert_eq!(said, want == 400, "{made:?}");
    }
}

#[tokio::test]
async fn a_name_is_taken_once() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        portal.client.post(root, &text("age")).await.must(201);
        let body = r#"{"status":"error","message":"A property named 'age' already exists.","correlationId":"ID","category":"OBJECT_ALREADY_EXISTS","subCategory":"Properties.PROPERTY_WITH_NAME_EXISTS"}"#;
        refused(&portal.client.post(root, &text("AGE")).await, 409, body);
        refused(&portal.client.post(root, &definition("age", "number", "number", json!({}))).await, 409, body);
        assert_eq!(why(&portal.client.post(root, &text("email")).await).0, 409);
        assert_eq!(portal.client.get(&format!("{root}/age")).await.json()["type"], "string");
    }
}

#[tokio::test]
async fn a_name_that_no_property_has_is_not_found() {
    let portal = Portal::open().await;
    for root in EDITIONS {
        let secret = definition("secret", "string", "text", json!({"dataSensitivity": "sensitive"}));
        portal.client.post(root, &secret).await;
        for path in ["none", "email?archived=true", "email?dataSensitivity=sensitive", "secret", "Email"] {
            let (status, category, ..) = why(&portal.client.get(&format!("{root}/{path}")).await);
            assert_eq!((status, &*category), (404, "OBJECT_NOT_FOUND"), "{path}");
        }
        portal.client.get(&format!("{root}/secret?dataSensitivity=sensitive")).await.must(200);
        assert_eq!(why(&portal.client.patch(&format!("{root}/none"), &json!({"label": "x"})).await).0, 404);
        assert_eq!(why(&portal.client.delete(&format!("{root}/none")).await).0, 404);
    }
}

#[tokio::test]
async fn a_list_has_what_its_query_asks_for() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        for (name, sensitivity) in [("plain", "non_sensitive"), ("health", "sensitive"), ("wealth", "highly_sensitive")]
        {
            let sent = definition(name, "string", "text", json!({"dataSensitivity": sensitivity}));
            portal.client.post(root, &sent).await.must(201);
        }
        portal.client.post(root, &text("gone")).await.must(201);
        portal.client.delete(&format!("{root}/gone")).await.must(204);
        let all = names(&portal.client.get(root).await.must(200));
        let standard = sim::hubspot_properties("contacts").unwrap().len();
        assert_eq!(all.len(), standard + 1);
        assert!(all.contains(&"plain".to_owned()));
        for (query, want) in [
            ("archived=true", &["gone"][..]),
            ("dataSensitivity=sensitive", &["health"]),
            ("dataSensitivity=highly_sensitive", &["wealth"]),
            ("dataSensitivity=sensitive&archived=true", &[]),
            ("properties=plain,email", &["email", "plain"]),
            ("properties=plain&properties=health&locale=de", &["plain"]),
        ] {
            assert_eq!(names(&portal.client.get(&format!("{root}?{query}")).await), want, "{query}");
        }
        let body = r#"{"status":"error","message":"Unable to parse value for query parameter: dataSensitivity","correlationId":"ID"}"#;
        refused(&portal.client.get(&format!("{root}?dataSensitivity=none")).await, 400, body);
    }
}

#[tokio::test]
async fn a_change_writes_what_it_says() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let options = json!([option("a", 1), option("b", 2)]);
        let sent = definition("size", "enumeration", "radio", json!({"options": options, "description": "How big"}));
        let made = portal.client.post(root, &sent).await.must(201).json();
        crate::support::pass(&portal.world, "5s").await;
        let path = format!("{root}/size");
        let change = json!({
            "label": "Size", "displayOrder": 4, "hidden": true, "fieldType": "select", "description": null,
            "name": "other", "hasUniqueValue": true, "dataSensitivity": "sensitive", "referencedObjectType": "OWNER",
        });
        let mut want = made;
        for (member, value) in [("label", json!("Size")), ("displayOrder", json!(4)), ("hidden", json!(true))] {
            want[member] = value;
        }
        (want["fieldType"], want["updatedAt"]) = (json!("select"), json!("2026-11-20T00:00:05Z"));
        assert_eq!(portal.client.patch(&path, &change).await.must(200).json(), want);
        assert_eq!(portal.client.get(&path).await.json(), want);

        let fewer = json!([option("c", 1)]);
        let changed = portal.client.patch(&path, &json!({"options": fewer})).await.must(200).json();
        assert_eq!(changed["options"], fewer);
        for (change, status) in [
            (json!({"options": [{"value": "d"}]}), 400),
            (json!({"options": []}), 400),
            (json!({"fieldType": "text"}), 400),
            (json!({"type": "number"}), 400),
            (json!({"groupName": "nowhere"}), 400),
            (json!({"numberDisplayHint": ""}), 400),
            (json!({}), 200),
        ] {
            let answer = portal.client.patch(&path, &change).await;
            assert_eq!(answer.status, status, "{change} {answer:?}");
        }
        assert_eq!(portal.client.get(&path).await.json()["options"], fewer);
    }
}

#[tokio::test]
async fn hubspots_own_definitions_are_told_and_stay() {
    let portal = Portal::open().await;
    for root in EDITIONS {
        let stage = portal.client.get(&format!("{root}/lifecyclestage")).await.must(200).json();
        assert_eq!(stage["createdAt"], "2019-08-06T02:41:08.029Z");
        assert_eq!((&stage["hubspotDefined"], stage.get("archived")), (&json!(true), None));
        assert_eq!(stage["options"][1], json!({"label": "Lead", "value": "lead", "displayOrder": 1, "hidden": false}));
        let open =
            json!({"archivable": true, "readOnlyDefinition": true, "readOnlyOptions": false, "readOnlyValue": false});
        assert_eq!(stage["modificationMetadata"], open);
        let email = portal.client.get(&format!("{root}/email")).await.must(200).json();
        assert_eq!(email["hasUniqueValue"], true);
        let id = portal.client.get(&format!("{root}/hs_object_id")).await.must(200).json();
        assert_eq!(id["modificationMetadata"]["readOnlyValue"], true);

        for (name, change, status) in [
            ("email", json!({"label": "Mail"}), 400),
            ("email", json!({"type": "number", "fieldType": "number"}), 400),
            ("email", json!({"label": email["label"]}), 200),
            ("hubspot_owner_id", json!({"options": [option("a", 1)]}), 400),
        ] {
            let answer = portal.client.patch(&format!("{root}/{name}"), &change).await;
            assert_eq!(answer.status, status, "{name} {change} {answer:?}");
        }
        assert_eq!(portal.client.get(&format!("{root}/email")).await.json(), email);
        assert_eq!(why(&portal.client.delete(&format!("{root}/email")).await).0, 400);
        portal.client.get(&format!("{root}/email")).await.must(200);
        let mut options = stage["options"].clone();
        options.as_array_mut().unwrap().push(option("fan", 8));
        let changed =
            portal.client.patch(&format!("{root}/hs_lead_status"), &json!({"options": options})).await.must(200);
        assert_eq!(changed.json()["options"], options);
    }
}

#[tokio::test]
async fn a_property_that_a_formula_names_stays() {
    for (root, what) in EDITIONS.into_iter().zip(["0-1"; 3]) {
        let portal = Portal::open().await;
        for name in ["price", "rate"] {
            portal.client.post(root, &definition(name, "number", "number", json!({}))).await.must(201);
        }
        let worth = definition("worth", "number", "number", json!({"calculationFormula": "price  *\n rate"}));
        let made = portal.client.post(root, &worth).await.must(201).json();
        assert_eq!((&made["fieldType"], &made["calculated"]), (&json!("calculation_equation"), &json!(true)));
        assert_eq!((&made["calculationFormula"], &made["options"]), (&json!("price * rate"), &json!([])));
        assert_eq!(made["modificationMetadata"]["readOnlyValue"], true);
        let lost = definition("lost", "number", "calculation_equation", json!({"calculationFormula": "prize * 2"}));
        assert_eq!(why(&portal.client.post(root, &lost).await).0, 404);

        let body = format!(
            r#"{{"status":"error","message":"Property: price of object type {what} is currently used in 1 places and cannot be deleted","correlationId":"ID","errors":[{{"message":"Property is used by worth","subCategory":"PropertyValidationError.PROPERTY_USAGE","context":{{"parentType":["CALCULATED_PROPERTY"],"parentName":["{what}/worth"]}}}}],"context":{{"usageCount":["1"]}},"category":"VALIDATION_ERROR","subCategory":"PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"}}"#
        );
        refused(&portal.client.delete(&format!("{root}/price")).await, 400, &body);
        let archive = |names: &[&str]| {
            let inputs: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
            let (client, path) = (portal.client.clone(), format!("{root}/batch/archive"));
            async move { client.post(&path, &json!({ "inputs": inputs })).await }
        };
        archive(&["rate", "price"]).await.must(400);
        portal.client.get(&format!("{root}/rate")).await.must(200);
        archive(&["rate", "price", "worth"]).await.must(204);
        assert_eq!(names(&portal.client.get(&format!("{root}?archived=true")).await), ["price", "rate", "worth"]);

        let sent = json!({"properties": {"email": "k@example.com", "worth": "1"}});
        let contact = portal.client.post("/crm/v3/objects/contacts", &sent).await.must(400).json();
        assert_eq!(contact["errors"][0]["code"], "PROPERTY_DOESNT_EXIST");
    }
}

#[tokio::test]
async fn an_object_type_has_ten_unique_properties_of_its_own() {
    let portal = Portal::open().await;
    let unique = |n: u32| definition(&format!("key_{n}"), "string", "text", json!({"hasUniqueValue": true}));
    for n in 0..10 {
        portal.client.post(EDITIONS[n as usize % 3], &unique(n)).await.must(201);
    }
    let (status, .., message) = why(&portal.client.post(EDITIONS[0], &unique(10)).await);
    assert_eq!((status, &*message), (400, "Property failed validation."));
    portal.client.delete(&format!("{}/key_3", EDITIONS[1])).await.must(204);
    portal.client.post(EDITIONS[2], &unique(10)).await.must(201);
    assert_eq!(portal.client.post(EDITIONS[0], &unique(3)).await.status, 400);
}

#[tokio::test]
async fn an_object_type_has_a_thousand_properties_of_its_own() {
    let portal = Portal::open().await;
    let path = format!("{}/batch/create", EDITIONS[0]);
    for hundred in 0..10 {
        let inputs: Vec<_> = (0..100).map(|n| text(&format!("p_{hundred}_{n}"))).collect();
        portal.client.post(&path, &json!({ "inputs": inputs })).await.must(201);
    }
    assert_eq!(why(&portal.client.post(EDITIONS[0], &text("one_more")).await).0, 400);
    portal.client.delete(&format!("{}/p_0_0", EDITIONS[0])).await.must(204);
    portal.client.post(EDITIONS[0], &text("one_more")).await.must(201);
}

#[tokio::test]
async fn batches_of_properties() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let batch =
            async |operation: &str, body: Value| portal.client.post(&format!("{root}/batch/{operation}"), &body).await;
        let made = batch("create", json!({"inputs": [text("a"), text("b")]})).await.must(201).json();
        assert_eq!(
            (&made["status"], &made["startedAt"], &made["completedAt"]),
            (&json!("COMPLETE"), &json!(NOW), &json!(NOW))
        );
        assert_eq!((made["results"].as_array().unwrap().len(), made.get("errors")), (2, None));
        let made =
            batch("create", json!({"inputs": [text("b"), text("c"), definition("d", "string", "date", json!({}))]}));
        let made = made.await.must(207).json();
        assert_eq!((made["results"][0]["name"].as_str(), made["numErrors"].as_u64()), (Some("c"), Some(2)));
        let taken = json!({
            "status": "error", "category": "OBJECT_ALREADY_EXISTS",
            "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS", "message": "A property named 'b' already exists.",
            "context": {"name": ["b"]},
        });
        assert_eq!(made["errors"][0].to_string(), taken.to_string());
        assert_eq!(made["errors"][1]["context"], json!({"name": ["d"]}));

        let named = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Value>();
        let ask = |archived: bool, sensitivity: &str, names: &[&str]| json!({"archived": archived, "dataSensitivity": sensitivity, "inputs": named(names)});
        let read = batch("read", ask(false, "non_sensitive", &["c", "email", "c"])).await.must(200);
        assert_eq!(names(&read), ["c", "email"]);
        let read = batch("read", ask(false, "non_sensitive", &["c", "x", "y"])).await.must(207);
        assert_eq!(names(&read), ["c"]);
        let errors = read.json()["errors"].clone();
        assert_eq!(
            (&errors[0]["category"], &errors[0]["context"]),
            (&json!("OBJECT_NOT_FOUND"), &json!({"name": ["x", "y"]}))
        );
        batch("read", ask(false, "secret", &["c"])).await.must(400);

        assert_eq!(batch("archive", json!({"inputs": named(&["a", "b", "never"])})).await.must(204).body, "");
        batch("archive", json!({"inputs": named(&["a"])})).await.must(204);
        assert_eq!(names(&batch("read", ask(true, "non_sensitive", &["a", "b"])).await.must(200)), ["a", "b"]);
        batch("archive", json!({"inputs": named(&["c", "email"])})).await.must(400);
        portal.client.get(&format!("{root}/c")).await.must(200);

        let many: Vec<String> = (0..101).map(|n| format!("p{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let body = r#"{"status":"error","message":"The maximum number of inputs supported in a batch is 100. Please reduce the number of items and try again","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
        for operation in ["create", "read", "archive"] {
            let mut sent = ask(false, "non_sensitive", &many);
            if operation == "create" {
                sent["inputs"] = many.iter().map(|name| text(name)).collect();
            }
            refused(&batch(operation, sent).await, 400, body);
        }
    }
}

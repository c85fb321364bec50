//! What people may save in place of an answer, and what they are told.

use serde_json::{Value, json};
use sim::HubspotPortal;

use super::saved_portal::{property, results};

#[test]
fn what_cannot_be_loaded_is_told_with_its_place_and_its_mending() {
    let contacts = "crm/v3/properties/contacts.json";
    let labels = "crm/v4/associations/contacts/companies/labels.json";
    let row = |name: &str, more: Value| property(name, more);
    let schema = |more: Value| {
        let mut row = json!({"name": "car", "labels": {"singular": "Car", "plural": "Cars"}, "objectTypeId": "2-7",
            "fullyQualifiedName": "p1_car", "properties": [], "associations": [], "requiredProperties": []});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        results(json!([row]))
    };
    type Case = (&'static str, Vec<(&'static str, String)>, &'static str, &'static str, &'static str);
    let cases: Vec<Case> = vec![
        ("no JSON", vec![(contacts, "{\"results\":\n [}".into())], ":2:3", "no JSON: expected value", "curl -f"),
        ("empty", vec![(contacts, " ".into())], "", "the file is empty", "once more"),
        ("a page", vec![(contacts, "<!DOCTYPE html>".into())], ":1:1", "a web page was saved", "api.hubapi.com"),
        (
            "a refusal",
            vec![(
                contacts,
                r#"{"status":"error","message":"This app hasn't been granted","category":"MISSING_SCOPES"}"#.into(),
            )],
            ":1:1",
            "its refusal was saved: MISSING_SCOPES: This app hasn't been granted",
            "give the token the scopes",
        ),
        (
            "a refusal without a category",
            vec![(contacts, r#"{"status":"error","message":"Unable to infer"}"#.into())],
            ":1:1",
            "its refusal was saved: Unable to infer",
            "mend what the message says",
        ),
        ("no results", vec![(contacts, r#"{"name":"tier"}"#.into())], ":1:1", "no list `results`", "as it comes"),
        ("a list", vec![(contacts, "[1]".into())], ":1:1", "is no object", "as it comes"),
        (
            "another endpoint's",
            vec![(contacts, results(json!([{"category": "USER_DEFINED", "typeId": 1, "label": "X"}])))],
            ":1:13",
            "no answer with properties: `results[0]` has no `name`",
            "as it comes",
        ),
        (
            "a type",
            vec![(contacts, "{\"results\": [\n{\"name\":\"a\",\n \"type\": \"strng\"}]}".into())],
            ":3:10",
            "`results[0].type` is no type of a property: `strng`",
            "string, number",
        ),
        (
            "a misfit",
            vec![(contacts, "{\"results\": [{\"name\":\"a\",\"type\":\"string\",\"hidden\":\"yes\"}]}".into())],
            ":1:51",
            "`results[0].hidden` does not fit",
            "as it comes",
        ),
        (
            "twice",
            vec![(contacts, results(json!([row("a", json!({})), row("a", json!({}))])))],
            "",
            "`results[1].name` is a second property `a`",
            "take one",
        ),
        (
            "options",
            vec![(
                contacts,
                results(json!([row(
                    "a",
                    json!({"type": "enumeration", "options": [
                {"label": "A", "value": "a", "hidden": false}, {"label": "B", "value": "a", "hidden": false}]})
                )])),
            )],
            "",
            "`results[0].options` have two with the value `a`",
            "value of its own",
        ),
        (
            "two versions",
            vec![
                (contacts, results(json!([row("a", json!({}))]))),
                ("crm/properties/2026-03/contact.json", results(json!([row("a", json!({"label": "B"}))]))),
            ],
            ":1:13",
            "and the two disagree about `a`",
            "delete the other",
        ),
        (
            "an own type",
            vec![("crm/v3/properties/2-7.json", results(json!([])))],
            "",
            "there is no object type `2-7`",
            "save crm-object-schemas/v3/schemas.json",
        ),
        (
            "a label's own type",
            vec![("crm/v4/associations/contacts/p_car/labels.json", results(json!([])))],
            "",
            "there is no object type `p_car`",
            "save crm-object-schemas/v3/schemas.json",
        ),
        (
            "a label's end",
            vec![(
                labels,
                results(
                    json!([{"category": "USER_DEFINED", "typeId": 9, "label": "X", "fromObjectTypeId": "0-1", "toObjectTypeId": "2-7"}]),
                ),
            )],
            "",
            "`results[0].toObjectTypeId` names an object type that is not there: `2-7`",
            "save crm-object-schemas",
        ),
        (
            "a label's other end",
            vec![(
                labels,
                results(
                    json!([{"category": "USER_DEFINED", "typeId": 9, "label": "X", "fromObjectTypeId": "0-3", "toObjectTypeId": "0-2"}]),
                ),
            )],
            "",
            "`results[0].fromObjectTypeId` is `0-3`, and the file's name says `0-1`",
            "by the path",
        ),
        (
            "a category",
            vec![(labels, results(json!([{"category": "MINE", "typeId": 9, "label": "X"}])))],
            "",
            "no category of associations: `MINE`",
            "USER_DEFINED",
        ),
        (
            "a label of two pairs",
            vec![
                (labels, results(json!([{"category": "USER_DEFINED", "typeId": 9, "label": "X"}]))),
                (
                    "crm/v4/associations/deals/companies/labels.json",
                    results(json!([{"category": "USER_DEFINED", "typeId": 9, "label": "X"}])),
                ),
            ],
            "",
            "is a type of another pair too: 9",
            "save both answers again",
        ),
        (
            "no stages",
            vec![("crm/v3/pipelines/deals.json", results(json!([{"id": "1", "label": "X", "stages": []}])))],
            "",
            "`results[0].stages` has no stage",
            "one stage at least",
        ),
        (
            "a stage twice",
            vec![(
                "crm/v3/pipelines/deals.json",
                results(json!([{"id": "1", "label": "X", "stages": [
                {"id": "s", "label": "A", "displayOrder": 0}, {"id": "s", "label": "B", "displayOrder": 1}]}])),
            )],
            "",
            "`results[0].stages[1].id` is a stage without an id of its own: `s`",
            "has its id",
        ),
        (
            "a display property",
            vec![("crm/v3/schemas.json", schema(json!({"primaryDisplayProperty": "model"})))],
            "",
            "`results[0].primaryDisplayProperty` names a property that is not there: `model`",
            "save crm/v3/properties/2-7.json too",
        ),
        (
            "a schema's property",
            vec![("crm/v3/schemas.json", schema(json!({"properties": [row("a", json!({"type": "strng"}))]})))],
            "",
            "`results[0].properties[0].type` is no type of a property",
            "string, number",
        ),
        (
            "two schemas",
            vec![
                ("crm/v3/schemas.json", schema(json!({}))),
                ("crm-object-schemas/2026-03/schemas.json", schema(json!({"requiredProperties": ["hs_object_id"]}))),
            ],
            "",
            "is the schema of `car`, and not the one in crm-object-schemas/2026-03/schemas.json",
            "delete the other",
        ),
        (
            "nothing",
            vec![("notes.txt", "x".into())],
            "",
            "there is no saved answer in it",
            "crm/v3/properties/contacts.json",
        ),
    ];
    for (what, files, place, why, mend) in cases {
        let last = files.last().unwrap().0;
        let bad = HubspotPortal::parse("portal", files).expect_err(what);
        assert_eq!(bad.problems.len(), 1, "{what}: {:?}", bad.problems);
        let (told, problem) = (bad.problems[0].to_string(), &bad.problems[0]);
        assert!(told.contains(why) && told.contains(place), "{what}: {told}");
        assert!(problem.mend.contains(mend), "{what}: {}", problem.mend);
        let named =
            [last, contacts, labels, "crm/v3/schemas.json", "the folder"].iter().any(|file| told.starts_with(file));
        assert!(named && (place.is_empty() || problem.at.is_some()), "{what}: {told}");
    }
    // All of it at once, in the order of the files.
    let all = HubspotPortal::parse(
        "portal",
        [
            ("crm/v3/pipelines/deals.json", "<html>".to_owned()),
            (contacts, results(json!([row("a", json!({"type": "x"})), row("b", json!({"type": "y"}))]))),
        ],
    );
    let bad = all.expect_err("nothing of it can be loaded");
    let told: Vec<_> = bad.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(told, ["crm/v3/pipelines/deals.json", contacts, contacts]);
    assert_eq!(bad.files.len(), 2, "what they hold is told all the same");
}

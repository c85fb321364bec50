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
            "a type's number",
            vec![("crm/v3/schemas.json", schema(json!({"objectTypeId": "2-18446744073709551615"})))],
            "",
            "`results[0].objectTypeId` is no id of an object type: `2-18446744073709551615`",
            "like 2-3453932",
        ),
        (
            "an association's number",
            vec![(
                "crm/v3/schemas.json",
                schema(json!({"associations": [
                    {"id": "18446744073709551615", "fromObjectTypeId": "2-7", "toObjectTypeId": "0-1", "name": "x"}]})),
            )],
            "",
            "`results[0].associations[0]` has no number for an `id`",
            "as it comes",
        ),
        (
            "a label's number",
            vec![(labels, results(json!([{"category": "USER_DEFINED", "typeId": 4_294_967_295_u32, "label": "X"}])))],
            "",
            "`results[0].typeId` is no number of an association type: 4294967295",
            "2147483647",
        ),
        (
            "a probability",
            vec![(
                "crm/v3/pipelines/deals.json",
                results(json!([{"id": "1", "label": "X", "stages": [
                    {"id": "s", "label": "A", "displayOrder": 0, "metadata": {"probability": "0.5"}},
                    {"id": "t", "label": "B", "displayOrder": 1, "metadata": {"probability": "high"}}]}])),
            )],
            "",
            "`results[0].stages[1].metadata.probability` is no probability: `high`",
            "from 0.0 to 1.0",
        ),
        (
            "a ticket's state",
            vec![(
                "crm/v3/pipelines/tickets.json",
                results(json!([{"id": "0", "label": "X", "stages": [
                    {"id": "1", "label": "A", "displayOrder": 0, "metadata": {"ticketState": "AJAR"}}]}])),
            )],
            "",
            "`results[0].stages[0].metadata.ticketState` is no state of a ticket: `AJAR`",
            "OPEN and CLOSED",
        ),
        (
            "a misspelt type",
            vec![("crm/v3/properties/contcts.json", results(json!([])))],
            "",
            "there is no object type `contcts`",
            "did you mean `contacts`?",
        ),
        (
            "a folder too deep",
            vec![("v3/properties/contacts.json", results(json!([]))), ("v3/schemas.json", results(json!([])))],
            "",
            "there is no saved answer in it",
            "the folder that `crm` stands in",
        ),
        (
            "two folders too deep",
            vec![("properties/contacts.json", results(json!([])))],
            "",
            "there is no saved answer in it",
            "the folder that `crm/v3` stands in",
        ),
        (
            "a folder too high",
            vec![("saved/portal/crm/v3/properties/contacts.json", results(json!([])))],
            "",
            "there is no saved answer in it",
            "name the folder `saved/portal` in it",
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

/// Not only the first of them, and each where it stands.
#[test]
fn all_that_is_wrong_in_one_file_is_told() {
    let at = |problem: &sim::PortalProblem| (problem.to_string(), problem.mend.clone());
    let told = |file: &str, body: String| -> Vec<String> {
        let bad = HubspotPortal::parse("portal", [(file, body)]).expect_err(file);
        bad.problems.iter().map(at).map(|(what, _)| what).collect()
    };
    let rows = json!([
        {"name": "a"},
        property("b", json!({})),
        {"label": "C", "type": "string"},
        property("d", json!({"type": "strng"})),
        property("e", json!({"hidden": "yes"})),
    ]);
    let all = told("crm/v3/properties/contacts.json", results(rows.clone()));
    for what in [
        "`results[0]` has no `type`",
        "`results[2]` has no `name`",
        "`results[3].type` is no type",
        "`results[4].hidden`",
    ] {
        assert!(all.iter().any(|told| told.contains(what)), "{what}: {all:?}");
    }
    assert_eq!(all.len(), 4, "{all:?}");

    let schema = json!({"name": "car", "labels": {"singular": "Car", "plural": "Cars"}, "objectTypeId": "2-7", "properties": rows.as_array().unwrap()[..4]});
    let all = told("crm/v3/schemas.json", results(json!([schema])));
    for what in
        ["`results[0].properties[0]` has no `type`", "properties[2]` has no `name`", "properties[3].type` is no type"]
    {
        assert!(all.iter().any(|told| told.contains(what)), "{what}: {all:?}");
    }

    // A row that is left out moves no other.
    let label = |category: &str, id: u32| json!({"category": category, "typeId": id, "label": "X"});
    let files = [
        ("crm/v4/associations/companies/deals/labels.json", results(json!([label("USER_DEFINED", 9)]))),
        (
            "crm/v4/associations/contacts/companies/labels.json",
            results(json!([
                label("MINE", 7),
                label("USER_DEFINED", 8),
                label("USER_DEFINED", 8),
                label("USER_DEFINED", 9)
            ])),
        ),
    ];
    let bad = HubspotPortal::parse("portal", files).expect_err("three are wrong");
    let all: Vec<_> = bad.problems.iter().map(|problem| problem.what.as_str()).collect();
    for what in ["`results[0].category`", "`results[2].typeId` is a second", "another pair too: 9"] {
        assert!(all.iter().any(|told| told.contains(what)), "{what}: {all:?}");
    }
    assert!(all.iter().any(|told| told.starts_with("`results[3].typeId` is a type of another")), "{all:?}");
}

/// What can be loaded and will not be as people think.
#[test]
fn doubtful_values_have_a_line_of_their_own() {
    let contacts = "crm/v3/properties/contacts.json";
    let groups = ("crm/v3/properties/contacts/groups.json", results(json!([{"name": "own", "label": "Own"}])));
    let tell = |row: Value| {
        let files = [(contacts, results(json!([row]))), groups.clone()];
        let loaded = HubspotPortal::parse("portal", files).unwrap();
        loaded.files().iter().find(|file| file.name == contacts).unwrap().notes.join("; ")
    };
    let choice = json!([{"label": "A", "value": "a", "hidden": false}]);
    let cases = [
        (property("tier", json!({"groupName": "nope"})), "in groups that were not saved with the others: nope (tier)"),
        (property("tier", json!({"fieldType": "nope"})), "of a field type that is unknown here: tier (nope)"),
        (
            property("tier", json!({"type": "enumeration", "fieldType": "select", "options": []})),
            "enumerations without options: tier",
        ),
    ];
    for (row, note) in cases {
        let notes = tell(row);
        assert!(notes.contains(note), "{note}: {notes}");
    }
    let sound = [
        property("tier", json!({"type": "enumeration", "fieldType": "select", "options": choice})),
        property(
            "owner",
            json!({"type": "enumeration", "fieldType": "select", "externalOptions": true, "referencedObjectType": "OWNER", "options": []}),
        ),
        property("hs_when", json!({"type": "number", "fieldType": "calculation_read_time", "hubspotDefined": true})),
    ];
    for row in sound {
        assert_eq!(tell(row.clone()), "", "{row}");
    }
    for file in [contacts, "crm/v3/properties/contacts/groups.json"] {
        let loaded = HubspotPortal::parse("portal", [(file, results(json!([])))]).unwrap();
        assert!(loaded.files()[0].notes.join("").contains("nothing is in it, and every portal has some"), "{file}");
    }
}

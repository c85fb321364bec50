//! A portal that begins with what was saved from another: whatever was saved is told again, and records
//! are held to it.

use serde_json::{Value, json};
use sim::policy::{HubspotSettings, Profile};
use sim::{HubspotPortal, SystemName};

use super::schemas::{car, enterprise};
use super::{CONTACTS, Portal};
use crate::support::{Client, still};

type Files = Vec<(String, String)>;

/// A portal that people have made their own; answers the paths that are worth saving of it.
async fn furnished() -> (Portal, Vec<String>, String) {
    let portal = enterprise().await;
    let client = &portal.client;
    let made = client.post("/crm-object-schemas/v3/schemas", &car()).await.must(201).json();
    let car = made["objectTypeId"].as_str().unwrap().to_owned();
    let option = |value: &str, order: i32| json!({"label": value.to_uppercase(), "value": value, "displayOrder": order, "hidden": false});
    let lifecycle = "/crm/v3/properties/contacts/lifecyclestage";
    let mut stages = client.get(lifecycle).await.must(200).json()["options"].clone();
    stages.as_array_mut().unwrap().push(option("fan", 9));
    client.patch(lifecycle, &json!({"options": stages})).await.must(200);
    let posts = [
        ("/crm/v3/properties/contacts/groups", json!({"name": "loyalty", "label": "Loyalty", "displayOrder": 3})),
        (
            "/crm/v3/properties/contacts",
            json!({"name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", "groupName": "loyalty",
                "options": [option("gold", 0), option("tin", 1)]}),
        ),
        (
            "/crm/v3/properties/contacts",
            json!({"name": "card", "label": "Card", "type": "string", "fieldType": "text", "groupName": "loyalty",
                "hasUniqueValue": true}),
        ),
        (
            "/crm/v3/properties/contacts",
            json!({"name": "twice", "label": "Twice", "type": "number", "fieldType": "calculation_equation",
                "groupName": "loyalty", "calculationFormula": "num_notes * 2"}),
        ),
        (
            "/crm-object-schemas/v3/schemas",
            json!({"name": "bike", "labels": {"singular": "Bike", "plural": "Bikes"}, "properties": [],
                "primaryDisplayProperty": "hs_object_id", "associatedObjects": [car]}),
        ),
        (
            "/crm/v3/pipelines/deals",
            json!({"label": "Wholesale", "displayOrder": 1, "stages": [
                {"label": "Talks", "displayOrder": 0, "metadata": {"probability": "0.5"}},
                {"label": "Signed", "displayOrder": 1, "metadata": {"probability": "1.0"}},
            ]}),
        ),
        (
            &format!("/crm/v3/pipelines/{car}"),
            json!({"label": "Repair", "displayOrder": 0, "stages": [{"label": "In", "displayOrder": 0, "metadata": {}}]}),
        ),
        (
            "/crm/v4/associations/contacts/companies/labels",
            json!({"label": "Buyer", "name": "buyer", "inverseLabel": "Sells to"}),
        ),
        ("/crm/v4/associations/contacts/companies/labels", json!({"label": "Partner", "name": "partner"})),
        (&format!("/crm/v4/associations/{car}/contacts/labels"), json!({"label": "Owner", "name": "owner"})),
        (
            "/crm/v4/associations/contacts/contacts/labels",
            json!({"label": "Boss", "name": "boss", "inverseLabel": "Worker"}),
        ),
    ];
    for (path, body) in posts {
        let answer = client.post(path, &body).await;
        assert!(answer.status < 300, "{path}: {answer:?}");
    }
    let paths = |own: &str| -> Vec<String> {
        let paths = [
            "crm/v3/properties/contacts",
            "crm/v3/properties/contacts/groups",
            "crm/properties/2026-03/deals",
            "crm/v3/properties/CAR",
            "crm/properties/2026-09/CAR/groups",
            "crm-object-schemas/v3/schemas",
            "crm-object-schemas/2026-03/schemas/CAR",
            "crm/v3/pipelines/0-3",
            "crm/pipelines/2026-03/CAR",
            "crm/v3/pipelines/tickets",
            "crm/v4/associations/contact/companies/labels",
            "crm/associations/2026-03/companies/contacts/labels",
            "crm/v4/associations/CAR/contacts/labels",
            "crm/associations/2026-09/contacts/CAR/labels",
            "crm/v4/associations/contacts/contacts/labels",
            "crm/v3/associations/contacts/contacts/types",
            "crm/v3/associations/companies/0-1/types",
            "crm/v3/associations/0-1/companies/types",
            "crm/v3/associations/CAR/contacts/types",
            "crm/v3/associations/contacts/CAR/types",
        ];
        paths.iter().map(|path| path.replace("CAR", own)).collect()
    };
    let paths = paths(&car);
    (portal, paths, car)
}

async fn saved(client: &Client, paths: &[String]) -> Files {
    let mut files = Vec::new();
    for path in paths {
        files.push((format!("{path}.json"), client.get(&format!("/{path}")).await.must(200).body));
    }
    files
}

#[tokio::test]
async fn what_was_saved_is_told_again_by_the_portal_that_begins_with_it() {
    let (portal, paths, car) = furnished().await;
    let files = saved(&portal.client, &paths).await;
    let loaded = HubspotPortal::parse("portal", files.clone()).unwrap();
    let other = Portal::of(still().seed(99).hubspot_portal(loaded).start().await.unwrap());
    assert_ne!(other.id(), portal.id(), "its own id comes from the seed");
    for (path, body) in
        saved(&other.client, &paths).await.iter().zip(&files).map(|((path, told), (_, was))| (path, (told, was)))
    {
        assert_eq!(body.0, body.1, "{path}");
    }
    // Own types go by both portals' names.
    for name in [format!("p{}_Car", portal.id()), format!("p{}_Car", other.id()), "p_car".to_owned(), car.clone()] {
        let told = other.client.get(&format!("/crm/v3/schemas/{name}")).await.must(200).json();
        assert_eq!(told["objectTypeId"], *car, "{name}");
    }

    // A fork has it, and so has the world when all is put back.
    other.client.delete("/crm/v3/properties/contacts/tier").await.must(204);
    let fork = Portal::of(other.world.fork(None).await.unwrap());
    fork.client.get("/crm/v3/properties/contacts/tier").await.must(404);
    other.client.get("/crm/v3/properties/contacts/card").await.must(200);
    other.world.reset();
    assert_eq!(saved(&other.client, &paths).await, files);
}

#[tokio::test]
async fn records_are_held_to_what_was_saved() {
    let (portal, paths, car) = furnished().await;
    let files = saved(&portal.client, &paths).await;
    let begun = async |id: &str| {
        let loaded = HubspotPortal::parse("portal", files.clone()).unwrap();
        Portal::of(still().id(id).hubspot_portal(loaded).start().await.unwrap())
    };
    let (one, same) = (begun("a").await, begun("a").await);
    let kim = json!({"properties": {"email": "kim@example.com", "tier": "gold", "card": "7", "lifecyclestage": "fan"}});
    let [made, again] = [&one, &same].map(async |portal| portal.client.post(CONTACTS, &kim).await.must(201).body);
    let made = made.await;
    assert_eq!(made, again.await, "the same seed and the same folder are the same bytes");
    let made: Value = serde_json::from_str(&made).unwrap();
    let client = &one.client;
    let refusals = [
        (json!({"email": "a@example.com", "tier": "lead"}), "lead was not one of the allowed options: [gold, tin]"),
        (json!({"email": "b@example.com", "card": "7"}), "card"),
        (json!({"email": "c@example.com", "twice": "7"}), "twice"),
    ];
    for (properties, why) in refusals {
        let answer = client.post(CONTACTS, &json!({ "properties": properties })).await;
        assert!((400..500).contains(&answer.status) && answer.body.contains(why), "{answer:?}");
    }
    // Pipelines and their stages go by the ids of the other portal.
    let pipelines: Value =
        serde_json::from_str(&files.iter().find(|(name, _)| name.contains("0-3")).unwrap().1).unwrap();
    let wholesale = &pipelines["results"][1];
    let deal = json!({"properties": {"dealname": "Much", "pipeline": wholesale["id"], "dealstage": wholesale["stages"][1]["id"]}});
    let deal = client.post("/crm/v3/objects/deals", &deal).await.must(201).json();
    let path = format!("/crm/v3/objects/deals/{}?properties=hs_is_closed_won", deal["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.must(200).json()["properties"]["hs_is_closed_won"], "true");
    // A type of its own, what it must have, and a label by its number.
    let objects = format!("/crm/v3/objects/{car}");
    client.post(&objects, &json!({"properties": {"vin": "1"}})).await.must(400);
    let mine = client.post(&objects, &json!({"properties": {"model": "T", "vin": "1"}})).await.must(201).json();
    let labels = client.get(&format!("/crm/v4/associations/{car}/contacts/labels")).await.must(200).json();
    let owner = labels["results"].as_array().unwrap().iter().find(|one| one["label"] == "Owner").unwrap().clone();
    let [mine, kim] = [&mine, &made].map(|record| record["id"].as_str().unwrap().to_owned());
    let tie = json!([{"associationCategory": owner["category"], "associationTypeId": owner["typeId"]}]);
    one.put(&format!("/crm/v4/objects/{car}/{mine}/associations/contacts/{kim}"), tie).await.must(201);
    let back = client.get(&format!("/crm/v4/objects/contacts/{kim}/associations/{car}")).await.must(200).json();
    let told: Vec<_> =
        back["results"][0]["associationTypes"].as_array().unwrap().iter().map(|kind| &kind["label"]).collect();
    assert!(told.contains(&&json!("Owner")), "the label's other side goes with it: {back}");

    // What is made from then on takes no number that is there.
    let label = json!({"label": "Rival", "name": "rival"});
    let rival = client.post("/crm/v4/associations/contacts/companies/labels", &label).await.must(200).json();
    let known: Vec<_> =
        paths.iter().zip(&files).filter(|(path, _)| path.ends_with("labels")).map(|(_, file)| &file.1).collect();
    let taken = format!(r#""category":"USER_DEFINED","typeId":{},"#, rival["results"][0]["typeId"]);
    assert!(!known.iter().any(|text| text.contains(&taken)), "{taken}");
}

pub(super) fn property(name: &str, more: Value) -> Value {
    let mut row = json!({
        "updatedAt": "2024-05-02T10:11:12.130Z", "createdAt": "2024-05-01T10:11:12.130Z", "name": name, "label": name,
        "type": "string", "fieldType": "text", "description": "", "groupName": "own", "options": [], "displayOrder": -1,
        "calculated": false, "externalOptions": false, "archived": false, "hasUniqueValue": false, "hidden": false,
        "modificationMetadata": {"archivable": true, "readOnlyDefinition": false, "readOnlyValue": false},
        "formField": true, "dataSensitivity": "non_sensitive",
    });
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

pub(super) fn results(rows: Value) -> String {
    json!({ "results": rows }).to_string()
}

/// Answers in the vendor's shape, with what Standin has never heard of.
#[tokio::test]
async fn what_is_not_understood_is_told_by_name() {
    let read_only = json!({"archivable": true, "readOnlyDefinition": true, "readOnlyValue": true});
    let contacts = results(json!([
        property("mine", json!({"createdUserId": "77", "dateDisplayHint": "absolute"})),
        property("reached", json!({"type": "object_coordinates", "hubspotDefined": true, "hidden": true})),
        property(
            "hs_scored",
            json!({"type": "number", "fieldType": "number", "calculated": true, "hubspotDefined": true,
            "modificationMetadata": read_only})
        ),
        property("blob", json!({"type": "json", "hubspotDefined": true})),
        property("rolled", json!({"type": "number", "fieldType": "calculation_rollup", "calculated": true})),
        property(
            "sum",
            json!({"type": "number", "fieldType": "calculation_equation", "calculated": true,
            "calculationFormula": "num_notes + 1"})
        ),
        property("old", json!({"archived": true, "archivedAt": "2024-06-01T00:00:00Z"})),
        property(
            "firstname",
            json!({"label": "Given name", "groupName": "contactinformation", "hubspotDefined": true})
        ),
    ]));
    let paged = r#"{"results":[{"name":"own","label":"Own","displayOrder":1,"archived":false}],"paging":{"next":{"after":"2","link":"x"}}}"#;
    let files = [
        ("README.md", "notes".to_owned()),
        ("crm/v3/lists.json", r#"{"lists":[{"listId":"1"},{"listId":"2"}],"hasMore":true}"#.to_owned()),
        ("crm/v3/properties/contacts.json", contacts),
        ("crm/v3/properties/contacts/groups.json", paged.to_owned()),
        ("crm/v3/properties/services.json", results(json!([property("x", json!({}))]))),
        (
            "crm/v4/associations/contacts/companies/labels.json",
            results(json!([
                {"category": "USER_DEFINED", "typeId": 41, "label": "Scout"},
                {"category": "INTEGRATOR_DEFINED", "typeId": 1, "label": "Synced"},
                {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Main"},
            ])),
        ),
    ];
    let portal = HubspotPortal::parse("portal", files).unwrap();
    let of = |name: &str| portal.files().iter().find(|file| file.name.ends_with(name)).unwrap();
    let properties = of("contacts.json");
    let counts = (properties.found, properties.new, properties.changed, properties.standard, properties.aside);
    assert_eq!(counts, (8, 6, 1, 0, 1));
    let notes = [
        ("contacts.json", "members without effect here: createdUserId (1), dateDisplayHint (1)"),
        ("contacts.json", "archived: old"),
        ("contacts.json", "calculationFormula is told, and not computed: sum"),
        ("contacts.json", "calculated otherwise than by a formula, and not computed: rolled"),
        ("contacts.json", "stay empty: 1"),
        ("README.md", "its name is no endpoint's"),
        ("lists.json", "the lists API is not simulated yet"),
        ("lists.json", "`hasMore` is true"),
        ("groups.json", "pages are missing"),
        ("services.json", "`services` are not simulated yet"),
        (
            "labels.json",
            "in this direction alone: Scout, Synced; save crm/v4/associations/companies/contacts/labels.json",
        ),
    ];
    for (file, note) in notes {
        assert!(of(file).notes.iter().any(|told| told.contains(note)), "{file}: {note} in {:?}", of(file).notes);
    }

    let portal = Portal::of(still().hubspot_portal(portal).start().await.unwrap());
    let get = async |path: &str| portal.client.get(path).await.must(200).json();
    assert_eq!(get("/crm/v3/properties/contacts/reached").await["type"], "object_coordinates");
    assert_eq!(get("/crm/v3/properties/contacts/blob").await["type"], "json");
    assert_eq!(get("/crm/v3/properties/contacts/firstname").await["label"], "Given name");
    let labels = get("/crm/v4/associations/contacts/companies/labels").await;
    let told: Vec<_> = labels["results"].as_array().unwrap().iter().map(|one| one["label"].clone()).collect();
    assert_eq!(told[..3], [json!("Scout"), json!("Synced"), json!("Main")], "in the order of the answer");
    assert_eq!(told.len(), 5, "what the answer leaves out stays");
    for name in ["hs_scored", "rolled", "sum"] {
        let body = json!({"properties": {"email": "kim@example.com", name: "1"}});
        portal.client.post(CONTACTS, &body).await.must(400);
    }
    let body = json!({"properties": {"email": "kim@example.com", "mine": "1", "old": "2"}});
    let answer = portal.client.post(CONTACTS, &body).await.must(400);
    assert!(answer.body.contains("old") && !answer.body.contains("mine"), "{answer:?}");
}

/// The portal is there, whatever the plan says; what it has counts for what can be made.
#[tokio::test]
async fn limits_count_what_was_loaded() {
    let profile =
        "extends: professional\nsettings:\n  custom_properties_max: { value: 2, source: ours, date: 2026-11-28 }\n";
    let rows = ["a1", "a2", "a3"].map(|name| property(name, json!({})));
    let loaded = HubspotPortal::parse("portal", [("crm/v3/properties/contacts.json", results(json!(rows)))]).unwrap();
    let plan = Profile::<HubspotSettings>::parse("own.yaml", profile).unwrap();
    let beyond = loaded.beyond(&plan);
    assert!(beyond.len() == 1 && beyond[0].starts_with("3 custom properties of contacts"), "{beyond:?}");
    assert_eq!(loaded.beyond(&Profile::embedded(None).unwrap()), [""; 0]);
    let world = still().profile_text(SystemName::Hubspot, "own.yaml", profile).hubspot_portal(loaded);
    let portal = Portal::of(world.start().await.unwrap());
    let body =
        json!({"name": "a4", "label": "A", "type": "string", "fieldType": "text", "groupName": "contactinformation"});
    let answer = portal.client.post("/crm/v3/properties/contacts", &body).await.must(400);
    assert!(answer.body.contains("already has 2 custom properties"), "{answer:?}");
}

/// The shape that the vendor's reference shows, with less than a live answer has.
#[tokio::test]
async fn a_schema_alone_lets_records_be_associated_by_its_numbers() {
    let association = |id: &str, from: &str, to: &str, name: &str| json!({"id": id, "fromObjectTypeId": from, "toObjectTypeId": to, "name": name});
    let schema = json!({
        "associations": [
            association("123", "2-4567", "0-1", "house_to_contact"),
            association("124", "0-1", "2-4567", "contact_to_house"),
            association("130", "2-4567", "0-999", "house_to_nothing"),
        ],
        "createdAt": "2020-02-20T18:07:11.390Z", "updatedAt": "2020-02-20T18:09:07.555Z", "id": "4567", "metaType": "PORTAL_SPECIFIC",
        "fullyQualifiedName": "p7878787_house", "labels": {"plural": "Houses", "singular": "House"}, "name": "house",
        "primaryDisplayProperty": "street", "requiredProperties": ["street"], "searchableProperties": ["street"],
        "properties": [{"name": "street", "label": "Street", "type": "string", "fieldType": "text", "groupName": "house_information",
            "archived": false, "calculated": false, "displayOrder": -1, "externalOptions": false, "hasUniqueValue": false,
            "createdAt": "2020-02-20T18:07:11.802Z", "updatedAt": "2020-02-20T18:07:11.802Z"}],
    });
    let loaded = HubspotPortal::parse("portal", [("crm/v3/schemas.json", results(json!([schema])))]).unwrap();
    let notes = loaded.files()[0].notes.join("; ");
    assert!(notes.contains("metaType (1)") && notes.contains("house_to_nothing (there is no 0-999 here)"), "{notes}");
    assert!(loaded.properties("p7878787_house").unwrap().contains(&"street"));
    let portal =
        Portal::of(still().profile(SystemName::Hubspot, "enterprise").hubspot_portal(loaded).start().await.unwrap());
    let types =
        async |pair: &str| portal.client.get(&format!("/crm/v4/associations/{pair}/labels")).await.must(200).json();
    assert_eq!(types("2-4567/contacts").await["results"][0]["typeId"], 123);
    assert_eq!(types("contacts/2-4567").await["results"][0]["typeId"], 124);
    let house = json!({"properties": {"street": "Main"}});
    let house = portal.client.post("/crm/v3/objects/p7878787_house", &house).await.must(201).json();
    let kim = portal.contact(json!({"email": "kim@example.com"})).await;
    let house = house["id"].as_str().unwrap();
    portal
        .put(&format!("/crm/v4/objects/2-4567/{house}/associations/default/contacts/{kim}"), Value::Null)
        .await
        .must(200);
    let path = format!("/crm/v4/objects/contacts/{kim}/associations/p7878787_house");
    let told = portal.client.get(&path).await.must(200).json();
    assert_eq!(told["results"][0]["associationTypes"][0]["typeId"], 124, "{told}");
    // The number of a type that is made here is above it.
    let body = json!({"name": "barn", "labels": {"singular": "Barn", "plural": "Barns"}, "properties": [],
        "primaryDisplayProperty": "hs_object_id"});
    let barn = portal.client.post("/crm/v3/schemas", &body).await.must(201).json();
    assert!(barn["id"].as_str().unwrap().parse::<u64>().unwrap() > 4567, "{barn}");
    // Archived, it goes for good by its own name.
    portal.client.delete(&format!("/crm/v3/objects/2-4567/{house}")).await.must(204);
    portal.client.delete("/crm/v3/schemas/p7878787_house").await.must(204);
    portal.client.delete("/crm/v3/schemas/p7878787_house?archived=true").await.must(204);
}

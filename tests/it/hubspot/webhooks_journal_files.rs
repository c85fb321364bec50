//! Where the journal's files lie, and what leads from one to the next.

use serde_json::{Value, json};

use super::webhooks_journal::{ALL, Reader, token};

#[tokio::test]
async fn a_file_lies_at_the_address_of_the_portal_however_it_was_asked_for() {
    let reader = Reader::open("2026-03").await;
    reader.contacts().await;
    reader.app.portal.contact(json!({"email": "ann@example.com"})).await;
    reader.pass("1s").await;
    let token = token(&reader.app, ALL).await;
    let earliest = format!("{}{}", reader.own.base, reader.path("journal", "/earliest"));
    let asked = reqwest::Client::new().get(earliest).bearer_auth(token).header("host", "inner.example:81");
    let pointer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(reader.file(&pointer).await["journalEvents"][0]["action"], "CREATE");
}

#[tokio::test]
async fn an_offset_leads_on_when_older_files_are_gone() {
    let mut reader = Reader::open("2026-03").await;
    reader.contacts().await;
    let mut offsets = Vec::new();
    for day in 0..5 {
        reader.app.portal.contact(json!({"email": format!("kim{day}@example.com")})).await;
        reader.pass("1s").await;
        let latest = reader.own.get(&reader.path("journal", "/latest")).await.must(200).json();
        offsets.push(latest["currentOffset"].as_str().unwrap().to_owned());
        reader.pass("24h").await;
        reader = Reader::of(reader.app, "2026-03").await;
    }
    // On the sixth day those of the last two are there.
    for (place, offset) in offsets.iter().enumerate() {
        let next = reader.own.get(&reader.path("journal", &format!("/offset/{offset}/next"))).await;
        match offsets.get(place + 1) {
            _ if place < 3 => assert_eq!(next.status, 404, "{place}"),
            Some(behind) => assert_eq!(next.must(200).json()["currentOffset"], *behind),
            None => assert_eq!(next.status, 204),
        }
    }
    let both = json!({"inputs": [offsets[4], offsets[3], offsets[0]]});
    let read = reader.own.post(&reader.path("journal", "/batch/read"), &both).await.must(207).json();
    let found: Vec<_> = read["results"].as_array().unwrap().iter().map(|one| &one["currentOffset"]).collect();
    assert_eq!(found, [&json!(offsets[4]), &json!(offsets[3])]);
}

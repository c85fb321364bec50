//! The folder itself: what is read of it, and what is passed over unread.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use sim::HubspotPortal;

use super::saved_portal::{property, results};

fn save(folder: &Path, name: &str, body: &[u8]) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, body).unwrap();
}

fn pipe(file: &Path) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
}

#[test]
fn what_is_no_endpoints_is_not_read_and_links_are_walked_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "crm/v3/properties/contacts.json", results(json!([property("tier", json!({}))])).as_bytes());
    save(folder, "shot.png", &[0xff, 0xfe, 0x00]);
    save(folder, "shot.json", &[0xff, 0xfe, 0x00]);
    pipe(&folder.join("export.csv"));
    symlink(".", folder.join("crm/again")).unwrap();
    symlink("..", folder.join("crm/v3/up")).unwrap();
    symlink("nowhere", folder.join("lost.json")).unwrap();
    let loaded = HubspotPortal::load(folder).unwrap();
    let names: Vec<_> = loaded.files().iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["crm/v3/properties/contacts.json", "export.csv", "lost.json", "shot.json", "shot.png"]);
}

#[test]
fn what_cannot_be_read_hides_nothing_of_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "crm/v3/properties/contacts.json", &[0xff, 0xfe, 0x00]);
    save(folder, "crm/v3/properties/deals.json", b"<html>");
    save(folder, "crm/v3/pipelines/deals.json", results(json!([])).as_bytes());
    pipe(&folder.join("crm/v3/schemas.json"));
    let bad = HubspotPortal::load(folder).expect_err("three are wrong");
    let told: Vec<_> = bad.problems.iter().map(|problem| (problem.file.as_str(), problem.what.as_str())).collect();
    let wanted = [
        ("crm/v3/properties/contacts.json", "cannot be read"),
        ("crm/v3/properties/deals.json", "a web page was saved"),
        ("crm/v3/schemas.json", "is no file"),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((file, what), (wanted, why)) in told.iter().zip(wanted) {
        assert!(*file == wanted && what.contains(why), "{told:?}");
    }
    assert!(bad.files.iter().any(|file| file.name == "crm/v3/pipelines/deals.json"), "{:?}", bad.files);
}

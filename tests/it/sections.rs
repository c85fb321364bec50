//! The fact sheets against the ledger: each section of a sheet is either behaviour that stands in the ledger, or
//! named here with the reason why it is not.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Sections that no entry can be about, and those whose part of the vendor is not here.
const WITHOUT: &[(&str, &str, &str)] = &[
    ("hubspot-crm.md", "7", "imports are not here"),
    ("hubspot-crm.md", "8", "exports are not here"),
    ("hubspot-crm.md", "9", "lists are not here"),
    ("hubspot-limits-webhooks-auth.md", "10", "forms are not here"),
    ("hubspot-limits-webhooks-auth.md", "13", "defaults, each named in a profile"),
    ("hubspot-limits-webhooks-auth.md", "14", "a list of what is not established"),
];

/// The numbers of a sheet's sections, the parts of parts left out: `2`, `2.4`.
fn sections(text: &str) -> BTreeSet<String> {
    let heading = |line: &str| {
        let rest = line.strip_prefix("## ").or_else(|| line.strip_prefix("### "))?;
        let number = rest.split_whitespace().next()?.trim_end_matches('.');
        number.chars().all(|c| c.is_ascii_digit() || c == '.').then(|| number.to_owned())
    };
    text.lines().filter_map(heading).collect()
}

/// The sections that a source names: `hubspot-crm.md §2.3, §3; other.md §1`, `§5 to §8`.
fn named(source: &str, sheet: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut of_sheet = false;
    for part in source.split_inclusive(['§', ';']) {
        let number: String = part.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        if of_sheet && !number.is_empty() {
            found.insert(number.trim_end_matches('.').to_owned());
        }
        if let Some(place) = part.rfind(".md") {
            of_sheet = part[..place + 3].ends_with(sheet);
        }
    }
    found
}

#[test]
fn every_section_of_a_sheet_stands_in_the_ledger_or_says_why_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts");
    let mut lacking = Vec::new();
    for sheet in ["hubspot-crm.md", "hubspot-limits-webhooks-auth.md"] {
        let Ok(text) = fs::read_to_string(folder.join(sheet)) else {
            let told = format!("\nskipped: {sheet} is not beside this checkout\n");
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            return;
        };
        let entries = sim::ledger::entries().unwrap();
        let named: BTreeSet<_> = entries.iter().flat_map(|entry| named(&entry.source, sheet)).collect();
        for section in sections(&text) {
            let covered = named.iter().any(|one| *one == section || one.starts_with(&format!("{section}.")));
            let excused = WITHOUT
                .iter()
                .any(|(of, one, _)| *of == sheet && (section == *one || section.starts_with(&format!("{one}."))));
            match (covered, excused) {
                (false, false) => lacking.push(format!("{sheet} §{section} has no entry in the ledger")),
                (true, true) if section.split('.').count() == 1 => {
                    lacking.push(format!("{sheet} §{section} has an entry, and is said to have none"));
                }
                _ => {}
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn a_source_names_its_sections() {
    let source = "hubspot-crm.md §1.1, §2.8; hubspot-limits-webhooks-auth.md §12, trap 8";
    let of = |sheet| named(source, sheet).into_iter().collect::<Vec<_>>();
    assert_eq!(of("hubspot-crm.md"), ["1.1", "2.8"]);
    assert_eq!(of("hubspot-limits-webhooks-auth.md"), ["12"]);
}

//! Contracts read, refused, and told.

use super::*;

fn said(text: &str) -> Vec<(usize, String, Option<String>)> {
    let wrong = Contract::parse("mine.yaml", text).expect_err("it is no contract");
    let line = |fault: &Fault| fault.line(text).unwrap_or_default();
    wrong.faults().iter().map(|fault| (line(fault), fault.what.clone(), fault.mend.clone())).collect()
}

fn changed(from: &str, to: &str) -> String {
    assert!(RETAIL.contains(from), "{from} stands in the file");
    RETAIL.replace(from, to)
}

#[test]
fn the_retail_contract_is_one() {
    let contract = Contract::retail();
    assert_eq!(contract.topology.master.front(), sim::SystemName::OciGateway);
    assert_eq!(contract.freshness.within, Span(300_000));
    assert_eq!(contract.mapping_of("customer").map(|mapping| mapping.fields.len()), Some(4));
    assert!(contract.mapping_of("order").is_none());
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_its_place() {
    let text = changed("topology:", "topolgy:")
        .replace("as: [trim, lower_case], owner: master", "as: [trim, lowercase], owner: mater")
        .replace("longest: 2m", "longest: 2 minutes")
        .replace("max: 100", "max: many")
        .replace("  attempts: 4\n", "");
    let said = said(&text);
    let told: Vec<_> = said.iter().map(|(_, what, mend)| (what.as_str(), mend.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        told,
        [
            ("`topology` is missing", "The systems of record."),
            ("unknown field `topolgy`", "did you mean `topology`?"),
            ("`as`: unknown value `lowercase`", "did you mean `lower_case`?"),
            ("`owner`: unknown value `mater`", "did you mean `master`?"),
            (
                "`longest`: `2 minutes` is not a span of time",
                "A span of time: a whole number and a unit, like 10s, 5m or 24h"
            ),
            ("`max` is a text, and a whole number belongs here", ""),
            ("`attempts` is missing in `reliability`", "How often something is tried before it is set aside."),
        ]
    );
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[said[2].0 - 1].contains("lowercase"), "{:?}", said[2]);
    assert!(lines[said[4].0 - 1].contains("2 minutes"), "{:?}", said[4]);
}

#[test]
fn names_are_held_against_what_there_is() {
    let text = changed("to: firstname", "to: fristname")
        .replace("copy: { type: contacts, new_to_master: true }", "copy: { type: contacts, required: [emial] }")
        .replace("kept_by_copy: [lifecyclestage,", "kept_by_copy: [lifecyclestag, mobilephone,")
        .replace("consent: { object: customer", "consent: { object: custommer")
        .replace("excluded: [loyalty_no]", "excluded: [mobile]");
    let told: Vec<_> = said(&text).into_iter().map(|(_, what, mend)| (what, mend.unwrap_or_default())).collect();
    let told: Vec<_> = told.iter().map(|(what, mend)| (what.as_str(), mend.as_str())).collect();
    assert_eq!(
        told,
        [
            ("contacts have no property `emial`", "did you mean `email`?"),
            ("contacts have no property `fristname`", "did you mean `firstname`?"),
            (
                "`mobile` never leaves the master, and is mapped to `mobilephone`",
                "take it out of here, or out of `governance.excluded`"
            ),
            ("contacts have no property `lifecyclestag`", "did you mean `lifecyclestage`?"),
            ("`mobilephone` is mapped: its field says who owns it", ""),
            ("there is no object `custommer`", "did you mean `customer`?"),
        ]
    );
}

#[test]
fn columns_are_held_against_the_masters_tables() {
    let tables = OrdsTable::built_in();
    assert!(Contract::parse_for("retail.yaml", RETAIL, &tables).is_ok());
    let text = changed("from: first_name", "from: frist_name")
        .replace("id: customer_id", "id: custommer_id")
        .replace("{ column: merged_into,", "{ column: merged_in,")
        .replace("key: { column: email", "key: { column: emial")
        .replace("fallback: { column: mobile", "fallback: { column: cellphone")
        .replace("kept_by_master: [loyalty_no", "kept_by_master: [loyality_no")
        .replace("column: marketing_opt_in", "column: marketing_optin")
        .replace("excluded: [loyalty_no]", "excluded: [loyality_no]");
    assert!(Contract::parse("mine.yaml", &text).is_ok(), "without tables nobody knows");
    let wrong = Contract::parse_for("mine.yaml", &text, &tables).expect_err("no column goes by these names");
    let line = |fault: &Fault| text.lines().nth(fault.line(&text).unwrap_or_default() - 1).unwrap_or_default();
    let told: Vec<_> = wrong.faults().iter().map(|fault| (fault.what.as_str(), fault.mend.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("customers has no column `custommer_id`", Some("did you mean `customer_id`?")),
            ("customers has no column `merged_in`", Some("did you mean `merged_into`?")),
            ("customers has no column `emial`", Some("did you mean `email`?")),
            ("customers has no column `cellphone`", None),
            ("customers has no column `frist_name`", Some("did you mean `first_name`?")),
            ("customers has no column `loyality_no`", Some("did you mean `loyalty_no`?")),
            ("customers has no column `marketing_optin`", Some("did you mean `marketing_opt_in`?")),
            ("no table of the contract has a column `loyality_no`", Some("did you mean `loyalty_no`?")),
        ]
    );
    for fault in wrong.faults() {
        let name = fault.what.split('`').nth(1).unwrap_or_default();
        assert!(line(fault).contains(name), "{fault:?} is told at `{}`", line(fault));
    }
    let text = changed("type: customers", "type: custommers");
    let wrong = Contract::parse_for("mine.yaml", &text, &tables).expect_err("there is no such table");
    let told: Vec<_> = wrong.faults().iter().map(|fault| (fault.what.as_str(), fault.mend.as_deref())).collect();
    assert_eq!(told, [("the master has no table `custommers`", Some("did you mean `customers`?"))]);
}

#[test]
fn figures_that_make_no_sense_are_refused() {
    let text = changed("share: 99", "share: 0")
        .replace("error_share: 5", "error_share: 101")
        .replace("at_least: 1s", "at_least: 10m")
        .replace("permanent: [400,", "permanent: [400, 429,")
        .replace("from: first_name, to: firstname", "from: [first_name, last_name], to: firstname")
        .replace("to: lastname", "to: firstname");
    let told: Vec<_> = said(&text).into_iter().map(|(_, what, _)| what).collect();
    assert_eq!(
        told,
        [
            "it is not said how these columns become one value",
            "`firstname` is mapped twice",
            "the longest wait is shorter than the least",
            "a percentage is 1 to 100",
            "429 is not a refusal for good: a repetition may help",
            "a percentage is 1 to 100",
        ]
    );
}

#[test]
fn transforms_with_a_value_are_read_and_refused_by_name() {
    let text = changed(
        "{ from: first_name, to: firstname, owner: master }",
        r#"{ from: [first_name, last_name], to: firstname, as: [{ join: " " }, upper_case], owner: master }"#,
    );
    let contract = Contract::parse("mine.yaml", &text).expect("it is one");
    assert_eq!(contract.mapping[0].fields[1].transforms, [Transform::Join(" ".to_owned()), Transform::UpperCase]);
    let told = said(&text.replace("{ join:", "{ joint:"));
    assert_eq!(told[0].1, "`as`: unknown value `joint`");
    assert_eq!(told[0].2.as_deref(), Some("did you mean `join`?"));
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    let told = said("contract: [retail\ntopology: {}\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].0 > 0, "{told:?}");
    assert_eq!(said("")[0].1, "`` is nothing, and a mapping belongs here");
    assert!(said("- a\n")[0].1.contains("a list"), "a list is none");
}

#[test]
fn the_diagnostic_shows_each_place() {
    let text = changed("to: firstname", "to: fristname").replace("to: lastname", "to: lastnam");
    let wrong = Contract::parse("mine.yaml", &text).expect_err("it is no contract");
    assert_eq!(wrong.to_string(), "mine.yaml is no contract: 2 things are wrong in it");
    let shown = format!("{:?}", miette::Report::new(wrong));
    assert!(shown.contains("fristname") && shown.contains("did you mean `lastname`?"), "{shown}");
}

#[test]
fn the_schema_names_every_section() {
    let schema = Contract::schema().as_value();
    let sections: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    assert_eq!(
        sections,
        ["contract", "topology", "objects", "mapping", "source_api", "reliability", "freshness", "governance"]
    );
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn it_is_told_in_plain_words_clause_by_clause() {
    let told = Contract::retail().explain();
    for (clause, sentence, _) in crate::clauses::ALL {
        let line = told.lines().find(|line| line.starts_with(clause.as_str())).expect(sentence);
        assert!(line.contains(sentence.trim_end_matches('.')), "{line}");
    }
    assert!(
        told.contains("freshness.promise        The master's changes are in the copy in time (99 % within 5m)."),
        "{told}"
    );
    assert!(
        told.contains("email -> email (without white space at its ends, in lower case); the master owns it."),
        "{told}"
    );
    assert!(told.contains("(a new record has the match key where the other side has one)."), "{told}");
    let text = changed("idempotency: match_key", "idempotency: lookup");
    let lookup = Contract::parse("mine.yaml", &text).expect("it is one").explain();
    assert!(lookup.contains("(a new record was looked for first)."), "{lookup}");
    let text = RETAIL.replace("  excluded: [loyalty_no]\n", "");
    let silent = Contract::parse("mine.yaml", &text).expect("it is one");
    assert!(!silent.explain().contains("privacy.excluded"), "what is not promised is not told");
}

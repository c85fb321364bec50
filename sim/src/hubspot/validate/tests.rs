//! Every kind of value against facts/hubspot-crm.md §2.7, on a type of its own: no standard contact
//! property holds a plain date.

use super::{Rules, accept};
use crate::Moment;
use crate::hubspot::body::Properties;
use crate::hubspot::record::{Record, Source, Value};
use crate::hubspot::types::ObjectType;

const RULES: Rules = Rules { chars_max: 8, values_only: true, backward_refused: false, at: Moment(0) };

const TYPE: &str = "
name: things
singular: thing
type_id: 2-1
created: made
modified: changed
defaults: [text]
always: []
queried: [text]
properties:
  - { name: made, label: Made, type: datetime, field_type: date, group: g, read_only: read_only, computed: created }
  - { name: changed, label: Changed, type: datetime, field_type: date, group: g, read_only: calculated, computed: updated }
  - { name: text, label: Text, type: string, field_type: text, group: g }
  - { name: email, label: Email, type: string, field_type: text, group: g, unique: true, rule: email }
  - { name: number, label: Number, type: number, field_type: number, group: g }
  - { name: bool, label: Bool, type: bool, field_type: booleancheckbox, group: g }
  - { name: date, label: Date, type: date, field_type: date, group: g }
  - { name: datetime, label: Datetime, type: datetime, field_type: date, group: g }
  - { name: owner, label: Owner, type: enumeration, field_type: select, group: g, rule: owner }
  - { name: one, label: One, type: enumeration, field_type: select, group: g,
      options: [{ label: Red, value: r }, { label: Green, value: g, hidden: true }] }
  - { name: many, label: Many, type: enumeration, field_type: checkbox, group: g,
      options: [{ label: A, value: a }, { label: B, value: b }, { label: C, value: c }] }
  - { name: stage, label: Stage, type: enumeration, field_type: radio, group: g, rule: forward,
      options: [{ label: First, value: first }, { label: Second, value: second }] }
";

fn things() -> ObjectType {
    ObjectType::parse(TYPE).unwrap()
}

/// What becomes of one value: `= kept`, `left alone`, or the code and the message.
fn told_by(rules: &Rules, name: &str, value: Option<&str>, before: &[(&str, &str)]) -> String {
    let of = things();
    let mut record = Record::created(&of, 1, Moment(0), 1, Source::CrmUi, Vec::new());
    for (name, text) in before {
        let property = of.find(name).unwrap();
        record.set(&of, Value { property, at: Moment(0), source: Source::CrmUi, text: (*text).into() });
    }
    let sent = Properties(vec![(name.into(), value.map(Into::into))]);
    match accept(&of, &sent, Some(&record), rules) {
        Ok(kept) if kept.is_empty() => "left alone".to_owned(),
        Ok(kept) => format!("= {}", kept[0].1),
        Err(invalid) => {
            let detail = &super::problem(&invalid, 1).errors[0];
            format!("{} {}", detail["code"].as_str().unwrap(), detail["message"].as_str().unwrap())
        }
    }
}

fn told(name: &str, value: &str) -> String {
    told_by(&RULES, name, Some(value), &[])
}

#[test]
fn each_kind_of_value_is_kept_or_refused_as_the_sheet_says() {
    for (name, value, expected) in [
        ("nothing", "x", "PROPERTY_DOESNT_EXIST Property \"nothing\" does not exist"),
        ("made", "x", "READ_ONLY_VALUE \"made\" is a read only property; its value cannot be set."),
        ("made", "", "READ_ONLY_VALUE \"made\" is a read only property; its value cannot be set."),
        ("changed", "x", "READ_ONLY_VALUE \"changed\" is a calculated property; its value cannot be set."),
        ("text", " é2345678", "INVALID_STRING Property value is longer than 8 characters"),
        ("text", " é234567", "=  é234567"),
        ("text", "", "= "),
        ("email", " Kim@Example.TEST ", "= kim@example.test"),
        ("email", "kim.o'hara+x@mail.example-one.com.au", "= kim.o'hara+x@mail.example-one.com.au"),
        ("email", "foo@bar", "INVALID_EMAIL Email address foo@bar is invalid"),
        ("email", "foo", "INVALID_EMAIL Email address foo is invalid"),
        ("email", "@example.test", "INVALID_EMAIL Email address @example.test is invalid"),
        ("email", "a b@example.test", "INVALID_EMAIL Email address a b@example.test is invalid"),
        ("email", "a@b@example.test", "INVALID_EMAIL Email address a@b@example.test is invalid"),
        ("email", "a@example..test", "INVALID_EMAIL Email address a@example..test is invalid"),
        ("email", "a@-example.test", "INVALID_EMAIL Email address a@-example.test is invalid"),
        ("email", "a@example-.test", "INVALID_EMAIL Email address a@example-.test is invalid"),
        ("email", "a@10.0.0.1", "INVALID_EMAIL Email address a@10.0.0.1 is invalid"),
        ("email", "a@example.t", "INVALID_EMAIL Email address a@example.t is invalid"),
        ("number", "12.50", "= 12.50"),
        ("number", " -3 ", "= -3"),
        ("number", ".5", "= .5"),
        ("number", "discount", "INVALID_INTEGER discount was not a valid number."),
        ("number", "1,000", "INVALID_INTEGER 1,000 was not a valid number."),
        ("number", "1.4e-14", "INVALID_INTEGER 1.4e-14 was not a valid number."),
        ("number", "1.2.3", "INVALID_INTEGER 1.2.3 was not a valid number."),
        ("number", "-", "INVALID_INTEGER - was not a valid number."),
        ("number", ".", "INVALID_INTEGER . was not a valid number."),
        ("bool", "true", "= true"),
        ("bool", "false", "= false"),
        ("bool", "yes", "INVALID_OPTION yes was not one of the allowed options: [true, false]"),
        ("date", "2024-02-29", "= 2024-02-29"),
        ("date", "1430438400000", "= 2015-05-01"),
        ("date", "2015-05-01T00:00:00Z", "= 2015-05-01"),
        ("date", "1684914035320", "INVALID_DATE 1684914035320 is at 7:40:35.320 UTC, not midnight!"),
        ("date", "-1", "INVALID_DATE -1 is at 23:59:59.999 UTC, not midnight!"),
        ("date", "2024-05-30T1:2", "INVALID_LONG 2024-05-30T1:2 was not a valid long."),
        ("date", "2023-02-29", "INVALID_LONG 2023-02-29 was not a valid long."),
        ("date", "99999999999999999", "INVALID_LONG 99999999999999999 was not a valid long."),
        ("datetime", "1427997766000", "= 2015-04-02T18:02:46Z"),
        ("datetime", "1427997766001", "= 2015-04-02T18:02:46.001Z"),
        ("datetime", "2026-11-21T00:00:00.5+11:00", "= 2026-11-20T13:00:00.500Z"),
        ("datetime", "2024-02-29", "= 2024-02-29T00:00:00Z"),
        ("datetime", "2024-05-30T1:2", "INVALID_LONG 2024-05-30T1:2 was not a valid long."),
        ("owner", "910901", "INVALID_OWNER_ID 910901 was not a valid owner ID"),
        ("owner", "", "= "),
        ("one", "r", "= r"),
        ("one", "Red", "INVALID_OPTION Red was not one of the allowed options: [r, g]"),
        ("one", "R", "INVALID_OPTION R was not one of the allowed options: [r, g]"),
        ("one", "r;g", "INVALID_OPTION r;g was not one of the allowed options: [r, g]"),
        ("many", "b;a;b", "= b;a"),
        ("many", "a,b", "INVALID_OPTION a,b was not one of the allowed options: [a, b, c]"),
        ("many", "a; b", "INVALID_OPTION  b was not one of the allowed options: [a, b, c]"),
    ] {
        assert_eq!(told(name, value), expected, "{name}: {value:?}");
    }
    assert_eq!(told_by(&RULES, "text", None, &[("text", "old")]), "left alone", "null leaves a value");
    assert_eq!(told_by(&RULES, "made", None, &[]), "left alone", "null may be sent for what cannot be set");
}

#[test]
fn options_are_told_in_protobuf_text_where_the_policy_says_so() {
    let rules = Rules { values_only: false, ..RULES };
    assert_eq!(
        told_by(&rules, "one", Some("x"), &[]),
        "INVALID_OPTION x was not one of the allowed options: [\
         label: \"Red\"\nvalue: \"r\"\ndisplay_order: 0\nhidden: false\nread_only: false\n, \
         label: \"Green\"\nvalue: \"g\"\ndisplay_order: 1\nhidden: true\nread_only: false\n]"
    );
    assert_eq!(
        told_by(&rules, "bool", Some("1"), &[]),
        "INVALID_OPTION 1 was not one of the allowed options: [\
         label: \"Yes\"\nvalue: \"true\"\ndisplay_order: 0\nhidden: false\nread_only: false\n, \
         label: \"No\"\nvalue: \"false\"\ndisplay_order: 1\nhidden: false\nread_only: false\n]"
    );
}

#[test]
fn a_leading_semicolon_adds_to_what_is_stored() {
    let with = |value| told_by(&RULES, "many", Some(value), &[("many", "b;a")]);
    assert_eq!(with(";c"), "= b;a;c");
    assert_eq!(with(";a"), "= b;a");
    assert_eq!(with("c"), "= c");
    assert_eq!(told("many", ";c"), "= c", "nothing is stored yet");
}

#[test]
fn a_stage_goes_back_only_when_it_was_cleared() {
    let strict = Rules { backward_refused: true, ..RULES };
    let at_second = &[("stage", "second")];
    assert_eq!(told_by(&RULES, "stage", Some("first"), at_second), "left alone");
    assert_eq!(told_by(&strict, "stage", Some("first"), at_second), "INVALID_OPTION first would move stage backward");
    for rules in [RULES, strict] {
        assert_eq!(told_by(&rules, "stage", Some("second"), &[("stage", "first")]), "= second");
        assert_eq!(told_by(&rules, "stage", Some("second"), at_second), "= second");
        assert_eq!(told_by(&rules, "stage", Some(""), at_second), "= ");
        assert_eq!(told_by(&rules, "stage", Some("first"), &[]), "= first");
    }
}

//! Search asked as a caller asks it: a body, a view, a page.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{SearchLimits, View, parse};
use crate::hubspot::errors::Problem;
use crate::hubspot::record::{Record, Source, Value};
use crate::hubspot::search::run::{Found, Search};
use crate::hubspot::types::ObjectType;
use crate::{Moment, Seed};

mod model;

const LIMITS: SearchLimits = SearchLimits {
    groups_max: 5,
    filters_per_group_max: 6,
    filters_max: 18,
    query_chars_max: 3_000,
    page_default: 10,
    page_max: 200,
    total_max: 10_000,
};

const THINGS: &str = "
name: things
singular: thing
type_id: 2-1
created: made
modified: changed
defaults: [id]
always: [id]
queried: [text, phone]
properties:
  - { name: id, label: I, type: number, field_type: number, group: g, computed: id }
  - { name: made, label: M, type: datetime, field_type: date, group: g, computed: created }
  - { name: changed, label: C, type: datetime, field_type: date, group: g, computed: updated }
  - { name: text, label: T, type: string, field_type: text, group: g }
  - { name: phone, label: P, type: phone_number, field_type: phonenumber, group: g }
  - { name: number, label: N, type: number, field_type: number, group: g }
  - { name: flag, label: F, type: bool, field_type: booleancheckbox, group: g }
  - { name: one, label: O, type: enumeration, field_type: select, group: g }
  - { name: many, label: A, type: enumeration, field_type: checkbox, group: g }
  - { name: day, label: D, type: date, field_type: date, group: g }
  - { name: instant, label: S, type: datetime, field_type: date, group: g }
";

fn things() -> Arc<ObjectType> {
    Arc::new(ObjectType::parse(THINGS).unwrap())
}

fn record(of: &ObjectType, id: u64, at: Moment, version: u64, values: &[(&str, &str)]) -> Record {
    let mut record = Record::created(of, id, at, version, Source::CrmUi, Vec::new());
    for (name, text) in values {
        let property = of.find(name).unwrap();
        record.set(of, Value { property, at, source: Source::CrmUi, text: (*text).into() });
    }
    record
}

fn view_of(of: &ObjectType, records: impl IntoIterator<Item = Record>) -> View {
    let mut view = View::new();
    for record in records {
        view.note(of, Arc::new(record), Moment(0), Moment(0));
    }
    view
}

fn plan(view: &mut View, of: &Arc<ObjectType>, body: &Json, at: i64) -> Result<Search, Problem> {
    view.plan(of, parse(body.to_string().as_bytes(), &LIMITS)?, Moment(at), &[])
}

fn find(view: &mut View, of: &Arc<ObjectType>, body: &Json) -> Found {
    plan(view, of, body, 0).unwrap().run()
}

fn ids(found: &Found) -> Vec<u64> {
    found.records.iter().map(|record| record.id).collect()
}

fn refusal(body: &str) -> (Option<&'static str>, String) {
    let problem = parse(body.as_bytes(), &LIMITS).unwrap_err();
    assert_eq!(problem.status, 400);
    (problem.category, problem.message)
}

/// facts/hubspot-crm.md §3: what each operator finds on each type of property.
#[test]
fn operators_by_type() {
    let of = things();
    let full = |id, text, phone, number, flag, one, many, day, instant| {
        let values = [
            ("text", text),
            ("phone", phone),
            ("number", number),
            ("flag", flag),
            ("one", one),
            ("many", many),
            ("day", day),
            ("instant", instant),
        ];
        record(&of, id, Moment(1_000 * id as i64), id, &values)
    };
    let mut view = view_of(
        &of,
        [
            full(1, "Kim Lee", "0412 345", "2", "true", "VIP", "a;b", "2026-01-01", "2026-01-01T00:00:00Z"),
            full(2, "kim-anh", "0412", "10", "false", "vip", "b", "2026-01-02", "2026-01-01T00:00:00.500Z"),
            full(3, "Ünal", "", "-1.50", "true", "other", "c;a", "2026-02-01", "1767225601000"),
            record(&of, 4, Moment(4_000), 4, &[]),
        ],
    );
    let on = |property: &str, operator: &str, value: Json| {
        let mut filter = json!({ "propertyName": property, "operator": operator });
        match value {
            Json::Array(values) if operator == "BETWEEN" => {
                filter["value"] = values[0].clone();
                filter["highValue"] = values[1].clone();
            }
            Json::Array(_) => filter["values"] = value,
            Json::Null => {}
            _ => filter["value"] = value,
        }
        json!({ "filters": [filter] })
    };
    let expected: &[(&str, &str, Json, &[u64])] = &[
        // Texts: case does not count, but IN's values are taken as they stand; order is lexical.
        ("text", "EQ", json!("KIM LEE"), &[1]),
        ("text", "EQ", json!("ünal"), &[3]),
        ("text", "NEQ", json!("kim lee"), &[2, 3, 4]),
        ("text", "IN", json!(["kim lee", "ünal"]), &[1, 3]),
        ("text", "IN", json!(["Kim Lee"]), &[]),
        ("text", "NOT_IN", json!(["kim lee", "Ünal"]), &[2, 3, 4]),
        ("text", "LT", json!("kim-anh"), &[1]),
        ("text", "LTE", json!("KIM-ANH"), &[1, 2]),
        ("text", "GT", json!("kim-anh"), &[3]),
        ("text", "BETWEEN", json!(["kim", "kin"]), &[1, 2]),
        ("text", "BETWEEN", json!(["kin", "kim"]), &[]),
        ("text", "CONTAINS_TOKEN", json!("kim"), &[1, 2]),
        ("text", "CONTAINS_TOKEN", json!("ki"), &[]),
        ("text", "CONTAINS_TOKEN", json!("*ee"), &[1]),
        ("text", "NOT_CONTAINS_TOKEN", json!("lee"), &[2, 3, 4]),
        ("text", "HAS_PROPERTY", json!(null), &[1, 2, 3]),
        ("text", "NOT_HAS_PROPERTY", json!(null), &[4]),
        ("phone", "EQ", json!("0412 345"), &[1]),
        ("phone", "GTE", json!("0412"), &[1, 2]),
        ("phone", "CONTAINS_TOKEN", json!("0412"), &[1, 2]),
        ("phone", "NOT_HAS_PROPERTY", json!(null), &[3, 4]),
        // Numbers compare as numbers, given as number or text.
        ("number", "EQ", json!("2.0"), &[1]),
        ("number", "EQ", json!(-1.5), &[3]),
        ("number", "LT", json!(10), &[1, 3]),
        ("number", "LTE", json!("10"), &[1, 2, 3]),
        ("number", "GT", json!(2), &[2]),
        ("number", "GTE", json!(2), &[1, 2]),
        ("number", "BETWEEN", json!([-2, 2]), &[1, 3]),
        ("number", "IN", json!(["2", "10.00"]), &[1, 2]),
        ("number", "NOT_IN", json!(["2"]), &[2, 3, 4]),
        ("number", "NEQ", json!(2), &[2, 3, 4]),
        ("flag", "EQ", json!(true), &[1, 3]),
        ("flag", "EQ", json!("TRUE"), &[1, 3]),
        ("flag", "NEQ", json!("true"), &[2, 4]),
        ("flag", "HAS_PROPERTY", json!(null), &[1, 2, 3]),
        // Enumerations: case counts; a record has each of its chosen options.
        ("one", "EQ", json!("vip"), &[2]),
        ("one", "IN", json!(["VIP", "other"]), &[1, 3]),
        ("one", "NEQ", json!("vip"), &[1, 3, 4]),
        ("many", "EQ", json!("a"), &[1, 3]),
        ("many", "EQ", json!("a;b"), &[1]),
        ("many", "NEQ", json!("a"), &[2, 4]),
        ("many", "IN", json!(["b", "c"]), &[1, 2, 3]),
        ("many", "NOT_IN", json!(["b"]), &[3, 4]),
        ("many", "CONTAINS_TOKEN", json!("b"), &[1, 2]),
        ("many", "CONTAINS_TOKEN", json!("B"), &[]),
        // Dates: milliseconds or ISO 8601.
        ("day", "EQ", json!("2026-01-02"), &[2]),
        ("day", "EQ", json!("1767225600000"), &[1]),
        ("day", "GT", json!(1_767_225_600_000_u64), &[2, 3]),
        ("day", "BETWEEN", json!(["2026-01-01", "2026-01-31"]), &[1, 2]),
        ("instant", "GTE", json!("2026-01-01T00:00:00.500Z"), &[2, 3]),
        ("instant", "LT", json!("2026-01-01T11:00:01+11:00"), &[1, 2]),
        ("instant", "EQ", json!("1767225601000"), &[3]),
        // Computed ones.
        ("id", "EQ", json!(3), &[3]),
        ("id", "GT", json!("2"), &[3, 4]),
        ("id", "LTE", json!("2.5"), &[1, 2]),
        ("id", "LT", json!(-3), &[]),
        ("id", "IN", json!(["4", "1", "9", "1.5"]), &[1, 4]),
        ("id", "NOT_IN", json!(["4"]), &[1, 2, 3]),
        ("made", "GTE", json!("1970-01-01T00:00:03Z"), &[3, 4]),
        ("changed", "LTE", json!("2000"), &[1, 2]),
    ];
    for (property, operator, value, want) in expected {
        let found = find(&mut view, &of, &on(property, operator, value.clone()));
        assert_eq!(ids(&found), *want, "{property} {operator} {value}");
        assert_eq!(found.total, want.len() as u64);
    }
    for (property, operator, value) in [
        ("nothing", "EQ", json!("x")),
        ("number", "CONTAINS_TOKEN", json!("2")),
        ("number", "GT", json!("two")),
        ("number", "IN", json!(["2", "x"])),
        ("instant", "GT", json!("soon")),
        ("one", "GT", json!("a")),
        ("one", "BETWEEN", json!(["a", "b"])),
        ("flag", "IN", json!(["true"])),
        ("flag", "LT", json!("true")),
        ("associations.nothing", "EQ", json!("7")),
    ] {
        let problem = plan(&mut view, &of, &on(property, operator, value), 0).err().unwrap();
        assert_eq!(problem, Problem::bare("There was a problem with the request."), "{property} {operator}");
    }
}

#[test]
fn groups_are_alternatives_and_their_filters_conditions() {
    let of = things();
    let numbered = |id: u64| record(&of, id, Moment(0), id, &[("number", &id.to_string()), ("text", "Kim")]);
    let mut view = view_of(&of, (1..=9).map(numbered));
    let above = |n: u64| json!({ "propertyName": "number", "operator": "GT", "value": n });
    let below = |n: u64| json!({ "propertyName": "number", "operator": "LT", "value": n });
    let body = json!({ "filterGroups": [{ "filters": [above(2), below(5)] }, { "filters": [above(8)] }] });
    assert_eq!(ids(&find(&mut view, &of, &body)), [3, 4, 9]);
    let body = json!({ "filterGroups": [{ "filters": [below(3)] }], "filters": [above(8)], "query": "ki" });
    assert_eq!(ids(&find(&mut view, &of, &body)), [1, 2, 9]);
    let body = json!({ "filters": [above(2)], "query": "kin" });
    assert_eq!(find(&mut view, &of, &body).total, 0);
    assert_eq!(find(&mut view, &of, &json!({})).total, 9);
    // A misspelt member is no filter (hubspot-api-nodejs #344).
    assert_eq!(find(&mut view, &of, &json!({ "filterGroup": { "filters": [above(8)] } })).total, 9);
}

#[test]
fn pages_end_at_the_last_result_or_the_ten_thousandth() {
    let of = things();
    let mut view = view_of(&of, (1..=10_050).map(|id| record(&of, id, Moment(0), id, &[])));
    for sorts in [json!([]), json!(["-id"]), json!(["made"])] {
        let page = |view: &mut View, after: Json, limit: u64| {
            plan(view, &of, &json!({ "after": after, "limit": limit, "sorts": sorts }), 0).map(|search| search.run())
        };
        let last = page(&mut view, json!("9999"), 1).unwrap();
        assert_eq!((last.total, last.records.len(), last.next_after), (10_050, 1, Some(10_000)));
        assert_eq!(page(&mut view, json!(9_800), 200).unwrap().records.len(), 200);
        for (after, limit) in [(10_000, 1), (10_000, 0), (9_999, 2), (9_801, 200)] {
            let problem = page(&mut view, json!(after), limit).unwrap_err();
            assert_eq!(problem, Problem::bare("There was a problem with the request."), "{after} {limit}");
        }
    }
    let mut few = view_of(&of, (1..=25).map(|id| record(&of, id, Moment(0), id, &[])));
    let page = |view: &mut View, after: u64| find(view, &of, &json!({ "after": after }));
    assert_eq!(page(&mut few, 0).next_after, Some(10));
    assert_eq!(ids(&page(&mut few, 20)), [21, 22, 23, 24, 25]);
    assert_eq!(page(&mut few, 20).next_after, None);
    assert_eq!(page(&mut few, 15).next_after, None);
    assert_eq!((page(&mut few, 30).total, ids(&page(&mut few, 30))), (25, vec![]));
}

#[test]
fn a_write_is_seen_when_its_time_has_come_and_never_under_an_older_one() {
    let of = things();
    let mut view = View::new();
    let at = |n: i64| Moment(n);
    let seen = |view: &mut View, now: i64| {
        let found =
            plan(view, &of, &json!({ "filters": [{ "propertyName": "text", "operator": "HAS_PROPERTY" }] }), now);
        found.unwrap().run().records.iter().map(|record| record.version).collect::<Vec<u64>>()
    };
    view.note(&of, Arc::new(record(&of, 1, at(0), 1, &[("text", "a")])), at(10), at(0));
    assert!(seen(&mut view, 9).is_empty());
    assert_eq!(seen(&mut view, 10), [1]);
    // The third version overtakes the second, which never shows.
    view.note(&of, Arc::new(record(&of, 1, at(11), 2, &[("text", "b")])), at(30), at(11));
    view.note(&of, Arc::new(record(&of, 1, at(12), 3, &[("text", "c")])), at(20), at(12));
    assert_eq!(seen(&mut view, 19), [1]);
    let fork = view.clone();
    assert_eq!(seen(&mut view, 20), [3]);
    assert_eq!(seen(&mut view, 30), [3]);
    // Archived, it is gone when that is due, and what came before does not bring it back.
    view.note(&of, Arc::new(record(&of, 1, at(31), 4, &[("text", "d")])), at(60), at(31));
    let mut gone = record(&of, 1, at(32), 5, &[("text", "d")]);
    gone.archived = Some(at(32));
    view.note(&of, Arc::new(gone), at(50), at(32));
    assert_eq!(seen(&mut view, 49), [3]);
    assert!(seen(&mut view, 50).is_empty());
    assert!(seen(&mut view, 60).is_empty());
    assert_eq!(seen(&mut fork.clone(), 19), [1], "a fork goes its own way");
}

#[test]
fn an_index_is_built_when_its_search_is_run_and_catches_up_with_what_was_written_meanwhile() {
    let of = things();
    let numbered = |id: u64, version: u64, n: u64| record(&of, id, Moment(0), version, &[("number", &n.to_string())]);
    let mut view = view_of(&of, (1..=100).map(|id| numbered(id, id, id)));
    let body = json!({ "filters": [{ "propertyName": "number", "operator": "LTE", "value": 2 }] });
    drop(plan(&mut view, &of, &body, 0).unwrap());

    let first = plan(&mut view, &of, &body, 0).unwrap();
    assert_eq!((first.builders.len(), first.indexes.len()), (1, 0), "the one that was given up is asked for anew");
    let second = plan(&mut view, &of, &body, 0).unwrap();
    assert_eq!((second.builders.len(), second.indexes.len()), (0, 0), "one builds, the others look at every record");
    assert_eq!(ids(&second.run()), [1, 2]);
    let mut fork = view.clone();

    view.note(&of, Arc::new(numbered(1, 101, 50)), Moment(0), Moment(0));
    view.note(&of, Arc::new(numbered(101, 102, 1)), Moment(0), Moment(0));
    let mut gone = numbered(2, 103, 2);
    gone.archived = Some(Moment(0));
    view.note(&of, Arc::new(gone), Moment(0), Moment(0));
    assert_eq!(ids(&find(&mut view, &of, &body)), [101]);
    assert_eq!(ids(&first.run()), [1, 2], "as it stood when it was asked");
    for (view, want) in [(&mut view, &[101][..]), (&mut fork, &[1, 2])] {
        let later = plan(view, &of, &body, 0).unwrap();
        assert_eq!((later.builders.len(), later.indexes.len()), (0, 1));
        assert_eq!(ids(&later.run()), want);
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let bare = |message: &str| (None, message.to_owned());
    let operators = "[IN, NOT_HAS_PROPERTY, LT, EQ, GT, NOT_IN, GTE, CONTAINS_TOKEN, HAS_PROPERTY, LTE, NOT_CONTAINS_TOKEN, BETWEEN, NEQ]";
    let unknown = |line: u32, column: u32| {
        let message =
            format!("Invalid input JSON on line {line}, column {column}: Enum type must be one of: {operators}");
        (Some("VALIDATION_ERROR"), message)
    };
    let with = |operator: &str| {
        format!(
            r#"{{"filterGroups":[{{"filters":[{{"propertyName":"jobtitle","operator":"{operator}","value":"x"}}]}}]}}"#
        )
    };
    for operator in ["neq", "Eq", "BOGUS", "NÉQ", "\u{a0}EQ", "13", "01", "+1"] {
        assert_eq!(refusal(&with(operator)), unknown(1, 68), "{operator}");
    }
    let value_first = r#"{"filterGroups":[{"filters":[{"propertyName":"jobtitle","value":"ééé","operator":"neq"}]}]}"#;
    assert_eq!(refusal(value_first), unknown(1, 85));
    let escaped = value_first.replace('é', "\\u00e9");
    assert_eq!(refusal(&escaped), unknown(1, 97));
    let indented = serde_json::to_string_pretty(&serde_json::from_str::<Json>(&with("neq")).unwrap()).unwrap();
    assert_eq!(refusal(&indented), unknown(7, 23));
    assert_eq!(refusal(&indented.replace('\n', "\r\n")), unknown(7, 23));
    for (operator, same) in
        [(" NEQ", "NEQ"), ("NEQ\\t", "NEQ"), ("\\u0001NEQ", "NEQ"), ("0", "EQ"), ("12", "NOT_CONTAINS_TOKEN")]
    {
        let read = |operator: &str| parse(with(operator).as_bytes(), &LIMITS).unwrap();
        assert_eq!(read(operator), read(same), "{operator:?}");
    }
    let empty =
        "Invalid input JSON: unable to deserialize field \"filterGroups[0].filters[0].operator\". Invalid value: ";
    assert_eq!(refusal(&with("  ")), (Some("VALIDATION_ERROR"), empty.to_owned()));

    let problem =
        "Cannot construct instance of `com.hubspot.inbounddb.publicobject.core.v3.search.Filter`, problem: operator";
    for (filter, said) in [
        (
            r#"{"propertyName":"a"}"#,
            "Cannot build Filter, some of required attributes are not set [operator]".to_owned(),
        ),
        ("{}", "Cannot build Filter, some of required attributes are not set [propertyName, operator]".to_owned()),
        (r#"{"propertyName":"a","operator":"IN","value":"x"}"#, format!("{problem} IN requires values")),
        (r#"{"propertyName":"a","operator":"EQ","value":""}"#, format!("{problem} EQ requires a value")),
        (
            r#"{"propertyName":"a","operator":"BETWEEN","value":1}"#,
            format!("{problem} BETWEEN requires value and highValue"),
        ),
        (
            r#"{"propertyName":"a","operator":"HAS_PROPERTY","value":""}"#,
            format!("{problem} HAS_PROPERTY does not allow a value"),
        ),
    ] {
        let body = format!(r#"{{"filters":[{filter}]}}"#);
        let column = body.len() - 2;
        assert_eq!(refusal(&body), bare(&format!("Invalid input JSON on line 1, column {column}: {said}")));
    }
    // hubspot-api-python #76, #71: the column is that of the value's first byte.
    let (_, message) = refusal(r#"{"filterGroups": [{"filters": [{"value": ["1"], "operator": "IN"}]}]}"#);
    assert_eq!(
        message,
        "Invalid input JSON on line 1, column 42: Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)"
    );
    assert!(
        refusal(r#"{"filterGroups": {"filters": []}}"#)
            .1
            .starts_with("Invalid input JSON on line 1, column 18: Cannot")
    );
    for body in ["{", "[1,", "{\"filterGroups\":[}", "nope", "{\"a\":\"\\ud800\"}", &"[".repeat(100_000)] {
        let (category, message) = refusal(body);
        assert!(category.is_none() && message.starts_with("Invalid input JSON on line 1, column "), "{message}");
    }
    assert_eq!(refusal(" \n").1, "Invalid JSON input: a request body was expected, but none found");
    let invalid = parse(b"{\"a\":\"\xff\"}", &LIMITS).unwrap_err();
    assert_eq!(invalid.message, "Invalid input JSON on line 1, column 7: Invalid UTF-8");
}

#[test]
fn a_search_stays_within_its_figures() {
    let filter = json!({ "propertyName": "a", "operator": "EQ", "value": "x" });
    let group = |filters: usize| json!({ "filters": vec![filter.clone(); filters] });
    let read = |body: Json| parse(body.to_string().as_bytes(), &LIMITS);
    for body in [
        json!({ "filterGroups": vec![group(3); 5] }),
        json!({ "filterGroups": vec![group(6); 3] }),
        json!({ "query": "é".repeat(3_000) }),
        json!({ "limit": 200 }),
        json!({ "limit": "200", "after": "" }),
        json!({ "sorts": ["", "-createdate"] }),
    ] {
        assert!(read(body.clone()).is_ok(), "{body}");
    }
    for body in [
        json!({ "filterGroups": vec![group(1); 6] }),
        json!({ "filterGroups": [group(7)] }),
        json!({ "filterGroups": [group(6), group(6), group(6), group(1)] }),
        json!({ "filterGroups": vec![group(1); 5], "filters": [filter] }),
        json!({ "query": "é".repeat(3_001) }),
        json!({ "limit": 201 }),
        json!({ "sorts": ["a", "b"] }),
    ] {
        assert_eq!(read(body.clone()).unwrap_err().category, Some("VALIDATION_ERROR"), "{body}");
    }
    for body in [json!({ "after": "abc" }), json!({ "limit": -1 }), json!({ "after": 1.5 })] {
        assert_eq!(read(body.clone()).unwrap_err(), Problem::bare("There was a problem with the request."), "{body}");
    }
}

#[test]
fn sorts_come_as_objects_as_texts_and_as_objects_in_texts() {
    let of = things();
    let values = ["b", "A", "", "c", "a"];
    let numbered =
        |(place, text): (usize, &&str)| record(&of, place as u64 + 1, Moment(0), place as u64 + 1, &[("text", text)]);
    let mut view = view_of(&of, values.iter().enumerate().map(numbered));
    for (sort, want) in [
        (json!("text"), [2, 5, 1, 4, 3]),
        (json!("-text"), [4, 1, 5, 2, 3]),
        (json!({ "propertyName": "text" }), [2, 5, 1, 4, 3]),
        (json!({ "propertyName": "text", "direction": "DESCENDING" }), [4, 1, 5, 2, 3]),
        (json!("{\"propertyName\":\"text\",\"direction\":\"DESCENDING\"}"), [4, 1, 5, 2, 3]),
        (json!("-id"), [5, 4, 3, 2, 1]),
        (json!("-made"), [5, 4, 3, 2, 1]),
        (json!("number"), [1, 2, 3, 4, 5]),
    ] {
        assert_eq!(ids(&find(&mut view, &of, &json!({ "sorts": [sort] }))), want, "{sort}");
        // The same through matches as through the index over all records.
        let body = json!({ "sorts": [sort], "filters": [{ "propertyName": "id", "operator": "GT", "value": 0 }] });
        assert_eq!(ids(&find(&mut view, &of, &body)), want, "{sort}");
    }
    assert!(plan(&mut view, &of, &json!({ "sorts": ["nothing"] }), 0).is_err());
}

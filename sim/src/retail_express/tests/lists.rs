//! Lists against a reading of their rules by brute force, on the records as the API shows them.

use std::cmp::Ordering;

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{AboveMax, Desk, Settings, settings};

fn seeded(records: &[Value]) -> Desk {
    let mut desk = Desk::new();
    desk.put_records(records).unwrap();
    desk
}

fn ids(answer: &Value) -> Vec<i64> {
    answer["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[test]
fn pages_are_cut_as_asked_and_the_envelope_says_so() {
    let mut desk = seeded(&(1..=43).map(|id| json!({"id": id})).collect::<Vec<_>>());
    for (query, number, size, first, rows) in [
        ("", 1, 20, 1, 20),
        ("?page_number=3", 3, 20, 41, 3),
        ("?page_number=2&page_size=40", 2, 40, 41, 3),
        ("?page_number=4", 4, 20, 0, 0),
        ("?page_number=2147483647&page_size=250", 2_147_483_647, 250, 0, 0),
        ("?page_size=251", 1, 250, 1, 43),
        ("?page_size=0", 1, 20, 1, 20),
        ("?page_number=-1", 1, 20, 1, 20),
        // Names that other systems use list everything.
        ("?page=2&limit=5&PageSize=5&per_page=5", 1, 20, 1, 20),
        ("?name=Nobody&email=nobody@example.test&updated_since=2030-01-01T00:00:00Z", 1, 20, 1, 20),
    ] {
        let answer = desk.get(&format!("/v2.1/customers{query}")).json();
        let ids = ids(&answer);
        assert_eq!((ids.first().copied().unwrap_or(0), ids.len()), (first, rows), "{query}");
        let members: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(members, ["data", "page_number", "page_size", "total_records"]);
        assert_eq!((&answer["page_number"], &answer["page_size"]), (&json!(number), &json!(size)), "{query}");
        assert_eq!(answer["total_records"], json!(43));
    }
    for query in ["page_number=two", "page_size=1.5", "page_size=99999999999"] {
        assert_eq!(desk.get(&format!("/v2.1/customers?{query}")).status, 400, "{query}");
    }
    let mut strict = Desk::with(Settings { above_max: AboveMax::Refuse, ..settings() });
    assert_eq!(strict.get("/v2.1/customers?page_size=250").status, 200);
    assert_eq!(strict.get("/v2.1/customers?page_size=251").status, 400);
}

#[test]
fn stamps_filter_with_either_form_of_offset_but_not_with_an_unescaped_plus() {
    let mut desk = seeded(&[
        json!({"id": 1, "created_on": "2026-01-01T00:00:00+11:00", "modified_on": "2026-02-01T00:00:00+11:00"}),
        json!({"id": 2, "created_on": "2026-03-01T00:00:00+11:00", "modified_on": "2026-04-01T00:00:00+11:00"}),
        json!({"id": 3, "created_on": null, "modified_on": null, "customer_type": {"id": 4}}),
    ]);
    for (query, expected) in [
        ("modified_since=2026-02-01T00:00:00%2B11:00", &[1, 2][..]),
        ("modified_since=2026-01-31T13:00:00.001Z", &[2]),
        ("created_since=2026-02-01T00:00:00Z", &[2]),
        ("filter_by=modified_on:gt:2026-02-01T00:00:00%2B1100", &[2]),
        ("filter_by=modified_on:lte:2026-02-01T00:00:00%2B11:00&filter_by=id:ne:1", &[]),
        ("filter_by=no_such_field:eq:1", &[1, 2, 3]),
        ("customer_type_id=4", &[3]),
        ("order_by=modified_on%20desc", &[2, 1, 3]),
        ("order_by=modified_on%20asc", &[3, 1, 2]),
    ] {
        let answer = desk.get(&format!("/v2.1/customers?{query}"));
        assert_eq!(ids(&answer.json()), expected, "{query}");
    }
    for query in [
        "modified_since=2026-02-01T00:00:00+11:00",
        "created_since=2026-02-01T00:00:00",
        "modified_since=",
        "filter_by=modified_on:gt:today",
        "filter_by=modified_on",
        "filter_by=id:near:1",
        "filter_by=id:like:1",
    ] {
        assert_eq!(desk.get(&format!("/v2.1/customers?{query}")).status, 400, "{query}");
    }
}

#[test]
fn each_version_orders_by_its_own_fields() {
    let mut desk = seeded(&[json!({"id": 1, "phone": "2"}), json!({"id": 2, "phone": "1"})]);
    assert_eq!(ids(&desk.get("/v2.1/customers?order_by=phone").json()), [2, 1]);
    assert_eq!(ids(&desk.get("/v2/customers?order_by=phone").json()), [1, 2]);
    for version in [super::super::routes::Version::V2, super::super::routes::Version::V2_1] {
        for name in super::super::columns::ordered_by(version) {
            assert!(super::super::columns::Column::named(name).is_some(), "{name}");
        }
    }
}

#[test]
fn search_looks_at_names_and_numbers() {
    let mut desk = seeded(&[
        json!({"id": 1, "first_name": "Mika", "last_name": "Sample", "email": "m.s@example.test"}),
        json!({"id": 2, "first_name": "Noor", "mobile": "+61491570006", "company": "Sample & Co"}),
    ]);
    for (search, expected) in [
        ("mika%20SAMPLE", &[1][..]),
        ("sample", &[1, 2]),
        ("1570", &[2]),
        ("@example", &[1]),
        ("1-2", &[2]),
        ("zz", &[]),
    ] {
        let answer = desk.get(&format!("/v2.1/customers?search={search}"));
        assert_eq!(ids(&answer.json()), expected, "{search}");
    }
}

/// The member behind a flat name, as a record shows it.
fn shown<'r>(record: &'r Value, field: &str) -> &'r Value {
    match field {
        "receive_email" => &record["marketing"]["receive_email"],
        "billing_address_suburb" => &record["billing_address"]["suburb"],
        "account_customer_credit_limit" => &record["account_customer"]["credit_limit"],
        top => &record[top],
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64().unwrap().total_cmp(&b.as_f64().unwrap()),
        (Value::String(a), Value::String(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        _ => panic!("{a} against {b}"),
    }
}

fn customers() -> impl Strategy<Value = Vec<Value>> {
    let name = proptest::option::of("[abAB]{1,2}");
    let record = (name.clone(), name, proptest::bool::ANY, 0..4_u8, proptest::option::of(1..4_u8));
    proptest::collection::vec(record, 0..30).prop_map(|records| {
        let shape = |(first, suburb, mail, credit, day): (_, _, _, _, Option<u8>)| {
            json!({
                "first_name": first, "billing_address": {"suburb": suburb}, "marketing": {"receive_email": mail},
                "account_customer": {"credit_limit": credit},
                "date_of_birth": day.map(|day| format!("1990-01-0{day}")),
            })
        };
        records.into_iter().map(shape).collect()
    })
}

fn filter() -> impl Strategy<Value = (&'static str, &'static str, String)> {
    let op = prop::sample::select(vec!["eq", "ne", "gt", "gte", "lt", "lte"]);
    let field = prop_oneof![
        (Just("first_name"), "[abAB]{1,2}"),
        (Just("billing_address_suburb"), "[abAB]{1,2}"),
        (Just("receive_email"), "true|false"),
        (Just("account_customer_credit_limit"), "[0-3]"),
        (Just("date_of_birth"), "1990-01-0[1-3]"),
    ];
    (field, op).prop_map(|((field, value), op)| (field, op, value))
}

fn passes(record: &Value, (field, op, value): &(&str, &str, String)) -> bool {
    let held = shown(record, field);
    let wanted = match held {
        Value::Null => return false,
        Value::String(_) => json!(value),
        _ => serde_json::from_str(value).unwrap(),
    };
    let ordering = compare(held, &wanted);
    match *op {
        "eq" => ordering.is_eq(),
        "ne" => ordering.is_ne(),
        "gt" => ordering.is_gt(),
        "gte" => ordering.is_ge(),
        "lt" => ordering.is_lt(),
        _ => ordering.is_le(),
    }
}

proptest! {
    #[test]
    fn filtered_ordered_pages_are_what_brute_force_says(
        customers in customers(),
        filters in proptest::collection::vec(filter(), 0..3),
        order in proptest::option::of((
            prop::sample::select(vec![
                "id", "first_name", "receive_email", "billing_address_suburb", "account_customer_credit_limit",
            ]),
            proptest::bool::ANY,
        )),
        size in 1..8_usize,
        number in 1..6_usize,
    ) {
        let mut desk = seeded(&customers);
        let (_, all) = desk.system.list_records(&desk.state, "customers", 0, 100).unwrap();
        let mut kept: Vec<&Value> =
            all.iter().filter(|record| filters.iter().all(|filter| passes(record, filter))).collect();
        if let Some((field, descending)) = order {
            kept.sort_by(|a, b| {
                let ordering = compare(shown(a, field), shown(b, field));
                if descending { ordering.reverse() } else { ordering }
            });
        }
        let mut target = format!("/v2.1/customers?page_size={size}&page_number={number}");
        for (field, op, value) in &filters {
            target += &format!("&filter_by={field}:{op}:{value}");
        }
        if let Some((field, descending)) = order {
            target += &format!("&order_by={field}%20{}", if descending { "desc" } else { "asc" });
        }
        let answer = desk.call(Method::GET, &target, "").json();
        let expected: Vec<&Value> = kept.iter().copied().skip((number - 1) * size).take(size).collect();
        prop_assert_eq!(answer["data"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{}", target);
        prop_assert_eq!(&answer["total_records"], &json!(kept.len()));
    }
}

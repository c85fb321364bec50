//! `q` against an evaluator of its own, which knows rows as JSON and shares no code with the room; and the
//! forms that the grammar allows or refuses.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::harness::{Bench, COLLECTION};

/// A filter as the test means it.
#[derive(Clone, Debug)]
enum Filter {
    /// Column, operator, operand: a JSON literal (dates as bare text), or a list of two for `$between`.
    Test(&'static str, &'static str, Json),
    And(Vec<Filter>),
    Or(Vec<Filter>),
}

const NUMBERS: [&str; 2] = ["customer_id", "store_id"];
const TEXTS: [&str; 2] = ["email", "status"];
const DATES: [&str; 1] = ["last_updated"];
const WORDS: [&str; 7] = ["a", "A", "ab", "b%", "_", "aéb", "abab"];
const STAMPS: [&str; 4] =
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-03-05T10:00:00Z", "2025-12-31T23:59:59Z"];

fn is_date(column: &str) -> bool {
    DATES.contains(&column)
}

/// How the filter is written for ORDS.
fn written(filter: &Filter) -> Json {
    match filter {
        Filter::And(all) => json!({"$and": all.iter().map(written).collect::<Vec<_>>()}),
        Filter::Or(any) => json!({"$or": any.iter().map(written).collect::<Vec<_>>()}),
        Filter::Test(column, op, operand) => {
            let dated = |value: &Json| match value {
                Json::String(text) if is_date(column) => json!({"$date": text}),
                other => other.clone(),
            };
            let operand = match operand {
                Json::Array(ends) => ends.iter().map(dated).collect(),
                other => dated(other),
            };
            match *op {
                "" => json!({*column: operand}),
                op => json!({*column: {op: operand}}),
            }
        }
    }
}

/// SQL's answer for one row: true, or not.
fn holds(filter: &Filter, row: &Json) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|part| holds(part, row)),
        Filter::Or(any) => any.iter().any(|part| holds(part, row)),
        Filter::Test(column, op, operand) => {
            let value = &row[*column];
            match (*op, value.is_null()) {
                ("$null", null) => return null,
                ("$notnull", null) => return !null,
                (_, true) => return false,
                _ => {}
            }
            let versus = |other: &Json| order(value, other);
            let text = value.as_str().unwrap_or_default();
            let part = operand.as_str().unwrap_or_default();
            match *op {
                "" | "$eq" => versus(operand) == Ordering::Equal,
                "$ne" => versus(operand) != Ordering::Equal,
                "$lt" => versus(operand) == Ordering::Less,
                "$lte" => versus(operand) != Ordering::Greater,
                "$gt" => versus(operand) == Ordering::Greater,
                "$gte" => versus(operand) != Ordering::Less,
                "$between" => {
                    let low = operand[0].is_null() || versus(&operand[0]) != Ordering::Less;
                    low && (operand[1].is_null() || versus(&operand[1]) != Ordering::Greater)
                }
                "$instr" => text.contains(part),
                "$ninstr" => !text.contains(part),
                "$like" => like(&text.chars().collect::<Vec<_>>(), &part.chars().collect::<Vec<_>>()),
                other => unreachable!("{other}"),
            }
        }
    }
}

/// Stamps are all written alike, so that their texts sort as they do.
fn order(a: &Json, b: &Json) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_str().unwrap_or_default().as_bytes().cmp(b.as_str().unwrap_or_default().as_bytes()),
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}

fn sorted(mut rows: Vec<Json>, by: &[(&str, bool)]) -> Vec<Json> {
    rows.sort_by(|a, b| {
        let mut result = Ordering::Equal;
        for (column, descending) in by {
            let (a, b) = (&a[*column], &b[*column]);
            let up = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => order(a, b),
            };
            result = result.then(if *descending { up.reverse() } else { up });
        }
        result
    });
    rows
}

fn operand(column: &'static str) -> BoxedStrategy<Json> {
    if NUMBERS.contains(&column) {
        (-1..8_i64).prop_map(Json::from).boxed()
    } else if is_date(column) {
        select(&STAMPS[..]).prop_map(Json::from).boxed()
    } else {
        select(&WORDS[..]).prop_map(Json::from).boxed()
    }
}

fn test() -> impl Strategy<Value = Filter> {
    let ordered = select(vec!["customer_id", "store_id", "last_updated"]).prop_flat_map(|column| {
        let op = select(vec!["", "$eq", "$ne", "$lt", "$lte", "$gt", "$gte"]);
        (op, operand(column)).prop_map(move |(op, value)| Filter::Test(column, op, value))
    });
    let spelled = (select(&TEXTS[..]), select(vec!["", "$eq", "$ne", "$instr", "$ninstr"]), select(&WORDS[..]))
        .prop_map(|(column, op, word)| Filter::Test(column, op, word.into()));
    let liked = (select(&TEXTS[..]), "[abA%_]{1,4}")
        .prop_map(|(column, pattern)| Filter::Test(column, "$like", pattern.into()));
    let null = (select(vec!["email", "store_id", "last_updated"]), select(vec!["$null", "$notnull"]))
        .prop_map(|(column, op)| Filter::Test(column, op, Json::Null));
    let between = select(vec!["store_id", "email", "last_updated"]).prop_flat_map(|column| {
        (operand(column), operand(column), 0..3).prop_map(move |(low, high, open)| {
            let (low, high) = match open {
                0 if column != "email" => (Json::Null, high),
                1 if column != "email" => (low, Json::Null),
                _ => (low, high),
            };
            Filter::Test(column, "$between", json!([low, high]))
        })
    });
    prop_oneof![3 => ordered, 2 => spelled, 1 => liked, 1 => null, 1 => between]
}

fn filter() -> impl Strategy<Value = Filter> {
    test().prop_recursive(3, 12, 3, |inner| {
        let list = prop::collection::vec(inner, 1..4);
        prop_oneof![list.clone().prop_map(Filter::And), list.prop_map(Filter::Or)]
    })
}

fn row() -> impl Strategy<Value = Json> {
    let word = || prop::option::of(select(&WORDS[..]));
    (prop::option::of(0..6_i64), word(), word(), select(&STAMPS[..])).prop_map(|(store, email, status, stamp)| {
        json!({"store_id": store, "email": email, "status": status, "last_updated": stamp})
    })
}

type Order = Vec<(&'static str, bool)>;

fn ordering() -> impl Strategy<Value = (Order, Json)> {
    let spelling = prop::sample::Index::arbitrary();
    let one = (select(vec!["store_id", "email", "status", "last_updated", "customer_id"]), any::<bool>(), spelling);
    prop::collection::vec(one, 0..3).prop_map(|keys| {
        let (mut by, mut written) = (Order::new(), serde_json::Map::new());
        for (column, descending, spelling) in keys {
            let spellings = if descending {
                [json!("DESC"), json!("desc"), json!(-1), json!("-1")]
            } else {
                [json!("ASC"), json!("asc"), json!(1), json!("1")]
            };
            if written.insert(column.to_owned(), spelling.get(&spellings).clone()).is_none() {
                by.push((column, descending));
            } else if let Some(known) = by.iter_mut().find(|(name, _)| *name == column) {
                known.1 = descending;
            }
        }
        (by, Json::Object(written))
    })
}

proptest! {
    #[test]
    fn a_page_holds_what_the_filter_asks_for_in_its_order(
        rows in prop::collection::vec(row(), 0..40),
        filter in prop::option::of(filter()),
        (by, orderby) in ordering(),
        limit in prop::option::of(1..12_usize),
        offset in 0..20_usize,
    ) {
        let mut bench = Bench::new();
        bench.put(Json::Array(rows)).expect("rows");
        let (_, stored) = bench.state.list("customers", 0, usize::MAX).expect("the table");
        let matching = stored.into_iter().filter(|row| filter.as_ref().is_none_or(|filter| holds(filter, row)));
        let expected = sorted(matching.collect(), &by);
        let page: Vec<_> = expected.iter().skip(offset).take(limit.unwrap_or(25)).map(|row| row["customer_id"].clone()).collect();

        let mut q = filter.as_ref().map_or(json!({}), written);
        if !by.is_empty() {
            q["$orderby"] = orderby;
        }
        let limit_text = limit.map(|n| format!("&limit={n}")).unwrap_or_default();
        let answer = bench.query(&q, &format!("&offset={offset}{limit_text}"));
        prop_assert_eq!(answer.status, 200, "{} {}", q, answer.text());
        let json = answer.json();
        prop_assert_eq!(json!(answer.ids()), json!(page), "{}", q);
        prop_assert_eq!(&json["hasMore"], &json!(expected.len() > offset + limit.unwrap_or(25)));
        prop_assert_eq!(&json["count"], &json!(page.len()));
    }
}

fn three() -> Bench {
    let mut bench = Bench::new();
    let rows = json!([
        {"customer_id": 1, "email": "ann@example.com", "store_id": 5, "loyalty_no": "100", "last_updated": "2026-01-01T00:00:00Z"},
        {"customer_id": 2, "email": "bob@example.com", "store_id": 9, "loyalty_no": "99", "last_updated": "2026-01-02T00:00:00Z"},
        {"customer_id": 3, "last_updated": "2026-01-03T00:00:00Z"},
    ]);
    bench.put(rows).expect("rows");
    bench
}

#[test]
fn every_form_of_the_grammar_is_read() {
    let date = |text: &str| json!({"$date": text});
    let forms = [
        (json!({}), vec![1, 2, 3]),
        (json!({"store_id": 5, "email": "ann@example.com"}), vec![1]),
        (json!({"store_id": 5, "email": "bob@example.com"}), vec![]),
        (json!({"store_id": {"$gt": 4, "$lt": 9}}), vec![1]),
        (json!({"store_id": [{"$gt": 4}, {"$lt": 9}]}), vec![1]),
        (json!({"store_id": {"$or": [{"$lt": 6}, {"$gt": 8}]}}), vec![1, 2]),
        (json!({"store_id": {"$and": [{"$gte": 5}, {"$or": [{"$eq": 9}]}]}}), vec![2]),
        (json!({"$or": [{"store_id": 9}, {"email": {"$null": null}}]}), vec![2, 3]),
        (json!({"$and": [{"store_id": {"$ne": 5}}, {"email": {"$like": "%@example.com"}}]}), vec![2]),
        (json!({"$or": {"store_id": 9, "email": {"$instr": "bob"}}}), vec![2]),
        (json!({"STORE_ID": "5.0"}), vec![1]),
        (json!({"store_id": 5.5}), vec![]),
        (json!({"loyalty_no": 100}), vec![1]),
        (json!({"loyalty_no": {"$between": ["1", "2"]}}), vec![1]),
        (json!({"email": "ANN@example.com"}), vec![]),
        (json!({"email": ""}), vec![]),
        (json!({"email": {"$ne": ""}}), vec![]),
        (json!({"email": {"$ninstr": ""}}), vec![]),
        (json!({"store_id": {"$instr": "9"}}), vec![2]),
        (json!({"last_updated": date("2026-01-02T11:00:00+11:00")}), vec![2]),
        (
            json!({"last_updated": {"$gt": date("2026-01-01T00:00:00Z")}, "$orderby": {"last_updated": "DESC"}}),
            vec![3, 2],
        ),
        (json!({"last_updated": {"$between": [null, date("2026-01-02T00:00:00Z")]}}), vec![1, 2]),
        (json!({"$orderby": {"store_id": "DESC"}}), vec![3, 2, 1]),
        (json!({"$orderby": {"store_id": 1}}), vec![1, 2, 3]),
    ];
    let mut bench = three();
    for (q, ids) in forms {
        let answer = bench.query(&q, "");
        assert_eq!(answer.status, 200, "{q}: {}", answer.text());
        assert_eq!(answer.ids(), ids, "{q}");
    }
}

#[test]
fn what_breaks_the_grammar_is_a_bad_request() {
    let broken = [
        json!([]),
        json!("email"),
        json!({"colour": 1}),
        json!({"email": null}),
        json!({"email": true}),
        json!({"email": {}}),
        json!({"email": []}),
        json!({"email": ["a"]}),
        json!({"email": {"store_id": 1}}),
        json!({"email": {"$regex": "a"}}),
        json!({"email": {"$gt": "a"}}),
        json!({"email": {"$gt": 1}}),
        json!({"email": {"$like": 1}}),
        json!({"email": {"$null": 1}}),
        json!({"email": {"$notnull": true}}),
        json!({"email": {"$between": [null, "b"]}}),
        json!({"store_id": {"$between": [null, null]}}),
        json!({"store_id": {"$between": [1]}}),
        json!({"store_id": {"$gt": "1"}}),
        json!({"store_id": "five"}),
        json!({"store_id": {"$date": "2026-01-01T00:00:00Z"}}),
        json!({"last_updated": "2026-01-01T00:00:00Z"}),
        json!({"last_updated": {"$gt": 1}}),
        json!({"last_updated": {"$gt": {"$date": "2026-13-01T00:00:00Z"}}}),
        json!({"last_updated": {"$like": "2026%"}}),
        json!({"$gt": 1}),
        json!({"$and": []}),
        json!({"$or": [{}]}),
        json!({"$or": [{"$eq": 1}]}),
        json!({"$or": [{"$orderby": {"email": 1}}]}),
        json!({"$orderby": {}}),
        json!({"$orderby": "email"}),
        json!({"$orderby": {"email": "UP"}}),
        json!({"$orderby": {"email": 2}}),
        json!({"$orderby": {"colour": 1}}),
        json!({"$asof": "yesterday"}),
        json!({"$asof": -1}),
    ];
    let mut bench = three();
    for q in broken {
        let answer = bench.query(&q, "");
        assert_eq!(answer.status, 400, "{q}: {}", answer.text());
        assert_eq!(answer.json()["code"], "BadRequest", "{q}");
    }
    let deep = format!("{COLLECTION}?q={}", "%7B%22$and%22:%5B".repeat(500));
    assert_eq!(bench.get(&deep).status, 400);
}

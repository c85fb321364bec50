//! Tables are data: a table of another shape, and values at the edges of their types.

use std::sync::Arc;

use serde_json::json;

use super::harness::Bench;
use crate::Moment;
use crate::journal::Changes;
use crate::oracle::ords::Schema;
use crate::oracle::ords::table::{Kind, Misfit, Table};
use crate::oracle::ords::value::Decimal;
use crate::oracle::ords::write;

const LINES: &str = "
name: order_lines
key: [order_id, sku]
columns:
  - { name: order_id, type: number(12), nullable: false }
  - { name: sku, type: varchar(20), nullable: false }
  - { name: price, type: 'number(9,2)', nullable: false }
  - { name: packed, type: timestamp, on_write: now }
";

#[test]
fn a_table_with_a_key_of_two_parts_needs_only_its_file() {
    let schema =
        Schema { alias: "crm".to_owned(), tables: vec![Table::read(LINES).expect("a table")], declared: Vec::new() };
    let mut bench = Bench::of(Arc::new(schema), "a");
    bench.at = Moment::START.plus(40);
    let lines = "/ords/crm/order_lines/";
    let sent = json!({"order_id": 5, "sku": "a/b, c", "price": 149.955}).to_string();
    let answer = bench.call("POST", lines, &[], &sent);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let address = "/ords/crm/order_lines/5,a%2Fb%2C%20c";
    assert_eq!(answer.header("location"), Some(format!("http://ords.internal:8080{address}").as_str()));
    let row = bench.get(address).json();
    assert_eq!(row["price"].to_string(), "149.96");
    assert_eq!(row["packed"], "2026-11-20T00:00:00.040Z");
    let null = bench.call("POST", lines, &[], r#"{"order_id":5,"price":1}"#);
    assert!(
        null.text().contains("ORA-01400: cannot insert NULL into (\\\"CRM\\\".\\\"ORDER_LINES\\\".\\\"SKU\\\")"),
        "{}",
        null.text()
    );
    let null = bench.call("PUT", address, &[], "{}");
    assert!(
        null.text().contains("ORA-01407: cannot update (\\\"CRM\\\".\\\"ORDER_LINES\\\".\\\"PRICE\\\") to NULL"),
        "{}",
        null.text()
    );
    assert_eq!(bench.get(address).json()["price"].to_string(), "149.96");
}

#[test]
fn a_generated_key_is_held_to_its_column() {
    let notes = "
name: notes
key: [note_id]
columns:
  - { name: note_id, type: number(1), nullable: false, generated: true }
  - { name: text, type: varchar(20) }
";
    let tables = vec![Table::read(notes).expect("a table")];
    let schema = Arc::new(Schema { alias: "crm".to_owned(), tables, declared: Vec::new() });
    let mut bench = Bench::of(schema.clone(), "a");
    for note_id in 1..=9 {
        let answer = bench.call("POST", "/ords/crm/notes/", &[], r#"{"text":"x"}"#);
        assert_eq!((answer.status.as_u16(), &answer.json()["note_id"]), (201, &json!(note_id)));
    }
    let answer = bench.call("POST", "/ords/crm/notes/", &[], r#"{"text":"x"}"#);
    assert_eq!(answer.status, 555, "{}", answer.text());
    let text = "ORA-01438: value larger than specified precision allowed for this column";
    assert!(answer.text().contains(text), "{}", answer.text());
    assert!(!answer.took_effect);
    assert_eq!(bench.get("/ords/crm/notes/").json()["count"], 9);

    let row = write::by_hand(&schema.tables[0], &json!({"text": "x"})).expect("a row");
    let put = bench.state.put("notes", vec![row], bench.at, &mut Changes::default());
    let why = put.expect_err("it is the tenth");
    assert!(why.contains("note_id has more digits than number(1) holds"), "{why}");
}

#[test]
fn a_table_file_that_makes_no_sense_is_refused() {
    for (from, to) in [
        ("[order_id, sku]", "[order_id, colour]"),
        ("[order_id, sku]", "[]"),
        ("number(9,2)", "number(19)"),
        ("number(9,2)", "money"),
        ("nullable", "nulable"),
    ] {
        assert!(Table::read(&LINES.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn numbers_keep_their_digits() {
    let cases = [
        ("0", "0"),
        ("-0.0", "0"),
        ("007.50", "7.5"),
        ("1e3", "1000"),
        ("12e-3", "0.012"),
        ("-1.20", "-1.2"),
        (".5", "0.5"),
        ("999999999999999999", "999999999999999999"),
    ];
    for (text, shown) in cases {
        assert_eq!(Decimal::parse(text).expect(text).to_string(), shown);
    }
    for bad in ["", "-", ".", "e3", "1e", "1.2.3", "0x1", "1e99", "1e-99", "12345678901234567890", " 1"] {
        assert_eq!(Decimal::parse(bad), None, "{bad}");
    }
    for (text, scale, rounded) in
        [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("2.449", 1, "2.4"), ("9.95", 1, "10"), ("1.05", 2, "1.05")]
    {
        assert_eq!(Decimal::parse(text).expect(text).round(scale).to_string(), rounded, "{text}");
    }
    let price = Kind::Number { precision: 5, scale: 2 };
    assert!(price.take_text("999.99").is_ok());
    assert_eq!(price.take_text("999.995"), Err(Misfit::TooPrecise));
    assert_eq!(price.take_text("-1000"), Err(Misfit::TooPrecise));
}

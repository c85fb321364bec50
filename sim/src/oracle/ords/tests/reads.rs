//! Collections and rows as they are read: envelope, links, tags, paging, and views of the past.

use serde_json::json;

use super::harness::{Bench, COLLECTION};
use crate::Moment;

fn filled(count: i64) -> Bench {
    let mut bench = Bench::new();
    let rows =
        (1..=count).map(|id| json!({"customer_id": id, "email": format!("c{id}@example.com"), "store_id": id % 3}));
    bench.put(rows.collect()).expect("rows");
    bench
}

#[test]
fn a_page_has_the_envelope_of_the_vendor() {
    let mut bench = filled(0);
    bench
        .put(json!([{"customer_id": 7, "email": "a@example.com", "last_updated": "2026-02-01T03:04:05Z"}]))
        .expect("a row");
    let answer = bench.get(COLLECTION);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let tag = answer.header("etag").expect("a tag");
    assert!(tag.len() == 90 && tag.starts_with('"') && tag.ends_with("==\""), "{tag}");
    let at = "http://ords.internal:8080/ords/crm/";
    assert_eq!(
        answer.text(),
        format!(
            "{{\"items\":[{{\"customer_id\":7,\"email\":\"a@example.com\",\"mobile\":null,\"first_name\":null,\
             \"last_name\":null,\"loyalty_no\":null,\"store_id\":null,\"marketing_opt_in\":\"N\",\"status\":\"ACTIVE\",\
             \"merged_into\":null,\"created\":\"2026-11-20T00:00:00Z\",\"last_updated\":\"2026-02-01T03:04:05Z\",\
             \"links\":[{{\"rel\":\"self\",\"href\":\"{at}customers/7\"}}]}}],\
             \"hasMore\":false,\"limit\":25,\"offset\":0,\"count\":1,\
             \"links\":[{{\"rel\":\"self\",\"href\":\"{at}customers/\"}},{{\"rel\":\"edit\",\"href\":\"{at}customers/\"}},\
             {{\"rel\":\"describedby\",\"href\":\"{at}metadata-catalog/customers/\"}},\
             {{\"rel\":\"first\",\"href\":\"{at}customers/\"}}]}}"
        )
    );
}

#[test]
fn paging_links_lead_on_and_back() {
    let mut bench = filled(60);
    let base = format!("http://ords.internal:8080{COLLECTION}");
    // query, hasMore, limit, count, first, next, prev
    let pages = [
        ("", true, 25, 25, "", Some("?offset=25"), None),
        ("?offset=25", true, 25, 25, "", Some("?offset=50"), Some("?offset=0")),
        ("?offset=50", false, 25, 10, "", None, Some("?offset=25")),
        ("?offset=35", false, 25, 25, "", None, Some("?offset=10")),
        ("?offset=99", false, 25, 0, "", None, Some("?offset=74")),
        ("?limit=5&offset=10", true, 5, 5, "?limit=5", Some("?offset=15&limit=5"), Some("?offset=5&limit=5")),
        ("?q=%7B%7D&limit=60", false, 60, 60, "?q=%7B%7D&limit=60", None, None),
        ("?limit=2000", false, 1_000, 60, "?limit=1000", None, None),
    ];
    for (query, has_more, limit, count, first, next, prev) in pages {
        let answer = bench.get(&format!("{COLLECTION}{query}"));
        let json = answer.json();
        assert_eq!(json["hasMore"], has_more, "{query}");
        assert_eq!((&json["limit"], &json["count"]), (&json!(limit), &json!(count)), "{query}");
        let full = |rest: &str| format!("{base}{rest}");
        assert_eq!(answer.link("first"), Some(full(first)), "{query}");
        assert_eq!(answer.link("next"), next.map(full), "{query}");
        assert_eq!(answer.link("prev"), prev.map(full), "{query}");
    }
}

#[test]
fn following_next_reads_every_row_once_in_key_order() {
    let mut bench = filled(103);
    let (mut at, mut seen) = (format!("{COLLECTION}?limit=10"), Vec::new());
    loop {
        let answer = bench.get(&at);
        seen.extend(answer.ids());
        match answer.link("next") {
            Some(next) => at = next.strip_prefix("http://ords.internal:8080").expect("our host").to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (1..=103).collect::<Vec<_>>());
}

#[test]
fn links_say_the_host_and_scheme_that_ords_sees() {
    let mut bench = filled(1);
    let forwarded = [("host", "api.example.com"), ("x-forwarded-proto", "https")];
    let answer = bench.call("GET", "/ords/crm/customers/1", &forwarded, "");
    assert_eq!(answer.link("self").as_deref(), Some("https://api.example.com/ords/crm/customers/1"));
    let answer = bench.call("GET", "/ords/crm/customers?q=%7B%7D", &forwarded, "");
    assert_eq!(answer.status, 301);
    assert_eq!(answer.header("location"), Some("https://api.example.com/ords/crm/customers/?q=%7B%7D"));
}

#[test]
fn one_row_stands_with_four_links_and_a_tag_of_its_content() {
    let mut bench = filled(2);
    let answer = bench.get("/ords/crm/customers/2");
    assert_eq!(answer.status, 200);
    let base = "http://ords.internal:8080/ords/crm/";
    for (rel, href) in [
        ("self", "customers/2"),
        ("edit", "customers/2"),
        ("describedby", "metadata-catalog/customers/item"),
        ("collection", "customers/"),
    ] {
        assert_eq!(answer.link(rel), Some(format!("{base}{href}")));
    }
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert_eq!(bench.get("/ords/crm/customers/2").header("etag"), Some(tag.as_str()));
    let collection = bench.get(COLLECTION).header("etag").map(str::to_owned);
    bench.put(json!([{"customer_id": 2, "mobile": "0400 000 000"}])).expect("a change");
    assert_ne!(bench.get("/ords/crm/customers/2").header("etag"), Some(tag.as_str()));
    assert_ne!(bench.get(COLLECTION).header("etag").map(str::to_owned), collection);
}

#[test]
fn as_of_sees_the_table_as_it_was() {
    let mut bench = Bench::new();
    for id in 1..=3 {
        bench.at = Moment::START.plus(id * 60_000);
        bench.put(json!([{"customer_id": id}])).expect("a row");
    }
    let as_of = |bench: &mut Bench, minute: i64, ms: i64| {
        let date = Moment::START.plus(minute * 60_000 + ms).to_string();
        bench.query(&json!({"$asof": {"$date": date}}), "")
    };
    assert_eq!(as_of(&mut bench, 3, 0).ids(), [1, 2, 3]);
    assert_eq!(as_of(&mut bench, 3, -1).ids(), [1, 2]);
    assert_eq!(as_of(&mut bench, 0, 0).ids(), [0_i64; 0]);
    assert_eq!(bench.query(&json!({"$asof": 1_273_919}), "").ids(), [1, 2, 3]);
    assert_eq!(as_of(&mut bench, 4, 0).status, 555, "the future");
    bench.at = Moment::START.plus(20 * 60_000);
    bench.put(json!([{"customer_id": 4}])).expect("a row");
    assert_eq!(as_of(&mut bench, 5, 0).ids(), [1, 2, 3]);
    let gone = as_of(&mut bench, 2, 0);
    assert_eq!(gone.status, 555);
    assert!(gone.text().contains("ORA-08180: no snapshot found"), "{}", gone.text());
}

#[test]
fn a_forked_state_goes_its_own_way() {
    let mut bench = filled(2);
    let before = bench.state.clone();
    bench.put(json!([{"customer_id": 3}, {"customer_id": 1, "email": "new@example.com"}])).expect("changes");
    assert_eq!(before.list("customers", 0, 9).expect("the table").0, 2);
    let (total, rows) = bench.state.list("customers", 0, 1).expect("the table");
    assert_eq!((total, rows[0]["email"].as_str()), (3, Some("new@example.com")));
}

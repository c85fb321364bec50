//! Search against a reading of its rules that knows no index, no key and no order of arrival:
//! every version ever written, looked through from the start for each question.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::*;

/// One version of a record, as written.
struct Written {
    id: u64,
    made: i64,
    changed: i64,
    due: i64,
    archived: bool,
    values: BTreeMap<&'static str, &'static str>,
}

const POOLS: [(&str, &[&str]); 8] = [
    ("text", &["Kim", "kim lee", "LEE", "Ünal", "zed-7", "a b c"]),
    ("phone", &["0412", "+61 412", "0412 345"]),
    ("number", &["1", "1.0", "-2.5", "10", "007", "odd"]),
    ("flag", &["true", "false"]),
    ("one", &["a", "B", "b"]),
    ("many", &["a", "a;b", "b;c", "C"]),
    ("day", &["2026-01-01", "2026-01-02", "2026-03-01"]),
    ("instant", &["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "1767225601000"]),
];

const MILLISECONDS: [(&str, f64); 6] = [
    ("2026-01-01", 1_767_225_600_000.0),
    ("2026-01-02", 1_767_312_000_000.0),
    ("2026-03-01", 1_772_323_200_000.0),
    ("2026-01-01T00:00:00Z", 1_767_225_600_000.0),
    ("2026-01-01T00:00:00.5Z", 1_767_225_600_500.0),
    ("1767225601000", 1_767_225_601_000.0),
];

/// A world of writes, drawn from a seed, and the same writes as plain data.
struct Case {
    seed: Seed,
    drawn: u64,
    of: Arc<ObjectType>,
    view: View,
    written: Vec<Written>,
    now: i64,
}

impl Case {
    fn new(seed: u64) -> Self {
        Self { seed: Seed(seed), drawn: 0, of: things(), view: View::new(), written: Vec::new(), now: 0 }
    }

    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        (self.seed.draw("model", self.drawn) % n as u64) as usize
    }

    fn write(&mut self) {
        let version = self.written.len() as u64 + 1;
        let id = self.below(30) as u64 + 1;
        let last = self.written.iter().rev().find(|written| written.id == id);
        let (made, mut values) = last.map_or((self.now, BTreeMap::new()), |last| (last.made, last.values.clone()));
        for (name, pool) in POOLS {
            match self.below(4) {
                0 => {
                    let place = self.below(pool.len());
                    values.insert(name, pool[place]);
                }
                1 => {
                    values.remove(name);
                }
                _ => {}
            }
        }
        let (archived, due) = (self.below(8) == 0, self.now + self.below(40) as i64);
        let stored: Vec<_> = values.iter().map(|(name, text)| (*name, *text)).collect();
        let mut record = record(&self.of, id, Moment(made), version, &stored);
        record.updated = Moment(self.now);
        record.archived = archived.then_some(Moment(self.now));
        self.view.note(&self.of, Arc::new(record), Moment(due), Moment(self.now));
        self.written.push(Written { id, made, changed: self.now, due, archived, values });
    }

    /// For each id, the newest version that is due.
    fn visible(&self) -> Vec<&Written> {
        let mut newest = BTreeMap::new();
        for written in self.written.iter().filter(|written| written.due <= self.now) {
            newest.insert(written.id, written);
        }
        newest.into_values().filter(|written| !written.archived).collect()
    }

    fn filter(&mut self) -> Json {
        let computed = self.below(6);
        if computed < 2 {
            let name = ["id", "changed"][computed];
            let operator = ["EQ", "GT", "LTE", "IN", "NEQ"][self.below(5)];
            let most = if computed == 0 { 32 } else { self.now as usize + 2 };
            let value = self.below(most).to_string();
            return match operator {
                "IN" => json!({ "propertyName": name, "operator": "IN", "values": [value, "3"] }),
                _ => json!({ "propertyName": name, "operator": operator, "value": value }),
            };
        }
        let (name, pool) = POOLS[self.below(POOLS.len())];
        let operators: &[&str] = match name {
            "text" | "phone" => {
                &["EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"]
            }
            "flag" => &["EQ", "NEQ", "HAS_PROPERTY", "NOT_HAS_PROPERTY"],
            "one" | "many" => &["EQ", "NEQ", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"],
            _ => {
                &["EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"]
            }
        };
        let sound: Vec<_> = pool.iter().copied().filter(|text| *text != "odd").collect();
        let operator = operators[self.below(operators.len())];
        let (one, two) = (sound[self.below(sound.len())], sound[self.below(sound.len())]);
        match operator {
            "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => json!({ "propertyName": name, "operator": operator }),
            "IN" | "NOT_IN" => {
                let two = if name == "text" { two.to_lowercase() } else { two.to_owned() };
                json!({ "propertyName": name, "operator": operator, "values": [one, two] })
            }
            "BETWEEN" => json!({ "propertyName": name, "operator": operator, "value": one, "highValue": two }),
            _ => json!({ "propertyName": name, "operator": operator, "value": one }),
        }
    }

    fn question(&mut self) -> Json {
        let groups: Vec<_> = (0..self.below(4))
            .map(|_| json!({ "filters": (0..=self.below(3)).map(|_| self.filter()).collect::<Vec<_>>() }))
            .collect();
        let mut body = json!({ "filterGroups": groups, "after": self.below(12), "limit": self.below(12) + 1 });
        if self.below(3) > 0 {
            let names = ["text", "number", "day", "instant", "id", "made", "changed", "flag"];
            let direction = ["ASCENDING", "DESCENDING"][self.below(2)];
            body["sorts"] = json!([{ "propertyName": names[self.below(names.len())], "direction": direction }]);
        }
        body
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Number(f64),
    Text(String),
}

fn order(a: &Plain, b: &Plain) -> Ordering {
    match (a, b) {
        (Plain::Number(a), Plain::Number(b)) => a.partial_cmp(b).unwrap(),
        (Plain::Text(a), Plain::Text(b)) => a.cmp(b),
        (Plain::Number(_), Plain::Text(_)) => Ordering::Less,
        (Plain::Text(_), Plain::Number(_)) => Ordering::Greater,
    }
}

fn plain(name: &str, text: &str) -> Plain {
    match name {
        "number" | "id" | "changed" | "made" => text.parse().map_or_else(|_| Plain::Text(text.into()), Plain::Number),
        "day" | "instant" => Plain::Number(MILLISECONDS.iter().find(|(known, _)| *known == text).unwrap().1),
        "one" | "many" => Plain::Text(text.into()),
        _ => Plain::Text(text.to_lowercase()),
    }
}

fn stored(written: &Written, name: &str) -> Option<String> {
    match name {
        "id" => Some(written.id.to_string()),
        "made" => Some(written.made.to_string()),
        "changed" => Some(written.changed.to_string()),
        _ => written.values.get(name).map(|text| (*text).to_owned()),
    }
}

fn passes(written: &Written, filter: &Json) -> bool {
    let name = filter["propertyName"].as_str().unwrap();
    let mut has: Vec<Plain> = Vec::new();
    if let Some(text) = stored(written, name) {
        has.push(plain(name, &text));
        if name == "many" {
            has.extend(text.split(';').map(|part| plain(name, part)));
        }
    }
    let given = |member: &str| plain(name, filter[member].as_str().unwrap());
    let any = |wanted: &[Ordering], than: Plain| {
        let same_form = |value: &&Plain| matches!(value, Plain::Number(_)) == matches!(than, Plain::Number(_));
        has.iter().filter(same_form).any(|value| wanted.contains(&order(value, &than)))
    };
    let listed = || {
        filter["values"].as_array().unwrap().iter().any(|value| {
            let text = value.as_str().unwrap();
            // The values of a text are compared as they stand.
            let value = if matches!(name, "text" | "phone") { Plain::Text(text.into()) } else { plain(name, text) };
            has.contains(&value)
        })
    };
    use Ordering::{Equal, Greater, Less};
    match filter["operator"].as_str().unwrap() {
        "EQ" => any(&[Equal], given("value")),
        "NEQ" => !any(&[Equal], given("value")),
        "LT" => any(&[Less], given("value")),
        "LTE" => any(&[Less, Equal], given("value")),
        "GT" => any(&[Greater], given("value")),
        "GTE" => any(&[Greater, Equal], given("value")),
        "BETWEEN" => any(&[Greater, Equal], given("value")) && any(&[Less, Equal], given("highValue")),
        "IN" => listed(),
        "NOT_IN" => !listed(),
        "HAS_PROPERTY" => !has.is_empty(),
        "NOT_HAS_PROPERTY" => has.is_empty(),
        other => panic!("{other}"),
    }
}

fn answer(case: &Case, body: &Json) -> (u64, Vec<u64>, Option<u64>) {
    let groups = body["filterGroups"].as_array().unwrap();
    let mut matches: Vec<_> = case
        .visible()
        .into_iter()
        .filter(|written| {
            groups.is_empty()
                || groups
                    .iter()
                    .any(|group| group["filters"].as_array().unwrap().iter().all(|filter| passes(written, filter)))
        })
        .collect();
    if let Some(sort) = body["sorts"].get(0) {
        let name = sort["propertyName"].as_str().unwrap();
        let descending = sort["direction"] == "DESCENDING";
        matches.sort_by(|a, b| {
            let key = |written: &Written| stored(written, name).map(|text| plain(name, &text));
            let by_value = match (key(a), key(b)) {
                (Some(a), Some(b)) => order(&a, &b),
                (None, None) => Ordering::Equal,
                (None, Some(_)) => return Ordering::Greater,
                (Some(_), None) => return Ordering::Less,
            };
            let ascending = by_value.then(a.id.cmp(&b.id));
            if descending { ascending.reverse() } else { ascending }
        });
    }
    let (after, limit) = (body["after"].as_u64().unwrap(), body["limit"].as_u64().unwrap());
    let page: Vec<_> = matches.iter().skip(after as usize).take(limit as usize).map(|written| written.id).collect();
    let total = matches.len() as u64;
    let next = (after + limit < total).then_some(after + limit);
    (total, page, next)
}

#[test]
fn search_finds_what_a_plain_reading_finds() {
    for seed in 0..300 {
        let mut case = Case::new(seed);
        // Some indexes exist from the start, some are made among the writes, some after them.
        let early = case.question();
        plan(&mut case.view, &case.of, &early, 0).unwrap();
        let mut held: Option<(Search, _)> = None;
        for _ in 0..120 {
            match case.below(4) {
                0 => case.now += case.below(25) as i64,
                1 | 2 => case.write(),
                _ => {
                    let body = case.question();
                    let asked = plan(&mut case.view, &case.of, &body, case.now).unwrap();
                    let asked = (asked, (answer(&case, &body), format!("seed {seed} at {} of {body}", case.now)));
                    // Now and then a search is run only after more was written and asked.
                    let ready = if case.below(3) == 0 { held.replace(asked) } else { Some(asked) };
                    if let Some((search, (want, told))) = ready {
                        let found = search.run();
                        assert_eq!((found.total, ids(&found), found.next_after), want, "{told}");
                    }
                }
            }
        }
    }
}

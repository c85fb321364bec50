//! `privacy.excluded`: what never leaves the master does not go to the copy, in whichever property or text, however
//! it is escaped on the way. A value of a few characters could stand anywhere, and is not looked for; nor is one
//! that some row of the master has in a column that may travel.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Rule, Tally};
use crate::digest::{Call, Digest, Seen, find_text, text_of, unescaped};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "What never leaves the master is in no call to the copy.";

/// Shorter texts are found by chance.
const CHARS_MIN: usize = 5;

struct Excluded<'d> {
    digest: &'d Digest<'d>,
    /// What stands in a column that may travel, of any row, at any time.
    permitted: BTreeSet<String>,
    /// The excluded values that were read: the column, and the call that read it first.
    read: BTreeMap<String, (&'d str, u64)>,
    /// Something was written to the copy after that.
    wrote: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let permitted = permitted(digest);
    Box::new(Excluded { digest, permitted, read: BTreeMap::new(), wrote: false, tally: Tally::default() })
}

/// What the journal tells of columns that may travel: by changes of rows, and by what was read of them.
fn permitted(digest: &Digest<'_>) -> BTreeSet<String> {
    let excluded = &digest.contract.governance.excluded;
    let mut permitted = BTreeSet::new();
    if excluded.is_empty() {
        return permitted;
    }
    let rows = digest.changes.iter().filter(|change| change.side == Owner::Master).map(|change| &change.after);
    for (column, text) in rows.flat_map(|row| row.iter()) {
        if !excluded.contains(column) && !permitted.contains(text) {
            permitted.insert(text.clone());
        }
    }
    let read = digest.calls.iter().filter(|call| call.side == Some(Owner::Master) && call.succeeded());
    read.filter_map(Call::response).for_each(|body| permit(body, excluded, &mut permitted));
    permitted
}

fn permit(body: &Value, excluded: &[String], permitted: &mut BTreeSet<String>) {
    match body {
        Value::Array(items) => items.iter().for_each(|item| permit(item, excluded, permitted)),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !excluded.contains(name))
            .for_each(|(_, member)| permit(member, excluded, permitted)),
        scalar => permitted.extend(text_of(scalar)),
    }
}

impl<'d> Rule<'d> for Excluded<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        match call.side {
            Some(Owner::Master) if call.succeeded() => {
                if let Some(body) = call.response() {
                    self.note(body, call.n);
                }
            }
            Some(Owner::Copy) if !self.read.is_empty() => {
                self.wrote |= call.verb.writes();
                self.search(call);
            }
            _ => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let reason = match self.tally.exercised() {
            0 => "no row with an excluded field was read",
            _ => "nothing was written to the copy after a row with an excluded field had been read",
        };
        if !self.wrote {
            self.tally.unexercise();
        }
        self.tally.verdict(reason)
    }
}

impl<'d> Excluded<'d> {
    /// Remembers the excluded values of the rows in an answer.
    fn note(&mut self, body: &'d Value, n: u64) {
        match body {
            Value::Array(items) => items.iter().for_each(|item| self.note(item, n)),
            Value::Object(members) => {
                let excluded = &self.digest.contract.governance.excluded;
                for column in excluded {
                    let Some(text) = members.get(column).and_then(text_of) else { continue };
                    if text.chars().count() >= CHARS_MIN && !self.permitted.contains(&text) {
                        self.tally.exercise();
                        self.read.entry(text).or_insert((column, n));
                    }
                }
                members
                    .values()
                    .filter(|member| member.is_array() || member.is_object())
                    .for_each(|member| self.note(member, n));
            }
            _ => {}
        }
    }

    fn search(&mut self, call: &'d Call<'d>) {
        let target = unescaped(&call.what.target.replace('+', " "));
        let in_body = || match (call.request(), &call.what.request_body) {
            (Some(body), _) => find_text(body, &mut |text| self.carried(text)),
            (None, Some(body)) => {
                let text = String::from_utf8_lossy(&body.0);
                self.carried(&text).or_else(|| self.carried(&unescaped(&text.replace('+', " "))))
            }
            (None, None) => None,
        };
        let found = self.carried(&call.what.target).or_else(|| self.carried(&target)).or_else(in_body);
        if let Some((column, n)) = found {
            let what = format!("at {} {} carried a {column} to the copy", self.digest.hms(call.at), call.said());
            self.tally.broken([n, call.n], what);
        }
    }
}

impl<'d> Excluded<'d> {
    /// What of the excluded stands in a text: its column, and the call that read it.
    fn carried(&self, text: &str) -> Option<(&'d str, u64)> {
        let word = text.split(|c: char| !c.is_alphanumeric()).find_map(|word| self.read.get(word));
        // A value that is no single word stands somewhere in the text, or not at all.
        let words = || self.read.iter().find(|(value, _)| !is_word(value) && text.contains(value.as_str()));
        word.or_else(|| words().map(|(_, read)| read)).copied()
    }
}

fn is_word(value: &str) -> bool {
    value.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::PrivacyExcluded;
    use crate::clauses::story::{CUSTOMERS, SEARCH, Story, UPSERT, batch};

    fn read(loyalty_no: Value) -> Story {
        let mut story = Story::with(&[]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.but("response_body", json!({"items": [{"email": "a@example.com", "loyalty_no": loyalty_no}]}));
        story
    }

    #[test]
    fn a_value_in_any_property_breaks_it() {
        let mut story = read(json!("L00000001"));
        story.untested(PrivacyExcluded);
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.kept(PrivacyExcluded);
        let body = json!({"inputs": [{"id": "a@example.com", "properties": {"message": "Member L00000001, gold"}}]});
        story.wait("1s").call(UPSERT, 400, body);
        story.broken(
            PrivacyExcluded,
            &[1, 3],
            "at 00:00:01 POST /crm/v3/objects/contacts/batch/upsert carried a loyalty_no",
        );
    }

    #[test]
    fn a_value_of_several_words_is_found_in_a_search_too() {
        let mut story = read(json!("L-0000 1"));
        story.call(SEARCH, 200, json!({"query": "L-0000 1"}));
        story.broken(PrivacyExcluded, &[1, 2], "carried a loyalty_no");
    }

    #[test]
    fn rows_without_it_and_texts_found_by_chance_test_nothing() {
        for text in [Value::Null, json!("7"), json!("a@example.com")] {
            let mut story = read(text);
            story.call(UPSERT, 200, batch(&["a@example.com"]));
            story.untested(PrivacyExcluded);
        }
    }
    #[test]
    fn however_it_is_escaped_it_is_found() {
        let sent = |asked: &str, body: Option<&str>| {
            let mut story = read(json!("Zo\u{eb} & Co"));
            story.call(asked, 200, Value::Null);
            if let Some(body) = body {
                story.but("request_body", body.into());
            }
            story
        };
        let body = r#"{"inputs":[{"properties":{"message":"It is Zo\u00eb \u0026 Co!"}}]}"#;
        sent(UPSERT, Some(body)).broken(PrivacyExcluded, &[1, 2], "carried a loyalty_no");
        for query in ["Zo%C3%AB%20%26%20Co", "Zo%C3%AB+%26+Co"] {
            let asked = format!("GET /crm/v3/objects/contacts?note={query}");
            sent(&asked, None).broken(PrivacyExcluded, &[1, 2], "carried a loyalty_no");
        }
        let asked = "POST /crm/v3/objects/contacts";
        sent(asked, Some("note=Zo%C3%AB+%26+Co")).broken(PrivacyExcluded, &[1, 2], "carried a loyalty_no");
    }

    #[test]
    fn what_another_row_has_in_a_column_that_may_travel_is_not_looked_for() {
        let rows = json!({"items": [
            {"email": "a@example.com", "loyalty_no": "Marigold"}, {"email": "b@example.com", "loyalty_no": "L00000001"},
            {"email": "c@example.com", "first_name": "Marigold"},
        ]});
        let mut story = Story::with(&[]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.but("response_body", rows);
        story.call(UPSERT, 200, json!({"inputs": [{"properties": {"firstname": "Marigold"}}]}));
        story.kept(PrivacyExcluded);
        let mut story = Story::with(&[("3", json!({"first_name": "L00000001"}))]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.but("response_body", json!({"items": [{"loyalty_no": "L00000001"}]}));
        story.call(UPSERT, 200, json!({"inputs": [{"properties": {"firstname": "L00000001"}}]}));
        story.untested(PrivacyExcluded);
    }
}

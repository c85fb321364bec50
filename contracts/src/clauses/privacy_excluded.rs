//! `privacy.excluded`: what never leaves the master does not go to the copy, in whichever property or text. A value
//! of a few characters could stand anywhere, and is not looked for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Rule, Tally};
use crate::digest::{Call, Digest, Seen, text_of};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "What never leaves the master is in no call to the copy.";

/// Shorter texts are found by chance.
const CHARS_MIN: usize = 5;

struct Excluded<'d> {
    digest: &'d Digest<'d>,
    /// The excluded values that were read: the column, and the call that read it first.
    read: BTreeMap<String, (&'d str, u64)>,
    /// Something was written to the copy after that.
    wrote: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Excluded { digest, read: BTreeMap::new(), wrote: false, tally: Tally::default() })
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
                    // A row that has the same text in a field that may travel says nothing.
                    let twice = members
                        .iter()
                        .any(|(name, other)| !excluded.contains(name) && text_of(other).as_ref() == Some(&text));
                    if text.chars().count() >= CHARS_MIN && !twice {
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
        let body = call.what.request_body.as_ref().map(|body| String::from_utf8_lossy(&body.0));
        let texts = [body.as_deref().unwrap_or_default(), call.what.target.as_str()];
        let found = texts.iter().find_map(|text| {
            let words = || text.split(|c: char| !c.is_alphanumeric());
            let word = words().find_map(|word| self.read.get(word));
            // A value that is no single word stands somewhere in the text, or not at all.
            word.or_else(|| {
                self.read
                    .iter()
                    .find(|(value, _)| !is_word(value) && text.contains(value.as_str()))
                    .map(|(_, read)| read)
            })
        });
        if let Some((column, n)) = found {
            let what = format!("at {} {} carried a {column} to the copy", self.digest.hms(call.at), call.said());
            self.tally.broken([*n, call.n], what);
        }
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
}

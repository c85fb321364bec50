//! Reading a scenario's file: every step held against the list of words, everything wrong told at once.

use std::collections::BTreeSet;

use contracts::{Clause, nearest};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use sim::{Moment, parse_span};

use super::form::{Misfit, misfits};
use super::word::{Part, Word};
use crate::text::{Malformed, Members, Source, Wrong};

/// A scenario, read and checked.
#[derive(Clone, Debug)]
pub struct Script {
    /// What reports and `--filter` call it: its file's name without folder and ending.
    pub name: String,
    /// Its file, as it was named; where a replay finds it.
    pub file: String,
    pub title: String,
    pub given: Vec<Step>,
    pub when: Vec<Step>,
    pub then: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    pub(crate) word: Word,
    /// What follows the word, `${...}` not yet filled in.
    pub(crate) what: Value,
    /// How long it may take to hold, in milliseconds of world time.
    pub(crate) within_ms: Option<i64>,
    /// The steps of a `repeat`.
    pub(crate) steps: Vec<Step>,
    pub(crate) line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: String,
    #[serde(default)]
    given: Vec<Spanned<Members>>,
    #[serde(default)]
    when: Vec<Spanned<Members>>,
    #[serde(default)]
    then: Vec<Spanned<Members>>,
}

impl Script {
    /// Reads a scenario's file. `file` is what diagnostics and replay lines call it.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Malformed> {
        let source = Source { name: file, text };
        if source.is_blank() {
            let mend = "begin with `scenario: TITLE`, and `given`, `when`, `then` with steps; \
                        `standin schema scenario` says what it may hold";
            return Err(source.blank(mend));
        }
        let read: File = source.read()?;
        let mut reader = Reader { source, wrong: Vec::new(), clauses_asked: false };
        let given = reader.steps(read.given, Part::Given);
        let when = reader.steps(read.when, Part::When);
        let then = reader.steps(read.then, Part::Then);
        if !reader.wrong.is_empty() {
            return Err(source.malformed(reader.wrong));
        }
        let name = file.rsplit('/').next().unwrap_or(file);
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name).to_owned();
        Ok(Self { name, file: file.to_owned(), title: read.scenario, given, when, then })
    }

    /// When its world begins, if it says so.
    #[must_use]
    pub fn start(&self) -> Option<Moment> {
        self.given.iter().find(|step| step.word == Word::Clock)?.what.as_str()?.parse().ok()
    }

    /// The clauses that it names, each once; `None` where it asks for all.
    pub(crate) fn clauses(&self) -> Option<Vec<Clause>> {
        let step = self.then.iter().find(|step| step.word == Word::Clauses)?;
        let ids = step.what.as_array()?.iter().filter_map(Value::as_str);
        let named: BTreeSet<Clause> = ids.filter_map(|id| id.parse().ok()).collect();
        Some(named.into_iter().collect())
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.given.iter().chain(&self.when).chain(&self.then).flat_map(Step::with_inner)
    }
}

impl Step {
    fn with_inner(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        Box::new(std::iter::once(self).chain(self.steps.iter().flat_map(Self::with_inner)))
    }
}

struct Reader<'a> {
    source: Source<'a>,
    wrong: Vec<Wrong>,
    /// Whether a step has said which clauses are judged.
    clauses_asked: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, at: Location, what: String, mend: Option<String>) {
        self.wrong.push(self.source.wrong(at, what, mend));
    }

    fn steps(&mut self, steps: Vec<Spanned<Members>>, part: Part) -> Vec<Step> {
        steps.into_iter().filter_map(|step| self.step(step, part)).collect()
    }

    fn step(&mut self, step: Spanned<Members>, part: Part) -> Option<Step> {
        let mut within_ms = None;
        let mut named = None;
        for (key, value) in step.value.0 {
            if key.value == "within" && part == Part::Then {
                within_ms = self.span(&value.value, value.referenced);
            } else if part == Part::Then
                && Word::find(&key.value).is_none()
                && nearest(&key.value, ["within"]).is_some()
            {
                let mend = Some("did you mean `within`?".to_owned());
                self.wrong(key.referenced, format!("a step has no `{}` beside its word", key.value), mend);
            } else if named.is_some() {
                let mend = "begin a step of its own with a dash".to_owned();
                self.wrong(key.referenced, format!("a step has one word, and `{}` is a second", key.value), Some(mend));
            } else {
                named = Some((key, value));
            }
        }
        let Some((key, value)) = named else {
            self.wrong(step.referenced, "a step without a word".to_owned(), Some(words(part)));
            return None;
        };
        let Some(word) = Word::find(&key.value) else {
            let known: Vec<_> =
                Word::all().filter(|word| word.parts().contains(&part)).map(|w| w.to_string()).collect();
            let near = nearest(&key.value, known.iter().map(String::as_str));
            let mend = near.map_or_else(|| words(part), |near| format!("did you mean `{near}`?"));
            self.wrong(key.referenced, format!("there is no step `{}`", key.value), Some(mend));
            return None;
        };
        if !word.parts().contains(&part) {
            let parts: Vec<_> = word.parts().iter().map(|part| format!("`{part}`")).collect();
            self.wrong(key.referenced, format!("`{word}` stands in {}, not in `{part}`", parts.join(" and ")), None);
            return None;
        }
        if word == Word::Clauses && std::mem::replace(&mut self.clauses_asked, true) {
            let mend = "name all of them in one".to_owned();
            self.wrong(key.referenced, "a second `clauses`".to_owned(), Some(mend));
        }
        let steps = self.inner(word, &value, part);
        for Misfit { what, mend } in misfits(word, &value.value, false) {
            self.wrong(value.referenced, what, mend);
        }
        let what = if value.value.is_null() { Value::Object(serde_json::Map::new()) } else { value.value };
        Some(Step { word, what, within_ms, steps, line: key.referenced.line() })
    }

    /// The steps inside a `repeat`; their places are lost, so they are told by the repeat's.
    fn inner(&mut self, word: Word, value: &Spanned<Value>, part: Part) -> Vec<Step> {
        let inner = value.value.get("steps").and_then(Value::as_array).filter(|_| word == Word::Repeat);
        let mut steps = Vec::new();
        for step in inner.into_iter().flatten() {
            let members = step.as_object().into_iter().flatten();
            let members = members
                .map(|(name, what)| {
                    (
                        Spanned::new(name.clone(), value.referenced, value.defined),
                        Spanned::new(what.clone(), value.referenced, value.defined),
                    )
                })
                .collect();
            steps.extend(self.step(Spanned::new(Members(members), value.referenced, value.defined), part));
        }
        steps
    }

    /// How long a step may take to hold: written out, as it is no part of what follows the word.
    fn span(&mut self, value: &Value, at: Location) -> Option<i64> {
        let span = value.as_str().map(parse_span);
        if let Some(Ok(ms)) = span {
            return Some(ms);
        }
        let mend = "write a whole number and a unit: 500ms, 10s, 5m, 24h or 7d".to_owned();
        self.wrong(at, format!("{value} is no span of time"), Some(mend));
        None
    }
}

fn words(part: Part) -> String {
    let known: Vec<_> = Word::all().filter(|word| word.parts().contains(&part)).map(|word| word.to_string()).collect();
    format!("in `{part}` there may be: {}", known.join(", "))
}

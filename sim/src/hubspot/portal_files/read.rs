//! Saved answers as definitions: each file is parsed by its endpoint. What they mean together is another's.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::endpoint::{Endpoint, NAMING, level};
use super::places::Step::{Item, Key};
use super::places::{self, Step};
use super::problem::{PortalProblem, Source};
use super::report::{PortalFile, Unknown};
use super::rows::{GroupRow, LabelRow, PipelineRow, PropertyRow, Row, SchemaRow, TypeRow};
use crate::words;

/// Definitions with their places in the answer's list.
pub(super) type List<T> = Vec<(usize, T)>;

#[derive(Debug)]
pub(super) enum Rows {
    Properties(List<PropertyRow>),
    Groups(List<GroupRow>),
    Schemas(List<SchemaRow>),
    Pipelines(List<PipelineRow>),
    Labels(List<LabelRow>),
    Types(List<TypeRow>),
    Lists,
}

/// A file that is an endpoint's answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) source: Source,
    pub(super) endpoint: Endpoint,
    pub(super) rows: Rows,
    pub(super) report: PortalFile,
}

impl Answer {
    /// The way to a definition, and on from there.
    pub(super) fn path<'a>(&self, place: usize, on: &[Step<'a>]) -> Vec<Step<'a>> {
        match self.endpoint {
            Endpoint::Schema(_) => on.to_vec(),
            _ => [&[Key("results"), Item(place)], on].concat(),
        }
    }

    pub(super) fn wrong(&self, place: usize, on: &[Step<'_>], what: &str, mend: impl Into<String>) -> PortalProblem {
        self.source.wrong(&self.path(place, on), what, mend)
    }
}

/// All files of a folder.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) answers: Vec<Answer>,
    /// What is no answer of an endpoint, or cannot be read.
    pub(super) others: Vec<PortalFile>,
    pub(super) problems: Vec<PortalProblem>,
}

/// `problems` are those of files that could not be read.
pub(super) fn all(files: Vec<(String, String)>, problems: Vec<PortalProblem>) -> Read {
    let mut read = Read { problems, ..Read::default() };
    for (name, text) in files {
        let mut report = PortalFile { name: name.clone(), ..PortalFile::default() };
        let Some(endpoint) = Endpoint::of(&name) else {
            // How a file is called is told once.
            let how = if read.others.is_empty() { format!(": {NAMING}") } else { String::new() };
            report.notes.push(format!("passed over, its name is no endpoint's{how}"));
            read.others.push(report);
            continue;
        };
        report.what = endpoint.what().to_owned();
        let source = Source { name, text: Arc::from(text.trim_start_matches('\u{feff}')) };
        let mut reader = Reader { source: &source, problems: Vec::new(), unknown: Unknown::default() };
        let rows = reader.rows(&endpoint, &mut report);
        report.notes.extend(reader.unknown.note());
        let failed = reader.problems.len();
        read.problems.append(&mut reader.problems);
        match rows {
            Some(rows) => read.answers.push(Answer { source, endpoint, rows, report }),
            None => {
                debug_assert!(failed > 0, "a file without rows has a problem");
                read.others.push(report);
            }
        }
    }
    if read.answers.is_empty() && read.problems.is_empty() {
        let what = "there is no saved answer in it";
        let level = read.others.iter().find_map(|file| level(&file.name));
        read.problems.push(PortalProblem::of("the folder", what, level.as_deref().unwrap_or(NAMING)));
    }
    read
}

struct Reader<'s> {
    source: &'s Source,
    problems: Vec<PortalProblem>,
    unknown: Unknown,
}

impl Reader<'_> {
    fn rows(&mut self, endpoint: &Endpoint, report: &mut PortalFile) -> Option<Rows> {
        let Value::Object(mut body) = self.value()? else { return self.no_answer(endpoint, &[], "is no object") };
        if body.get("status").and_then(Value::as_str) == Some("error") {
            return self.failed(&body);
        }
        if let Endpoint::Schema(_) = endpoint {
            return self.list(vec![Value::Object(body)], endpoint).map(Rows::Schemas);
        }
        if matches!(endpoint, Endpoint::Lists) {
            return self.lists(&body, report);
        }
        if body.get("paging").is_some_and(|paging| paging["next"]["after"].is_string()) {
            report
                .notes
                .push("pages are missing: `paging.next` is there, so save the rest and join the `results`".to_owned());
        }
        let Some(Value::Array(results)) = body.remove("results") else {
            return self.no_answer(endpoint, &[], "there is no list `results`");
        };
        let empty = results.is_empty();
        match endpoint {
            Endpoint::Properties(_) => self.list(results, endpoint).map(Rows::Properties),
            Endpoint::Groups(_) => self.list(results, endpoint).map(Rows::Groups),
            Endpoint::Schemas | Endpoint::Schema(_) => self.list(results, endpoint).map(Rows::Schemas),
            Endpoint::Pipelines(_) => self.list(results, endpoint).map(Rows::Pipelines),
            Endpoint::Labels(..) => self.list(results, endpoint).map(Rows::Labels),
            Endpoint::Types(..) => self.list(results, endpoint).map(Rows::Types),
            Endpoint::Lists => Some(Rows::Lists),
        }
        .inspect(|rows| {
            report.found = rows.len();
            if empty && matches!(endpoint, Endpoint::Properties(_) | Endpoint::Groups(_)) {
                report.notes.push("nothing is in it, and every portal has some: run the GET once more".to_owned());
            }
        })
    }

    fn value(&mut self) -> Option<Value> {
        let text = self.source.text.trim_start();
        let start = self.source.text.len() - text.len();
        let save = "run the GET once more: curl -f leaves no file where it fails";
        if text.is_empty() {
            self.problems.push(PortalProblem::of(&self.source.name, "the file is empty", save));
            return None;
        }
        if text.starts_with('<') {
            let what = "a web page was saved in place of an answer";
            let mend = "look at the address: the API answers at https://api.hubapi.com, and an unknown path is a page";
            self.problems.push(self.source.at(start, what, mend));
            return None;
        }
        match serde_json::from_str(&self.source.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let lines: usize =
                    self.source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or_default();
                let problem = self.source.at(lines + error.column().saturating_sub(1), format!("no JSON: {why}"), save);
                self.problems.push(problem);
                None
            }
        }
    }

    /// The vendor's refusal was saved.
    fn failed(&mut self, body: &Map<String, Value>) -> Option<Rows> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (message, category) = (text("message"), text("category"));
        let named = if category.is_empty() { String::new() } else { format!("{category}: ") };
        let what = format!("the GET failed, and its refusal was saved: {named}{message}");
        let mend = match category {
            "MISSING_SCOPES" => "give the token the scopes that the message names, and run the GET again",
            "INVALID_AUTHENTICATION" | "EXPIRED_AUTHENTICATION" => "run the GET again with a token of this portal",
            "RATE_LIMITS" | "RATE_LIMIT" => "wait a little and run the GET again",
            _ => "mend what the message says and run the GET again, or take the file out",
        };
        self.problems.push(self.source.at(0, what, mend));
        None
    }

    fn no_answer(&mut self, endpoint: &Endpoint, path: &[Step<'_>], why: &str) -> Option<Rows> {
        let problem = self.strange(endpoint, path, why);
        self.problems.push(problem);
        None
    }

    fn strange(&self, endpoint: &Endpoint, path: &[Step<'_>], why: &str) -> PortalProblem {
        let part = places::written(path);
        let why = if part.is_empty() { why.to_owned() } else { format!("`{part}` {why}") };
        let what = format!("no answer with {}: {why}", endpoint.what());
        let offset = places::offset(&self.source.text, path);
        self.source.at(offset, what, "save the answer of the endpoint that the file is called by, as it comes")
    }

    fn list<T: Row>(&mut self, results: Vec<Value>, endpoint: &Endpoint) -> Option<List<T>> {
        let single = matches!(endpoint, Endpoint::Schema(_));
        let found = results.len();
        let (mut list, mut lacking) = (Vec::with_capacity(found), Vec::new());
        for (place, value) in results.into_iter().enumerate() {
            let path = if single { Vec::new() } else { vec![Key("results"), Item(place)] };
            let known = value.clone();
            match serde_json::from_value::<T>(value) {
                Ok(mut row) => {
                    if let Some(name) = row.lacks() {
                        lacking.push(self.strange(endpoint, &path, &format!("has no `{name}`")));
                        continue;
                    }
                    row.more(&mut self.unknown);
                    list.push((place, row));
                }
                Err(error) => {
                    let problem = self.misfit::<T>(&known, &path, &error.to_string());
                    self.problems.push(problem);
                }
            }
        }
        // If it is none of them, the whole is another endpoint's answer, which is one fault.
        let lacked = lacking.len();
        lacking.truncate(if lacked == found { 1 } else { found });
        self.problems.append(&mut lacking);
        (found == 0 || lacked < found).then_some(list)
    }

    /// Says which member of a definition does not fit.
    fn misfit<T: Row>(&self, value: &Value, path: &[Step<'_>], why: &str) -> PortalProblem {
        let alone = |(name, value): (&String, &Value)| {
            let member = Map::from_iter([(name.clone(), value.clone())]);
            serde_json::from_value::<T>(member.into()).err().map(|error| (name.clone(), error.to_string()))
        };
        let guilty = value.as_object().and_then(|members| members.iter().find_map(alone));
        let mend = "save the answer as it comes";
        match &guilty {
            Some((name, why)) => {
                let path = [path, &[Key(name)]].concat();
                self.source.wrong(&path, &format!("does not fit: {}", words::plain(why)), mend)
            }
            None => self.source.wrong(path, &format!("does not fit: {}", words::plain(why)), mend),
        }
    }

    fn lists(&mut self, body: &Map<String, Value>, report: &mut PortalFile) -> Option<Rows> {
        let list = |name: &str| body.get(name).and_then(Value::as_array).map(Vec::len);
        let Some(count) = list("lists").or(list("results")).or(body.get("list").map(|_| 1)) else {
            return self.no_answer(&Endpoint::Lists, &[], "there is no list `lists`");
        };
        (report.found, report.aside) = (count, count);
        report.notes.push("kept aside: the lists API is not simulated yet".to_owned());
        if body.get("hasMore") == Some(&Value::Bool(true)) {
            report.notes.push("pages are missing: `hasMore` is true".to_owned());
        }
        Some(Rows::Lists)
    }
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Self::Properties(list) => list.len(),
            Self::Groups(list) => list.len(),
            Self::Schemas(list) => list.len(),
            Self::Pipelines(list) => list.len(),
            Self::Labels(list) => list.len(),
            Self::Types(list) => list.len(),
            Self::Lists => 0,
        }
    }
}

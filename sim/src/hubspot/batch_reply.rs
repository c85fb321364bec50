//! What a batch answers: its records, and what became of the inputs that failed. With a trace id of
//! its own on every input a failure is told beside the successes; else one failure is the whole answer.

use std::sync::Arc;

use compact_str::CompactString;
use http::{StatusCode, header};
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::body::Input;
use super::errors::{JSON, Problem};
use super::record::Record;
use super::validate::{self, Invalid};
use super::wire::{self, Extras, Style};
use crate::Moment;
use crate::message::{Body, Reply};

/// One record of a batch's answer.
pub(crate) struct Item {
    pub(crate) record: Arc<Record>,
    /// Where it is shown otherwise than the rest.
    pub(crate) style: Option<Style>,
    pub(crate) new: Option<bool>,
    pub(crate) trace: Option<CompactString>,
}

/// Why an input failed.
pub(crate) enum Failure {
    Invalid(Vec<Invalid>),
    Problem(Box<Problem>),
    /// A unique value is taken, by this record if it is known.
    Clash(Box<Problem>, Option<u64>),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem.into())
    }
}

/// The failures of one call.
pub(crate) struct Failures {
    partial: bool,
    failed: Vec<(Failure, Option<CompactString>)>,
}

impl Failures {
    pub(crate) fn new(inputs: &[Input]) -> Self {
        let mut seen = FxHashSet::default();
        let own = |input: &Input| input.object_write_trace_id.clone().is_some_and(|trace| seen.insert(trace));
        Self { partial: inputs.iter().all(own), failed: Vec::new() }
    }

    /// Whether each failure is told beside the successes.
    pub(crate) fn are_told_apart(&self) -> bool {
        self.partial
    }

    /// One failure fails the call, trace ids or not.
    pub(crate) fn all_or_nothing(&mut self) {
        self.partial = false;
    }

    pub(crate) fn add(&mut self, failure: Failure, trace: Option<CompactString>) {
        self.failed.push((failure, trace));
    }

    /// The errors to tell beside the successes.
    ///
    /// # Errors
    /// The answer to the whole call: every bad value of every input, or the first other failure.
    pub(crate) fn settle(self, portal: u64) -> Result<Vec<Problem>, Problem> {
        if self.partial {
            return Ok(self.failed.into_iter().map(|(failure, trace)| traced(failure, trace, portal)).collect());
        }
        let mut invalid = Vec::new();
        let mut first = None;
        for (failure, _) in self.failed {
            match failure {
                Failure::Invalid(bad) => invalid.extend(bad),
                Failure::Problem(problem) | Failure::Clash(problem, _) => {
                    first.get_or_insert(problem);
                }
            }
        }
        if !invalid.is_empty() {
            return Err(validate::problem(invalid, portal));
        }
        first.map_or_else(|| Ok(Vec::new()), |problem| Err(*problem))
    }
}

fn traced(failure: Failure, trace: Option<CompactString>, portal: u64) -> Problem {
    let (mut problem, existing) = match failure {
        Failure::Invalid(bad) => (validate::problem(bad, portal), None),
        Failure::Problem(problem) => (*problem, None),
        Failure::Clash(problem, holder) => (*problem, holder),
    };
    problem.errors.clear();
    if let Some(refused) = &mut problem.refused {
        refused.in_errors = false;
    }
    problem.context.insert(0, ("objectWriteTraceId", trace.iter().map(ToString::to_string).collect()));
    match existing {
        Some(existing) => problem.with_context("existingId", vec![existing.to_string()]),
        None => problem,
    }
}

/// The answer to a batch: 207 where some inputs failed.
pub(crate) fn reply(
    status: StatusCode,
    style: Style,
    items: Vec<Item>,
    errors: Vec<Problem>,
    at: Moment,
    took_effect: bool,
) -> Reply {
    let status = if errors.is_empty() { status } else { StatusCode::MULTI_STATUS };
    let body = Body::later(move |out| {
        out.reserve(items.len() * 768);
        out.extend_from_slice(b"{\"status\":\"COMPLETE\",\"results\":[");
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            let extras = Extras { new: item.new, trace: item.trace.as_deref(), associations: None };
            item.style.as_ref().unwrap_or(&style).write(out, &item.record, &extras);
        }
        out.extend_from_slice(b"],\"startedAt\":");
        wire::stamp(out, at);
        out.extend_from_slice(b",\"completedAt\":");
        wire::stamp(out, at);
        if !errors.is_empty() {
            out.extend_from_slice(b",\"numErrors\":");
            wire::number(out, errors.len() as u64);
            out.extend_from_slice(b",\"errors\":");
            let errors: Vec<Value> = errors.iter().map(Problem::batch_item).collect();
            out.extend_from_slice(Value::from(errors).to_string().as_bytes());
        }
        out.push(b'}');
    });
    let reply = Reply::new(status, body).with(header::CONTENT_TYPE, JSON);
    if took_effect { reply.with_effect() } else { reply }
}

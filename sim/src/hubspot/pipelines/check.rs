//! What the vendor refuses of a pipeline or stage, in its words, and what it makes of a stage's metadata.
//! The words are those that a public test double of a live run carries; those marked in the ledger are ours.

use compact_str::{CompactString, format_compact};
use http::StatusCode;

use super::ask::StageInput;
use super::state::{Metadata, Pipeline, PipelineStage};
use crate::hubspot::body::Properties;
use crate::hubspot::errors::Problem;
use crate::hubspot::table::Table;
use crate::hubspot::types::ObjectType;

/// What a type's stages carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// Deals: how likely they are to be won; at 0 and 1 they are closed.
    Probability,
    /// Tickets.
    TicketState,
    /// All others.
    State,
}

impl Carries {
    pub(super) fn of(of: &ObjectType) -> Self {
        match of.type_id.as_str() {
            "0-3" => Self::Probability,
            "0-5" => Self::TicketState,
            _ => Self::State,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::TicketState => "ticketState",
            Self::State => "state",
        }
    }
}

/// The metadata that is kept of what was sent over what there was: other keys are dropped, and whether the
/// stage is closed follows.
pub(super) fn kept(of: &ObjectType, sent: &Properties, before: Option<&Metadata>) -> Result<Metadata, Problem> {
    let carries = Carries::of(of);
    let name = carries.name();
    let given = sent.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    let old = before.and_then(|metadata| metadata.get(name));
    let value = match (carries, given) {
        (Carries::Probability, Some(None)) => return Err(no_probability()),
        (_, Some(Some(text))) => text.clone(),
        _ => match (old, carries) {
            (Some(old), _) => old.clone(),
            (None, Carries::Probability) => return Err(no_probability()),
            (None, _) => "OPEN".into(),
        },
    };
    let (value, closed) = match carries {
        Carries::Probability => {
            let number = probability(&value).ok_or_else(|| {
                Problem::bare("dealstage probability is not valid, must be between 0.0 and 1.0 (inclusive)")
            })?;
            // Minus nought is nought.
            let number = number.abs();
            (format_compact!("{number:?}"), number == 0.0 || number == 1.0)
        }
        _ if is_state(&value) => (value.clone(), value == "CLOSED"),
        _ => {
            let said = format!("Failed to deserialize metadata for object type {}", of.upper());
            return Err(refused(said, "PipelineError.INVALID_PIPELINE_STAGE_METADATA"));
        }
    };
    let closed = if closed { "true" } else { "false" };
    Ok(Metadata::from([(CompactString::const_new("isClosed"), closed.into()), (name.into(), value)]))
}

/// What a deal's stage may have for its chance.
pub(crate) fn probability(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number| (0.0..=1.0).contains(number))
}

/// Whether a stage can be in it.
pub(crate) fn is_state(text: &str) -> bool {
    matches!(text, "OPEN" | "CLOSED")
}

fn no_probability() -> Problem {
    Problem::bare("must specify probability when writing a dealstage")
}

pub(super) fn refused(said: impl Into<String>, sub_category: &'static str) -> Problem {
    Problem { sub_category: Some(sub_category), ..Problem::validation(said) }
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// A label that no other stage of the pipeline may have, case and blanks at its ends aside.
pub(super) fn stage_label<'s>(label: &str, mut others: impl Iterator<Item = &'s PipelineStage>) -> Result<(), Problem> {
    match others.any(|other| same(&other.label, label)) {
        true => Err(refused(format!("Stage with label {label} already exists"), "PipelineError.STAGE_LABEL_EXISTS")),
        false => Ok(()),
    }
}

/// A label that no other pipeline of the type may have.
pub(super) fn pipeline_label<'p>(label: &str, mut others: impl Iterator<Item = &'p Pipeline>) -> Result<(), Problem> {
    match others.any(|other| other.label.to_lowercase() == label.to_lowercase()) {
        true => Err(Problem::validation(format!("An active pipeline with label {label} already exists."))),
        false => Ok(()),
    }
}

pub(super) fn order(input: &StageInput) -> Result<(), Problem> {
    match input.display_order {
        Some(..0) => Err(Problem::bare("Pipeline display order cannot be negative")),
        _ => Ok(()),
    }
}

/// A body that has no stage.
pub(super) fn whole_input(stages: &[StageInput]) -> Result<(), Problem> {
    match stages.is_empty() {
        true => Err(Problem::validation("Pipeline must have at least one stage")),
        false => Ok(()),
    }
}

/// A pipeline has a stage, and one of tickets a closed one.
pub(super) fn whole(of: &ObjectType, id: &str, stages: &[PipelineStage]) -> Result<(), Problem> {
    if stages.is_empty() {
        return Err(Problem::validation("Pipeline must have at least one stage"));
    }
    if Carries::of(of) == Carries::TicketState && !stages.iter().any(PipelineStage::is_closed) {
        let said = format!("{} pipeline: {id} must have at least one closed stage", of.upper());
        return Err(refused(said, "PipelineError.MISSING_CLOSED_STAGE"));
    }
    Ok(())
}

/// More stages than a pipeline of this type may have.
pub(super) fn stage_count(of: &ObjectType, count: usize, most: (usize, usize)) -> Result<(), Problem> {
    let (many, few) = most;
    let own = of.type_id.starts_with("2-");
    let max = if own || matches!(of.type_id.as_str(), "0-3" | "0-5") { many } else { few };
    match count > max {
        true => Err(Problem::validation(format!("A pipeline can have at most {max} stages, but {count} were given"))),
        false => Ok(()),
    }
}

/// Stages that records are at.
pub(super) fn in_use(table: &Table, pipeline: &str, stages: &[&PipelineStage]) -> Result<(), Problem> {
    let of = &table.of;
    let (Some(of_pipeline), Some(of_stage)) = (of.pipeline, of.stage) else { return Ok(()) };
    let is_there = |id: &str| stages.iter().any(|stage| stage.id == id);
    let records = table.live().values().filter(|record| {
        record.stored(of, of_pipeline) == Some(pipeline) && record.stored(of, of_stage).is_some_and(is_there)
    });
    let records = records.map(|record| record.id.to_string()).collect::<Vec<_>>().join(", ");
    if records.is_empty() {
        return Ok(());
    }
    let stages = stages.iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>().join(", ");
    let said = format!("Stage IDs: [{stages}] are being referenced by object IDs: [{records}]");
    let problem = refused(said, "PipelineError.STAGE_ID_IN_USE");
    Err(problem
        .with_context("stageIds", vec![format!("[{stages}]")])
        .with_context("objectIds", vec![format!("[{records}]")]))
}

/// A pipeline's id that another type's has, or a stage's that another pipeline's has.
pub(super) fn taken() -> Problem {
    Problem {
        sub_category: Some("PipelineError.STAGE_ID_EXISTS_IN_ANOTHER_PIPELINE"),
        ..Problem::new(
            StatusCode::CONFLICT,
            Some("OBJECT_ALREADY_EXISTS"),
            "There's another pipeline in this portal with one of the same stages",
        )
    }
}

//! What pipelines and stages mean for a record: which it may be in, and what its stage says of it.

use compact_str::{CompactString, format_compact};

use super::Pipelines;
use super::state::{Pipeline, PipelineStage};
use crate::Moment;
use crate::hubspot::record::Record;
use crate::hubspot::types::{ObjectType, PropertyId, Rule};
use crate::hubspot::validate::{Accepted, Invalid};

/// How things ended for a record in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Open,
    Won,
    Lost,
    Closed,
}

impl Ending {
    fn of(stage: &PipelineStage) -> Self {
        match (stage.is_closed(), stage.probability()) {
            (false, _) => Self::Open,
            (true, Some(1.0)) => Self::Won,
            (true, Some(0.0)) => Self::Lost,
            (true, _) => Self::Closed,
        }
    }
}

fn last(values: &Accepted, id: PropertyId) -> Option<&CompactString> {
    values.iter().rev().find(|(property, _)| *property == id).map(|(_, text)| text)
}

impl Pipelines {
    /// Holds a record's pipeline and stage against those there are. A new record that says no pipeline goes
    /// to the first, and to the first stage of it where its type need not say one.
    pub(crate) fn check(&self, of: &ObjectType, values: &mut Accepted, before: Option<&Record>) -> Vec<Invalid> {
        let (Some(of_pipeline), Some(of_stage)) = (of.pipeline, of.stage) else { return Vec::new() };
        let sent = |id| last(values, id).filter(|text| !text.is_empty()).cloned();
        let (sent_pipeline, sent_stage) = (sent(of_pipeline), sent(of_stage));
        if before.is_some() && sent_pipeline.is_none() && sent_stage.is_none() {
            return Vec::new();
        }
        let stored = |id| before.and_then(|record| record.stored(of, id));
        let (type_id, name) = (&of.type_id, |id| &of.property(id).name);
        let pipeline = match &sent_pipeline {
            Some(id) => match self.find(type_id, id) {
                Some(pipeline) => Some(pipeline),
                None => {
                    let known: Vec<_> = self.of(type_id).iter().map(|pipeline| pipeline.id.as_str()).collect();
                    let said = format!("{id} is not a valid pipeline ID. Valid options are: [{}]", known.join(", "));
                    return vec![Invalid::new(name(of_pipeline), id, ("INVALID_OPTION", said))];
                }
            },
            None => stored(of_pipeline).and_then(|id| self.find(type_id, id)).or_else(|| self.first(type_id)),
        };
        let Some(pipeline) = pipeline else {
            let said = |id: &CompactString| (("INVALID_OPTION"), format!("{id} is not a valid pipeline stage ID."));
            return sent_stage.iter().map(|id| Invalid::new(name(of_stage), id, said(id))).collect();
        };
        if sent_pipeline.is_none() && stored(of_pipeline).is_none() {
            values.push((of_pipeline, pipeline.id.clone()));
        }
        let stage = sent_stage.or_else(|| stored(of_stage).map(CompactString::from));
        match stage {
            Some(id) if pipeline.stage(&id).is_none() => {
                vec![Invalid::new(name(of_stage), &id, ("INVALID_OPTION", no_stage(pipeline, &id)))]
            }
            None if before.is_none() && !of.required.contains(&of_stage) => {
                values.extend(pipeline.stages.first().map(|stage| (of_stage, stage.id.clone())));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Adds to the values of a record what follows from the stage among them.
    pub(crate) fn follow(&self, of: &ObjectType, values: &mut Accepted, before: Option<&Record>, at: Moment) {
        let (Some(of_pipeline), Some(of_stage)) = (of.pipeline, of.stage) else { return };
        let stored = |id| before.and_then(|record| record.stored(of, id));
        let Some(new) = last(values, of_stage).cloned() else { return };
        let old = stored(of_stage);
        if old == Some(&*new) || of.told_by_stage.is_empty() {
            return;
        }
        let in_pipeline = |id: Option<&str>, stage: &str| self.find(&of.type_id, id?)?.stage(stage).cloned();
        let pipeline = last(values, of_pipeline).map(CompactString::as_str).or(stored(of_pipeline));
        let stage = in_pipeline(pipeline, &new);
        let ending = stage.as_ref().map(Ending::of);
        let was =
            old.and_then(|old| in_pipeline(stored(of_pipeline), old)).map_or(Ending::Open, |old| Ending::of(&old));
        let mut follows = Accepted::new();
        for id in of.told_by_stage.iter().copied() {
            let truth = |holds: fn(Ending) -> bool| match ending {
                Some(ending) => if holds(ending) { "true" } else { "false" }.into(),
                None => CompactString::default(),
            };
            let now = || CompactString::from(at.iso().as_str());
            let given = last(values, id).is_some();
            let text = match of.property(id).rule {
                Some(Rule::Closed) => truth(|ending| ending != Ending::Open),
                Some(Rule::Won) => truth(|ending| ending == Ending::Won),
                Some(Rule::Lost) => truth(|ending| ending == Ending::Lost),
                Some(Rule::Probability) => {
                    stage.as_ref().and_then(PipelineStage::probability).map(exactly).unwrap_or_default()
                }
                Some(Rule::ClosedAt) if given => continue,
                Some(Rule::ClosedAt) => match (was, ending.unwrap_or(Ending::Open)) {
                    (_, Ending::Open) => CompactString::default(),
                    (Ending::Open, _) => now(),
                    _ => continue,
                },
                // A deal's date moves whenever it ends otherwise than before, and stays when it opens again.
                Some(Rule::CloseDate)
                    if !given && ending.is_some_and(|ending| ending != Ending::Open && ending != was) =>
                {
                    now()
                }
                _ => continue,
            };
            follows.push((id, text));
        }
        values.extend(follows);
    }
}

fn no_stage(pipeline: &Pipeline, id: &str) -> String {
    let stages: Vec<_> = pipeline.stages.iter().map(|stage| stage.id.as_str()).collect();
    let (of, stages) = (&pipeline.id, stages.join(", "));
    format!("{id} is not a valid pipeline stage ID. Valid options are: pipelineId={of} : [{stages}]")
}

/// Every digit of the number that the probability is nearest to, as the vendor writes it.
fn exactly(probability: f64) -> CompactString {
    let text = format_compact!("{probability:.60}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::exactly;

    #[test]
    fn a_probability_is_told_with_every_digit() {
        for (given, told) in [
            (0.2, "0.200000000000000011102230246251565404236316680908203125"),
            (0.8, "0.8000000000000000444089209850062616169452667236328125"),
            (1.0, "1"),
            (0.0, "0"),
            (0.5, "0.5"),
        ] {
            assert_eq!(exactly(given), told);
        }
    }
}

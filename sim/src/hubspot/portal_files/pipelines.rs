//! Saved pipelines in the place of those that a new portal has.

use super::kept::{Draft, Placed};
use super::places::Step::{Item, Key};
use super::read::{Answer, Rows};
use super::report::some;
use super::rows::{PipelineRow, StageRow};
use crate::hubspot::pipelines::{Metadata, Pipeline, PipelineStage, give_properties, is_state, probability};

pub(super) fn lay(answers: &mut [Placed<'_>], draft: &mut Draft) {
    for ((place, _), answer) in answers {
        answer.report.what = format!("pipelines of {}", draft.types[*place].name);
        let Rows::Pipelines(rows) = &answer.rows else { continue };
        let type_id = draft.types[*place].type_id.clone();
        let furnished = draft.portal.pipelines.of(&type_id).to_vec();
        let (mut laid, mut archived, mut locked) = (Vec::<Pipeline>::new(), Vec::new(), Vec::new());
        let [mut new, mut changed, mut standard] = [0; 3];
        for (at, row) in rows {
            if row.archived == Some(true) {
                archived.push(row.label.clone().unwrap_or_default());
                continue;
            }
            let pipeline = pipeline(row, &mut archived, &mut locked);
            let taken = |id: &str| laid.iter().any(|known| known.id == id);
            if taken(&pipeline.id) {
                let what = format!("is a second pipeline `{}`", pipeline.id);
                draft.problems.push(answer.wrong(*at, &[Key("id")], &what, "take one of the two out"));
            }
            if pipeline.stages.is_empty() {
                let what = "has no stage that is not archived";
                draft.problems.push(answer.wrong(*at, &[Key("stages")], what, "a pipeline has one stage at least"));
            }
            for (stage, known) in pipeline.stages.iter().enumerate() {
                let before = || pipeline.stages[..stage].iter().any(|other| other.id == known.id);
                if known.id.is_empty() || before() {
                    let stage = row.stages.as_deref().unwrap_or_default();
                    let stage = stage.iter().rposition(|row| row.id.as_deref() == Some(&*known.id));
                    let path = [Key("stages"), Item(stage.unwrap_or_default()), Key("id")];
                    let what = format!("is a stage without an id of its own: `{}`", known.id);
                    draft.problems.push(answer.wrong(*at, &path, &what, "each stage of a pipeline has its id"));
                }
            }
            draft.problems.extend(strange_metadata(&type_id, *at, row, answer));
            match furnished.iter().find(|known| known.id == pipeline.id) {
                Some(known) if **known == pipeline => standard += 1,
                Some(_) => changed += 1,
                None => new += 1,
            }
            laid.push(pipeline);
        }
        let report = &mut answer.report;
        (report.new, report.changed, report.standard, report.aside) = (new, changed, standard, archived.len());
        if !archived.is_empty() {
            report.notes.push(format!("kept aside, as they are archived: {}", some(&archived)));
        }
        if !locked.is_empty() {
            report.notes.push(format!("write permissions are not held: stage {}", some(&locked)));
        }
        let gone = furnished.iter().filter(|known| !laid.iter().any(|kept| kept.id == known.id));
        let gone: Vec<_> = gone.map(|known| known.id.clone()).collect();
        if !gone.is_empty() {
            report.notes.push(format!("pipelines of a new portal that are not there: {}", some(&gone)));
        }
        let own = type_id.starts_with("2-");
        if own && !laid.is_empty() {
            give_properties(&mut draft.types[*place]);
        }
        draft.portal.pipelines.replace_all(&type_id, laid);
    }
}

/// Metadata by which deals and tickets are won, lost and closed, and which the vendor never tells so.
fn strange_metadata(type_id: &str, at: usize, row: &PipelineRow, answer: &Answer) -> Vec<super::PortalProblem> {
    type Is = fn(&str) -> bool;
    let (member, is, what, mend): (_, Is, _, _) = match type_id {
        "0-3" => (
            "probability",
            |text| probability(text).is_some(),
            "is no probability",
            "a stage of deals has a number from 0.0 to 1.0",
        ),
        "0-5" => ("ticketState", is_state, "is no state of a ticket", "the states are OPEN and CLOSED"),
        _ => return Vec::new(),
    };
    let strange = |(stage, row): (usize, &StageRow)| {
        let told = row.metadata.as_ref()?.get(member).filter(|told| !told.is_null())?;
        let told = text(told);
        let path = [Key("stages"), Item(stage), Key("metadata"), Key(member)];
        (!is(&told)).then(|| answer.wrong(at, &path, &format!("{what}: `{told}`"), mend))
    };
    row.stages.iter().flatten().enumerate().filter_map(strange).collect()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pipeline(
    row: &PipelineRow,
    archived: &mut Vec<compact_str::CompactString>,
    locked: &mut Vec<compact_str::CompactString>,
) -> Pipeline {
    let mut stages = Vec::new();
    for stage in row.stages.iter().flatten() {
        if stage.archived == Some(true) {
            archived.push(stage.label.clone().unwrap_or_default());
            continue;
        }
        if stage.write_permissions.as_deref().is_some_and(|held| held != "CRM_PERMISSIONS_ENFORCEMENT") {
            locked.push(stage.label.clone().unwrap_or_default());
        }
        stages.push(of_stage(stage));
    }
    stages.sort_by_key(|stage| stage.display_order);
    Pipeline {
        id: row.id.clone().unwrap_or_default(),
        label: row.label.clone().unwrap_or_default(),
        display_order: row.display_order.unwrap_or_default(),
        stages,
        created: row.created_at.unwrap_or_default(),
        updated: row.updated_at.or(row.created_at).unwrap_or_default(),
        version: 0,
    }
}

fn of_stage(row: &StageRow) -> PipelineStage {
    let told = row.metadata.iter().flatten().filter(|(_, value)| !value.is_null());
    let metadata: Metadata = told.map(|(name, value)| (name.as_str().into(), text(value).into())).collect();
    PipelineStage {
        id: row.id.clone().unwrap_or_default(),
        label: row.label.clone().unwrap_or_default(),
        display_order: row.display_order.unwrap_or_default(),
        metadata,
        created: row.created_at.unwrap_or_default(),
        updated: row.updated_at.or(row.created_at).unwrap_or_default(),
    }
}

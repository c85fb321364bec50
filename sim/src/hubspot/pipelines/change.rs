//! Creates, changes and deletes pipelines and stages. An answer to a write is what was sent laid over what
//! there was; only a read shows what is kept.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;

use super::answer::Refusal;
use super::ask::{PipelineInput, StageInput};
use super::check;
use super::state::{Action, Metadata, Pipeline, PipelineStage};
use super::wire;
use crate::hubspot::account;
use crate::hubspot::body::Properties;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::types::{About, Kind, ObjectType, Property, Rule};
use crate::message::Reply;

/// A stage as it is kept, and the metadata that the answer to its write shows.
struct Made {
    stage: PipelineStage,
    echo: Metadata,
}

fn echo(kept: &Metadata, sent: &Properties) -> Metadata {
    let sent = sent.0.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    kept.clone().into_iter().chain(sent).collect()
}

fn made(
    of: &ObjectType,
    input: StageInput,
    before: Option<&PipelineStage>,
    id: CompactString,
    stage: &At<'_>,
) -> Result<Made, Problem> {
    check::order(&input)?;
    let old = before.map(|before| &before.metadata);
    let metadata = check::kept(of, &input.metadata, old)?;
    let echo = echo(old.unwrap_or(&metadata), &input.metadata);
    let stage = PipelineStage {
        id,
        label: input.label.or_else(|| before.map(|before| before.label.clone())).unwrap_or_default(),
        display_order: input.display_order.or(before.map(|before| before.display_order)).unwrap_or_default(),
        metadata,
        created: before.map_or(stage.at, |before| before.created),
        updated: stage.at,
    };
    Ok(Made { stage, echo })
}

/// The stages of a body in their order; those that it names and `before` has stay.
fn all(
    room: &Hubspot,
    of: &ObjectType,
    inputs: Vec<StageInput>,
    before: Option<&Pipeline>,
    stage: &mut At<'_>,
) -> Result<(Pipeline, Vec<(CompactString, Metadata)>), Refusal> {
    check::stage_count(of, inputs.len(), stages_max(room))?;
    let (mut echoes, at) = (Vec::with_capacity(inputs.len()), stage.at);
    let mut pipeline = Pipeline {
        id: CompactString::default(),
        label: CompactString::default(),
        display_order: 0,
        stages: Vec::with_capacity(inputs.len()),
        created: at,
        updated: at,
        version: 0,
    };
    for input in inputs {
        let label = input.label.as_deref().unwrap_or_default();
        check::stage_label(label, pipeline.stages.iter())
            .map_err(|problem| Problem { sub_category: None, ..problem })?;
        let id = id_of(&input.stage_id.0, room.settings().pipeline_stage_id_chars_max.value, stage)?;
        if pipeline.stage(&id).is_some() {
            return Err(check::taken().into());
        }
        let Made { stage, echo } = made(of, input, before.and_then(|before| before.stage(&id)), id, stage)?;
        echoes.push((stage.id.clone(), echo));
        pipeline.place(stage);
    }
    Ok((pipeline, echoes))
}

fn stages_max(room: &Hubspot) -> (usize, usize) {
    let settings = room.settings();
    (settings.pipeline_stages_max.value, settings.pipeline_stages_max_elsewhere.value)
}

/// The id that was given, or a new one. One that is too long is a failure of the vendor's own.
fn id_of(sent: &str, max: usize, stage: &mut At<'_>) -> Result<CompactString, Refusal> {
    if sent.chars().count() > max {
        return Err(Refusal::Bare(account::failure(StatusCode::INTERNAL_SERVER_ERROR, stage.correlation())));
    }
    match sent {
        "" => Ok(stage.state.portal.pipelines.next_id(stage.seed)),
        sent => Ok(sent.into()),
    }
}

fn reply(status: StatusCode, mut pipeline: Pipeline, echoes: Vec<(CompactString, Metadata)>) -> Reply {
    json_reply(status, move || {
        for (id, echo) in echoes {
            if let Some(stage) = pipeline.stages.iter_mut().find(|stage| stage.id == id) {
                stage.metadata = echo;
            }
        }
        wire::pipeline(&pipeline)
    })
    .with_effect()
}

pub(super) fn create(room: &Hubspot, place: usize, input: PipelineInput, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let of = stage.state.table(place).of.clone();
    let own = of.type_id.starts_with("2-");
    if !own && of.pipeline.is_none() {
        return Err(Problem::validation(format!("Object type {} does not have pipelines", of.upper())).into());
    }
    let max = room.settings().pipelines_max.value;
    check::whole_input(&input.stages)?;
    let id = id_of(&input.pipeline_id.0, room.settings().pipeline_id_chars_max.value, stage)?;
    let pipelines = &stage.state.portal.pipelines;
    let held = pipelines.of(&of.type_id);
    if held.iter().any(|pipeline| pipeline.id == id) {
        let said = format!("There's another pipeline in this portal with pipelineId ({id}).");
        return Err(Problem::validation(said).into());
    }
    let is_taken = |input: &StageInput| held.iter().any(|pipeline| pipeline.stage(&input.stage_id.0).is_some());
    if pipelines.is_elsewhere(&of.type_id, &id) || input.stages.iter().any(is_taken) {
        return Err(check::taken().into());
    }
    let label = input.label.unwrap_or_default();
    check::pipeline_label(&label, held.iter().map(|held| &**held))?;
    if held.len() >= max {
        let said = format!("An account can have at most {max} pipelines of {}", of.upper());
        return Err(Problem::validation(said).into());
    }
    let (stages, echoes) = all(room, &of, input.stages, None, stage)?;
    check::whole(&of, &id, &stages.stages)?;
    let pipeline = Pipeline { id, label, display_order: input.display_order.unwrap_or_default(), ..stages };
    if own && of.pipeline.is_none() {
        give_properties(Arc::make_mut(&mut stage.state.table(place).of));
    }
    let touched = pipeline.stages.iter().map(|stage| (stage.id.clone(), Action::Create)).collect();
    stage.state.portal.pipelines.put(&of.type_id, pipeline.clone(), Action::Create, touched);
    Ok(reply(StatusCode::CREATED, pipeline, echoes))
}

/// The first pipeline of a type of the account's own brings the properties with it.
pub(crate) fn give_properties(of: &mut ObjectType) {
    let group = of.groups.first().map(|group| group.name.clone()).unwrap_or_default();
    for (name, label, rule) in
        [("hs_pipeline", "Pipeline", Rule::Pipeline), ("hs_pipeline_stage", "Pipeline Stage", Rule::Stage)]
    {
        if let Some(id) = of.find(name) {
            of.redefine(id, |property| property.rule = Some(rule));
            continue;
        }
        let about = About {
            label: label.into(),
            group: group.clone(),
            display_order: -1,
            external_options: true,
            form_field: true,
            hubspot_defined: true,
            ..About::default()
        };
        let mut property = Property::new(name.into(), Kind::Enumeration, "select".into(), about);
        property.rule = Some(rule);
        of.define(property);
    }
}

/// Puts another in a pipeline's place: stages that are named stay, those left out go.
pub(super) fn replace(
    room: &Hubspot,
    place: usize,
    before: &Pipeline,
    input: PipelineInput,
    validates: bool,
    stage: &mut At<'_>,
) -> Result<Reply, Refusal> {
    let of = stage.state.table(place).of.clone();
    check::whole_input(&input.stages)?;
    let others = stage.state.portal.pipelines.of(&of.type_id).iter().filter(|held| held.id != before.id);
    let is_taken = |input: &StageInput| others.clone().any(|pipeline| pipeline.stage(&input.stage_id.0).is_some());
    if input.stages.iter().any(is_taken) {
        return Err(check::taken().into());
    }
    let label = input.label.unwrap_or_default();
    check::pipeline_label(&label, others.map(|held| &**held))?;
    let (stages, echoes) = all(room, &of, input.stages, Some(before), stage)?;
    check::whole(&of, &before.id, &stages.stages)?;
    if validates {
        let gone: Vec<_> = before.stages.iter().filter(|held| stages.stage(&held.id).is_none()).collect();
        check::in_use(stage.state.table(place), &before.id, &gone)?;
    }
    let pipeline = Pipeline {
        id: before.id.clone(),
        label,
        display_order: input.display_order.unwrap_or_default(),
        created: before.created,
        version: before.version + 1,
        ..stages
    };
    let action = |id: &str| if before.stage(id).is_some() { Action::Update } else { Action::Create };
    let touched = pipeline.stages.iter().map(|stage| (stage.id.clone(), action(&stage.id))).collect();
    stage.state.portal.pipelines.put(&of.type_id, pipeline.clone(), Action::Update, touched);
    Ok(reply(StatusCode::OK, pipeline, echoes))
}

/// A change of a pipeline itself. All its stages count as changed with it.
pub(super) fn update(
    place: usize,
    before: &Pipeline,
    input: PipelineInput,
    stage: &mut At<'_>,
) -> Result<Reply, Refusal> {
    let type_id = stage.state.table(place).of.type_id.clone();
    let mut pipeline = before.clone();
    if let Some(label) = input.label {
        let others = stage.state.portal.pipelines.of(&type_id).iter().filter(|held| held.id != before.id);
        check::pipeline_label(&label, others.map(|held| &**held))?;
        pipeline.label = label;
    }
    pipeline.display_order = input.display_order.unwrap_or(before.display_order);
    (pipeline.updated, pipeline.version) = (stage.at, before.version + 1);
    for held in &mut pipeline.stages {
        held.updated = stage.at;
    }
    stage.state.portal.pipelines.put(&type_id, pipeline.clone(), Action::Update, Vec::new());
    Ok(reply(StatusCode::OK, pipeline, Vec::new()))
}

/// Deletes a pipeline for good.
pub(super) fn delete(place: usize, pipeline: &Pipeline, validates: bool, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let table = stage.state.table(place);
    if validates {
        check::in_use(table, &pipeline.id, &pipeline.stages.iter().collect::<Vec<_>>())?;
    }
    let type_id = table.of.type_id.clone();
    stage.state.portal.pipelines.remove(&type_id, &pipeline.id);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

/// Keeps a pipeline that got one stage in another form, and tells that stage.
fn put_stage(
    place: usize,
    before: &Pipeline,
    rest: Vec<PipelineStage>,
    made: Made,
    action: Action,
    stage: &mut At<'_>,
) -> Reply {
    let type_id = stage.state.table(place).of.type_id.clone();
    let mut pipeline = Pipeline { stages: rest, updated: stage.at, version: before.version + 1, ..before.clone() };
    let id = made.stage.id.clone();
    pipeline.place(made.stage);
    let shown = pipeline.stage(&id).cloned().map(|shown| PipelineStage { metadata: made.echo, ..shown });
    stage.state.portal.pipelines.put(&type_id, pipeline, Action::Update, vec![(id, action)]);
    let status = if action == Action::Create { StatusCode::CREATED } else { StatusCode::OK };
    json_reply(status, move || shown.as_ref().map_or(serde_json::Value::Null, wire::stage)).with_effect()
}

pub(super) fn create_stage(
    room: &Hubspot,
    place: usize,
    before: &Pipeline,
    input: StageInput,
    stage: &mut At<'_>,
) -> Result<Reply, Refusal> {
    let of = stage.state.table(place).of.clone();
    let id = id_of(&input.stage_id.0, room.settings().pipeline_stage_id_chars_max.value, stage)?;
    let mut held = stage.state.portal.pipelines.of(&of.type_id).iter();
    if held.any(|pipeline| pipeline.stage(&id).is_some()) {
        let said = format!("An existing active stage in another pipeline is already using stage id {id}");
        return Err(Problem::bare(said).into());
    }
    check::stage_label(input.label.as_deref().unwrap_or_default(), before.stages.iter())?;
    check::stage_count(&of, before.stages.len() + 1, stages_max(room))?;
    let made = made(&of, input, None, id, stage)?;
    Ok(put_stage(place, before, before.stages.clone(), made, Action::Create, stage))
}

/// PUT and PATCH alike: metadata that is not sent stays.
pub(super) fn update_stage(
    place: usize,
    before: &Pipeline,
    id: &str,
    input: StageInput,
    stage: &mut At<'_>,
) -> Result<Reply, Refusal> {
    let of = stage.state.table(place).of.clone();
    let (old, rest): (Vec<_>, Vec<_>) = before.stages.iter().cloned().partition(|held| held.id == id);
    if let Some(label) = &input.label {
        check::stage_label(label, rest.iter())?;
    }
    let made = made(&of, input, old.first(), id.into(), stage)?;
    let with: Vec<_> = rest.iter().cloned().chain([made.stage.clone()]).collect();
    check::whole(&of, &before.id, &with)?;
    Ok(put_stage(place, before, rest, made, Action::Update, stage))
}

/// Deletes a stage for good.
pub(super) fn delete_stage(
    place: usize,
    before: &Pipeline,
    id: &str,
    validates: bool,
    stage: &mut At<'_>,
) -> Result<Reply, Refusal> {
    let table = stage.state.table(place);
    let of = table.of.clone();
    let (gone, rest): (Vec<_>, Vec<_>) = before.stages.iter().cloned().partition(|held| held.id == id);
    check::whole(&of, &before.id, &rest)?;
    if validates {
        check::in_use(table, &before.id, &gone.iter().collect::<Vec<_>>())?;
    }
    let pipeline = Pipeline { stages: rest, updated: stage.at, version: before.version + 1, ..before.clone() };
    stage.state.portal.pipelines.put(&of.type_id, pipeline, Action::Update, Vec::new());
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

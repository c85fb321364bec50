//! Definitions of associations between a type of the portal's own and another.

use http::StatusCode;

use super::body::AssociationEgg;
use super::change::own;
use super::json;
use crate::hubspot::body::Text;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::At;
use crate::message::Reply;

pub(super) fn create(name: &str, egg: &AssociationEgg, stage: &mut At<'_>) -> Result<Reply, Problem> {
    own(name, stage)?;
    let from = type_id(&egg.from_object_type_id, stage)?;
    let to = type_id(&egg.to_object_type_id, stage)?;
    if from == to {
        let said = format!("Cannot create association definition with itself: {from}");
        let mut problem = Problem::validation(said);
        problem.sub_category = Some("ObjectSchemaError.CANNOT_ASSOCIATE_OBJECT_TYPE_WITH_ITSELF");
        return Err(problem);
    }
    let name = match &egg.name {
        Some(Text(name)) => name.clone(),
        None => format!("{from}_to_{to}").into(),
    };
    let (at, seed) = (stage.at, stage.seed);
    let schemas = &mut stage.state.portal.schemas;
    if schemas.definitions(&from).any(|known| known.name == name && (known.to == to || known.from == to)) {
        return Err(Problem::validation(format!(
            "Association definition name '{name}' conflicts with another association definition"
        )));
    }
    let made = schemas.associate(seed, at, [&from, &to], [&name, &name]);
    let_be(&from, &to, &name, stage);
    Ok(json_reply(StatusCode::CREATED, move || json::association(&made)).with_effect())
}

pub(super) fn delete(name: &str, id: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (_, place) = own(name, stage)?;
    let type_id = stage.state.table(place).of.type_id.clone();
    let known = stage.state.portal.schemas.definitions(&type_id).find(|known| known.id.to_string() == id).cloned();
    if let Some([from, to]) = known.and_then(|known| names([&known.from, &known.to], stage)) {
        stage.state.portal.associations.undefine(&from, &to);
    }
    if !stage.state.portal.schemas.dissociate(&type_id, id) {
        let said = format!("Association definition {id} of object type {type_id} does not exist");
        return Err(Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said));
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

/// Lets records of two types be associated.
pub(super) fn let_be(from: &str, to: &str, name: &str, stage: &mut At<'_>) {
    if let Some([from, to]) = names([from, to], stage) {
        stage.state.portal.associations.define(&from, &to, name);
    }
}

/// What associations call two types.
fn names(type_ids: [&str; 2], stage: &At<'_>) -> Option<[compact_str::CompactString; 2]> {
    let name = |type_id: &str| Some(stage.state.tables()[stage.state.place(type_id)?].of.name.clone());
    Some([name(type_ids[0])?, name(type_ids[1])?])
}

fn type_id(sent: &Option<Text>, stage: &mut At<'_>) -> Result<compact_str::CompactString, Problem> {
    let name = sent.as_ref().map_or("", |Text(name)| name.as_str());
    let place = stage.state.place(name);
    let place = place.ok_or_else(|| Problem::unknown_type(name))?;
    Ok(stage.state.table(place).of.type_id.clone())
}

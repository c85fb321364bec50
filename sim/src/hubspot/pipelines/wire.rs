//! Pipelines and stages as JSON. Key order as the vendor's samples have it.

use serde_json::{Value, json};

use super::state::{Pipeline, PipelineStage};

pub(super) fn pipeline(of: &Pipeline) -> Value {
    json!({
        "label": of.label,
        "displayOrder": of.display_order,
        "id": of.id,
        "stages": of.stages.iter().map(stage).collect::<Vec<_>>(),
        "createdAt": of.created.iso().as_str(),
        "updatedAt": of.updated.iso().as_str(),
        "archived": false,
    })
}

pub(super) fn stage(of: &PipelineStage) -> Value {
    json!({
        "label": of.label,
        "displayOrder": of.display_order,
        "metadata": of.metadata,
        "id": of.id,
        "createdAt": of.created.iso().as_str(),
        "updatedAt": of.updated.iso().as_str(),
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "archived": false,
    })
}

//! What was done to a pipeline or stage, as the audit tells it: the latest first, each with what it came to
//! as a text of JSON. Built after the step.

use compact_str::CompactString;
use serde_json::{Map, Value, json};

use super::state::{Action, Change, Pipeline, PipelineStage};
use crate::hubspot::types::ObjectType;

/// Who is told to have done it, and where.
pub(super) struct Teller {
    pub(super) portal: u64,
    /// The user under whom the app acts.
    pub(super) user: u64,
    pub(super) type_id: CompactString,
    pub(super) object_type: String,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
        }
    }
}

impl Teller {
    pub(super) fn new(portal: u64, user: u64, of: &ObjectType) -> Self {
        Self { portal, user, type_id: of.type_id.clone(), object_type: of.upper() }
    }

    pub(super) fn of_pipeline(&self, change: &Change) -> Value {
        let message = match change.action {
            Action::Create => "User defined. pipeline created",
            Action::Update => "Pipeline update",
        };
        let identifier = format!("{}:{}", self.portal, change.pipeline.id);
        self.row(&identifier, change, change.action, message, &self.raw(&change.pipeline))
    }

    /// What a change meant for one of its stages; `None` where it meant nothing.
    pub(super) fn of_stage(&self, change: &Change, id: &str) -> Option<Value> {
        let (_, action) = change.stages.iter().find(|(known, _)| known == id)?;
        let message = match action {
            Action::Create => "User defined. stage created",
            Action::Update => "Stage update",
        };
        let pipeline = &change.pipeline;
        let identifier = format!("{}:{}:{id}", self.portal, pipeline.id);
        let raw = self.raw_stage(pipeline, pipeline.stage(id)?);
        Some(self.row(&identifier, change, *action, message, &raw))
    }

    fn row(&self, identifier: &str, change: &Change, action: Action, message: &str, raw: &Value) -> Value {
        json!({
            "portalId": self.portal,
            "identifier": identifier,
            "action": action.as_str(),
            "timestamp": change.at.iso().as_str(),
            "message": message,
            "rawObject": raw.to_string(),
            "fromUserId": self.user,
        })
    }

    fn raw(&self, of: &Pipeline) -> Value {
        let stages: Vec<_> = of.stages.iter().map(|stage| self.raw_stage(of, stage)).collect();
        let mut raw = json!({
            "displayOrder": of.display_order, "pipelineId": of.id, "portalId": self.portal,
            "objectType": self.object_type, "objectTypeId": self.type_id, "version": of.version, "label": of.label,
            "active": true, "stages": stages,
        });
        if let Value::Object(raw) = &mut raw {
            self.stamps(raw, of.created.0, of.updated.0);
            raw.insert("limitExempt".into(), false.into());
            if self.type_id == "0-3" {
                raw.insert("autoCloseDateEnabled".into(), true.into());
                raw.insert("clearCloseDateWhenMovingClosedToOpen".into(), false.into());
            }
            raw.insert("permission".into(), Value::Null);
            raw.insert("createStageId".into(), Value::Null);
            raw.insert("inactiveDefaultPipeline".into(), false.into());
            raw.insert("default".into(), (of.created.0 == 0).into());
        }
        raw
    }

    fn raw_stage(&self, of: &Pipeline, stage: &PipelineStage) -> Value {
        let mut raw = json!({
            "displayOrder": stage.display_order, "portalId": self.portal, "objectTypeId": self.type_id,
            "pipelineId": of.id, "stageId": stage.id, "label": stage.label, "metadata": stage.metadata,
            "maxVisibleVersion": null,
        });
        if let Value::Object(raw) = &mut raw {
            self.stamps(raw, stage.created.0, stage.updated.0);
            raw.insert("writePermissions".into(), "CRM_PERMISSIONS_ENFORCEMENT".into());
            raw.insert("internalWriteOnly".into(), false.into());
            raw.insert("active".into(), true.into());
            raw.insert("isApprovalStage".into(), Value::Null);
        }
        raw
    }

    fn stamps(&self, raw: &mut Map<String, Value>, created: i64, updated: i64) {
        raw.insert("createdBy".into(), self.user.into());
        raw.insert("updatedBy".into(), self.user.into());
        raw.insert("createdAt".into(), created.into());
        raw.insert("updatedAt".into(), updated.into());
    }
}

//! How limits and what is used of them are told.

use serde_json::{Map, Value, json};

use crate::hubspot::types::ObjectType;

/// How much of a limit is used, in percent; the vendor's samples have three places at most.
pub(super) fn percentage(usage: usize, limit: usize) -> f64 {
    if limit == 0 {
        return 0.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "no account has so much that three places of a percent would show it"
    )]
    let share = usage as f64 / limit as f64;
    (share * 100_000.0).round() / 1_000.0
}

/// A type as `ObjectTypeDefinition` has it; it leads what is told of the type.
pub(super) fn of_type(of: &ObjectType) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("objectTypeId".into(), of.type_id.as_str().into());
    told.insert("singularLabel".into(), of.labels.singular.as_str().into());
    told.insert("pluralLabel".into(), of.labels.plural.as_str().into());
    told
}

/// `UsageForObjectType`.
pub(super) fn usage(of: &ObjectType, usage: usize) -> Value {
    let mut told = of_type(of);
    told.insert("usage".into(), usage.into());
    told.into()
}

/// `LimitAndUsageForObjectType`.
pub(super) fn limited(of: &ObjectType, limit: usize, usage: usize) -> Value {
    let mut told = of_type(of);
    told.insert("limit".into(), limit.into());
    told.insert("usage".into(), usage.into());
    told.insert("percentage".into(), percentage(usage, limit).into());
    told.into()
}

/// What several types come to together.
pub(super) fn overall(limit: usize, usage: usize, by_type: Vec<Value>) -> Value {
    json!({
        "overallLimit": limit,
        "overallUsage": usage,
        "overallPercentage": percentage(usage, limit),
        "byObjectType": by_type,
    })
}

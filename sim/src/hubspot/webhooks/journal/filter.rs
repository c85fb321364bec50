//! Whether a record is one that a filter lets through.

use std::cmp::Ordering;

use super::body::Condition;
use crate::hubspot::record::Record;
use crate::hubspot::types::ObjectType;

pub(super) fn holds(condition: &Condition, of: &ObjectType, record: &Record) -> bool {
    let found = of.find(&condition.property).and_then(|id| of.value(record, id));
    let is = found.as_deref().filter(|text| !text.is_empty());
    let listed = |is: &str| condition.values.iter().flatten().any(|one| one == is);
    match condition.operator.as_str() {
        "IS_EMPTY" => return is.is_none(),
        "IS_NOT_EMPTY" => return is.is_some(),
        "NOT_IN" => return is.is_none_or(|is| !listed(is)),
        "N_EQ" => return is != condition.value.as_deref(),
        _ => {}
    }
    let Some(is) = is else { return false };
    let wanted = condition.value.as_deref().unwrap_or_default();
    match condition.operator.as_str() {
        "EQ" => is == wanted,
        "IN" => listed(is),
        "CONTAINS" => is.contains(wanted),
        "STARTS_WITH" => is.starts_with(wanted),
        "ENDS_WITH" => is.ends_with(wanted),
        "GT" => against(is, wanted) == Ordering::Greater,
        "GTE" => against(is, wanted) != Ordering::Less,
        "LT" => against(is, wanted) == Ordering::Less,
        "LTE" => against(is, wanted) != Ordering::Greater,
        _ => false,
    }
}

/// Numbers as numbers, all else as texts.
fn against(is: &str, wanted: &str) -> Ordering {
    match (is.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(is), Ok(wanted)) => is.total_cmp(&wanted),
        _ => is.cmp(wanted),
    }
}

//! The profile model: a system's limits, lifetimes, sizes and order of doors, as data.

use std::sync::Arc;

use serde::Deserialize;

/// A door that a request passes on its way through a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    Fault,
    Authenticate,
    Limit,
    Size,
    Act,
}

/// One system's policy: what every system has, and the system's own settings.
#[derive(Debug)]
pub struct Profile<T> {
    pub name: String,
    pub gate: Arc<GatePolicy>,
    pub settings: T,
}

/// The doors and the limits.
#[derive(Debug, Default)]
pub struct GatePolicy {
    pub doors: Vec<Door>,
    pub limits: Vec<Limit>,
}

/// One limit of a policy.
#[derive(Debug)]
pub struct Limit {
    pub id: String,
}

//! The record, in one total order, of all that crossed a world's boundary.

use crate::{Moment, SystemName};

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Integration,
    Tester,
    System,
}

/// One request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    pub at: Moment,
    pub system: SystemName,
    /// The account the credential named; empty where none was recognised.
    pub account: &'a str,
    pub app: &'a str,
    pub operation: &'a str,
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    pub user_agent: &'a str,
    pub status: u16,
    pub took_effect: bool,
    /// The limit that refused the call.
    pub limit: Option<&'a str>,
    /// The fault that struck it.
    pub fault: Option<&'a str>,
    pub correlation: &'a str,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Updated,
    Archived,
}

/// The changes of one step, encoded as they are made.
#[derive(Debug, Default)]
pub struct Changes {}

impl Changes {
    /// Notes a change and the values it set.
    pub fn push<'v>(
        &mut self,
        _kind: ChangeKind,
        _record_type: &str,
        _id: &str,
        _values: impl Iterator<Item = (&'v str, &'v str)>,
    ) {
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }
}

//! What came back from a call, and what may be expected of it.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{Failed, expect};

/// An answer, with the call that it answers.
pub(super) struct Answer {
    /// `POST hubspot /crm/v3/objects/contacts`
    pub(super) call: String,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body; null where it is no JSON.
    pub(super) json: Value,
    pub(super) text: String,
}

impl Answer {
    /// Expects a status. An error body says more than its status, so it is told where that differs.
    pub(super) fn is(self, status: u16) -> Result<Self, Failed> {
        if self.status == status {
            return Ok(self);
        }
        let got = format!("{} {}", self.status, self.text);
        Err(Failed::Unexpected { what: self.call, expected: status.to_string(), got })
    }

    /// Expects a value in the body, by JSON pointer.
    pub(super) fn has(self, pointer: &str, expected: impl Into<Value>) -> Result<Self, Failed> {
        let got = self.json.pointer(pointer).cloned().unwrap_or_default();
        expect(&format!("{}, {pointer} of the answer", self.call), got, expected.into())?;
        Ok(self)
    }

    /// Expects a header, or its absence.
    pub(super) fn header(self, name: &str, expected: Option<&str>) -> Result<Self, Failed> {
        let got = self.headers.get(name).and_then(|value| value.to_str().ok());
        expect(&format!("{}, header {name}", self.call), got, expected)?;
        Ok(self)
    }

    /// A text in the body, by JSON pointer; empty where there is none.
    pub(super) fn text_at(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

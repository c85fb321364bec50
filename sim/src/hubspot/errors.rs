//! HubSpot's wording of refusals. One place holds the envelope; callers give what differs.

use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::validate::Refusal;
use crate::message::{Body, Reply};

/// An error answer before it has its correlation id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) category: Option<&'static str>,
    pub(crate) sub_category: Option<&'static str>,
    pub(crate) context: Vec<(&'static str, Vec<String>)>,
    pub(crate) errors: Vec<Value>,
    /// Values that were refused: they stand behind the message and in `errors`.
    pub(crate) refused: Option<Box<Refusal>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, category: Option<&'static str>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, message, category, sub_category: None, context: Vec::new(), errors: Vec::new(), refused: None }
    }

    /// 400 with `VALIDATION_ERROR`.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("VALIDATION_ERROR"), message)
    }

    /// 400 without a category, as unparsable JSON and a search past its end are answered.
    pub(crate) fn bare(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, None, message)
    }

    /// What a path or a body names a type by is no type's name.
    pub(crate) fn unknown_type(name: &str) -> Self {
        Self::bare(format!("Unable to infer object type from: {name}"))
    }

    /// `of` is what has the inputs.
    pub(crate) fn too_many_inputs(of: &str, max: usize) -> Self {
        Self::validation(format!(
            "The maximum number of inputs supported in a {of} is {max}. Please reduce the number of items and try again"
        ))
    }

    pub(crate) fn with_context(mut self, name: &'static str, values: Vec<String>) -> Self {
        self.context.push((name, values));
        self
    }

    /// The message as it reads; it may be as long as all that was sent, so this is not for the world's lock.
    pub(crate) fn said(&self) -> String {
        match &self.refused {
            Some(refused) => format!("{}{}", self.message, refused.embedded()),
            None => self.message.clone(),
        }
    }

    /// The envelope; key order as seen on the wire (facts/hubspot-crm.md §1.1).
    pub(crate) fn body(&self, correlation: Uuid) -> Value {
        let mut body = self.item();
        body.shift_insert(2, "correlationId".into(), correlation.to_string().into());
        Value::Object(body)
    }

    /// The form inside a 207's `errors`: no correlation id, category ahead of the message.
    pub(crate) fn batch_item(&self) -> Value {
        let mut item = self.item();
        if let Some(category) = item.shift_remove("category") {
            item.shift_insert(1, "category".into(), category);
        }
        if let Some(sub_category) = item.shift_remove("subCategory") {
            item.shift_insert(2, "subCategory".into(), sub_category);
        }
        Value::Object(item)
    }

    fn item(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("status".into(), "error".into());
        body.insert("message".into(), self.said().into());
        let mut errors = self.errors.clone();
        errors.extend(self.refused.iter().flat_map(|refused| refused.errors()));
        if !errors.is_empty() {
            body.insert("errors".into(), errors.into());
        }
        // A refusal that lists scopes says where they are told of (facts/hubspot-limits-webhooks-auth.md §4.4).
        if self.category == Some("MISSING_SCOPES") && !self.errors.is_empty() {
            body.insert("links".into(), json!({"scopes": "https://developers.hubspot.com/scopes"}));
        }
        // The gateway's own refusals put the category ahead of the context, the API's behind it
        // (facts/hubspot-limits-webhooks-auth.md §4.4, hubspot-crm.md §1.1).
        let category = |body: &mut Map<String, Value>| {
            if let Some(category) = self.category {
                body.insert("category".into(), category.into());
            }
        };
        let of_gateway = self.status == StatusCode::UNAUTHORIZED;
        if of_gateway {
            category(&mut body);
        }
        if !self.context.is_empty() {
            let context: Map<_, _> =
                self.context.iter().map(|(name, values)| ((*name).into(), json!(values))).collect();
            body.insert("context".into(), context.into());
        }
        if !of_gateway {
            category(&mut body);
        }
        if let Some(sub_category) = self.sub_category {
            body.insert("subCategory".into(), sub_category.into());
        }
        body
    }

    /// The answer; its body is written outside the world's lock.
    pub(crate) fn reply(self, correlation: Uuid) -> Reply {
        json_reply(self.status, move || self.body(correlation))
    }
}

/// `content-type: application/json;charset=utf-8`, without a space (facts/hubspot-crm.md §1).
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

pub(crate) fn json_reply(status: StatusCode, body: impl FnOnce() -> Value + Send + 'static) -> Reply {
    let body = Body::later(move |out| out.extend_from_slice(body().to_string().as_bytes()));
    Reply::new(status, body).with(header::CONTENT_TYPE, JSON)
}

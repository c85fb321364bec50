//! The vendor's words for values that may not be written.

use compact_str::CompactString;
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};

use crate::hubspot::errors::Problem;

/// A code and what it says.
pub(crate) type Refused = (&'static str, String);

/// One value that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    name: CompactString,
    code: &'static str,
    message: String,
    /// What was sent; not told where the property does not exist.
    value: Option<CompactString>,
}

impl Invalid {
    pub(crate) fn new(name: &CompactString, value: &CompactString, (code, message): Refused) -> Self {
        Self { name: name.clone(), code, message, value: Some(value.clone()) }
    }

    pub(super) fn unknown(name: &CompactString) -> Self {
        let message = format!("Property \"{name}\" does not exist");
        Self { name: name.clone(), code: "PROPERTY_DOESNT_EXIST", message, value: None }
    }

    /// As it stands in the message, which carries JSON as text.
    fn embedded(&self, portal: u64) -> Value {
        let mut item = Map::new();
        item.insert("isValid".into(), false.into());
        item.insert("message".into(), self.message.as_str().into());
        item.insert("error".into(), self.code.into());
        item.insert("name".into(), self.name.as_str().into());
        item.insert("localizedErrorMessage".into(), self.message.as_str().into());
        if let Some(value) = &self.value {
            item.insert("propertyValue".into(), value.as_str().into());
        }
        item.insert("portalId".into(), portal.into());
        Value::Object(item)
    }

    fn detail(&self) -> Value {
        json!({"message": self.message, "code": self.code, "context": {"propertyName": [self.name]}})
    }
}

/// All values of a call that were refused. It is written outside the world's lock.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    invalid: Vec<Invalid>,
    portal: u64,
    /// Whether `errors` tells them too.
    pub(crate) in_errors: bool,
}

impl Refusal {
    /// Each of them, as JSON in the message.
    pub(crate) fn embedded(&self) -> String {
        Value::Array(self.invalid.iter().map(|one| one.embedded(self.portal)).collect()).to_string()
    }

    /// The same thing once.
    pub(crate) fn errors(&self) -> Vec<Value> {
        let mut told = FxHashSet::default();
        let fresh = self.invalid.iter().filter(|_| self.in_errors);
        fresh.filter(|one| told.insert((one.code, &one.name, &one.message))).map(Invalid::detail).collect()
    }
}

/// The 400 for refused values: the message repeats each, `errors` tells the same thing once.
pub(crate) fn problem(invalid: Vec<Invalid>, portal: u64) -> Problem {
    let refused = Some(Box::new(Refusal { invalid, portal, in_errors: true }));
    Problem { refused, ..Problem::validation("Property values were not valid: ") }
}

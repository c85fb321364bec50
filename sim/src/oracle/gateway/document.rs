//! Walking a specification's text: which members are there, what they hold, and a finding for
//! each that cannot be taken. It may not decide what the members come to.

use std::ops::Range;

use super::json::{Node, Value};
use super::model::{Model, Named, Standing, named};
use super::refusal::{Finding, Place, Reason, place};
use crate::policy::GatewaySettings;

/// Collects what is to be said of one text.
pub(super) struct Document<'t> {
    text: &'t str,
    /// By which the text is judged.
    pub(super) figures: &'t GatewaySettings,
    /// What stands in the place of back ends.
    pub(super) backends: &'t [(&'t str, &'t str)],
    pub(super) refused: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spot<'n> {
    pub(super) node: &'n Node,
    pub(super) pointer: String,
}

/// The members of an object that are enforced and are not null.
#[derive(Debug)]
pub(super) struct Object<'n> {
    pub(super) spot: Spot<'n>,
    members: Vec<(&'static str, Spot<'n>)>,
}

impl<'n> Object<'n> {
    pub(super) fn get(&self, name: &str) -> Option<&Spot<'n>> {
        self.members.iter().find(|(member, _)| *member == name).map(|(_, spot)| spot)
    }
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str, figures: &'t GatewaySettings, backends: &'t [(&'t str, &'t str)]) -> Self {
        Self { text, figures, backends, refused: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn place(&self, span: Range<usize>) -> Place {
        place(self.text, span)
    }

    /// Says that a value is not one the vendor takes; `why` completes "the member ...".
    pub(super) fn refuse(&mut self, spot: &Spot<'_>, why: impl Into<String>) {
        self.add_refusal(&spot.pointer, self.mark(spot), Reason::Invalid(why.into()));
    }

    pub(super) fn not_enforced(&mut self, spot: &Spot<'_>) {
        self.add_refusal(&spot.pointer, self.mark(spot), Reason::NotEnforced);
    }

    /// Says that a back end is out of reach.
    pub(super) fn needs_tls(&mut self, spot: &Spot<'_>) {
        self.add_refusal(&spot.pointer, self.mark(spot), Reason::Tls);
    }

    pub(super) fn note(&mut self, spot: &Spot<'_>, what: impl Into<String>) {
        let place = Some(self.place(self.mark(spot)));
        self.notes.push(Finding { pointer: spot.pointer.clone(), place, reason: Reason::Note(what.into()) });
    }

    /// Reads an object, naming the members that the model lacks or that are not enforced yet.
    pub(super) fn object<'n>(&mut self, spot: &Spot<'n>, model: &Model) -> Option<Object<'n>> {
        let Value::Object(found) = &spot.node.value else {
            self.refuse(spot, "is no object");
            return None;
        };
        let mut members: Vec<(&'static str, Spot<'n>)> = Vec::new();
        for member in found {
            let pointer = format!("{}/{}", spot.pointer, member.key.replace('~', "~0").replace('/', "~1"));
            let inner = Spot { node: &member.node, pointer };
            let (name, standing) = match named(model, &member.key) {
                Some(Named::Member(name, standing)) => (name, standing),
                Some(Named::Alias(name, standing)) => {
                    self.note(&inner, format!("is taken as `{name}`, its name in the vendor's model"));
                    (name, standing)
                }
                None => {
                    self.add_refusal(&inner.pointer, member.key_span.clone(), Reason::Unknown);
                    continue;
                }
            };
            if matches!(member.node.value, Value::Null) {
                continue;
            }
            if standing == Standing::NotYet {
                self.add_refusal(&inner.pointer, member.key_span.clone(), Reason::NotEnforced);
            } else if members.iter().any(|(other, _)| *other == name) {
                self.add_refusal(&inner.pointer, member.key_span.clone(), Reason::Invalid("is given twice".to_owned()));
            } else {
                members.push((name, inner));
            }
        }
        Some(Object { spot: spot.clone(), members })
    }

    /// A member without which the object means nothing.
    pub(super) fn required<'o, 'n>(&mut self, object: &'o Object<'n>, name: &str) -> Option<&'o Spot<'n>> {
        let found = object.get(name);
        if found.is_none() {
            self.refuse(&object.spot, format!("lacks `{name}`"));
        }
        found
    }

    pub(super) fn list<'n>(&mut self, spot: &Spot<'n>) -> Vec<Spot<'n>> {
        let Value::List(nodes) = &spot.node.value else {
            self.refuse(spot, "is no list");
            return Vec::new();
        };
        let item = |(index, node)| Spot { node, pointer: format!("{}/{index}", spot.pointer) };
        nodes.iter().enumerate().map(item).collect()
    }

    pub(super) fn text<'n>(&mut self, spot: &Spot<'n>) -> Option<&'n str> {
        match &spot.node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.refuse(spot, "is no string");
                None
            }
        }
    }

    /// One of a closed set of words.
    pub(super) fn word(&mut self, spot: &Spot<'_>, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(spot)?;
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.refuse(spot, format!("is none of {}", words.join(", ")));
        }
        found
    }

    pub(super) fn flag(&mut self, spot: &Spot<'_>) -> Option<bool> {
        match spot.node.value {
            Value::Bool(flag) => Some(flag),
            _ => {
                self.refuse(spot, "is neither true nor false");
                None
            }
        }
    }

    pub(super) fn whole(&mut self, spot: &Spot<'_>) -> Option<u64> {
        let number = match &spot.node.value {
            Value::Number(number) => number.as_u64(),
            _ => None,
        };
        if number.is_none() {
            self.refuse(spot, "is no whole number");
        }
        number
    }

    pub(super) fn number(&mut self, spot: &Spot<'_>) -> Option<f64> {
        let number = match &spot.node.value {
            Value::Number(number) => number.as_f64(),
            _ => None,
        };
        if number.is_none() {
            self.refuse(spot, "is no number");
        }
        number
    }

    fn add_refusal(&mut self, pointer: &str, span: Range<usize>, reason: Reason) {
        let place = Some(self.place(span));
        self.refused.push(Finding { pointer: pointer.to_owned(), place, reason });
    }

    /// Where to point for a value: all of it, or only its bracket where it goes on for lines.
    fn mark(&self, spot: &Spot<'_>) -> Range<usize> {
        let span = spot.node.span.clone();
        match spot.node.value {
            Value::Object(_) | Value::List(_) => span.start..span.start + 1,
            _ => span,
        }
    }
}

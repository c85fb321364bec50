//! The JSON Schema of a scenario's file, made from the list of words.

use serde_json::{Map, Value, json};

use sim::faults::{CATALOGUE, Form as Told, Kind};
use sim::{Forgery, SystemName};

use super::word::{FAULT, Form, Member, Part, Takes, Word};
use crate::kit::Hostile;

/// JSON Schema, draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Standin scenario",
        "type": "object",
        "required": ["scenario"],
        "additionalProperties": false,
        "properties": {
            "scenario": {"type": "string", "description": "what it shows, in one line"},
            "given": steps(Part::Given, "what the world is like before"),
            "when": steps(Part::When, "what happens"),
            "then": steps(Part::Then, "what holds afterwards"),
        },
    })
}

fn steps(part: Part, about: &str) -> Value {
    let words = Word::all().filter(|word| word.parts().contains(&part));
    let alternatives: Vec<_> = words.map(|word| step(word, part)).collect();
    let mut steps = json!({"type": "array", "description": about, "items": {"oneOf": alternatives}});
    if part == Part::Then {
        // One says them all.
        steps["contains"] = json!({"required": [Word::Clauses.to_string()]});
        steps["minContains"] = 0.into();
        steps["maxContains"] = 1.into();
    }
    steps
}

fn step(word: Word, part: Part) -> Value {
    let mut what = match word.takes() {
        Takes::One(one) => form(one, part),
        Takes::Clauses => json!({"oneOf": [
            {"const": "all"},
            {"type": "array", "minItems": 1, "items": {"enum": contracts::Clause::ALL.iter().map(|clause| clause.as_str()).collect::<Vec<_>>()}},
        ]}),
        Takes::Fault => json!({"oneOf": CATALOGUE.map(|kind| fault(kind, part))}),
        Takes::Members { members, open } => mapping(members, open, part),
    };
    what["description"] = word.about().into();
    let mut properties = Map::new();
    properties.insert(word.to_string(), what);
    if part == Part::Then {
        properties.insert("within".to_owned(), span());
    }
    json!({"type": "object", "required": [word.to_string()], "properties": properties, "additionalProperties": false})
}

fn mapping(members: &[Member], open: bool, part: Part) -> Value {
    let properties: Map<_, _> = members
        .iter()
        .map(|member| {
            let mut form = form(member.form, part);
            form["description"] = member.about.into();
            (member.name.to_owned(), form)
        })
        .collect();
    let required: Vec<_> = members.iter().filter(|member| !member.optional).map(|member| member.name).collect();
    let kind = if required.is_empty() { json!(["object", "null"]) } else { json!("object") };
    json!({"type": kind, "properties": properties, "required": required, "additionalProperties": open})
}

/// One kind of bad day: what all can be told, and what it can.
fn fault(kind: &Kind, part: Part) -> Value {
    let mut fault = mapping(FAULT, false, part);
    fault["description"] = kind.what.into();
    fault["properties"]["name"] = json!({"const": kind.name});
    for parameter in kind.parameters {
        let own = match parameter.form {
            Told::Status(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
            Told::Count => json!({"type": "integer", "minimum": 1}),
            Told::Span => span(),
            Told::OneOf(words) => json!({"enum": words}),
        };
        let mut own = json!({"anyOf": [own, {"type": "string", "pattern": r"\$\{.+\}"}]});
        own["description"] = parameter.about.into();
        fault["properties"][parameter.name] = own;
    }
    if kind.spans {
        fault["required"] = json!(["name", "for"]);
    }
    fault
}

fn form(form: Form, part: Part) -> Value {
    let own = match form {
        Form::Span => span(),
        Form::Instant => {
            json!({"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$"})
        }
        Form::Text => return json!({"type": "string"}),
        Form::Forgery => json!({"enum": Forgery::ALL.iter().map(|how| how.as_str()).collect::<Vec<_>>()}),
        Form::Hostile => json!({"enum": Hostile::ALL.iter().map(|case| case.name()).collect::<Vec<_>>()}),
        Form::System => json!({"enum": SystemName::ALL.map(SystemName::as_str)}),
        Form::Count => json!({"type": "integer", "minimum": 0}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Share => json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        Form::Values => json!({"type": "object"}),
        Form::Members(members) => mapping(members, false, part),
        Form::Steps => steps_inside(part),
    };
    if !form.may_be_filled() {
        return own;
    }
    json!({"anyOf": [own, {"type": "string", "pattern": r"\$\{.+\}"}]})
}

fn span() -> Value {
    json!({"type": "string", "pattern": r"^\d+(ms|s|m|h|d)$"})
}

/// A repeat in a repeat needs no schema of its own: any step word of the part will do.
fn steps_inside(part: Part) -> Value {
    let words: Vec<_> = Word::all().filter(|word| word.parts().contains(&part)).map(|word| word.to_string()).collect();
    json!({"type": "array", "minItems": 1, "items": {"type": "object", "propertyNames": {"enum": words}, "minProperties": 1, "maxProperties": 1}})
}

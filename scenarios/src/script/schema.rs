//! The JSON Schema of a scenario's file, made from the list of words.

use serde_json::{Map, Value, json};

use super::word::{Form, Part, Takes, Word};

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
    json!({"type": "array", "description": about, "items": {"oneOf": alternatives}})
}

fn step(word: Word, part: Part) -> Value {
    let mut what = match word.takes() {
        Takes::One(one) => form(one, part),
        Takes::Clauses => json!({"oneOf": [
            {"const": "all"},
            {"type": "array", "items": {"enum": contracts::Clause::ALL.iter().map(|clause| clause.as_str()).collect::<Vec<_>>()}},
        ]}),
        Takes::Members { members, open } => {
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
    };
    what["description"] = word.about().into();
    let mut properties = Map::new();
    properties.insert(word.to_string(), what);
    if part == Part::Then {
        properties.insert("within".to_owned(), form(Form::Span, part));
    }
    json!({"type": "object", "required": [word.to_string()], "properties": properties, "additionalProperties": false})
}

fn form(form: Form, part: Part) -> Value {
    let filled = json!({"type": "string", "pattern": r"\$\{.+\}"});
    let own = match form {
        Form::Span => json!({"type": "string", "pattern": r"^\d+(ms|s|m|h|d)$"}),
        Form::Instant => json!({"type": "string", "format": "date-time"}),
        Form::Text => return json!({"type": "string"}),
        Form::Count => json!({"type": "integer", "minimum": 0}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Values => json!({"type": "object"}),
        Form::Steps => return steps_inside(part),
    };
    json!({"anyOf": [own, filled]})
}

/// A repeat in a repeat needs no schema of its own: any step word of the part will do.
fn steps_inside(part: Part) -> Value {
    let words: Vec<_> = Word::all().filter(|word| word.parts().contains(&part)).map(|word| word.to_string()).collect();
    json!({"type": "array", "minItems": 1, "items": {"type": "object", "propertyNames": {"enum": words}, "minProperties": 1, "maxProperties": 1}})
}

//! Compares a text with the schema of a contract and notes every part that does not fit. The schema is made
//! from the model's types, so that nothing is said twice.

use serde_json::Value;

use super::fault::Fault;
use super::tree::{Node, What};
use sim::nearest;

/// A schema, the text it is held against, and what was found.
pub(super) struct Shape<'a> {
    pub(super) root: &'a Value,
    pub(super) text: &'a str,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Shape<'a> {
    pub(super) fn check(&mut self, node: &Node, name: &str, schema: &'a Value) {
        let schema = self.resolved(schema);
        if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|word| schema[*word].as_array()) {
            return self.check_choice(node, name, choices);
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|wanted| is(&node.what, wanted)) {
            let wanted: Vec<_> = types.iter().filter(|wanted| **wanted != "null").map(|wanted| word(wanted)).collect();
            let what = format!("`{name}` is {}, and {} belongs here", node.what.kind(), wanted.join(" or "));
            return self.note(node, what, pattern_help(schema));
        }
        match &node.what {
            What::Map(_) if schema.get("properties").is_some() => self.check_members(node, name, schema),
            What::Map(members) => {
                if let Some(each) = schema.get("additionalProperties").filter(|each| each.is_object()) {
                    members.iter().for_each(|(key, member)| self.check(member, &key.value, each));
                }
            }
            What::List(items) => {
                if let Some(each) = schema.get("items") {
                    items.iter().for_each(|item| self.check(item, name, each));
                }
            }
            What::Text(text) => {
                let allowed = values(schema);
                if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
                    self.unknown_value(node, name, text, &allowed);
                } else if schema["pattern"].is_string() && sim::parse_span(text).is_err() {
                    self.note(node, format!("`{name}`: `{text}` is not a span of time"), pattern_help(schema));
                }
            }
            What::Integer(number) => {
                let at_least = schema["minimum"].as_i64().map(i128::from);
                let at_most = schema["maximum"].as_i64().map(i128::from);
                if at_least.is_some_and(|least| *number < least) || at_most.is_some_and(|most| *number > most) {
                    self.note(node, format!("`{name}`: {number} is out of range"), None);
                }
            }
            _ => {}
        }
    }

    fn check_members(&mut self, node: &Node, name: &str, schema: &'a Value) {
        let (What::Map(members), Some(properties)) = (&node.what, schema["properties"].as_object()) else { return };
        for (key, member) in members {
            match properties.get(&key.value) {
                Some(schema) => self.check(member, &key.value, schema),
                None => {
                    let meant = nearest(&key.value, properties.keys().map(String::as_str));
                    let known = properties.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                    let mend = meant.map_or(format!("known here: {known}"), |meant| format!("did you mean `{meant}`?"));
                    let what = format!("unknown field `{}`", key.value);
                    self.faults.push(Fault::at(self.text, key.referenced, what, Some(mend)));
                }
            }
        }
        for missing in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if node.get(missing).is_none() {
                let about = properties.get(missing).and_then(|schema| schema["description"].as_str());
                let place = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
                self.note(node, format!("`{missing}` is missing{place}"), about.map(str::to_owned));
            }
        }
    }

    /// One of several forms: the one of the same kind is meant.
    fn check_choice(&mut self, node: &Node, name: &str, choices: &'a [Value]) {
        let choices: Vec<_> = choices.iter().map(|choice| self.resolved(choice)).collect();
        let of_kind: Vec<_> = choices
            .iter()
            .copied()
            .filter(|schema| {
                let types = types(schema);
                types.is_empty() || types.iter().any(|wanted| is(&node.what, wanted))
            })
            .collect();
        let key = match &node.what {
            What::Map(members) => members.first().map(|(key, _)| key),
            _ => None,
        };
        let named: Vec<_> =
            of_kind.iter().filter_map(|schema| schema["properties"].as_object()?.keys().next()).collect();
        let texts: Vec<_> = of_kind.iter().flat_map(|schema| values(schema)).collect();
        match (&node.what, key) {
            (What::Text(text), _) if !texts.is_empty() => {
                if !texts.contains(&text.as_str()) {
                    self.unknown_value(node, name, text, &texts);
                }
            }
            (What::Map(_), Some(key)) if !named.is_empty() => {
                match of_kind.iter().find(|schema| schema["properties"].get(&key.value).is_some()) {
                    Some(schema) => self.check(node, name, schema),
                    None => {
                        let known: Vec<_> = named.iter().map(|name| name.as_str()).collect();
                        self.unknown_value(node, name, &key.value, &known);
                    }
                }
            }
            _ => match of_kind.first() {
                Some(schema) => self.check(node, name, schema),
                None => {
                    let wanted: Vec<_> = choices.iter().flat_map(|schema| types(schema)).map(word).collect();
                    let what = format!("`{name}` is {}, and {} belongs here", node.what.kind(), wanted.join(" or "));
                    self.note(node, what, None);
                }
            },
        }
    }

    fn unknown_value(&mut self, node: &Node, name: &str, text: &str, allowed: &[&str]) {
        let mend = match nearest(text, allowed.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of: {}", allowed.join(", ")),
        };
        self.note(node, format!("`{name}`: unknown value `{text}`"), Some(mend));
    }

    fn note(&mut self, node: &Node, what: String, mend: Option<String>) {
        self.faults.push(Fault::at(self.text, node.at, what, mend));
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
        name.and_then(|name| self.root["$defs"].get(name)).unwrap_or(schema)
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The texts that a schema allows, where it names them.
fn values(schema: &Value) -> Vec<&str> {
    let one = schema["const"].as_str();
    let several = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    several.chain(one).collect()
}

fn is(what: &What, wanted: &str) -> bool {
    match what {
        What::Null => wanted == "null",
        What::Bool => wanted == "boolean",
        What::Integer(_) => wanted == "integer" || wanted == "number",
        What::Number => wanted == "number",
        What::Text(_) => wanted == "string",
        What::List(_) => wanted == "array",
        What::Map(_) => wanted == "object",
    }
}

fn word(wanted: &str) -> &str {
    match wanted {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        "object" => "a mapping",
        other => other,
    }
}

fn pattern_help(schema: &Value) -> Option<String> {
    schema["pattern"].as_str().and(schema["description"].as_str()).map(str::to_owned)
}

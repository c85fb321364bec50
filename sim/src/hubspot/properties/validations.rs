//! The API by which a portal's own rules for values are set and read. What a rule asks of a value
//! stands in `validate/rules/`.

use std::sync::Arc;

use compact_str::CompactString;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::ask::under;
use super::body::{self, RuleUpdate};
use super::define;
use crate::hubspot::body::Text;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, other, segments, with_json};
use crate::hubspot::types::{ObjectType, PropertyId};
use crate::hubspot::validate::{Check, RuleType};
use crate::message::{Reply, Request};

const READ_AND_SET: &str = "GET,HEAD,OPTIONS,PUT";

#[derive(Debug)]
struct Ask {
    object_type: CompactString,
    what: What,
}

#[derive(Debug)]
enum What {
    List,
    OfProperty(CompactString),
    One(CompactString, Result<RuleType, Problem>),
    Set(CompactString, Result<Box<Check>, Problem>),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self.what {
            What::List => "property-validations.list",
            What::OfProperty(_) => "property-validations.read",
            What::One(..) => "property-validations.read-rule",
            What::Set(..) => "property-validations.set-rule",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let Self { object_type, what } = *self;
        let place = stage.state.place(&object_type);
        let place = place.ok_or_else(|| Problem::unknown_type(&object_type))?;
        let table = stage.state.table(place);
        match what {
            What::List => Ok(list(table.of.clone())),
            What::OfProperty(name) => of_property(table.of.clone(), &name),
            What::One(name, kind) => one(&table.of, &name, kind?),
            What::Set(name, check) => {
                let check = *check?;
                check.fits(room.settings()).map_err(|wanted| unfit(check.kind, &wanted))?;
                set(&mut table.of, &name, check)
            }
        }
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let (version, rest) = under(request, "property-validations")?;
    let segments = segments(rest);
    let (object_type, rest) = segments.split_first().filter(|(name, _)| !name.is_empty())?;
    let ask = |what| Asked::Other(Box::new(Ask { object_type: object_type.clone(), what }));
    let read = matches!(request.method, Method::GET | Method::HEAD);
    Some(match rest {
        [] if read => ask(What::List),
        [name] if read => ask(What::OfProperty(name.clone())),
        [] | [_] => other(request, READ),
        [name, word, kind] if word == "rule-type" && read => ask(What::One(name.clone(), rule_type(kind))),
        [name, word, kind] if word == "rule-type" && request.method == Method::PUT => with_json(request, |sent| {
            let check = rule_type(kind).and_then(|kind| asked(kind, body::whole(sent, version)?));
            ask(What::Set(name.clone(), check.map(Box::new)))
        }),
        [_, word, _] if word == "rule-type" => other(request, READ_AND_SET),
        _ => Asked::NoRoute,
    })
}

fn rule_type(text: &str) -> Result<RuleType, Problem> {
    let unknown = || Problem::bare(format!("Unable to parse value for path parameter: ruleType, was {text}"));
    RuleType::parse(text).ok_or_else(unknown)
}

fn asked(kind: RuleType, sent: RuleUpdate) -> Result<Check, Problem> {
    let arguments = sent.rule_arguments.unwrap_or_default().into_iter().map(|Text(text)| text).collect();
    let normalize = sent.should_apply_normalization.map(|flag| flag.0);
    Check::new(kind, arguments, normalize).map_err(|wanted| unfit(kind, wanted))
}

fn unfit(kind: RuleType, wanted: &str) -> Problem {
    let kind = kind.as_str();
    Problem::validation(format!("Invalid ruleArguments for rule type {kind}: expected {wanted}"))
}

fn list(of: Arc<ObjectType>) -> Reply {
    json_reply(StatusCode::OK, move || {
        let ruled = of.properties.iter().filter(|property| property.archived.is_none() && !property.checks.is_empty());
        let told = ruled.map(|property| {
            let rules: Vec<_> = property.checks.iter().map(told).collect();
            json!({"propertyName": property.name.as_str(), "propertyValidationRules": rules})
        });
        json!({ "results": told.collect::<Vec<_>>() })
    })
}

fn of_property(of: Arc<ObjectType>, name: &str) -> Result<Reply, Problem> {
    let id = find(&of, name)?;
    Ok(json_reply(
        StatusCode::OK,
        move || json!({ "results": of.property(id).checks.iter().map(told).collect::<Vec<_>>() }),
    ))
}

fn one(of: &ObjectType, name: &str, kind: RuleType) -> Result<Reply, Problem> {
    let property = of.property(find(of, name)?);
    let check = property.checks.iter().find(|check| check.kind == kind).cloned().ok_or_else(|| {
        let said = format!("Property '{name}' has no validation rule of type {}", kind.as_str());
        Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said)
    })?;
    Ok(json_reply(StatusCode::OK, move || told(&check)))
}

/// A rule takes the place of that of its type. Values that are there already are left as they are.
fn set(of: &mut Arc<ObjectType>, name: &str, check: Check) -> Result<Reply, Problem> {
    let id = find(of, name)?;
    if !check.kind.fits(of.property(id)) {
        let (kind, property) = (check.kind.as_str(), of.property(id));
        let (of_type, field_type) = (property.kind.as_str(), &property.field_type);
        return Err(Problem::validation(format!(
            "Rule type {kind} cannot be used with a property of type {of_type} and fieldType {field_type}"
        )));
    }
    Arc::make_mut(of).redefine(id, |property| {
        property.checks.retain(|known| known.kind != check.kind);
        property.checks.push(check);
        property.checks.sort_by_key(|known| known.kind);
    });
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

fn find(of: &ObjectType, name: &str) -> Result<PropertyId, Problem> {
    of.find(name).ok_or_else(|| define::missing(name))
}

fn told(check: &Check) -> Value {
    let mut told = Map::new();
    told.insert("ruleType".into(), check.kind.as_str().into());
    told.insert("ruleArguments".into(), check.arguments.iter().map(|text| Value::from(text.as_str())).collect());
    if let Some(normalize) = check.normalize {
        told.insert("shouldApplyNormalization".into(), normalize.into());
    }
    told.into()
}

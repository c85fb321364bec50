//! `standin faults`: the bad days that there are.

use serde_json::{Value, json};
use sim::faults::{CATALOGUE, Kind};

use super::{End, Out};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One of them alone
    name: Option<String>,
    /// As a JSON array
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let named = |kind: &&Kind| args.name.as_ref().is_none_or(|name| kind.name == name);
    let kinds: Vec<&Kind> = CATALOGUE.into_iter().filter(named).collect();
    if kinds.is_empty() {
        let wrong = sim::faults::Arm::new(args.name.as_deref().unwrap_or_default()).check().err();
        return Err(End::Setup(miette::miette!("{}", wrong.map(|wrong| wrong.to_string()).unwrap_or_default())));
    }
    if args.json {
        return Ok(Out.say(&Value::from(kinds.into_iter().map(shown).collect::<Vec<_>>()).to_string())?);
    }
    let mut text = String::new();
    for kind in kinds {
        text.push_str(&format!("{}\n  {}\n", kind.name, kind.what));
        text.push_str(&format!("  takes effect: {}\n", kind.effect.as_str()));
        if !kind.systems.is_empty() {
            text.push_str(&format!("  systems: {}\n", systems(kind).join(", ")));
        }
        for parameter in kind.parameters {
            text.push_str(&format!("  {}: {} ({})\n", parameter.name, parameter.about, parameter.form.about()));
        }
        if kind.needs_span() {
            text.push_str("  for: has to be given\n");
        }
        text.push_str(&format!("  seen: {}\n\n", kind.source));
    }
    text.push_str(
        "All take: count (calls), share (of the calls, drawn from the seed), for (a span of world time),\n\
         after (calls let go by first), where (system, path, method).\n",
    );
    Ok(Out.say(&text)?)
}

fn systems(kind: &Kind) -> Vec<&'static str> {
    kind.systems.iter().map(|system| system.as_str()).collect()
}

fn shown(kind: &Kind) -> Value {
    let parameters = kind
        .parameters
        .iter()
        .map(|parameter| json!({"name": parameter.name, "about": parameter.about, "takes": parameter.form.about()}));
    json!({
        "name": kind.name,
        "what": kind.what,
        "source": kind.source,
        "takes_effect": kind.effect.as_str(),
        "systems": systems(kind),
        "needs_span": kind.needs_span(),
        "parameters": parameters.collect::<Vec<_>>(),
    })
}

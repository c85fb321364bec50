//! `standin profiles`: the names to choose from.

use sim::SystemName;
use sim::policy::profile_names;

use super::{End, Out};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As one JSON object, names by system, the default first
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    if args.json {
        let names: serde_json::Map<_, _> =
            SystemName::ALL.iter().map(|system| (system.to_string(), profile_names(*system).into())).collect();
        return Ok(Out.say(&serde_json::Value::Object(names).to_string())?);
    }
    let mut text = String::new();
    for system in SystemName::ALL {
        text.push_str(&format!("{system}\n"));
        for (place, name) in profile_names(system).into_iter().enumerate() {
            text.push_str(&format!("  {name}{}\n", if place == 0 { "  (default)" } else { "" }));
        }
    }
    text.push_str("\nChoose one: standin serve --profile hubspot=NAME\n");
    Ok(Out.say(&text)?)
}

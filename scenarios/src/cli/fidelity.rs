//! `standin fidelity`: what the simulated systems do, by whose word, and which test shows it.

use std::fmt::Write as _;

use miette::miette;
use serde_json::{Map, Value, json};
use sim::SystemName;
use sim::ledger::{self, Entry, Mark, Never, When};

use super::{End, Out, system};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// These behaviours only, each told with what leans on it; `hubspot.search` is all that begin so
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// One system only
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Option<SystemName>,
    /// Only where a system is known to differ from the vendor's
    #[arg(long)]
    differences: bool,
    /// As one JSON object
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As a Markdown table
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let entries = ledger::entries().map_err(|bad| End::Ours(bad.into()))?;
    for id in &args.ids {
        if !entries.iter().any(|entry| named(id, entry)) {
            return Err(unknown(id, entries));
        }
    }
    let wanted: Vec<&Entry> = entries
        .iter()
        .filter(|entry| args.ids.is_empty() || args.ids.iter().any(|id| named(id, entry)))
        .filter(|entry| args.system.is_none_or(|system| entry.system() == Some(system)))
        .filter(|entry| !args.differences || entry.mark == Mark::Difference)
        .collect();
    if wanted.is_empty() && !args.json && !args.markdown {
        return Err(none_of_all(args));
    }
    let text = match args {
        Args { json: true, .. } => as_json(&wanted).to_string(),
        Args { markdown: true, .. } => as_markdown(&wanted, args.differences),
        _ => as_text(&wanted, !args.ids.is_empty()),
    };
    Ok(Out.say(&text)?)
}

/// Whether this is its id, or the beginning of it up to a dot.
fn named(id: &str, entry: &Entry) -> bool {
    entry.id.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn unknown(id: &str, entries: &[Entry]) -> End {
    let near = contracts::nearest(id, entries.iter().map(|entry| entry.id.as_str()));
    let help = near.map_or_else(|| "`standin fidelity` lists all".to_owned(), |near| format!("did you mean `{near}`?"));
    End::Setup(miette!(help = help, "no behaviour has the id `{id}`"))
}

/// What was asked for excludes all.
fn none_of_all(args: &Args) -> End {
    let system = args.system.map(|system| format!(" of {system}")).unwrap_or_default();
    let ids = if args.ids.is_empty() { String::new() } else { format!(" with the id {}", args.ids.join(", ")) };
    let differences = if args.differences { "known difference" } else { "behaviour" };
    let help = "an id begins with its system's name; leave --system or --differences out";
    End::Setup(miette!(help = help, "there is no {differences}{system}{ids}"))
}

/// How many there are: by mark, and how many of them a test shows.
struct Counts {
    total: usize,
    proven: usize,
    marks: [(Mark, usize); Mark::ALL.len()],
}

impl Counts {
    fn of<'a>(entries: impl Iterator<Item = &'a &'a Entry> + Clone) -> Self {
        let marks = Mark::ALL.map(|mark| (mark, entries.clone().filter(|entry| entry.mark == mark).count()));
        let proven = entries.clone().filter(|entry| entry.test.is_some()).count();
        Self { total: entries.count(), proven, marks }
    }

    fn text(&self) -> String {
        let marks = self.marks.iter().filter(|(_, count)| *count > 0);
        let marks = marks.map(|(mark, count)| format!("{count} {}", mark.as_str())).collect::<Vec<_>>().join(", ");
        let behaviours = if self.total == 1 { "1 behaviour".to_owned() } else { format!("{} behaviours", self.total) };
        format!("{behaviours}: {marks}; {} unproven", self.total - self.proven)
    }

    fn json(&self) -> Value {
        let marks: Map<_, _> = self.marks.iter().map(|(mark, count)| (mark.as_str().into(), (*count).into())).collect();
        json!({"total": self.total, "proven": self.proven, "unproven": self.total - self.proven, "marks": marks})
    }
}

fn by_system<'a>(entries: &'a [&'a Entry]) -> impl Iterator<Item = (SystemName, Vec<&'a Entry>)> {
    SystemName::ALL.into_iter().filter_map(|system| {
        let own: Vec<_> = entries.iter().copied().filter(|entry| entry.system() == Some(system)).collect();
        (!own.is_empty()).then_some((system, own))
    })
}

fn proof(entry: &Entry) -> &str {
    entry.test.as_deref().unwrap_or("unproven")
}

/// `closely`: with what leans on each.
fn as_text(entries: &[&Entry], closely: bool) -> String {
    let mut text = String::new();
    for (system, own) in by_system(entries) {
        let _ = writeln!(text, "{system}: {}\n", Counts::of(own.iter()).text());
        for entry in own {
            let _ = writeln!(text, "  {}", entry.id);
            let _ = writeln!(text, "    {}", entry.what);
            let source = if entry.source.is_empty() { String::new() } else { format!(" ({})", entry.source) };
            let _ = writeln!(text, "    {}{source}  {}", entry.mark.as_str(), proof(entry));
            if let Some(when) = entry.when.as_ref().filter(|_| closely) {
                let _ = writeln!(text, "    {}", leans(when));
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "in all: {}", Counts::of(entries.iter()).text());
    text
}

fn leans(when: &When) -> String {
    match when {
        When::Never(Never { never }) => format!("no call shows that it is leaned on: {never}"),
        When::Any(any) => {
            let each = any.iter().map(|one| match json!(one) {
                Value::Object(members) => {
                    let told = members.iter().map(|(name, value)| format!("{name} {}", plain(value)));
                    told.collect::<Vec<_>>().join("; ")
                }
                other => plain(&other),
            });
            format!("leaned on by: {}", each.collect::<Vec<_>>().join(", or "))
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn as_json(entries: &[&Entry]) -> Value {
    let counts: Map<_, _> =
        by_system(entries).map(|(system, own)| (system.to_string(), Counts::of(own.iter()).json())).collect();
    json!({"counts": counts, "entries": entries})
}

/// Where all are differences, their mark says nothing, and a test of what is missing there is none.
fn as_markdown(entries: &[&Entry], differences: bool) -> String {
    let columns = if differences { 3 } else { 5 };
    let row = |cells: [&str; 5]| {
        let cells = cells.map(|text| text.trim().replace('|', "\\|").replace('\n', " "));
        format!("| {} |\n", cells[..columns].join(" | "))
    };
    let mut text = row(["id", "what", "source", "mark", "test"]) + &row(["---"; 5]);
    for entry in entries {
        text.push_str(&row([&entry.id, &entry.what, &entry.source, entry.mark.as_str(), proof(entry)]));
    }
    text
}

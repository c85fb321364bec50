//! `standin receive`: puts a receiver of HubSpot's webhooks through the hostile kit, with a verdict a case.

use std::path::PathBuf;

use miette::{Report, miette};

use super::run::{Form, json, report_file, save, uninterrupted};
use super::send::{About, event, hostile, public};
use super::{End, Out, runtime};
use crate::kit::{Address, CaseResult, Hostile, Observer, ReceiveReport, Sender, Signature, Trial, junit, receive};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The receiver's own address
    #[arg(value_name = "URL", value_parser = Address::parse)]
    url: Address,
    /// The app's client secret, by which the receiver checks signatures
    #[arg(long, value_name = "TEXT")]
    secret: String,
    /// The address that HubSpot calls and signs, where a proxy stands in front of the receiver
    #[arg(long, value_name = "URL", value_parser = public)]
    public_url: Option<String>,
    /// What the receiver has come to: an address that answers with it, or a command that prints it
    ///
    /// Any text or JSON that changes with every effect of an event, and with nothing else: a count of effects like
    /// {"effects": 3}, or the records as they are now. For the cases about order it should show the values of the
    /// property that events tell.
    #[arg(long, value_name = "URL|COMMAND")]
    observe: Option<String>,
    /// The type of event that the receiver acts on
    #[arg(long, value_name = "EVENT", default_value = "contact.propertyChange", value_parser = event)]
    event: String,
    #[command(flatten)]
    about: About,
    /// Only these cases, and the genuine one before them
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = hostile())]
    only: Vec<Hostile>,
    /// Write a report: json=FILE or junit=FILE
    #[arg(long, value_name = "FORM=FILE", value_parser = report_file)]
    report: Vec<(Form, PathBuf)>,
    /// Write the report as JSON: the same as --report json=FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    runtime()?.block_on(async { uninterrupted(all(args)).await? })
}

async fn all(args: &Args) -> Result<Result<(), End>, End> {
    let address = args.url.clone();
    address.reach().await.map_err(|why| {
        let help = "is the receiver running, and is this its own address?";
        End::Setup(miette!(help = help, "{address}: {why}"))
    })?;
    let observer = args.observe.as_deref().map(Observer::new).transpose();
    let observer = observer.map_err(|error| End::Ours(miette!("no HTTP client can be made: {error}")))?;
    if let Some(observer) = &observer {
        let help = "--observe takes an http address that answers 2xx, or a command for the shell";
        observer.look().await.map_err(|why| End::Setup(miette!(help = help, "{why}")))?;
    }
    let first_id = args.about.first_id();
    let (public_url, secret) = (args.public_url.clone(), args.secret.clone());
    let sender = Sender { address: address.clone(), public_url, secret, signature: Signature::V3 };
    let trial = Trial { sender, basis: args.about.basis(&args.event, first_id), observer };
    let asked = |case: &Hostile| args.only.is_empty() || *case == Hostile::Genuine || args.only.contains(case);
    let cases: Vec<_> = Hostile::ALL.iter().copied().filter(asked).collect();
    Out.tell(&format!("{address}: {} cases, with ids from {first_id} on\n", cases.len()))?;
    let results = receive(&trial, &cases, |result| {
        if result.verdict != "untested" {
            // A reader that has gone away needs no line.
            drop(Out.say(&line(result)));
        }
    })
    .await;
    let report = ReceiveReport::new(address.to_string(), first_id, results);
    // Before anything else: whoever reads on may have gone away.
    let json_files = args.json.iter().map(|file| (Form::Json, file.clone()));
    let written = args.report.iter().cloned().chain(json_files).try_for_each(|(form, file)| {
        let text = match form {
            Form::Json => json(&report)?,
            Form::Junit => junit(&report).map_err(|error| End::Ours(Report::msg(error.to_string())))?,
        };
        save(&file, &text)
    });
    Out.tell(&summary(&report))?;
    written?;
    Ok(if report.cases.iter().any(|case| case.verdict == "broken") {
        Err(End::Broken)
    } else if report.kept {
        Ok(())
    } else {
        Err(End::Setup(miette!(help = "each case's line says why", "nothing was tested")))
    })
}

const NAME_WIDTH: usize = 36;

fn line(case: &CaseResult) -> String {
    let dots = ".".repeat(NAME_WIDTH.saturating_sub(case.case.len() + 1).max(3));
    let front = format!("  {} {dots} ", case.case);
    let seconds = case.took_ms as f64 / 1_000.0;
    match case.verdict {
        "kept" => {
            let alone = if case.unseen.is_some() { "   by its answer alone" } else { "" };
            format!("{front}ok     {seconds:.1} s{alone}")
        }
        "broken" => {
            let mut out = format!("{front}BROKEN {}   {seconds:.1} s\n", case.clause);
            out.push_str(&format!("     {}\n", case.what.as_deref().unwrap_or_default()));
            out.push_str(&format!("     sent: {}\n     a right receiver {}\n", case.stands_for, case.right));
            for sent in case.sent.iter().take(2) {
                let request = sent.request.replace('\n', "\n       | ");
                out.push_str(&format!("       | {request}\n       => {}\n", sent.answered()));
                if !sent.answer.trim().is_empty() {
                    out.push_str(&format!("          {}\n", sent.answer.trim().replace('\n', "\n          ")));
                }
            }
            out
        }
        _ => String::new(),
    }
}

fn summary(report: &ReceiveReport) -> String {
    let count = |verdict: &str| report.cases.iter().filter(|case| case.verdict == verdict).count();
    let (broken, kept, untested) = (count("broken"), count("kept"), count("untested"));
    let mut out = String::new();
    let why_not = [
        ("kept by the answer alone", by_reason(report, |case| case.unseen.as_deref())),
        ("untested", by_reason(report, |case| case.reason.as_deref())),
    ];
    for (verdict, reasons) in why_not {
        for (reason, cases) in reasons {
            out.push_str(&format!("\n  {verdict}: {}\n     {reason}\n", cases.join(", ")));
        }
    }
    out.push_str(&format!("\n{} cases: {broken} broken, {kept} kept, {untested} untested\n", report.cases.len()));
    for clause in &report.clauses {
        let of = clause.kept + clause.broken + clause.untested;
        out.push_str(&match clause.verdict {
            "broken" => format!("  {:20} BROKEN in {} of {of} cases\n", clause.clause, clause.broken),
            "kept" => format!("  {:20} kept in {} of {of} cases\n", clause.clause, clause.kept),
            _ => format!("  {:20} untested\n", clause.clause),
        });
    }
    out
}

/// The cases that have such a reason, by their reasons.
fn by_reason(report: &ReceiveReport, of: impl Fn(&CaseResult) -> Option<&str>) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (reason, case) in report.cases.iter().filter_map(|case| Some((of(case)?, case.case))) {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, cases)) => cases.push(case),
            None => reasons.push((reason, vec![case])),
        }
    }
    reasons
}

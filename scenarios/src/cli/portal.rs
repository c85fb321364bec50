//! `standin portal`: what a folder of saved answers holds, and what of it cannot be loaded.

use std::path::{Path, PathBuf};

use sim::policy::{HubspotSettings, Profile};
use sim::{HubspotPortal, PortalFile};

use super::{End, Out, run::read};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say what a folder of answers saved from HubSpot holds, and all that is wrong with it
    Check {
        folder: PathBuf,
        /// The profile whose plan it is held against, or a file of your own, which ends in .yaml
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
    },
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let What::Check { folder, profile } = &args.what;
    let plan = plan(profile.as_deref())?;
    match HubspotPortal::load(folder) {
        Ok(portal) => {
            Out.tell(&table(portal.files()))?;
            for beyond in portal.beyond(&plan) {
                Out.tell(&format!("beyond the plan: {beyond}; it is loaded all the same, and no more can be made"))?;
            }
            Ok(Out.say(&format!("{} can be loaded", folder.display()))?)
        }
        Err(mut bad) => {
            // It would name this very command.
            bad.help = None;
            if !bad.files.is_empty() {
                Out.tell(&table(&bad.files))?;
            }
            Err(End::setup(bad))
        }
    }
}

fn plan(profile: Option<&str>) -> Result<Profile<HubspotSettings>, End> {
    match profile {
        Some(file) if file.ends_with(".yaml") || file.ends_with(".yml") => {
            let text = read(Path::new(file), "name a profile, or a file of your own that ends in .yaml")?;
            Profile::parse(file, &text).map_err(End::setup)
        }
        name => Ok((*Profile::embedded(name).map_err(End::setup)?).clone()),
    }
}

/// A line for each file under its figures, and beneath it what will not be as in the real portal.
fn table(files: &[PortalFile]) -> String {
    let heads = ["found", "new", "changed", "as known", "aside"].map(str::to_owned);
    let mut rows = vec![("file".to_owned(), heads, "holds".to_owned(), &[][..])];
    for file in files {
        let figures = [file.found, file.new, file.changed, file.standard, file.aside].map(|figure| figure.to_string());
        let figures = if file.what.is_empty() { Default::default() } else { figures };
        rows.push((file.name.clone(), figures, file.what.clone(), &file.notes));
    }
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, figures, what, notes) in rows {
        let line = format!(
            "{name:<width$}  {:>6} {:>5} {:>8} {:>9} {:>6}  {what}",
            figures[0], figures[1], figures[2], figures[3], figures[4]
        );
        text.push_str(line.trim_end());
        text.push('\n');
        for note in notes {
            text.push_str(&format!("    {note}\n"));
        }
    }
    text
}

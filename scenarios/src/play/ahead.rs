//! What a target file says under `world:`, tried before any case is played: what is wrong there is told at once,
//! with its place. It starts no world.

use std::path::Path;

use contracts::nearest;
use miette::{Diagnostic, Report};
use sim::policy::{
    GatewaySettings, HubspotSettings, OrdsSettings, Profile, ProfileError, RetailExpressSettings, profile_names,
};
use sim::{OrdsTable, SystemName};

use super::world::{body, deployed, in_zone, own_tables};
use crate::target::{Deployments, Tables, TargetFile};
use crate::text::{Places, Source, Wrong};

/// Tries it.
///
/// # Errors
/// All that the file names and is not there, each with its place; or else the first file that cannot be used.
pub fn foresee(file: &TargetFile) -> Result<(), Report> {
    let source = file.source();
    let places = source.read().map_err(Report::new)?;
    let mut ahead = Ahead { file, source, places, wrong: Vec::new(), unfit: None };
    for (system, profile) in file.profiles() {
        ahead.profile(system, profile);
    }
    ahead.zone();
    ahead.portal();
    ahead.deployments();
    ahead.tables();
    match ahead.unfit {
        _ if !ahead.wrong.is_empty() => Err(Report::new(source.malformed(ahead.wrong))),
        Some(unfit) => Err(unfit),
        None => Ok(()),
    }
}

struct Ahead<'a> {
    file: &'a TargetFile,
    source: Source<'a>,
    places: Places,
    wrong: Vec<Wrong>,
    /// What is wrong inside another file, which tells its own places.
    unfit: Option<Report>,
}

impl Ahead<'_> {
    fn at(&mut self, path: &[&str], what: impl ToString, mend: impl ToString) {
        let path = [&["world"], path].concat();
        let wrong = self.source.wrong(self.places.of(&path), what.to_string(), Some(mend.to_string()));
        self.wrong.push(wrong);
    }

    /// What is wrong with a member in the words of whoever takes it.
    fn told(&mut self, path: &[&str], error: &dyn Diagnostic) {
        let mend = error.help().map(|help| help.to_string());
        self.at(path, error, mend.unwrap_or_else(|| "`standin schema target` says how it is written".to_owned()));
    }

    fn keep<T>(&mut self, read: Result<T, impl Diagnostic + Send + Sync + 'static>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                self.unfit.get_or_insert_with(|| Report::new(error));
                None
            }
        }
    }

    /// The text of a file that is named at a place.
    fn text(&mut self, path: &[&str], named: &Path) -> Option<String> {
        let file = self.file.folder.join(named);
        match std::fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) => {
                self.at(path, format!("{} cannot be read: {error}", named.display()), self.origin());
                None
            }
        }
    }

    fn origin(&self) -> String {
        format!("paths in a target file start from its own folder, {}", self.file.folder.display())
    }

    fn profile(&mut self, system: SystemName, profile: &str) {
        let path = [system.as_str(), "profile"];
        if profile.ends_with(".yaml") || profile.ends_with(".yml") {
            if let Some(text) = self.text(&path, Path::new(profile)) {
                self.keep(read_profile(system, profile, &text));
            }
            return;
        }
        let known = profile_names(system);
        if !known.contains(&profile) {
            let near = nearest(profile, known.iter().copied()).map(|near| format!("did you mean `{near}`? "));
            let near = near.unwrap_or_default();
            let mend = format!("{near}it has: {}; a file of your own ends in .yaml", known.join(", "));
            self.at(&path, format!("{system} has no profile `{profile}`"), mend);
        }
    }

    fn zone(&mut self) {
        let hubspot = &self.file.world.hubspot;
        let known = |name: &String| profile_names(SystemName::Hubspot).contains(&name.as_str());
        let Some(zone) = hubspot.time_zone.as_deref().filter(|_| hubspot.profile.as_ref().is_none_or(known)) else {
            return;
        };
        if let Err(error) = read_profile(SystemName::Hubspot, "hubspot.time_zone", &in_zone(self.file, zone)) {
            self.told(&["hubspot", "time_zone"], &error);
        }
    }

    fn portal(&mut self) {
        let Some(folder) = &self.file.world.hubspot.portal else { return };
        if !self.file.folder.join(folder).is_dir() {
            let what = format!("there is no folder {}", folder.display());
            self.at(&["hubspot", "portal"], what, self.origin());
        }
    }

    fn deployments(&mut self) {
        match &self.file.world.oci_gateway.deployments {
            Deployments::ByPrefix(files) => {
                for (prefix, path) in files {
                    if let Some(text) = self.text(&["oci_gateway", "deployments", prefix], path) {
                        self.keep(deployed(path, prefix, &text));
                    }
                }
            }
            Deployments::Whole(files) => {
                for (place, path) in files.iter().enumerate() {
                    let at = ["oci_gateway", "deployments", &place.to_string()];
                    let Some(text) = self.text(&at, path) else { continue };
                    match body(path, &text) {
                        Ok((prefix, specification)) => drop(self.keep(deployed(path, &prefix, &specification))),
                        Err(error) => self.told(&at, &error),
                    }
                }
            }
        }
    }

    fn tables(&mut self) {
        let tables = match own_tables(self.file) {
            Ok(tables) => tables,
            Err(error) => return self.told(&["ords", "tables"], &error),
        };
        let mut names: Vec<String> = Vec::new();
        let listed = matches!(self.file.world.ords.tables, Tables::Each(_));
        for (place, table) in tables.iter().enumerate() {
            let place = place.to_string();
            let all = ["ords", "tables", &place, "columns"];
            let path = if listed { &all[..] } else { &all[..2] };
            let columns = self.text(path, &table.columns).and_then(|text| {
                let name = table.columns.display().to_string();
                self.keep(OrdsTable::read(&name, &text))
            });
            if let Some(columns) = &columns {
                if names.iter().any(|name| name == columns.name()) {
                    let what = format!("the master has two tables `{}`", columns.name());
                    self.at(path, what, format!("give the table in {} another name", table.columns.display()));
                }
                names.push(columns.name().to_owned());
            }
            let Some(rows) = &table.rows else { continue };
            let all = ["ords", "tables", &place, "rows"];
            let text = self.text(if listed { &all } else { &all[..2] }, rows);
            if let (Some(columns), Some(text)) = (columns, text) {
                self.keep(columns.with_rows(&rows.display().to_string(), &text));
            }
        }
    }
}

fn read_profile(system: SystemName, file: &str, text: &str) -> Result<(), ProfileError> {
    match system {
        SystemName::Hubspot => Profile::<HubspotSettings>::parse(file, text).map(drop),
        SystemName::OciGateway => Profile::<GatewaySettings>::parse(file, text).map(drop),
        SystemName::Ords => Profile::<OrdsSettings>::parse(file, text).map(drop),
        SystemName::RetailExpress => Profile::<RetailExpressSettings>::parse(file, text).map(drop),
    }
}

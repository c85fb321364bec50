//! The world that a case is played in, from the target's file, the scenario and the seed.

use std::path::Path;

use serde_json::{Value, json};
use sim::oci_gateway::Deployment;
use sim::policy::profile_names;
use sim::{BadPortal, BadTable, Builder, ClockMode, OrdsTable, StartError, SystemName, World};

use super::case::Case;
use crate::target::{Deployments, TableFile, Tables, TargetFile, TimeMode, files};

/// Why there is no world.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NoWorld {
    #[error("{file} cannot be read: {source}")]
    #[diagnostic(help("paths in a target file start from its own folder"))]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file} holds no `pathPrefix` beside a `specification`")]
    #[diagnostic(help("a specification alone is written with its prefix: `deployments: {{ /erp/v2: {file} }}`"))]
    NoPrefix { file: String },
    #[error("there is no file like {pattern} for the master's tables")]
    #[diagnostic(help("paths in a target file start from its own folder"))]
    NoTables { pattern: String },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Table(#[from] BadTable),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Portal(#[from] BadPortal),
}

/// How fast the target's time goes, as a multiple of the wall's; `None` where it takes the world's.
pub(super) fn pace(file: &TargetFile) -> Option<f64> {
    match file.target.time {
        TimeMode::Real => Some(1.0),
        TimeMode::Cooperating => None,
        TimeMode::Faketime => Some(crate::target::scale(&file.target)),
    }
}

/// The world as the target's file describes it.
pub(super) fn describe(file: &TargetFile, case: &Case, id: &str) -> Result<Builder, NoWorld> {
    let mode = match file.target.time {
        TimeMode::Real => ClockMode::Real,
        TimeMode::Cooperating => ClockMode::Auto,
        TimeMode::Faketime => ClockMode::Scaled(crate::target::scale(&file.target)),
    };
    let mut world = World::builder().id(id).seed(case.seed).clock(mode);
    world = world.deliver_from(file.world.hubspot.deliver_from.iter().copied());
    if let Some(start) = case.script.start().filter(|_| mode != ClockMode::Real) {
        world = world.start_at(start);
    }
    if let Some(zone) = &file.world.hubspot.time_zone {
        world = world.profile_text(SystemName::Hubspot, "hubspot.time_zone", in_zone(file, zone));
    }
    for (system, profile) in file.profiles() {
        if system == SystemName::Hubspot && file.world.hubspot.time_zone.is_some() {
            continue;
        }
        world = if profile.ends_with(".yaml") || profile.ends_with(".yml") {
            world.profile_text(system, profile, read(file, Path::new(profile))?)
        } else {
            world.profile(system, profile)
        };
    }
    if let Some(portal) = file.portal()? {
        world = world.hubspot_portal(portal.clone());
    }
    match &file.world.oci_gateway.deployments {
        Deployments::ByPrefix(files) => {
            for (prefix, path) in files {
                world = world.deployment(deployed(path, prefix, &read(file, path)?)?);
            }
        }
        Deployments::Whole(files) => {
            for path in files {
                let (prefix, specification) = body(path, &read(file, path)?)?;
                world = world.deployment(deployed(path, &prefix, &specification)?);
            }
        }
    }
    for table in own_tables(file)? {
        let columns = OrdsTable::read(&table.columns.display().to_string(), &read(file, &table.columns)?)?;
        world = world.ords_table(match &table.rows {
            Some(rows) => columns.with_rows(&rows.display().to_string(), &read(file, rows)?)?,
            None => columns,
        });
    }
    Ok(world)
}

pub(super) fn deployed(path: &Path, prefix: &str, specification: &str) -> Result<Deployment, StartError> {
    Ok(Deployment::load(&path.display().to_string(), prefix, specification)?)
}

/// The prefix and the specification of a file that a deployment is created from.
pub(super) fn body(path: &Path, text: &str) -> Result<(String, String), NoWorld> {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let prefix = ["pathPrefix", "path-prefix", "path_prefix"].iter().find_map(|name| body[name].as_str());
    match (prefix, &body["specification"]) {
        (Some(prefix), specification @ Value::Object(_)) => Ok((prefix.to_owned(), specification.to_string())),
        _ => Err(NoWorld::NoPrefix { file: path.display().to_string() }),
    }
}

/// The tables of its own, those of a pattern with the rows beside them.
pub(super) fn own_tables(file: &TargetFile) -> Result<Vec<TableFile>, NoWorld> {
    let pattern = match &file.world.ords.tables {
        Tables::Each(tables) => return Ok(tables.clone()),
        Tables::Pattern(pattern) => pattern,
    };
    let found = files(&file.folder, pattern);
    if found.is_empty() {
        return Err(NoWorld::NoTables { pattern: pattern.clone() });
    }
    let rows = |columns: &Path| Some(columns.with_extension("csv")).filter(|rows| rows.is_file());
    Ok(found.into_iter().map(|columns| TableFile { rows: rows(&columns), columns }).collect())
}

/// HubSpot's profile with another time zone.
pub(super) fn in_zone(file: &TargetFile, zone: &str) -> String {
    let usual = || profile_names(SystemName::Hubspot).first().copied().unwrap_or_default();
    let profile = file.world.hubspot.profile.as_deref().unwrap_or_else(usual);
    let zone = json!({"value": zone, "source": "the target file", "date": "2026-11-01"});
    json!({"extends": profile, "settings": {"account_time_zone": zone}}).to_string()
}

/// The tables of the Oracle master in the target's worlds, without their rows.
///
/// # Errors
/// One of the target's own cannot be read.
pub fn tables(file: &TargetFile) -> Result<Vec<OrdsTable>, NoWorld> {
    let own = own_tables(file)?;
    if own.is_empty() {
        return Ok(OrdsTable::built_in());
    }
    let read = |columns: &Path| Ok(OrdsTable::read(&columns.display().to_string(), &read(file, columns)?)?);
    own.iter().map(|table| read(&table.columns)).collect()
}

fn read(file: &TargetFile, path: &Path) -> Result<String, NoWorld> {
    let path = file.folder.join(path);
    std::fs::read_to_string(&path).map_err(|source| NoWorld::Unreadable { file: path.display().to_string(), source })
}

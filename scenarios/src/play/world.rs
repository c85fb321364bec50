//! The world that a case is played in, from the target's file, the scenario and the seed.

use std::path::Path;

use sim::oci_gateway::Deployment;
use sim::{BadTable, Builder, ClockMode, OrdsTable, StartError, World};

use super::case::Case;
use crate::target::{TargetFile, TimeMode};

/// Why there is no world.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NoWorld {
    #[error("{file} cannot be read: {source}")]
    #[diagnostic(help("paths in a target file start from its own folder"))]
    Unreadable { file: String, source: std::io::Error },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Table(#[from] BadTable),
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
    if let Some(start) = case.script.start().filter(|_| mode != ClockMode::Real) {
        world = world.start_at(start);
    }
    for (system, profile) in file.profiles() {
        world = if profile.ends_with(".yaml") || profile.ends_with(".yml") {
            world.profile_text(system, profile, read(file, Path::new(profile))?)
        } else {
            world.profile(system, profile)
        };
    }
    for (prefix, path) in &file.world.oci_gateway.deployments {
        let text = read(file, path)?;
        world =
            world.deployment(Deployment::load(&path.display().to_string(), prefix, &text).map_err(StartError::from)?);
    }
    for table in &file.world.ords.tables {
        let columns = OrdsTable::read(&table.columns.display().to_string(), &read(file, &table.columns)?)?;
        world = world.ords_table(match &table.rows {
            Some(rows) => columns.with_rows(&rows.display().to_string(), &read(file, rows)?)?,
            None => columns,
        });
    }
    Ok(world)
}

/// The tables of the Oracle master in the target's worlds, without their rows.
///
/// # Errors
/// One of the target's own cannot be read.
pub fn tables(file: &TargetFile) -> Result<Vec<OrdsTable>, NoWorld> {
    let own = &file.world.ords.tables;
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

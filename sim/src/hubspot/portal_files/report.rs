//! What was found in each file of a portal's folder.

use std::collections::BTreeMap;

/// One file: what it is, how much of it is new here, and what of it comes to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortalFile {
    /// Within the folder.
    pub name: String,
    /// Whose answer it is, like `properties of contacts`; empty where its name is no endpoint's.
    pub what: String,
    /// How many definitions it holds.
    pub found: usize,
    /// Of these, what no new portal has.
    pub new: usize,
    /// What every portal has, and this one otherwise.
    pub changed: usize,
    /// What is as every portal has it.
    pub standard: usize,
    /// What is read and not simulated.
    pub aside: usize,
    /// What was not understood or will not work as in the real portal, by name.
    pub notes: Vec<String>,
}

/// How often members were met that mean nothing here.
#[derive(Clone, Debug, Default)]
pub(super) struct Unknown(BTreeMap<String, usize>);

impl Unknown {
    pub(super) fn meet(&mut self, within: &str, members: serde_json::Map<String, serde_json::Value>) {
        for (name, _) in members {
            *self.0.entry(format!("{within}{name}")).or_default() += 1;
        }
    }

    pub(super) fn note(&self) -> Option<String> {
        let all: Vec<_> = self.0.iter().map(|(name, times)| format!("{name} ({times})")).collect();
        (!all.is_empty()).then(|| format!("members without effect here: {}", all.join(", ")))
    }
}

/// Names for a note, the first few of them.
pub(super) fn some(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<_> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

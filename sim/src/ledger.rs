//! The ledger: each behaviour of a simulated system, by whose word it is so, and the test that shows
//! it. Each room keeps its own file; this reads them. It decides nothing about any behaviour.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

mod when;

pub use when::{Match, Never, Pattern, Status, When};

use crate::SystemName;
use crate::journal;

/// One behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `system.area.behaviour`; stable.
    pub id: String,
    /// One plain sentence.
    pub what: String,
    /// A fact sheet and its paragraph, or the page where it was read; may be empty where it is our own.
    pub source: String,
    pub mark: Mark,
    /// The test function that shows it; without one it is unproven.
    #[serde(default)]
    pub test: Option<String>,
    /// What in a journal leans on it; each that is inferred says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// A behaviour that a run leaned on though nobody could establish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaned {
    pub entry: &'static Entry,
    /// How many entries of the journal lean on it.
    pub calls: u64,
    /// The number of the first.
    pub first: u64,
}

/// By whose word a behaviour is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The vendor's machine-readable description.
    Spec,
    /// The vendor's documentation.
    Docs,
    /// A live answer shown in public, or a maintainer's word.
    Thread,
    /// What programs that talk to the vendor rely on.
    ClientCode,
    /// Not established: the likeliest reading.
    Inferred,
    /// Known to differ from the vendor.
    Difference,
}

impl Mark {
    pub const ALL: [Self; 6] =
        [Self::Spec, Self::Docs, Self::Thread, Self::ClientCode, Self::Inferred, Self::Difference];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Docs => "docs",
            Self::Thread => "thread",
            Self::ClientCode => "client-code",
            Self::Inferred => "inferred",
            Self::Difference => "difference",
        }
    }
}

/// A room's file that is not as it should be: a defect of this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("{file}: {what}")]
pub struct BadLedger {
    file: &'static str,
    what: String,
}

/// A room's ledger: the folder under `sim/src`, the system it tells of, its text.
type File = (&'static str, SystemName, &'static str);

macro_rules! file {
    ($path:literal, $system:ident) => {
        ($path, SystemName::$system, include_str!($path))
    };
}

const FILES: &[File] = &[
    file!("hubspot/ledger.yaml", Hubspot),
    file!("hubspot/account_info/ledger.yaml", Hubspot),
    file!("hubspot/apps/ledger.yaml", Hubspot),
    file!("hubspot/associations/ledger.yaml", Hubspot),
    file!("hubspot/consent/ledger.yaml", Hubspot),
    file!("hubspot/limits_tracking/ledger.yaml", Hubspot),
    file!("hubspot/oauth/ledger.yaml", Hubspot),
    file!("hubspot/object_library/ledger.yaml", Hubspot),
    file!("hubspot/owners/ledger.yaml", Hubspot),
    file!("hubspot/pipelines/ledger.yaml", Hubspot),
    file!("hubspot/portal_files/ledger.yaml", Hubspot),
    file!("hubspot/properties/ledger.yaml", Hubspot),
    file!("hubspot/schemas/ledger.yaml", Hubspot),
    file!("hubspot/webhooks/journal/ledger.yaml", Hubspot),
    file!("hubspot/webhooks/ledger.yaml", Hubspot),
    file!("oracle/gateway/ledger.yaml", OciGateway),
    file!("oracle/ords/ledger.yaml", Ords),
    file!("retail_express/ledger.yaml", RetailExpress),
];

/// Every behaviour, system by system, in the order of the rooms' files.
///
/// # Errors
/// An embedded file is malformed, an id occurs twice, or one does not begin with its system's name.
pub fn entries() -> Result<&'static [Entry], BadLedger> {
    static READ: OnceLock<Result<Vec<Entry>, BadLedger>> = OnceLock::new();
    READ.get_or_init(|| read(FILES)).as_deref().map_err(Clone::clone)
}

/// The inferred behaviours that these entries lean on, in the order of the ledger.
///
/// # Errors
/// As [`entries`].
pub fn leaned_on<'a>(journal: impl Iterator<Item = &'a journal::Entry> + Clone) -> Result<Vec<Leaned>, BadLedger> {
    let lean = |entry: &'static Entry| {
        let (system, when) = entry.system().zip(entry.when.as_ref())?;
        let mut fit = journal.clone().filter(|one| when.fits(system, one));
        let first = fit.next()?.n;
        Some(Leaned { entry, first, calls: 1 + fit.count() as u64 })
    };
    Ok(entries()?.iter().filter(|entry| entry.mark == Mark::Inferred).filter_map(lean).collect())
}

/// The files that are read, as paths under `sim/src`.
pub fn files() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, ..)| *path)
}

fn read(files: &[File]) -> Result<Vec<Entry>, BadLedger> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for &(file, system, text) in files {
        let bad = |what| BadLedger { file, what };
        let entries: Vec<Entry> = serde_saphyr::from_str(text).map_err(|error| bad(error.to_string()))?;
        for entry in entries {
            let own = entry.id.strip_prefix(system.as_str()).and_then(|rest| rest.strip_prefix('.'));
            if !own.is_some_and(|own| own.split('.').all(is_word)) {
                return Err(bad(format!("`{}` is not an id like {system}.area.behaviour", entry.id)));
            }
            if !seen.insert(entry.id.clone()) {
                return Err(bad(format!("`{}` occurs twice", entry.id)));
            }
            let ours = matches!(entry.mark, Mark::Inferred | Mark::Difference);
            if entry.what.trim().is_empty() || (entry.source.trim().is_empty() && !ours) {
                return Err(bad(format!("`{}` does not say what it is, or by whose word", entry.id)));
            }
            all.push(entry);
        }
    }
    Ok(all)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl Entry {
    /// The system that behaves so.
    #[must_use]
    pub fn system(&self) -> Option<SystemName> {
        SystemName::parse(self.id.split('.').next()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &'static str) -> String {
        read(&[("a/ledger.yaml", SystemName::Ords, text)]).unwrap_err().to_string()
    }

    #[test]
    fn a_broken_ledger_is_refused_with_its_place() {
        let refused = [
            (r#"- { id: hubspot.a.b, what: w, source: s, mark: docs }"#, "`hubspot.a.b` is not an id like ords."),
            (r#"- { id: ords, what: w, source: s, mark: docs }"#, "`ords` is not an id"),
            (r#"- { id: ords.A, what: w, source: s, mark: docs }"#, "`ords.A` is not an id"),
            (r#"- { id: ords..b, what: w, source: s, mark: docs }"#, "`ords..b` is not an id"),
            (r#"- { id: ords.a.b, what: w, source: s, mark: rumour }"#, "rumour"),
            (r#"- { id: ords.a.b, what: w, source: s, mark: docs, tests: t }"#, "tests"),
            (r#"- { id: ords.a.b, what: w, source: " ", mark: docs }"#, "by whose word"),
            (
                "- { id: ords.a.b, what: w, source: s, mark: docs }\n- { id: ords.a.b, what: v, source: s, mark: docs }",
                "`ords.a.b` occurs twice",
            ),
        ];
        for (text, told) in refused {
            let refusal = refusal(text);
            assert!(refusal.contains(told) && refusal.contains("a/ledger.yaml"), "{text}: {refusal}");
        }
    }
}

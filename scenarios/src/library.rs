//! The embedded library: the scenarios of a topology, and the target file of its reference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::script::Script;
use crate::target::TargetFile;
use crate::text::Malformed;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("scenarios/library/", $name, ".yaml"), include_str!(concat!("../library/", $name, ".yaml")))),*]
    };
}

/// The retail topology's scenarios.
const RETAIL: &[(&str, &str)] = embedded![
    "retail/initial-load",
    "retail/delta",
    "retail/freshness",
    "retail/token-end",
    "retail/token-over-in-flight",
    "retail/token-rotated",
    "retail/least-scope",
    "retail/bulk-opt-out",
    "retail/burst-429",
    "retail/error-burst",
    "retail/update-in-error-burst",
    "retail/timeout-after-commit",
    "retail/search-lag",
    "retail/opt-out",
    "retail/new-lead",
    "retail/webhook-signature",
    "retail/quick-answer",
    "retail/told-twice",
    "retail/out-of-order",
    "retail/echo",
    "retail/killed-in-mid-load",
    "retail/bad-record",
    "retail/storm-429",
    "retail/partial-batch",
    "retail/truncated-answer",
    "retail/slow-answer",
    "retail/connection-reset",
    "retail/late-search",
    "retail/html-page",
    "retail/locked-record",
    "retail/account-moves",
    "retail/token-revoked",
    "retail/early-expiry",
    "retail/merged-away",
    "retail/maintenance",
];
const TARGET: (&str, &str) = ("scenarios/library/retail.yaml", include_str!("../library/retail.yaml"));

/// The scenarios of the retail topology, in the order in which they build on each other.
///
/// # Errors
/// None, as a test reads them all.
pub fn retail() -> Result<Vec<Arc<Script>>, Malformed> {
    RETAIL.iter().map(|(file, text)| Script::parse(file, text).map(Arc::new)).collect()
}

/// An embedded scenario by the name of its file.
pub fn embedded(file: &str) -> Option<(&'static str, &'static str)> {
    RETAIL.iter().copied().find(|(known, _)| *known == file)
}

/// Where the embedded scenarios stand, if they stand anywhere.
pub const FOLDER: &str = "scenarios/library";

/// The embedded scenarios in a folder of the library.
#[must_use]
pub fn within(folder: &Path) -> Vec<PathBuf> {
    RETAIL.iter().map(|(file, _)| PathBuf::from(file)).filter(|file| file.starts_with(folder)).collect()
}

/// The names of the embedded scenarios, from the library's folder on.
#[must_use]
pub fn names() -> Vec<&'static str> {
    RETAIL.iter().filter_map(|(file, _)| file.strip_prefix(FOLDER)?.strip_prefix('/')).collect()
}

/// The target file of the retail reference.
///
/// # Errors
/// None, as a test reads it.
pub fn reference() -> Result<TargetFile, Malformed> {
    let mut file = TargetFile::parse(TARGET.0, TARGET.1)?;
    file.folder = PathBuf::from(".");
    Ok(file)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_embedded_can_be_read() {
        assert_eq!(super::retail().expect("every scenario").len(), super::RETAIL.len());
        super::reference().expect("the target file");
    }
}

//! The files of a folder, with their names in it. Reads the disk; knows nothing of what they hold.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::endpoint::Endpoint;
use super::problem::PortalProblem;

/// A folder in a folder, and so on: no path of an endpoint is deeper.
const DEPTH_MAX: usize = 12;

const READABLE: &str = "make it readable, or take it out";

/// What lies in a folder.
pub(super) struct Texts {
    /// All files by name, hidden ones apart, with their texts where the name is an endpoint's.
    pub(super) files: Vec<(String, String)>,
    /// What of them cannot be read.
    pub(super) problems: Vec<PortalProblem>,
}

/// # Errors
/// The folder itself cannot be read.
pub(super) fn texts(folder: &Path) -> Result<Texts, Box<PortalProblem>> {
    let mut walk = Walk { folder, seen: BTreeSet::new(), names: Vec::new(), problems: Vec::new() };
    if let Err(error) = walk.within("", 0) {
        let (name, what) = (folder.display().to_string(), format!("cannot be read: {error}"));
        return Err(Box::new(PortalProblem::of(&name, what, "name a folder of saved answers")));
    }
    let Walk { names, mut problems, .. } = walk;
    let mut files = Vec::new();
    for name in names {
        if Endpoint::of(&name).is_none() {
            files.push((name, String::new()));
            continue;
        }
        match text(&folder.join(&name)) {
            Ok(text) => files.push((name, text)),
            Err((what, mend)) => problems.push(PortalProblem::of(&name, what, mend)),
        }
    }
    Ok(Texts { files, problems })
}

/// A regular file's text: to read another may never end.
fn text(file: &Path) -> Result<String, (String, &'static str)> {
    let failed = |error: io::Error| {
        let unpack = "save the answer once more, without compression: curl --compressed unpacks it";
        let mend = if error.kind() == ErrorKind::InvalidData { unpack } else { READABLE };
        (format!("cannot be read: {error}"), mend)
    };
    if !fs::metadata(file).map_err(failed)?.is_file() {
        return Err(("is no file with an answer".to_owned(), "save the answer under this name, or take it out"));
    }
    fs::read_to_string(file).map_err(failed)
}

struct Walk<'f> {
    folder: &'f Path,
    /// Folders as they are without links: each is walked once.
    seen: BTreeSet<PathBuf>,
    names: Vec<String>,
    problems: Vec<PortalProblem>,
}

impl Walk<'_> {
    fn within(&mut self, within: &str, depth: usize) -> io::Result<()> {
        let folder = self.folder.join(within);
        if !self.seen.insert(folder.canonicalize()?) {
            return Ok(());
        }
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        // What is there by itself comes before what is a link to it.
        entries.sort_by_key(|entry| (entry.file_type().is_ok_and(|kind| kind.is_symlink()), entry.file_name()));
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let name = if within.is_empty() { name } else { format!("{within}/{name}") };
            if !self.folder.join(&name).is_dir() {
                self.names.push(name);
            } else if depth < DEPTH_MAX
                && let Err(error) = self.within(&name, depth + 1)
            {
                self.problems.push(PortalProblem::of(&name, format!("cannot be read: {error}"), READABLE));
            }
        }
        Ok(())
    }
}

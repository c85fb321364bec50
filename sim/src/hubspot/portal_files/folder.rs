//! The files of a folder, with their names in it. Reads the disk; knows nothing of what they hold.

use std::io;
use std::path::Path;

use super::problem::PortalProblem;

/// A folder in a folder, and so on: no path of an endpoint is deeper.
const DEPTH_MAX: usize = 12;

/// All files by name; hidden ones are none of ours.
///
/// # Errors
/// What cannot be read.
pub(super) fn texts(folder: &Path) -> Result<Vec<(String, String)>, Vec<PortalProblem>> {
    let mut names = Vec::new();
    if let Err((name, error)) = collect(folder, "", 0, &mut names) {
        let what = format!("cannot be read: {error}");
        let mend = if name.is_empty() { "name a folder of saved answers" } else { "make it readable, or take it out" };
        let name = if name.is_empty() { folder.display().to_string() } else { name };
        return Err(vec![PortalProblem::of(&name, what, mend)]);
    }
    let (mut texts, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        match std::fs::read_to_string(folder.join(&name)) {
            Ok(text) => texts.push((name, text)),
            // What is no text is none of the answers.
            Err(error) if error.kind() == io::ErrorKind::InvalidData && !name.ends_with(".json") => {
                texts.push((name, String::new()));
            }
            Err(error) => {
                let mend = "save the answer once more, without compression: curl --compressed unpacks it";
                problems.push(PortalProblem::of(&name, format!("cannot be read: {error}"), mend));
            }
        }
    }
    if problems.is_empty() { Ok(texts) } else { Err(problems) }
}

fn collect(folder: &Path, within: &str, depth: usize, names: &mut Vec<String>) -> Result<(), (String, io::Error)> {
    let failed = |error| (within.to_owned(), error);
    for entry in std::fs::read_dir(folder.join(within)).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let name = if within.is_empty() { name } else { format!("{within}/{name}") };
        if !folder.join(&name).is_dir() {
            names.push(name);
        } else if depth < DEPTH_MAX {
            collect(folder, &name, depth + 1, names)?;
        }
    }
    Ok(())
}

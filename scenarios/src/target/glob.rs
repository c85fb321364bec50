//! Files by a pattern of their names, like `logs/*.log`: `*` stands for any letters and `?` for one, within
//! a name; a name that begins with a dot is meant only by a pattern that does.

use std::path::{Path, PathBuf};

/// The files of a pattern from a folder on, in the order of their names. What cannot be looked into has none.
pub(crate) fn files(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![if pattern.starts_with('/') { PathBuf::from("/") } else { folder.to_owned() }];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !part.contains(['*', '?']) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let entries = found.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| is_like(name, part)));
        found = named.map(|entry| entry.path()).collect();
    }
    found.retain(|path| path.is_file());
    found.sort();
    found
}

fn is_like(name: &str, pattern: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut p) = (0, 0);
    // Where the last star stands, and how far into the name it reaches.
    let mut star = None;
    while at < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, at));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[at] => (at, p) = (at + 1, p + 1),
            _ => {
                let Some((place, reach)) = star else { return false };
                star = Some((place, reach + 1));
                (at, p) = (reach + 1, place + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_whole_names() {
        for (name, pattern, like) in [
            ("a.log", "*.log", true),
            ("a.log.1", "*.log", false),
            ("a.log.1", "*.log*", true),
            ("aab", "*ab", true),
            ("abc", "a?c", true),
            ("ac", "a?c", false),
            ("abcbd", "a*b*d", true),
            (".log", "*log", false),
            (".log", ".*", true),
            ("\u{e9}.log", "?.log", true),
            ("a", "", false),
        ] {
            assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
        }
    }

    #[test]
    fn patterns_may_stand_for_folders_too() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a/x.log", "b/y.log", "b/z.txt", "c.log"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            std::fs::write(path, "").expect("a file");
        }
        let found = |pattern: &str| -> Vec<String> {
            let files = files(folder.path(), pattern);
            let own = files.iter().filter_map(|path| path.strip_prefix(folder.path()).ok());
            own.map(|path| path.display().to_string()).collect()
        };
        assert_eq!(found("*/*.log"), ["a/x.log", "b/y.log"]);
        assert_eq!(found("c.log"), ["c.log"]);
        assert_eq!(found("*"), ["c.log"]);
        assert_eq!(files(Path::new("elsewhere"), &format!("{}/b/*.txt", folder.path().display())).len(), 1);
        assert!(found("none/*.log").is_empty());
    }
}

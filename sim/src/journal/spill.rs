//! The file that takes what memory may not hold. It has no name in any folder, so nothing is left
//! behind however the process ends. It is only ever added to, and made at the first need.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Is told why a journal cannot be moved to disk. It must not block, and must not read that journal.
#[derive(Clone)]
pub(crate) struct OnTrouble(pub(crate) Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for OnTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnTrouble")
    }
}

#[derive(Debug, Default)]
pub(super) struct Spill {
    folder: Option<PathBuf>,
    file: Option<File>,
    end: u64,
    /// Why the last write failed; none since one succeeded.
    pub(super) error: Option<String>,
    /// Is told of the first failure, and then no more.
    pub(super) on_trouble: Option<OnTrouble>,
}

impl Spill {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    /// How many bytes the file holds.
    pub(super) fn len(&self) -> u64 {
        self.end
    }

    /// Adds bytes; answers where they begin. After a failure the next write takes the same place.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let written = self.try_write(bytes);
        self.error = written.as_ref().err().map(ToString::to_string);
        if let Some(why) = &self.error
            && let Some(OnTrouble(tell)) = self.on_trouble.take()
        {
            tell(why);
        }
        written
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(match &self.folder {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            }),
        };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)?;
        let start = self.end;
        self.end += bytes.len() as u64;
        Ok(start)
    }

    pub(super) fn read(&mut self, start: u64, len: usize) -> io::Result<Vec<u8>> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![0; len];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    #[cfg(test)]
    pub(super) fn cut(&mut self, len: u64) {
        self.file.as_ref().unwrap().set_len(len).unwrap();
    }
}

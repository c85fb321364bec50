//! Standard output, written a line at a time, so that whoever reads it has each line at once.

use std::io::{self, Write as _};

/// Standard output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Out;

impl Out {
    /// Writes a text, with a line's end if it has none, and sees it off.
    ///
    /// # Errors
    /// Nobody reads it, or it cannot be written.
    pub fn say(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// As [`Self::say`]; but that nobody reads on is no failure. For what is told beside a verdict, which
    /// the exit code and the reports tell too.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn tell(self, text: &str) -> io::Result<()> {
        match self.say(text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            said => said,
        }
    }
}

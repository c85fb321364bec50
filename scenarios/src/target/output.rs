//! What a process says: taken as fast as it comes, of which the end is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinHandle;

/// How much of the end is kept.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// How much of a line is told.
const LINE_CHARS_MAX: usize = 1_000;

/// The end of what a process has said so far, both ways out together. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    end: VecDeque<u8>,
    bytes: u64,
}

impl Output {
    /// Reads to the end, in a task of its own.
    pub(super) fn take(&self, mut from: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        let output = self.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(count) = from.read(&mut buffer).await {
                if count == 0 {
                    break;
                }
                output.add(&buffer[..count]);
            }
        })
    }

    fn add(&self, bytes: &[u8]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.bytes += bytes.len() as u64;
        said.end.extend(bytes);
        let over = said.end.len().saturating_sub(KEPT_BYTES_MAX);
        said.end.drain(..over);
    }

    /// Its last lines, and how many bytes there were in all.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> (Vec<String>, u64) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(said.end.make_contiguous());
        let lines: Vec<_> = text.lines().collect();
        let lines = lines[lines.len().saturating_sub(count)..].iter().map(|line| plain(line)).collect();
        (lines, said.bytes)
    }
}

/// A line as it can be shown and written anywhere: without what moves a terminal's cursor, and not too long.
pub(crate) fn plain(line: &str) -> String {
    let shown = |c: &char| !c.is_control() || *c == '\t';
    let mut plain: String = line.chars().filter(shown).take(LINE_CHARS_MAX).collect();
    if line.chars().filter(shown).nth(LINE_CHARS_MAX).is_some() {
        plain.push_str(" ...");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_moves_no_cursor_and_has_an_end() {
        assert_eq!(plain("\u{1b}[2Jwiped\u{7}\tout\0"), "[2Jwiped\tout");
        let long = plain(&"x".repeat(LINE_CHARS_MAX + 1));
        assert_eq!(long.len(), LINE_CHARS_MAX + " ...".len());
        assert_eq!(plain(&"x".repeat(LINE_CHARS_MAX)).len(), LINE_CHARS_MAX);
    }

    #[test]
    fn of_much_output_the_end_is_kept() {
        let output = Output::default();
        (0..100_000).for_each(|line| output.add(format!("line {line}\n").as_bytes()));
        let (lines, bytes) = output.last_lines(2);
        assert_eq!(lines, ["line 99998", "line 99999"]);
        assert_eq!(bytes, 1_088_890);
        assert!(output.0.lock().expect("not poisoned").end.len() <= KEPT_BYTES_MAX);
    }
}

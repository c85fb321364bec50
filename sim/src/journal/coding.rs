//! Numbers and texts as the journal's records hold them: LEB128 varints, and bytes after their
//! length. What does not decode is an error, never a panic: a record may come back from a disk.

use std::io;

pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Zigzag, so that small negative numbers stay short.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// How many bytes [`put_number`] writes.
pub(super) const fn number_len(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

pub(super) fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a journal record does not decode")
}

/// Reads from the front of some bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn byte(&mut self) -> io::Result<u8> {
        let (&byte, rest) = self.0.split_first().ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(corrupt())
    }

    pub(super) fn signed(&mut self) -> io::Result<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(super) fn take(&mut self, len: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Bytes after their length.
    pub(super) fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let len = usize::try_from(self.number()?).map_err(|_| corrupt())?;
        self.take(len)
    }

    pub(super) fn text(&mut self) -> io::Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| corrupt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_at_every_length() {
        for number in (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX]) {
            let mut out = Vec::new();
            put_number(&mut out, number);
            assert_eq!(out.len(), number_len(number), "{number}");
            assert_eq!(Cursor::new(&out).number().unwrap(), number);
            assert!(Cursor::new(&out[..out.len() - 1]).number().is_err(), "cut short: {number}");

            let signed = number as i64;
            out.clear();
            put_signed(&mut out, signed);
            assert_eq!(Cursor::new(&out).signed().unwrap(), signed);
        }
        assert!(Cursor::new(&[0xff; 11]).number().is_err());
    }
}

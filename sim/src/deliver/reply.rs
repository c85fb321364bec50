//! An HTTP/1.1 answer out of the bytes that came in so far.

use std::borrow::Cow;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Its beginning, where it is long or broke off.
    pub body: Vec<u8>,
}

/// Whether its head is there: the status has told what there is to tell.
pub(super) fn is_begun(bytes: &[u8]) -> bool {
    split(bytes).is_some()
}

/// The answer, once it is whole; `ended` if nothing more is waited for.
pub(super) fn parsed(bytes: &[u8], ended: bool) -> Option<Reply> {
    let (status, head, body) = split(bytes)?;
    let header = |name: &str| {
        let mut named = head.split("\r\n").filter_map(|line| line.split_once(':'));
        named.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let chunked = header("transfer-encoding").is_some_and(|coding| coding.to_lowercase().contains("chunked"));
    let length: Option<usize> = header("content-length").and_then(|length| length.parse().ok());
    let whole = match (status, chunked, length) {
        (204 | 304, ..) => Some(Vec::new()),
        (_, true, _) => unchunked(body),
        (_, false, Some(length)) => body.get(..length).map(<[u8]>::to_vec),
        (_, false, None) => None,
    };
    let body = whole.or_else(|| ended.then(|| body.to_vec()))?;
    Some(Reply { status, body })
}

/// Status, head, and what of the body is there. Interim answers are passed over.
fn split(mut bytes: &[u8]) -> Option<(u16, Cow<'_, str>, &[u8])> {
    loop {
        let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, rest) = (String::from_utf8_lossy(&bytes[..at]), &bytes[at + 4..]);
        let status: u16 = head.split("\r\n").next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
        if !(100..200).contains(&status) {
            return Some((status, head, rest));
        }
        bytes = rest;
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        let from = end + 2;
        whole.extend_from_slice(rest.get(from..from.checked_add(size)?)?);
        rest = rest.get(from + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, ended: bool) -> Option<(u16, String)> {
        parsed(text.as_bytes(), ended).map(|reply| (reply.status, String::from_utf8(reply.body).unwrap()))
    }

    #[test]
    fn an_answer_has_begun_with_its_head() {
        assert!(is_begun(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"));
        for not_yet in ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0\r\n\r\n"]
        {
            assert!(!is_begun(not_yet.as_bytes()), "{not_yet}");
        }
    }

    #[test]
    fn an_answer_is_whole_when_its_head_says_so() {
        let whole = |status, body: &str| Some((status, body.to_owned()));
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false), whole(200, "ok"));
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", false), None);
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", true), whole(200, "ok"));
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n", false), whole(204, ""));
        assert_eq!(read("HTTP/1.0 401\r\n\r\nno", false), None);
        assert_eq!(read("HTTP/1.0 401\r\n\r\nno", true), whole(401, "no"));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x\r\n!\r\n0\r\n\r\n";
        assert_eq!(read(chunked, false), whole(200, "ok!"));
        assert_eq!(read(&chunked[..chunked.len() - 12], false), None);
        let many = "HTTP/1.1 100\r\n\r\n".repeat(100_000);
        assert_eq!(read(&format!("{many}HTTP/1.1 204 A\r\n\r\n"), false), whole(204, ""));
        assert_eq!(
            read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n", false),
            whole(202, "")
        );
        assert_eq!(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", false), None);
        for none in ["", "HTTP/1.1 200 OK\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"] {
            assert_eq!(read(none, true), None, "{none}");
        }
    }
}

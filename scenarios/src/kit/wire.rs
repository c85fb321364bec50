//! One request over a connection of its own, in an orderly or a disorderly manner, and what came of it. It knows
//! HTTP/1.1 and the machine's clock, and nothing of HubSpot but its deadline.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::reply::{Reply, is_begun, parsed};

/// How long HubSpot waits for an answer (facts/hubspot-limits-webhooks-auth.md §6.3).
pub const DEADLINE: Duration = Duration::from_secs(5);
/// How long an answer's body is read after its head, which alone is under the deadline.
const BODY: Duration = Duration::from_secs(2);
/// What is read of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;
const PIECES: usize = 5;
const GAP: Duration = Duration::from_millis(200);

/// Where a receiver is called: `http://HOST:PORT/PATH?QUERY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `HOST:PORT` as it was written, for the `Host` header.
    pub authority: String,
    /// Path and query.
    pub target: String,
    host: String,
    port: u16,
}

/// An address that cannot be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error(
        "`{0}` is called over TLS, which is not done here: name the http address that the receiver itself has, and this one by --public-url"
    )]
    Tls(String),
    #[error("`{0}` has no http:// in front")]
    Bare(String),
    #[error("`{0}` is no address: write it like http://127.0.0.1:3000/hubspot/events")]
    Unreadable(String),
}

impl Address {
    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of another scheme than http.
    pub fn parse(url: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress::Unreadable(url.to_owned());
        if url.starts_with("https://") {
            return Err(BadAddress::Tls(url.to_owned()));
        }
        if !url.is_empty() && !url.contains("://") {
            return Err(BadAddress::Bare(url.to_owned()));
        }
        let rest = url.strip_prefix("http://").ok_or_else(bad)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().map_err(|_| bad())?),
            None => (authority, 80),
        };
        let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || authority.contains('@') || !printable(rest) {
            return Err(bad());
        }
        let target = match target.chars().next() {
            Some('/') => target.to_owned(),
            _ => format!("/{target}"),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { authority: authority.to_owned(), target, host, port })
    }

    /// Whether somebody listens there.
    ///
    /// # Errors
    /// Why not.
    pub async fn reach(&self) -> Result<(), Failure> {
        self.connect().await.map(drop)
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let connected = timeout(DEADLINE, TcpStream::connect((self.host.as_str(), self.port))).await;
        let stream = connected.map_err(|_| Failure::Unreachable("no answer".to_owned()))?;
        let stream = stream.map_err(|error| Failure::Unreachable(error.to_string()))?;
        // Without it small writes only come later.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.target)
    }
}

/// How a request is sent and its answer read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Orderly,
    /// The body in five pieces over a second.
    SlowSending,
    /// Nothing is read for a second.
    SlowReading,
    /// Gone when the body is sent.
    Dropped,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Unreachable(String),
    /// The connection ended without an answer.
    Broken,
    /// None within the deadline.
    Deadline,
    /// Nobody waited for it.
    Left,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::Broken => f.write_str("the connection ended without an answer"),
            Self::Deadline => write!(f, "no answer within {} s", DEADLINE.as_secs()),
            Self::Left => f.write_str("the caller went away before an answer"),
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub got: Result<Reply, Failure>,
    pub took: Duration,
}

impl Answer {
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.got.as_ref().ok().map(|reply| reply.status)
    }

    /// Whether HubSpot would take the events as told.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the request was turned away: a receiver that breaks has turned nothing away, nor has one that is asked too
    /// often.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status().is_some_and(|status| (400..500).contains(&status) && status != 429)
    }

    #[must_use]
    pub fn is_late(&self) -> bool {
        self.got == Err(Failure::Deadline)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.got {
            Ok(reply) => write!(f, "{} in {:.2} s", reply.status, self.took.as_secs_f64()),
            Err(failure) => failure.fmt(f),
        }
    }
}

/// Sends a POST and waits for the answer's head, no longer than HubSpot does; then for what comes of its body.
pub(super) async fn send(address: &Address, headers: &[(String, String)], body: &[u8], manner: Manner) -> Answer {
    let sent = Instant::now();
    let begun = timeout(DEADLINE, exchange(address, headers, body, manner)).await;
    let took = sent.elapsed();
    let got = match begun {
        Ok(Ok(begun)) => begun.whole().await,
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::Deadline),
    };
    Answer { got, took }
}

/// An answer whose head is there.
struct Begun {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Begun {
    async fn whole(mut self) -> Result<Reply, Failure> {
        // A body that breaks off or does not end changes nothing.
        let _ = timeout(BODY, async {
            while parsed(&self.bytes, false).is_none() && more(&mut self.stream, &mut self.bytes).await {}
        })
        .await;
        parsed(&self.bytes, true).ok_or(Failure::Broken)
    }
}

/// Reads on; whether anything came, and more may.
async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let read = stream.read_buf(bytes).await;
    !matches!(read, Ok(0) | Err(_)) && bytes.len() <= ANSWER_BYTES_MAX
}

async fn exchange(
    address: &Address,
    headers: &[(String, String)],
    body: &[u8],
    manner: Manner,
) -> Result<Begun, Failure> {
    let mut stream = address.connect().await?;
    let mut head = format!("POST {} HTTP/1.1\r\n", address.target);
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    // Whoever refuses early may have closed already; what it said can still be read.
    let mut written = stream.write_all(head.as_bytes()).await;
    let pieces = if manner == Manner::SlowSending { PIECES } else { 1 };
    for piece in body.chunks(body.len().div_ceil(pieces).max(1)) {
        if pieces > 1 {
            sleep(GAP).await;
        }
        written = written.and(stream.write_all(piece).await);
    }
    let _ = written.and(stream.flush().await);
    match manner {
        Manner::Dropped => {
            // Until the bytes are on their way.
            let _ = stream.shutdown().await;
            return Err(Failure::Left);
        }
        Manner::SlowReading => sleep(GAP * PIECES as u32).await,
        Manner::Orderly | Manner::SlowSending => {}
    }
    let mut bytes = Vec::with_capacity(1024);
    while !is_begun(&bytes) {
        if !more(&mut stream, &mut bytes).await && !is_begun(&bytes) {
            return Err(Failure::Broken);
        }
    }
    Ok(Begun { stream, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_called() {
        let read = |url| Address::parse(url).map(|address| (address.authority, address.target, address.port));
        let whole = |authority: &str, target: &str, port| Ok((authority.to_owned(), target.to_owned(), port));
        assert_eq!(read("http://127.0.0.1:3000/a/b?c=%2F"), whole("127.0.0.1:3000", "/a/b?c=%2F", 3000));
        assert_eq!(read("http://localhost"), whole("localhost", "/", 80));
        assert_eq!(read("http://localhost?x=1"), whole("localhost", "/?x=1", 80));
        assert_eq!(read("http://[::1]:81/x"), whole("[::1]:81", "/x", 81));
        assert_eq!(read("localhost:1/x"), Err(BadAddress::Bare("localhost:1/x".to_owned())));
        for bad in ["", "ftp://a", "http://", "http://:80/", "http://a:b/", "http://a b/", "http://u@h/"] {
            assert_eq!(read(bad), Err(BadAddress::Unreadable(bad.to_owned())), "{bad}");
        }
        assert_eq!(read("https://a/"), Err(BadAddress::Tls("https://a/".to_owned())));
    }
}

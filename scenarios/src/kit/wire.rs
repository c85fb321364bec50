//! Where a receiver is called, and what came of a request to it. It knows the machine's clock, and nothing of HubSpot but
//! its deadline.

use std::fmt;
use std::time::Duration;

use sim::wire::{Call, Failure, Manner, Reply, connect, post};
use tokio::time::timeout;

/// How long HubSpot waits for an answer (facts/hubspot-limits-webhooks-auth.md §6.3).
pub const DEADLINE: Duration = Duration::from_secs(5);

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
        let connected = timeout(DEADLINE, connect((self.host.as_str(), self.port), None)).await;
        let stream = connected.map_err(|_| Failure::Unreachable("no answer".to_owned()))?;
        stream.map(drop).map_err(|error| Failure::Unreachable(error.to_string()))
    }

    /// A POST to it.
    #[must_use]
    pub fn call<'a>(&'a self, headers: &'a [(String, String)], body: &'a [u8], manner: Manner) -> Call<'a> {
        let Self { host, port, target, .. } = self;
        Call { host, port: *port, target, headers, body, manner, source: None }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.target)
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
            Err(failure) => f.write_str(&said(failure)),
        }
    }
}

/// A failure in words.
pub(super) fn said(failure: &Failure) -> String {
    match failure {
        Failure::Deadline => format!("no answer within {} s", DEADLINE.as_secs()),
        other => other.to_string(),
    }
}

/// Sends a POST and waits for the answer's head, no longer than HubSpot does; then for what comes of its body.
pub(super) async fn send(address: &Address, headers: &[(String, String)], body: &[u8], manner: Manner) -> Answer {
    let (got, took) = post(address.call(headers, body, manner), DEADLINE).await;
    Answer { got, took }
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

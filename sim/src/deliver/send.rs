//! One request to a receiver, over a connection of its own, and what came of it. The time here is
//! the wall's.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What came of a delivery.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: Option<u16>,
    pub(super) failure: Option<&'static str>,
    pub(super) answer: Bytes,
    /// By the machine's clock.
    pub(super) took_ms: u64,
}

impl Outcome {
    /// The deadline passed, or what stands for it.
    pub(super) const DEADLINE: Self = Self::failed("deadline");
    const REFUSED: Self = Self::failed("refused");
    const BROKEN: Self = Self::failed("broken");

    pub(super) const fn failed(why: &'static str) -> Self {
        Self { status: None, failure: Some(why), answer: Bytes::new(), took_ms: 0 }
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What is kept of an answer's body: nobody reads it but the journal.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The least a receiver is given, in real time, and the most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(60));

/// How long a deadline in world time is in real time, at the clock's pace; where time stands, at the wall's.
pub(super) fn patience(deadline_ms: i64, scale: f64) -> Duration {
    let seconds = deadline_ms.max(0) as f64 / 1_000.0 / if scale > 0.0 { scale } else { 1.0 };
    Duration::try_from_secs_f64(seconds).unwrap_or(PATIENCE.1).clamp(PATIENCE.0, PATIENCE.1)
}

/// Sends it from this address of the machine's, or from any, and waits so long for the head of the answer.
pub(super) async fn send(
    url: &Uri,
    headers: HeaderMap,
    body: Bytes,
    (source, patience): (Option<IpAddr>, Duration),
) -> Outcome {
    let sent = Instant::now();
    let answered = timeout(patience, exchange(url, headers, body, source)).await;
    let took_ms = u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, rest) = match answered {
        Ok(Ok(answered)) => answered,
        Ok(Err(outcome)) => return Outcome { took_ms, ..outcome },
        Err(_) => return Outcome { took_ms, ..Outcome::DEADLINE },
    };
    // The status has told what there is to tell: a body that breaks off, or takes long, changes nothing.
    let answer = timeout(patience, rest.read()).await.unwrap_or_default();
    Outcome { status: Some(status.as_u16()), failure: None, answer, took_ms }
}

/// What comes behind the head of an answer.
struct Rest {
    body: Incoming,
    /// Dropped with this, which ends the connection.
    _driving: JoinSet<hyper::Result<()>>,
}

impl Rest {
    async fn read(self) -> Bytes {
        Limited::new(self.body, ANSWER_BYTES_MAX).collect().await.map(|body| body.to_bytes()).unwrap_or_default()
    }
}

/// A connection from an address goes to one of the same family.
async fn connect((host, port): (&str, u16), source: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let Some(source) = source else { return TcpStream::connect((host, port)).await };
    let mut last = std::io::ErrorKind::AddrNotAvailable.into();
    for target in lookup_host((host, port)).await?.filter(|target| target.is_ipv4() == source.is_ipv4()) {
        let socket = if source.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind(SocketAddr::new(source, 0))?;
        match socket.connect(target).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn exchange(
    url: &Uri,
    headers: HeaderMap,
    body: Bytes,
    source: Option<IpAddr>,
) -> Result<(StatusCode, Rest), Outcome> {
    let (host, port) = (url.host().unwrap_or_default(), url.port_u16().unwrap_or(80));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = connect((host, port), source).await.map_err(|_| Outcome::REFUSED)?;
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Outcome::BROKEN)?;
    let mut driving = JoinSet::new();
    driving.spawn(connection);

    let mut request = http::Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    *request.uri_mut() = format!("{}{query}", url.path()).parse().unwrap_or_default();
    *request.headers_mut() = headers;
    let authority = url.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    request.headers_mut().extend(authority.map(|authority| (header::HOST, authority)));
    let (parts, body) = sender.send_request(request).await.map_err(|_| Outcome::BROKEN)?.into_parts();
    Ok((parts.status, Rest { body, _driving: driving }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_shrinks_with_the_scale_down_to_what_loopback_needs() {
        let ms = |scale| patience(5_000, scale).as_millis();
        assert_eq!([0.0, 1.0, 10.0, 60.0, 3_600.0, 0.01].map(ms), [5_000, 5_000, 500, 83, 50, 60_000]);
    }
}

//! One request to a receiver, over a connection of its own, and what came of it. The time here is
//! the wall's.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What came of a delivery.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: Option<u16>,
    pub(super) failure: Option<&'static str>,
    pub(super) answer: Bytes,
}

impl Outcome {
    /// The deadline passed, or what stands for it.
    pub(super) const DEADLINE: Self = Self::failed("deadline");
    const REFUSED: Self = Self::failed("refused");
    const BROKEN: Self = Self::failed("broken");

    const fn failed(why: &'static str) -> Self {
        Self { status: None, failure: Some(why), answer: Bytes::new() }
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

pub(super) async fn send(url: &Uri, headers: HeaderMap, body: Bytes, patience: Duration) -> Outcome {
    match timeout(patience, exchange(url, headers, body)).await {
        Ok(Ok(answered) | Err(answered)) => answered,
        Err(_) => Outcome::DEADLINE,
    }
}

async fn exchange(url: &Uri, headers: HeaderMap, body: Bytes) -> Result<Outcome, Outcome> {
    let (host, port) = (url.host().unwrap_or_default(), url.port_u16().unwrap_or(80));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await.map_err(|_| Outcome::REFUSED)?;
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Outcome::BROKEN)?;
    // Dropped with this call, which ends the connection.
    let mut driving = JoinSet::new();
    driving.spawn(connection);

    let mut request = http::Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.path_and_query().map_or("/", |target| target.as_str()).parse().unwrap_or_default();
    *request.headers_mut() = headers;
    let authority = url.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    request.headers_mut().extend(authority.map(|authority| (header::HOST, authority)));
    let (parts, body) = sender.send_request(request).await.map_err(|_| Outcome::BROKEN)?.into_parts();
    // The status has told what there is to tell; a body that breaks off changes nothing.
    let answer = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Ok(Outcome { status: Some(parts.status.as_u16()), failure: None, answer })
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

//! One connection: reads requests to their end within real limits of time and size, and writes what
//! the world answers. The limits here only keep a broken peer from holding on for ever; what the
//! vendor allows is the policy's.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::wire::{BrokenOff, spoil};
use crate::SystemName;
use crate::message::{Request, RequestBody};
use crate::world::Inner;

/// How long a peer may take over its headers, or between two pieces of a body.
pub(crate) const STALL: Duration = Duration::from_secs(60);
/// How much of a body beyond the policy's size is read and thrown away, so that the peer hears the
/// answer instead of a broken connection.
const DRAINED_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Serves one caller, known by its address and the number of its connection.
pub(super) async fn serve(
    stream: TcpStream,
    caller: (IpAddr, u64),
    world: Arc<Inner>,
    system: SystemName,
    mut closed: watch::Receiver<()>,
) {
    let reset = Arc::new(AtomicBool::new(false));
    let resets = reset.clone();
    let service = service_fn(move |request| {
        let (world, reset) = (world.clone(), resets.clone());
        async move {
            let Some(request) = whole(request, caller, world.body_bytes_max(system), world.stall(system)).await else {
                return spoil(stalled(), None, &world.core.clock);
            };
            let answer = world.answer(system, request).await;
            if matches!(answer, Err(BrokenOff)) {
                reset.store(true, Ordering::Relaxed);
            }
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(STALL)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = connection;
    tokio::select! {
        // A peer that broke off has nobody left to be told.
        _ = Pin::new(&mut connection) => {}
        _ = closed.changed() => {
            Pin::new(&mut connection).graceful_shutdown();
            let _ = timeout(Duration::from_secs(1), &mut connection).await;
        }
    }
    if reset.load(Ordering::Relaxed) {
        // What is closed without lingering is reset.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// The request with its body, or `None` where the peer stalled or broke off.
async fn whole(
    request: http::Request<Incoming>,
    (peer, connection): (IpAddr, u64),
    body_bytes_max: usize,
    stall: Duration,
) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let body =
        if body.is_end_stream() { RequestBody::Whole(Bytes::new()) } else { read(body, body_bytes_max, stall).await? };
    Some(Request { method: parts.method, uri: parts.uri, headers: parts.headers, body, peer, connection })
}

/// The body, if its peer neither stalls so long nor breaks off.
pub(crate) async fn read<B>(mut body: B, bytes_max: usize, stall: Duration) -> Option<RequestBody>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = timeout(stall, poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))).await.ok()? {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        length += data.len();
        if length > bytes_max {
            (first, rest) = (None, BytesMut::new());
            if length > DRAINED_BYTES_MAX {
                break;
            }
        } else if first.is_none() && rest.is_empty() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    if length > bytes_max {
        return Some(RequestBody::TooLarge);
    }
    Some(RequestBody::Whole(first.unwrap_or_else(|| rest.freeze())))
}

fn stalled() -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = http::StatusCode::REQUEST_TIMEOUT;
    response.headers_mut().insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

//! Answers that are spoilt on the wire, as a step has ordered: cut short, dribbled, or not sent at all.
//! It may not choose what is spoilt, nor wait on a clock of its own for longer than a short real while.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, header};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::timeout;

use crate::faults::Wire;
use crate::world::Clock;

/// In so many pieces a slow body is sent.
const PIECES: usize = 5;
/// How long a piece waits in real time at the most. A clock that stands while its parties are awake would
/// wait for the one who waits for this answer.
const PIECE_WAIT_MAX: Duration = Duration::from_millis(25);

/// A body as it goes out.
pub(super) struct Spoilt {
    left: Bytes,
    /// What is announced and not sent.
    missing: usize,
    flushed: bool,
    slow: Option<Slow>,
}

struct Slow {
    clock: Clock,
    piece: usize,
    piece_ms: i64,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// There is no answer: the connection is to be reset.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer is broken off by a fault")
    }
}

impl std::error::Error for BrokenOff {}

/// Makes an answer ready to be sent as it was ordered.
pub(super) fn spoil(
    mut response: Response<Bytes>,
    wire: Option<Wire>,
    clock: &Clock,
) -> Result<Response<Spoilt>, BrokenOff> {
    let length = response.body().len();
    let whole = |left| Spoilt { left, missing: 0, flushed: false, slow: None };
    match wire {
        None => Ok(response.map(whole)),
        Some(Wire::Reset) => Err(BrokenOff),
        Some(Wire::Truncated { bytes }) => {
            let sent = bytes.unwrap_or(length / 2).min(length.saturating_sub(1));
            // A body that turns out to have no bytes is announced with one.
            let missing = (length - sent).max(1);
            response.headers_mut().insert(header::CONTENT_LENGTH, (sent + missing).into());
            Ok(response.map(|body| Spoilt { left: body.slice(..sent), missing, flushed: false, slow: None }))
        }
        Some(Wire::Slow { over_ms }) => {
            let pieces = i64::try_from(PIECES).unwrap_or(1);
            let slow = Slow {
                clock: clock.clone(),
                piece: length.div_ceil(PIECES).max(1),
                piece_ms: over_ms / pieces,
                waiting: None,
            };
            Ok(response.map(|left| Spoilt { left, missing: 0, flushed: false, slow: Some(slow) }))
        }
    }
}

impl Slow {
    /// Ready once it is time for the next piece.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (clock, ms) = (&self.clock, self.piece_ms);
        let waiting = self.waiting.get_or_insert_with(|| {
            let sleep = clock.sleep(ms, None);
            let stands = clock.stands();
            Box::pin(async move {
                let Ok(sleep) = sleep else { return };
                if stands {
                    let _ = timeout(PIECE_WAIT_MAX, sleep).await;
                } else {
                    let _ = sleep.await;
                }
            })
        });
        ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(())
    }
}

impl Body for Spoilt {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        if this.left.is_empty() && this.missing > 0 && !std::mem::replace(&mut this.flushed, true) {
            // What was sent so far goes out before the end of it.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if this.left.is_empty() {
            return Poll::Ready((this.missing > 0).then(|| Err(io::ErrorKind::UnexpectedEof.into())));
        }
        let piece = match &mut this.slow {
            Some(slow) => {
                ready!(slow.poll(cx));
                slow.piece.min(this.left.len())
            }
            None => this.left.len(),
        };
        Poll::Ready(Some(Ok(Frame::data(this.left.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.left.len() + self.missing) as u64)
    }
}

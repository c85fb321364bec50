//! Bytes to and from a back end, under limits of silence: so long between two writes, so long
//! between two reads, as a gateway's time-outs are meant (facts/oci-api-gateway.md §7). A back end
//! that keeps sending may take as long as it likes. The time here is the wall's.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};
use tower_service::Service;

/// How long a back end is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Patience {
    pub(super) connect: Duration,
    pub(super) send: Duration,
    pub(super) read: Duration,
}

/// Connects with patience, to streams that have it.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    http: HttpConnector,
    patience: Patience,
}

/// A connection that fails with [`io::ErrorKind::TimedOut`] when its peer is silent too long.
pub(super) struct Patient {
    stream: TokioIo<TcpStream>,
    patience: Patience,
    /// Ends when nothing has been read or written for too long.
    reading: Pin<Box<Sleep>>,
    /// Ends when the peer has taken nothing for too long; only while a write waits.
    sending: Option<Pin<Box<Sleep>>>,
}

impl Connector {
    pub(super) fn new(patience: Patience) -> Self {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(patience.connect));
        http.set_nodelay(true);
        Self { http, patience }
    }
}

impl Service<Uri> for Connector {
    type Response = Patient;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Patient, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, patience) = (self.http.call(to), self.patience);
        Box::pin(async move {
            let stream = connecting.await?;
            Ok(Patient { stream, patience, reading: Box::pin(sleep(patience.read)), sending: None })
        })
    }
}

impl Patient {
    fn heard(&mut self) {
        self.reading.as_mut().reset(Instant::now() + self.patience.read);
    }

    /// Makes a write, or gives up on it.
    fn write(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TokioIo<TcpStream>>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = write(Pin::new(&mut self.stream), cx) {
            self.sending = None;
            self.heard();
            return Poll::Ready(written);
        }
        let send = self.patience.send;
        ready!(self.sending.get_or_insert_with(|| Box::pin(sleep(send))).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.heard();
            return Poll::Ready(read);
        }
        if self.sending.is_some() {
            return Poll::Pending; // the write that waits has a limit of its own, and begins this one anew
        }
        ready!(self.reading.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Write for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write_vectored(cx, bytes))
    }
}

impl Connection for Patient {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

//! One POST over a connection of its own, sent and read in an orderly manner or another, and what came of it. It knows
//! HTTP/1.1, and nothing of who sends what to whom. The time here is the wall's.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

pub use super::reply::Reply;
use super::reply::{is_begun, parsed};

/// How long an answer's body is read after its head, which alone is waited for.
const BODY: Duration = Duration::from_secs(2);
/// What is read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const PIECES: u32 = 5;
const GAP: Duration = Duration::from_millis(200);

/// How a request is sent and its answer read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Orderly,
    /// The body in five pieces over a second.
    SlowSending,
    /// Nothing is read of the answer until a second has passed.
    SlowReading,
    /// Gone when the body is sent.
    Dropped,
}

impl Manner {
    /// What the sender itself takes for it, which is not the receiver's fault.
    #[must_use]
    pub const fn takes(self) -> Duration {
        match self {
            Self::SlowSending | Self::SlowReading => GAP.saturating_mul(PIECES),
            Self::Orderly | Self::Dropped => Duration::ZERO,
        }
    }
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There was no connection; why.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("the connection ended without an answer")]
    Broken,
    #[error("no answer in time")]
    Deadline,
    /// The whole body went off, and nobody waited for an answer.
    #[error("the caller went away before an answer")]
    Left,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// A name or an address, without brackets.
    pub host: &'a str,
    pub port: u16,
    /// Path and query.
    pub target: &'a str,
    /// In their order, `Host` among them; `Content-Length` is added.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    pub manner: Manner,
    /// The address of this machine that it comes from; any if absent.
    pub source: Option<IpAddr>,
}

/// Sends a request and waits so long for the head of the answer, and for its body apart; and how long the head took. What
/// the sender takes by its own manner is not counted as the receiver's.
///
/// # Errors
/// Why there was none.
pub async fn post(call: Call<'_>, patience: Duration) -> (Result<Reply, Failure>, Duration) {
    let began = Instant::now();
    let begun = begin(call, began, patience).await;
    let took = began.elapsed();
    match begun {
        Ok(begun) => (begun.whole().await, took),
        Err(failure) => (Err(failure), took),
    }
}

async fn begin(call: Call<'_>, began: Instant, patience: Duration) -> Result<Begun, Failure> {
    let own = if call.manner == Manner::SlowSending { call.manner.takes() } else { Duration::ZERO };
    let deadline = began + patience + own;
    let late = |_| Failure::Deadline;
    let connected = timeout_at(deadline, connect((call.host, call.port), call.source)).await.map_err(late)?;
    let mut stream = connected.map_err(|error| Failure::Unreachable(error.to_string()))?;
    // Without it small writes only come later.
    let _ = stream.set_nodelay(true);
    let written = timeout_at(deadline, write(&mut stream, call)).await.map_err(late)?;
    match call.manner {
        Manner::Dropped => {
            written.map_err(|_| Failure::Broken)?;
            // Until the bytes are on their way.
            let _ = stream.shutdown().await;
            Err(Failure::Left)
        }
        Manner::SlowReading => {
            // An end without an answer is seen when it is read.
            let _ = timeout_at(deadline, stream.peek(&mut [0])).await.map_err(late)?;
            sleep_until(began + call.manner.takes()).await;
            timeout(patience, Begun::read(stream)).await.map_err(late)?
        }
        // Whoever refuses early may have closed before all was written; what it said can still be read.
        Manner::Orderly | Manner::SlowSending => timeout_at(deadline, Begun::read(stream)).await.map_err(late)?,
    }
}

/// Opens a connection. One from an address goes to one of the same family.
///
/// # Errors
/// There is nobody, or this machine has no such address.
pub async fn connect((host, port): (&str, u16), source: Option<IpAddr>) -> std::io::Result<TcpStream> {
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

async fn write(stream: &mut TcpStream, call: Call<'_>) -> std::io::Result<()> {
    let Call { target, headers, body, manner, .. } = call;
    let mut head = format!("POST {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    if manner != Manner::SlowSending {
        stream.write_all(&[head.as_bytes(), body].concat()).await?;
        return stream.flush().await;
    }
    stream.write_all(head.as_bytes()).await?;
    for piece in body.chunks(body.len().div_ceil(PIECES as usize).max(1)) {
        sleep(GAP).await;
        stream.write_all(piece).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// An answer whose head is there.
struct Begun {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Begun {
    async fn read(mut stream: TcpStream) -> Result<Self, Failure> {
        let mut bytes = Vec::with_capacity(1024);
        while !is_begun(&bytes) {
            if !more(&mut stream, &mut bytes).await && !is_begun(&bytes) {
                return Err(Failure::Broken);
            }
        }
        Ok(Self { stream, bytes })
    }

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

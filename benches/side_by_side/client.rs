//! A closed loop over keep-alive connections. It reads no more of an answer than it must, so that on a
//! small machine most of the time is the server's.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::Result;

const CONNECTIONS: usize = 32;

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Sends this many requests, each made from its number, and answers how long that took.
///
/// # Errors
/// A connection breaks, or an answer is none of 200 to 299.
pub(crate) async fn drive(address: &str, count: u64, request: Rc<dyn Fn(u64) -> Vec<u8>>) -> Result<Duration> {
    let next = Rc::new(Cell::new(0));
    let local = tokio::task::LocalSet::new();
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|stream| {
            let (next, request) = (next.clone(), request.clone());
            local.spawn_local(async move {
                let mut peer = Peer { stream, received: Vec::with_capacity(1 << 18) };
                loop {
                    let n = next.replace(next.get() + 1);
                    if n >= count {
                        return Ok::<_, String>(());
                    }
                    peer.ask(&request(n)).await.map_err(|error| error.to_string())?;
                }
            })
        })
        .collect();
    local
        .run_until(async {
            for task in tasks {
                task.await??;
            }
            Ok::<_, Box<dyn std::error::Error>>(())
        })
        .await?;
    Ok(started.elapsed())
}

/// One request and its answer, on a connection of its own.
pub(crate) async fn once(address: &str, request: &[u8]) -> Result<Answer> {
    let mut peer = Peer { stream: TcpStream::connect(address).await?, received: Vec::new() };
    let (status, head) = peer.ask(request).await?;
    let body = peer.received.split_off(head);
    let head = String::from_utf8_lossy(&peer.received).into_owned();
    Ok(Answer { status, head, body })
}

struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Peer {
    /// The status, and where the body begins in `received`.
    async fn ask(&mut self, request: &[u8]) -> Result<(u16, usize)> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server broke off".into());
            }
            if head.is_none() {
                head = self.received.windows(4).position(|four| four == b"\r\n\r\n").map(|end| end + 4);
            }
            let Some(head) = head else { continue };
            let text = std::str::from_utf8(&self.received[..head])?;
            if self.received.len() < head + content_length(text)? {
                continue;
            }
            let status = text.get(9..12).unwrap_or_default().parse()?;
            if !(200..300).contains(&status) {
                return Err(String::from_utf8_lossy(&self.received).into_owned().into());
            }
            return Ok((status, head));
        }
    }
}

fn content_length(head: &str) -> Result<usize> {
    let name = "content-length: ";
    let line = head.lines().find(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    Ok(line.ok_or("an answer without a length")?[name.len()..].trim().parse()?)
}

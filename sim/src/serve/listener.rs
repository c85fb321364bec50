//! One listening address of one system of one world. It binds before it says so, on loopback unless
//! told otherwise, and closes with its connections when it is dropped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::connection;
use crate::SystemName;
use crate::world::Inner;

/// How long to wait after an accept that failed, so that running out of descriptors does not spin.
const PAUSE: Duration = Duration::from_millis(10);

/// A bound address on which a system answers.
#[derive(Debug)]
pub(crate) struct Listener {
    accepting: JoinHandle<()>,
    /// Dropped with the listener, which ends every connection.
    _open: watch::Sender<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Binds an address without answering yet. Port 0 takes any that is free.
pub(crate) fn bind(ip: IpAddr, port: u16) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let socket = std::net::TcpListener::bind((ip, port))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

impl Listener {
    /// Starts answering on a bound socket.
    pub(crate) fn start(socket: std::net::TcpListener, world: Arc<Inner>, system: SystemName) -> io::Result<Self> {
        let socket = TcpListener::from_std(socket)?;
        let (open, closed) = watch::channel(());
        let accepting = tokio::spawn(async move {
            loop {
                match socket.accept().await {
                    Ok((stream, peer)) => accepted(stream, peer, &world, system, closed.clone()),
                    // Out of descriptors, or a connection that died while queued: the next may do.
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        });
        Ok(Self { accepting, _open: open })
    }

    /// Answers when the address is free again.
    pub(crate) async fn close(mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
    }
}

fn accepted(stream: TcpStream, peer: SocketAddr, world: &Arc<Inner>, system: SystemName, closed: watch::Receiver<()>) {
    // Without it a small answer waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    tokio::spawn(connection::serve(stream, peer.ip(), world.clone(), system, closed));
}

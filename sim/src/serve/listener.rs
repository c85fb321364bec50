//! One listening address of one system of one world. It binds before it says so, on loopback unless
//! told otherwise, and closes with its connections when it is dropped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
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

/// Connections that may queue before they are accepted; beyond it a peer waits a second and more.
const QUEUED_MAX: u32 = 4_096;

/// Binds an address: peers queue, but nobody answers them yet. Port 0 takes any that is free.
pub(crate) fn bind(ip: IpAddr, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if ip.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a port is free again at once after the program that held it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(ip, port))?;
    let socket = socket.listen(QUEUED_MAX)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

impl Listener {
    /// Starts answering on a bound socket.
    pub(crate) fn start(socket: TcpListener, world: Arc<Inner>, system: SystemName) -> Self {
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
        Self { accepting, _open: open }
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
    let caller = (peer.ip(), world.next_connection());
    tokio::spawn(connection::serve(stream, caller, world.clone(), system, closed));
}

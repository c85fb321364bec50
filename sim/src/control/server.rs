//! The listener of the control API. It binds before it says so, on loopback unless told otherwise,
//! and closes with its connections when it is dropped.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::routes::{Api, router};
use crate::host::Host;
use crate::serve::{STALL, bind};
use crate::world::{StartError, World, reachable, taken};

/// The control API, answering. Dropping it closes its address; the worlds stay with their [`Host`].
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::net::Ipv4Addr;
/// use std::sync::Arc;
/// use standin_sim::{Control, Host, World};
///
/// let host = Arc::new(Host::new(World::builder()));
/// let control = Control::start(host, Ipv4Addr::LOCALHOST.into(), 0).await?;
/// println!("curl -X POST {}/_standin/worlds", control.url());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Control {
    url: String,
    accepting: JoinHandle<()>,
    /// Dropped with it, which ends every connection.
    _open: watch::Sender<()>,
}

impl Control {
    /// The port it takes where ports are not chosen freely.
    pub const DEFAULT_PORT: u16 = 4000;

    /// Binds and answers. Port 0 takes any that is free.
    ///
    /// # Errors
    /// The port is taken, or the address is none of this machine's.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(host: Arc<Host>, ip: IpAddr, port: u16) -> Result<Self, StartError> {
        let failed = |source| taken("control", SocketAddr::new(ip, port), source);
        let (socket, address) = bind(ip, port).map_err(failed)?;
        let url = format!("http://{}", reachable(address));
        let service = TowerToHyperService::new(router(Api { host, url: url.clone() }));
        let (open, closed) = watch::channel(());
        let accepting = tokio::spawn(async move {
            loop {
                match socket.accept().await {
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        tokio::spawn(serve(stream, service.clone(), closed.clone()));
                    }
                    // Out of descriptors, or a connection that died while queued: the next may do.
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        });
        Ok(Self { url, accepting, _open: open })
    }

    /// A world's addresses and credentials, and this address: the line that `standin serve --json` prints.
    #[must_use]
    pub fn ready(&self, world: &World) -> serde_json::Value {
        super::worlds::ready(world, &self.url)
    }

    /// Where it answers, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Long enough not to spin while there are no descriptors, short enough for nobody to notice.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

async fn serve(stream: TcpStream, service: TowerToHyperService<axum::Router>, mut closed: watch::Receiver<()>) {
    // A caller who hangs up is noticed while it waits, which is how a sleeper is known to be gone.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(STALL)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(Duration::from_secs(1), connection).await;
        }
    }
}

//! The integration as it runs: it polls, listens and minds events until it is told to end.

use std::future::{Future, IntoFuture as _};
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::delta;
use super::hand::Desk;
use super::inbox::Inbox;
use super::listener::{Door, routes};
use super::store::Store;
use crate::{Config, Error};

/// Keeps both systems in step until `ended` comes. Without a [receiver](Config::receiver) it is told of
/// nothing and only polls. `ready` is told the port it listens on, when it does.
///
/// # Errors
/// It cannot keep its state, listen, or wait. What fails at a system is told on stderr and tried again
/// with the next poll.
pub async fn serve(config: Config, ready: impl FnOnce(u16), ended: impl Future<Output = ()>) -> Result<(), Error> {
    let store = Arc::new(Store::open(config.state_dir.as_deref())?);
    let config = Arc::new(config);
    let desk = Desk::new(config.clone(), store.clone())?;
    desk.join().await?;
    let events = desk.of_party("-events");
    let inbox = Arc::new(Inbox::open(store.clone(), events.clone()).await?);
    let listening = listen(&config, inbox.clone(), ready);
    let done = tokio::select! {
        error = listening => Err(error),
        error = delta::run(&desk, &store, config.bug) => Err(error),
        error = inbox.run() => Err(error),
        () = ended => Ok(()),
    };
    // Whoever is no party any more has left already.
    let _ = tokio::join!(desk.leave(), events.leave());
    done
}

async fn listen(config: &Config, inbox: Arc<Inbox>, ready: impl FnOnce(u16)) -> Error {
    let Some(receiver) = config.receiver.clone() else { return std::future::pending().await };
    let port = receiver.port;
    let bound = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        ready(listener.local_addr()?.port());
        axum::serve(listener, routes(Door { inbox, receiver, bug: config.bug })).into_future().await
    };
    let source = bound.await.err().unwrap_or_else(|| std::io::Error::other("the listener ended"));
    Error::Listen { port, source }
}

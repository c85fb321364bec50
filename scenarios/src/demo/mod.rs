//! The demonstration: a world with its systems, an integration that fills it, and a scripted client
//! that runs into what the vendors refuse. It says what was called, what came back and why it
//! matters, and fails on the first answer that is not the expected one.

mod answer;
mod faults;
mod limits;
mod load;
mod records;
mod session;
mod summary;
mod tokens;

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use sim::{ClockMode, Control, Host, World};

use self::session::Session;

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Failed {
    /// A system answered otherwise than the vendor would.
    #[error("{what}\n  expected: {expected}\n  answered: {got}")]
    Unexpected { what: String, expected: String, got: String },
    #[error("the demonstration cannot be run")]
    NotRun(#[source] Box<dyn Error + Send + Sync>),
}

/// Runs the demonstration on free ports, and tells it on standard output. The same seed tells the
/// same story, but for ports and the machine's time.
///
/// It starts the reference integration as a process of the running program, so that program has to be
/// `standin`.
///
/// # Errors
/// A system answered otherwise than expected, or something on this machine is in the way.
pub async fn run(seed: u64) -> Result<(), Failed> {
    let began = Instant::now();
    let host = Arc::new(Host::new(World::builder().seed(seed).clock(ClockMode::Auto)));
    let world = host.create(host.base()).await.map_err(other)?;
    let control = Control::start(host, Ipv4Addr::LOCALHOST.into(), 0).await.map_err(other)?;
    let session = Session::new(world, control.url())?;

    session.opening(seed);
    load::play(&session).await?;
    records::play(&session).await?;
    limits::play(&session).await?;
    tokens::play(&session).await?;
    faults::play(&session).await?;
    summary::play(&session, began.elapsed())
}

fn other(error: impl Error + Send + Sync + 'static) -> Failed {
    Failed::NotRun(Box::new(error))
}

/// Holds what came back against what should have.
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), Failed> {
    if got == expected {
        return Ok(());
    }
    Err(Failed::Unexpected { what: what.to_owned(), expected: format!("{expected:?}"), got: format!("{got:?}") })
}

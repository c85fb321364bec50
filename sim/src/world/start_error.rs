//! Why a world does not start, each time with what to do about it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::ClockError;
use crate::near::meant;
use crate::oracle::gateway::{BadBackend, BadGateway, SpecificationError};
use crate::policy::ProfileError;

/// Why a world did not start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StartError {
    #[error("the port {} for {system} is taken", address.port())]
    #[diagnostic(help("end the program that holds it, or choose another port"))]
    Taken { system: &'static str, address: SocketAddr },
    #[error("{system} cannot listen on {address}")]
    #[diagnostic(help("give an address of this machine to --bind, such as 127.0.0.1"))]
    Bind { system: &'static str, address: SocketAddr, source: io::Error },
    #[error("webhooks cannot be delivered from {address}: {source}")]
    #[diagnostic(help("give addresses of this machine, such as 127.0.0.2; where there is but one, leave them out"))]
    DeliverFrom { address: IpAddr, source: io::Error },
    #[error("the journal cannot be kept in {}: {source}", folder.display())]
    #[diagnostic(help("name a folder that exists and can be written, or leave it out to have the system's own"))]
    JournalFolder { folder: PathBuf, source: io::Error },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Clock(#[from] ClockError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Specification(#[from] SpecificationError),
    #[error(transparent)]
    Backend(#[from] BadBackend),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Gateway(#[from] BadGateway),
    #[error("the master has two tables `{0}`")]
    SameTable(String),
    #[error("`{0}` is no world id; use letters, digits, dashes, dots and underscores, at most 64")]
    BadId(String),
    #[error("a world `{0}` is there already")]
    #[diagnostic(help("choose another id, or delete that world first"))]
    SameId(String),
    #[error("there is no system `{name}`{}; the systems are: {known}", meant(name, known.split(", ")))]
    UnknownSystem { name: String, known: String },
}

/// What a failure to bind means.
pub(crate) fn taken(system: &'static str, address: SocketAddr, source: io::Error) -> StartError {
    match source.kind() {
        io::ErrorKind::AddrInUse => StartError::Taken { system, address },
        _ => StartError::Bind { system, address, source },
    }
}

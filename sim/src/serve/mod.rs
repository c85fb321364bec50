//! Everything outside a step: listeners, bytes in, bytes out, and calls to back ends.

mod connection;
mod forward;
mod listener;
mod open_files;
mod patience;
mod walk;
mod wire;

pub(crate) use connection::{STALL, read};
pub(crate) use forward::Backends;
pub(crate) use listener::{Listener, bind};
pub use open_files::raise_open_files;

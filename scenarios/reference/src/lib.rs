//! A correct integration for each topology: what a contract can be kept by. It knows the systems by
//! HTTP alone, as any integration does, and takes addresses and credentials from its configuration.

mod bugs;
mod call;
mod config;
mod error;
mod pace;
mod pacer;

pub mod retail;

pub use bugs::{Bug, UnknownBug};
pub use config::{BadConfig, Config, Receiver};
pub use error::Error;
pub use pace::{Clock, Pace};

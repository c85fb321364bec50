//! A correct integration for each topology: what a contract can be kept by. It knows the systems by
//! HTTP alone, as any integration does, and takes addresses and credentials from its configuration.

mod call;
mod config;
mod error;
mod pace;

pub mod retail;

pub use config::{Config, Missing};
pub use error::Error;
pub use pace::{Clock, Pace};

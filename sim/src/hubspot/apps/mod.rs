//! The apps of a portal: who may call it, with what credentials, and for which scopes.

mod app;
mod door;
mod editions;
mod hand;
mod scopes;
mod set;
mod token;

pub(crate) use app::{ACCESS, App, Apps, CODE, Kind, PRIVATE, REFRESH, SERVICE};
pub(crate) use door::{authenticate, by_key, not_installed, unknown_token};
pub use hand::{AppHand, AppTold};
pub(crate) use scopes::{Needs, names, needs, of_apps, place};
pub(crate) use set::ScopeSet;
pub(crate) use token::{Challenge, Granted, Named};

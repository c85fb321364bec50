//! The apps of a portal: who may call it, with what credentials, and for which scopes.

mod app;
mod door;
mod scopes;
mod set;
mod token;

pub(crate) use app::{ACCESS, App, Apps, CODE, Kind, NAMES, PRIVATE, REFRESH, SERVICE};
pub(crate) use door::{authenticate, expired, unknown_token};
pub(crate) use scopes::{Needs, grantable, names, needs, place};
pub(crate) use set::ScopeSet;
pub(crate) use token::{Challenge, Granted, Named};

//! Bad days, one file each: what it stands for, where it was seen, what it does to a call.
//! A fault is armed by the tester, or stands in a profile, and strikes at the fault door; how a refusal reads is the
//! system's. Nothing here knows a socket, a room or a clock.

mod arm;
mod armed;
mod commit_then_timeout;
mod connection_reset;
mod early_expiry;
mod html_error_page;
mod kind;
mod lock_423;
mod locks;
mod maintenance_window;
mod merge_under_your_feet;
mod migration_477;
mod owner_removed;
mod partial_207;
mod search_lag;
mod server_errors;
mod slow_body;
mod storm_429;
mod strike;
mod token_revoked;
mod truncated_body;

pub use arm::{Arm, BadFault, Where};
pub use armed::Armed;
pub use kind::{Effect, Form, Kind, Lasts, Parameter};

pub(crate) use armed::{Call, Faults};
pub(crate) use locks::Locks;
pub(crate) use strike::{Beside, Blow, Page, Strike, Touch, Turn, Wire};

/// Every fault that can be armed, by name.
pub const CATALOGUE: [&Kind; 16] = [
    &storm_429::KIND,
    &server_errors::KIND,
    &commit_then_timeout::KIND,
    &partial_207::KIND,
    &truncated_body::KIND,
    &slow_body::KIND,
    &connection_reset::KIND,
    &html_error_page::KIND,
    &lock_423::KIND,
    &migration_477::KIND,
    &owner_removed::KIND,
    &search_lag::KIND,
    &token_revoked::KIND,
    &early_expiry::KIND,
    &merge_under_your_feet::KIND,
    &maintenance_window::KIND,
];

/// Under which name the journal has a call that met a record's lock.
pub(crate) const LOCK: &str = lock_423::KIND.name;

/// Whether a fault of this name refuses a call only when the limits have counted it.
pub(crate) fn is_counted(name: &str) -> bool {
    [lock_423::KIND.name, owner_removed::KIND.name].contains(&name)
}

/// A fault of the catalogue.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    CATALOGUE.into_iter().find(|kind| kind.name == name)
}

/// Whether a fault of this name keeps the caller from reading a whole answer, whatever status the journal has.
#[must_use]
pub fn breaks_off(name: &str) -> bool {
    [truncated_body::KIND.name, connection_reset::KIND.name].contains(&name)
}

//! The world's clock: what time it is in a world, and what happens when. Beside the listeners this
//! is the only place that may read the machine's time; everything else is told a [`Moment`].
//!
//! # How time passes
//!
//! | mode | world time | may be moved |
//! | --- | --- | --- |
//! | `real` | the wall's at the start, then counted by a monotonic clock, so that it never goes back | no |
//! | `scaled` | runs at a multiple of the wall's pace | no |
//! | `auto` | jumps to the next thing due once every party waits and nothing is open | yes |
//! | `manual` | stands until it is moved | yes |
//!
//! What is due at the instant the clock shows is done at once, in every mode; the modes differ only
//! in how time gets there. Things due at one instant are done in the order they were asked for.
//!
//! # Who is waited for
//!
//! A *party* is one thread of control that sleeps on world time under a registered name. It is awake
//! from its registration, and from each wake, until it sleeps again or leaves. A party that hangs up
//! on its sleep is gone: nobody waits for it until it sleeps or registers again. A party has one
//! sleep at a time; a second one, or a new registration, ends the first with a conflict.
//!
//! *Open* work (a delivery that was sent and not yet answered) is waited for until a cap in real
//! time, in the modes where time stands; then it is booked as having run into its deadline.
//!
//! An auto clock moves only while some party sleeps and none is awake. Nothing else moves it: not
//! work that is scheduled, recurring or not, and not a sleeper without a party; these are done on
//! the way. With no party it stands still.
//!
//! A move (`advance`, `to`) goes from due instant to due instant. Before each next one, and before
//! it answers, the parties woken *by this move* have to wait again or leave, and all that is open has
//! to close. Parties that were awake before the move are not waited for: the mover may be one. If it
//! has not settled within its real time, it stops at the instant reached and says who is waited for.
//! One move runs at a time: another, or a change of mode, meanwhile is a conflict. A move whose
//! caller goes away stops at the instant reached.

mod change;
mod driver;
mod handle;
mod parties;
mod plan;
mod schedule;
mod sleep;
mod time;

pub use change::{
    ClockChange, ClockError, ClockMode, ClockMove, ClockParty, ClockPartyState, ClockStatus, ClockStep, Moved,
};
pub use handle::{Clock, ClockLimits, WorkId};
pub use parties::Open;
pub use sleep::Sleep;

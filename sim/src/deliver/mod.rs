//! Deliveries: events told to a receiver outside the world, as webhooks are. What is due when, how
//! many go together and at once, what is tried again; all of it on the world's clock. What an event
//! and its envelope read like is the room's whose events they are.
//!
//! An event waits a little for company (the policy's `gather`), leaves in a batch, and is under way until
//! it is answered or its deadline passes. While it is under way it is open work of the clock: where
//! time stands nothing moves before it has landed, and after the clock's cap in real time it counts as
//! having run into its deadline. Where time flows the deadline is the policy's in world time, though never
//! less than 50 ms of real time, because a loopback connection needs some.
//!
//! By the tester's hand a delivery may differ from a plain one, in what it carries or in how it is sent. What its sender
//! takes for itself, by a slow manner, comes on top of the deadline and the cap.
//!
//! Deliveries are booked when they have landed; those of one instant in the order of their sending.
//! Each app has a line of its own, with its own throttle. Without a target what waits goes on waiting. What waits
//! belongs to this world alone: a fork begins with no receiver, and a reset and a restored snapshot drop it.

mod channel;
pub mod encode;
mod flight;
mod forgery;
mod line;
mod log;
mod post;
mod reply;
mod send;
pub mod sign;
pub mod wire;

pub(crate) use channel::{By, Channel, Event, Heard, Redirected, Rules, Stamp};
pub use flight::Landed;
pub(crate) use flight::{deliver, redeliver};
pub use forgery::Forgery;
pub use log::{Attempt, Dispatch, DispatchState};
pub(crate) use post::Post;

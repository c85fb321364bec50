//! The control API (`/_standin/...`): how a tester, in any language, makes worlds, moves their
//! clocks, reads their journals and reaches into their state. It works on the [`Host`](crate::Host)
//! through the public face of its worlds, never inside a step.

#![allow(unused_qualifications, reason = "the macro that documents a call writes them")]

mod apps;
mod clock;
mod deliveries;
mod document;
mod extract;
mod failure;
mod faults;
mod follow;
mod hands;
mod journal;
mod memory;
mod routes;
mod server;
mod state;
mod webhooks;
mod worlds;

pub use server::Control;

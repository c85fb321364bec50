//! The room driven through its side of the step, without a socket.

mod filters;
mod harness;
mod oauth;
mod reads;
mod refusals;
mod tables;
mod writes;

//! All tests that go in through a boundary, in one binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod clock;
mod demo;
mod determinism;
mod hubspot;
mod journal;
mod limits;
mod profiles;
mod python_client;
mod reference;
mod support;
mod tidy;
mod worlds;

//! All tests that go in through a boundary, in one binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod caller;
mod clock;
mod demo;
mod control;
mod determinism;
mod hubspot;
mod journal;
mod ledger;
mod limits;
mod oracle;
mod profiles;
mod python_client;
mod reference;
mod retail_express;
mod support;
mod tidy;
mod serve;
mod worlds;

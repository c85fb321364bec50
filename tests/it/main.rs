//! All tests that go in through a boundary, in one binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod bad_days;
mod bad_input;
mod caller;
mod clients;
mod clock;
mod conformance;
mod control;
mod demo;
mod determinism;
mod hands;
mod hubspot;
mod integrations;
mod journal;
mod ledger;
mod limits;
mod load;
mod oracle;
mod portal;
mod profiles;

mod readme;
mod receive;
mod reference;
mod retail_express;
mod run;
mod sections;
mod serve;
mod support;
mod tidy;
mod webhooks;
mod worlds;

//! All tests that go in through a boundary, in one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod limits;
mod profiles;

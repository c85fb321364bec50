//! All tests that go in through a boundary, in one binary.

mod limits;
mod profiles;
mod journal;

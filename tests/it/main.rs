//! All tests that go in through a boundary, in one binary.

mod clock;

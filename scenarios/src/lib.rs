//! The command line and all that drives worlds from outside.

pub mod cli;
pub mod demo;

//! The `standin` program.

fn main() {}

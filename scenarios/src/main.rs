//! The `standin` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    standin::cli::main()
}

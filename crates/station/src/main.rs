//! The `watchline` binary: parse, load, run.

use std::process::ExitCode;

fn main() -> ExitCode {
    station::cli::main()
}

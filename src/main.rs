//! The `sdkaudit` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdkaudit::cli::run()
}

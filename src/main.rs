//! The binary: one subcommand per role.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    acr_inventory::cli::run()
}

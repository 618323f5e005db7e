//! The binary `gerai`: the command line and the station without a window.

fn main() -> std::process::ExitCode {
    gerai_host::cli::main()
}

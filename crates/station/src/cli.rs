//! The command line: one file per subcommand, one enum that lists them.
//!
//! To add a subcommand `foo`: write `cli/foo.rs` with a `pub(crate) struct Foo` that derives [`clap::Args`] (or an
//! enum that derives [`clap::Subcommand`]), give it `pub(crate) fn run(self, out: &mut Output) -> Outcome`, and
//! add one `mod` line, one variant and one arm here. Every help text teaches with an example (`after_help`).

mod backup;
mod completions;
mod cpu;
mod crossing;
mod demo;
mod doctor;
mod doors;
mod export;
mod given;
mod manpages;
pub mod output;
mod patrol;
mod people;
mod place;
mod raster;
mod record;
mod relay;
mod release;
mod replay;
mod report;
mod running;
mod search;
mod sector;
mod serve;
mod sight;
mod simulate;
mod taking;
mod terrain;
mod thermal;
mod track;
mod video;
mod witness;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use output::{Output, Voice};

/// How a command that ran to its end answers; an unusable input is an error instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Exit 0.
    Yes,
    /// Exit 1: a check failed or something is not proven. What and why has been written.
    No,
}

/// What every command returns: its answer, or the error that makes its input unusable (exit 2).
///
/// An error's text names file, line or tag, field, value and what to do.
pub type Outcome = anyhow::Result<Answer>;

/// Where a border is watched, where it is blind, who may be crossing and who can get there.
///
/// Watchline detects and coordinates. It holds no weapons and no targets, and it never sends anybody by itself.
#[derive(Debug, Parser)]
#[command(name = "watchline", version, arg_required_else_help = true, max_term_width = 110)]
#[command(after_help = "Example: a night on an invented border, in the browser\n  watchline demo")]
pub struct Cli {
    /// Answer with one JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Doors(doors::Doors),
    #[command(subcommand)]
    People(people::People),
    Replay(replay::Replay),
    Export(export::Export),
    #[command(subcommand)]
    Report(report::Report),
    #[command(subcommand)]
    Record(record::Record),
    Witness(witness::Witness),
    #[command(subcommand)]
    Relay(relay::Relay),
    #[command(subcommand)]
    Release(release::Release),
    Backup(backup::Backup),
    Restore(backup::Restore),
    #[command(subcommand)]
    Sector(sector::Sector),
    #[command(subcommand)]
    Sight(sight::Sight),
    #[command(subcommand)]
    Crossing(crossing::Crossing),
    #[command(subcommand)]
    Search(search::Search),
    Place(Box<place::Place>),
    #[command(subcommand)]
    Patrol(patrol::Patrol),
    #[command(subcommand)]
    Sim(simulate::Simulate),
    #[command(subcommand)]
    Terrain(terrain::Terrain),
    #[command(subcommand)]
    Thermal(thermal::Thermal),
    #[command(subcommand)]
    Track(track::Track),
    Video(video::Video),
    Completions(completions::Completions),
    #[command(hide = true)]
    Manpages(manpages::Manpages),
}

impl Command {
    /// What is logged when nobody says: a demonstration's terminal is for people.
    fn log_by_default(&self) -> &'static str {
        if matches!(self, Self::Demo(_)) { "warn" } else { "warn,station=info" }
    }

    fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Demo(command) => command.run(out),
            Self::Replay(command) => command.run(out),
            Self::Record(command) => command.run(out),
            Self::Witness(command) => command.run(out),
            Self::Relay(command) => command.run(out),
            Self::Release(command) => command.run(out),
            Self::Backup(command) => command.run(out),
            Self::Restore(command) => command.run(out),
            Self::Export(command) => command.run(out),
            Self::Report(command) => command.run(out),
            Self::Sector(command) => command.run(out),
            Self::Sight(command) => command.run(out),
            Self::Crossing(command) => command.run(out),
            Self::Search(command) => command.run(out),
            Self::Place(command) => command.run(out),
            Self::Patrol(command) => command.run(out),
            Self::Sim(command) => command.run(out),
            Self::Terrain(command) => command.run(out),
            Self::Thermal(command) => command.run(out),
            Self::Track(command) => command.run(out),
            Self::Video(command) => command.run(out),
            Self::Serve(command) => command.run(out),
            Self::Doctor(command) => command.run(out),
            Self::Doors(command) => command.run(out),
            Self::People(command) => command.run(out),
            Self::Completions(command) => command.run(out),
            Self::Manpages(command) => command.run(out),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = tree().try_get_matches_from(arguments).and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut tree()))
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return said_by_clap(&error),
    };
    start_log(cli.command.log_by_default());
    let mut out = Output::to_stdout(if cli.json { Voice::Machine } else { Voice::Human });
    match cli.command.run(&mut out) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(format_args!("watchline: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// The whole command tree.
fn tree() -> clap::Command {
    with_negative_numbers(Cli::command())
}

/// A negative number is a value, so that the command itself can say what the value must be.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_value = |arg: &clap::Arg| arg.get_action().takes_values();
    command
        .mut_args(|arg| if takes_value(&arg) { arg.allow_negative_numbers(true) } else { arg })
        .mut_subcommands(with_negative_numbers)
}

/// Help and version go to standard output with exit 0, mistakes to standard error with exit 2.
fn said_by_clap(error: &clap::Error) -> ExitCode {
    match error.print() {
        Ok(()) if error.exit_code() == 0 => ExitCode::SUCCESS,
        Ok(()) | Err(_) => ExitCode::from(2),
    }
}

/// The reader went away (`watchline ... | head`): nobody is left to be told.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes the log to standard error; `WATCHLINE_LOG=debug` says more.
fn start_log(by_default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WATCHLINE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(by_default));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
    if let Err(error) = started {
        output::complain(format_args!("watchline: log not started: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_well_formed() {
        tree().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let leaf = command.get_subcommands().next().is_none();
            if leaf {
                let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(after.contains("Example"), "no example in the help of `{path}`");
                assert!(command.get_about().is_some(), "no description of `{path}`");
            }
            command.get_subcommands().for_each(|inner| check(inner, &path));
        }
        check(&tree(), "");
    }
}

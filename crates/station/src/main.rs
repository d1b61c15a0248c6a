//! The `watchline` binary: parse, load, run.

fn main() {}

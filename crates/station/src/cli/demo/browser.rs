//! Opens the page in the person's browser, if there is one.

use std::process::{Command, Stdio};

/// Tries this system's ways to open an address; true when one of them could be started.
pub(super) fn open(address: &str) -> bool {
    let ways: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(target_os = "windows") {
        &["explorer"]
    } else if std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some()
    {
        &["xdg-open", "sensible-browser"]
    } else {
        &[]
    };
    ways.iter().any(|way| {
        let quiet =
            Command::new(way).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        quiet.is_ok()
    })
}

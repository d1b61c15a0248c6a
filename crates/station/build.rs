//! Sees to it that there is a page to embed, so that the station builds without npm.

use std::fs;
use std::path::Path;

const PAGE: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><title>Watchline</title>
<p>This station was built without its page. Build the page first, then the station: <code>make web</code>, then
<code>cargo build --release</code>. The interface described in docs/API.md works all the same.</p>
</html>
";

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=../../sectors");
    let page = Path::new("../../web/dist/index.html");
    if page.exists() {
        return;
    }
    let written =
        page.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(page, PAGE));
    if let Err(error) = written {
        println!("cargo::error=cannot write {}: {error}", page.display());
    }
}

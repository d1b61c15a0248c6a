//! The embedded operating picture: everything that is not the interface.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Page;

/// Answers with a file of the page. Paths that name no file belong to the page itself (`/alerts/3`).
pub(super) async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let names_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let wanted = if names_file { path } else { "index.html" };
    let Some(file) = Page::get(wanted) else {
        let detail = format!("there is nothing at `{}`", uri.path());
        return Problem::new(StatusCode::NOT_FOUND, "not-found", detail).into_response();
    };
    // Vite puts a digest into the names under assets/, so those never change.
    let caching = if wanted.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [(header::CONTENT_TYPE, media_type(wanted)), (header::CACHE_CONTROL, caching)];
    (headers, file.data).into_response()
}

/// Media type by the name's ending; what the page does not ship is bytes.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        "ftl" | "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

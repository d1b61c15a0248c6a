//! How answers are told: media types that were asked for, and links that lead on.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::query::Pairs;
use crate::api::guard::SCHEME;
use crate::api::problem::Problem;

pub(super) const JSON: &str = "application/json";
pub(super) const GEOJSON: &str = "application/geo+json";
pub(super) const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// A way from one answer to another.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    href: String,
    rel: &'static str,
    #[serde(rename = "type")]
    media: &'static str,
    title: String,
}

/// Where the interface is, as the client names it, and the form that it asks for in its addresses.
#[derive(Debug)]
pub(super) struct Root {
    address: String,
    form: Option<String>,
}

impl Root {
    /// The guard has let the host's name through.
    pub(super) fn of(headers: &HeaderMap, pairs: &Pairs) -> Result<Self, Problem> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.ok_or_else(|| {
            Problem::bad_request("host-wrong", "Host", "must say under which name this station is")
        })?;
        let form = pairs.iter().find(|(name, _)| name == "f").map(|(_, form)| form.clone());
        let scheme = headers.get(SCHEME).and_then(|scheme| scheme.to_str().ok()).unwrap_or("http");
        Ok(Self { address: format!("{scheme}://{host}/ogc"), form })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// A link to a path, with its parameters if it has any; the form that was asked for is asked for again.
    pub(super) fn link(
        &self,
        rel: &'static str,
        media: &'static str,
        path: &str,
        title: impl Into<String>,
    ) -> Link {
        let mut href = format!("{}{path}", self.address);
        if let Some(form) = &self.form {
            href.push(if path.contains('?') { '&' } else { '?' });
            href.push_str(&parameters(&[("f".to_owned(), form.clone())]));
        }
        Link { href, rel, media, title: title.into() }
    }
}

/// Names and values as they stand behind the question mark.
pub(super) fn parameters(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A name as a piece of a path.
pub(super) fn segment(name: &str) -> String {
    // Plus means a space in queries alone.
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Answers in JSON of one media type, if the client takes it.
pub(super) fn answer<T: Serialize>(
    headers: &HeaderMap,
    pairs: &Pairs,
    media: &'static str,
    value: &T,
) -> Result<Response, Problem> {
    check_form(headers, pairs, media)?;
    let body = serde_json::to_vec(value).map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
    })?;
    let told = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((told, body).into_response())
}

/// `f` outranks `Accept`, because people write it into addresses.
fn check_form(headers: &HeaderMap, pairs: &Pairs, media: &'static str) -> Result<(), Problem> {
    if let Some((_, form)) = pairs.iter().find(|(name, _)| name == "f") {
        let known = form == "json" || (form == "geojson" && media == GEOJSON);
        return if known {
            Ok(())
        } else {
            let detail = format!("this answer has the form `json` alone, got `{form}`");
            Err(Problem::bad_request("form-wrong", "f", detail))
        };
    }
    let wanted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if wanted.is_empty() || wanted.iter().flat_map(|list| list.split(',')).any(|w| takes(w, media))
    {
        return Ok(());
    }
    let detail = format!("this answer is {media}, which `{}` does not take", wanted.join(", "));
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "form-wrong", detail).at("Accept"))
}

/// Whether a media range takes an answer that is JSON of some kind.
fn takes(range: &str, media: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|part| {
        let weight = part.strip_prefix("q=").and_then(|weight| weight.parse::<f64>().ok());
        weight.is_some_and(|weight| weight <= 0.0)
    });
    let bare = media.split(';').next().unwrap_or_default();
    let same = [bare, JSON, "application/*", "*/*"].contains(&name.as_str());
    same && !refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_takes_is_read_from_its_ranges() {
        for (range, taken) in [
            ("application/geo+json", true),
            ("application/json; q=0.5", true),
            ("*/*", true),
            (" APPLICATION/* ", true),
            ("*/*;q=0", false),
            ("text/html", false),
            ("", false),
        ] {
            assert_eq!(takes(range, GEOJSON), taken, "{range}");
        }
        assert!(takes("application/vnd.oai.openapi+json;version=3.0", OPENAPI));
    }

    #[test]
    fn names_become_pieces_of_a_path() {
        assert_eq!(segment("tower 1/ä+b"), "tower%201%2F%C3%A4%2Bb");
    }
}

//! Which pages may speak to the station over HTTP: its own, by its own names.
//!
//! A page of another site can reach the station too, under its own name (DNS rebinding) or with its own origin
//! (cross-site requests). Both are refused by name, because nothing else tells them apart.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use hyper::body::Body as _;

use super::problem::Problem;
use crate::identity::{Fault, Site};
use crate::limits::PAGE_BODY_WITHIN;

const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
     worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// How the request came; whatever a client says of it is replaced.
pub(super) const SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// By what names the station is spoken to, and how.
#[derive(Debug)]
pub(super) struct Guard {
    /// Names besides those of this machine, where the page speaks TLS.
    by_tls: Option<Vec<String>>,
}

impl Guard {
    pub(super) fn of(by_tls: Option<Vec<String>>) -> Self {
        let lower = |names: Vec<String>| names.iter().map(|name| name.to_lowercase()).collect();
        Self { by_tls: by_tls.map(lower) }
    }

    pub(super) fn speaks_tls(&self) -> bool {
        self.by_tls.is_some()
    }

    fn scheme(&self) -> &'static str {
        if self.speaks_tls() { "https" } else { "http" }
    }

    /// By what name the page is asked for, where that is one for which there can be passkeys.
    pub(super) fn site(&self, headers: &HeaderMap) -> Result<Site, Problem> {
        let host = text(headers, &header::HOST).unwrap_or_default();
        Ok(Site::of(self.scheme(), host).map_err(Fault::from)?)
    }

    fn knows(&self, authority: &str) -> bool {
        let name = name_of(authority);
        let is_told = |names: &Vec<String>| {
            let name = name.trim_start_matches('[').trim_end_matches(']').to_lowercase();
            names.contains(&name)
        };
        is_loopback_name(authority) || self.by_tls.as_ref().is_some_and(is_told)
    }

    fn check(&self, headers: &HeaderMap, uri_host: Option<&str>) -> Result<(), Problem> {
        let host = text(headers, &header::HOST).or(uri_host).unwrap_or_default();
        if !self.knows(host) {
            let others = self.by_tls.as_ref().map(|names| format!(", {}", names.join(", ")));
            let others = others.unwrap_or_default();
            let detail = format!(
                "this station answers to localhost, 127.0.0.1, [::1]{others} only, not to `{host}`"
            );
            return Err(Problem::new(StatusCode::FORBIDDEN, "host-foreign", detail).at("Host"));
        }
        match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
            None => Ok(()),
            Some(Ok(origin)) if origin.split_once("://") == Some((self.scheme(), host)) => Ok(()),
            Some(origin) => {
                let origin = origin.unwrap_or("not text");
                let detail =
                    format!("requests from pages of another origin are refused: `{origin}`");
                Err(Problem::new(StatusCode::FORBIDDEN, "origin-foreign", detail).at("Origin"))
            }
        }
    }
}

/// Refuses foreign hosts and origins, and sends the page's policy with every answer.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let scheme = HeaderValue::from_static(guard.scheme());
    request.headers_mut().insert(SCHEME, scheme);
    // Browsers keep it for a name and all its ports, so it is not said of this machine itself.
    let is_elsewhere =
        text(request.headers(), &header::HOST).is_some_and(|host| !is_loopback_name(host));
    let mut response = match guard.check(request.headers(), request.uri().host()) {
        Ok(()) => next.run(in_time(request)).await,
        Err(problem) => problem.into_response(),
    };
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if guard.speaks_tls() && is_elsewhere {
        let value = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// A request whose body breaks off when it takes too long. Files have a door with a limit of its own.
fn in_time(request: Request) -> Request {
    if request.uri().path().starts_with("/api/ingest/")
        || request.body().size_hint().exact() == Some(0)
    {
        return request;
    }
    request.map(|body| {
        let end = Box::pin(tokio::time::sleep(PAGE_BODY_WITHIN));
        let pieces = stream::unfold(Some((body.into_data_stream(), end)), |state| async {
            let (mut pieces, mut end) = state?;
            tokio::select! {
                piece = pieces.next() => Some((piece?, Some((pieces, end)))),
                () = &mut end => {
                    let late = std::io::Error::other("the body took too long");
                    Some((Err(axum::Error::new(late)), None))
                }
            }
        });
        Body::from_stream(pieces)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Any port will do: a forwarded port (`ssh -L`) is another one, and a name is what a foreign page cannot forge.
fn is_loopback_name(authority: &str) -> bool {
    matches!(name_of(authority), "localhost" | "127.0.0.1" | "[::1]")
}

fn name_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_by_its_own_names_is_heard() {
        let guard = Guard::of(None);
        for host in ["localhost:8080", "127.0.0.1", "[::1]:9000", "[::1]"] {
            assert!(guard.check(&headers(host, None), None).is_ok(), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", ""] {
            assert!(guard.check(&headers(host, None), None).is_err(), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let guard = Guard::of(None);
        let own = Some("http://localhost:8080");
        assert!(guard.check(&headers("localhost:8080", own), None).is_ok());
        for origin in
            ["http://evil.example", "http://localhost:3000", "null", "https://localhost:8080"]
        {
            assert!(
                guard.check(&headers("localhost:8080", Some(origin)), None).is_err(),
                "{origin}"
            );
        }
    }

    #[test]
    fn by_tls_the_stations_names_are_known_and_only_its_own_pages_by_tls() {
        let guard = Guard::of(Some(vec![
            "post-3.Example".into(),
            "192.0.2.7".into(),
            "2001:db8::7".into(),
        ]));
        for host in
            ["Post-3.example:8443", "192.0.2.7:8443", "[2001:db8::7]:8443", "localhost:8443"]
        {
            let own = format!("https://{host}");
            assert!(guard.check(&headers(host, Some(&own)), None).is_ok(), "{host}");
            let plain = format!("http://{host}");
            assert!(guard.check(&headers(host, Some(&plain)), None).is_err(), "{host}");
        }
        for host in ["evil.example", "post-3.example.evil.example", "192.0.2.8", ""] {
            assert!(guard.check(&headers(host, None), None).is_err(), "{host}");
        }
    }

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }
}

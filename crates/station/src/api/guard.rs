//! Who may speak to the station over HTTP while there are no identities: this machine's own browser pages.
//!
//! A page of another site can reach a loopback port too, under its own name (DNS rebinding) or with its own origin
//! (cross-site requests). Both are refused by name, because nothing else tells them apart.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;

const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
     worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Refuses foreign hosts and origins, and sends the page's policy with every answer.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match check(request.headers(), request.uri().host()) {
        Ok(()) => next.run(request).await,
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
    response
}

fn check(headers: &HeaderMap, uri_host: Option<&str>) -> Result<(), Problem> {
    let host = text(headers, &header::HOST).or(uri_host).unwrap_or_default();
    if !is_loopback_name(host) {
        let detail =
            format!("this station answers to localhost, 127.0.0.1 and [::1] only, not to `{host}`");
        return Err(Problem::new(StatusCode::FORBIDDEN, "host-foreign", detail).at("Host"));
    }
    match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        None => Ok(()),
        Some(Ok(origin)) if origin.strip_prefix("http://") == Some(host) => Ok(()),
        Some(origin) => {
            let origin = origin.unwrap_or("not text");
            let detail = format!("requests from pages of another origin are refused: `{origin}`");
            Err(Problem::new(StatusCode::FORBIDDEN, "origin-foreign", detail).at("Origin"))
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Any port will do: a forwarded port (`ssh -L`) is another one, and a name is what a foreign page cannot forge.
fn is_loopback_name(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_by_its_own_names_is_heard() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:9000", "[::1]"] {
            assert!(check(&headers(host, None), None).is_ok(), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", ""] {
            assert!(check(&headers(host, None), None).is_err(), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let own = Some("http://localhost:8080");
        assert!(check(&headers("localhost:8080", own), None).is_ok());
        for origin in
            ["http://evil.example", "http://localhost:3000", "null", "https://localhost:8080"]
        {
            assert!(check(&headers("localhost:8080", Some(origin)), None).is_err(), "{origin}");
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

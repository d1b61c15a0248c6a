//! What is asked of the door, and its answers: the three addresses at which TAK's phones ask.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wire::cot::xml::Element;

use super::{Came, Shared};
use crate::ingest::{Intake, limits};
use crate::pki::{Enrolled, PkiError, pem};

const XML: &str = "application/xml";
const JSON: &str = "application/json";
/// Of phones' requests for certificates only what stands in their invitations becomes a name; these two are there for
/// phones that cannot make a request without them.
const ORGANIZATION: &str = "Watchline";

/// What one connection may ask.
struct Visit<I> {
    shared: Arc<Shared<I>>,
    from: SocketAddr,
}

pub(super) fn routes<I: Intake>(shared: Arc<Shared<I>>, from: SocketAddr) -> Router {
    Router::new()
        .route("/Marti/api/tls/config", get(config::<I>))
        .route("/Marti/api/tls/signClient/v2", post(sign::<I>))
        // Settings that the phone might take over: there are none.
        .route("/Marti/api/tls/profile/enrollment", get(async || StatusCode::NO_CONTENT))
        .layer(DefaultBodyLimit::max(limits::ENROLMENT_BODY_MAX))
        .with_state(Arc::new(Visit { shared, from }))
}

/// What a request for a certificate should be of.
async fn config<I: Intake>(State(visit): State<Arc<Visit<I>>>) -> Response {
    let entry =
        |name: &str, value: &str| Element::new("nameEntry").with("name", name).with("value", value);
    let entries = Element::new("nameEntries")
        .holding(entry("O", ORGANIZATION))
        .holding(entry("OU", &visit.shared.office.sector));
    let config = Element::new("ns2:certificateConfig")
        .with("xmlns", "http://bbn.com/marti/xml/config")
        .with("xmlns:ns2", "com.bbn.marti.config")
        .holding(entries);
    document(&config)
}

/// Signs a phone's key, once for each invitation.
async fn sign<I: Intake>(
    State(visit): State<Arc<Visit<I>>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Visit { shared, from } = &*visit;
    let refused = |status: StatusCode, field: &'static str, reason: String| async move {
        shared.refuse(*from, field, &reason).await;
        (status, format!("{field}: {reason}\n")).into_response()
    };
    if let Some(pause_s) = shared.pause_s(*from) {
        let reason = "too many wrong tokens: tried again too soon".to_owned();
        let answer = refused(StatusCode::TOO_MANY_REQUESTS, "authorization", reason).await;
        return ([(header::RETRY_AFTER, format!("{:.0}", pause_s.ceil()))], answer).into_response();
    }
    let Some((name, token)) = credentials(&headers) else {
        shared.refuse(*from, "authorization", "must be a name and a token").await;
        return unknown();
    };
    let request = match body {
        Ok(body) => body.to_vec(),
        Err(fault) => return refused(fault.status(), "signing request", fault.body_text()).await,
    };
    let device = device(query.as_deref());
    match shared.enrol(Came { name, token, device, request }, *from).await {
        Ok(enrolled) => issued(&headers, &enrolled, shared.office.authority.certificate()),
        Err(fault @ PkiError::NotInvited) => {
            shared.refuse(*from, "authorization", &fault.to_string()).await;
            unknown()
        }
        Err(PkiError::Field { field, problem, value }) => {
            let reason = format!("{problem}, got {value:?}");
            refused(StatusCode::BAD_REQUEST, field, reason).await
        }
        // Where its files lie is nobody's business out there.
        Err(fault) => {
            shared.refuse(*from, "station", &fault.to_string()).await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The same answer whatever is wrong: no such name, another token, one that is used, expired or taken back.
fn unknown() -> Response {
    let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"enrolment\"")];
    (StatusCode::UNAUTHORIZED, ask, "no open invitation has this name and token\n").into_response()
}

/// Name and token of RFC 7617.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let told = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, digits) = told.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || digits.len() > 2 * limits::CREDENTIALS_CHARS_MAX {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(digits.trim()).ok()?).ok()?;
    let (name, token) = plain.split_once(':')?;
    Some((name.to_owned(), token.to_owned()))
}

/// The uid that the phone gives itself; empty when it does not.
fn device(query: Option<&str>) -> String {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let told = pairs.find(|(key, _)| key == "clientUid").map(|(_, uid)| uid.into_owned());
    told.unwrap_or_default()
}

/// The certificate and whom to trust, in the form that is asked for: JSON unless it is XML.
fn issued(headers: &HeaderMap, enrolled: &Enrolled, ca: &[u8]) -> Response {
    let (certificate, ca) = (digits(&enrolled.certificate), digits(ca));
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let wants = |kind: &str| accepts.and_then(|accept| accept.find(kind));
    let is_xml = match (wants("xml"), wants("json")) {
        (Some(xml), Some(json)) => xml < json,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if is_xml {
        let enrolment = Element::new("enrollment")
            .holding(Element::new("signedCert").saying(certificate))
            .holding(Element::new("ca").saying(ca));
        return document(&enrolment);
    }
    let answer = serde_json::json!({ "signedCert": certificate, "ca0": ca });
    ([(header::CONTENT_TYPE, JSON)], answer.to_string()).into_response()
}

/// The digits of PEM without its first and last line, as phones want it.
fn digits(der: &[u8]) -> String {
    let text = pem("CERTIFICATE", der);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
    lines.join("\n")
}

fn document(root: &Element) -> Response {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}");
    ([(header::CONTENT_TYPE, XML)], text).into_response()
}

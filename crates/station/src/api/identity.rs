//! `/api/identity`: who somebody is to the station, and how they come in and go out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Api;
use super::admit::Cookie;
use super::problem::Problem;
use crate::identity::{
    Capability, Enrolment, Entered, Fault, From, PasswordError, SignIn, Viewer, Who,
};
use crate::limits::SESSION_AGE_MAX;

/// Seconds for which a browser keeps the word by which it is known again.
const BROWSER_KEPT_S: u64 = 400 * 24 * 3_600;

/// Who somebody is, as the page is told.
#[derive(Debug, Serialize)]
pub(super) struct IdentityView {
    sign_in: &'static str,
    /// Whether the station waits for the code that makes the first administrator.
    first: bool,
    who: Option<WhoView>,
    capabilities: Vec<&'static str>,
    /// When something that this agency was given was taken back last; what it was is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    recalled_at: Option<String>,
    /// What this session's requests must carry to change something.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum WhoView {
    Person { name: String, agency: String, roles: Vec<&'static str> },
    Machine { name: String, agency: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    name: String,
    password: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrolBody {
    code: String,
    password: String,
    name: Option<String>,
    agency: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    old: String,
    new: String,
}

pub(super) async fn identity(State(api): State<Arc<Api>>, viewer: Viewer) -> Json<IdentityView> {
    Json(view(&api, &viewer))
}

pub(super) async fn sign_in(
    State(api): State<Arc<Api>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let SignInBody { name, password } = read(&headers, &body)?;
    let from = From { address: address.ip(), browser: Cookie::Browser.of(&headers) };
    let entered = api.warden.enter((&name, password), from).await?;
    Ok(welcome(&api, &headers, &entered))
}

pub(super) async fn enrol(
    State(api): State<Arc<Api>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let EnrolBody { code, password, name, agency } = read(&headers, &body)?;
    let from = From { address: address.ip(), browser: None };
    let came = Enrolment { code, password, as_whom: name.zip(agency) };
    let entered = api.warden.enrol(came, from).await?;
    Ok(welcome(&api, &headers, &entered))
}

pub(super) async fn sign_out(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
) -> Response {
    api.warden.leave(&viewer);
    let gone = set_cookie(&api, (&Cookie::Session.name(&headers), ""), 0);
    (StatusCode::NO_CONTENT, AppendHeaders([gone])).into_response()
}

pub(super) async fn password(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let PasswordBody { old, new } = read(&headers, &body)?;
    api.warden.change_password(&viewer, (old, new)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a session's cookies, and who it is.
pub(super) fn welcome(api: &Api, headers: &HeaderMap, entered: &Entered) -> Response {
    let named = |cookie: Cookie| cookie.name(headers);
    let age_s = SESSION_AGE_MAX.as_secs();
    let mut cookies = vec![set_cookie(api, (&named(Cookie::Session), &entered.token), age_s)];
    let browser = entered.browser.as_ref();
    cookies.extend(
        browser.map(|token| set_cookie(api, (&named(Cookie::Browser), token), BROWSER_KEPT_S)),
    );
    let mut response = Json(view(api, &entered.viewer)).into_response();
    for (name, value) in cookies {
        response.headers_mut().append(name, value);
    }
    response
}

/// Out of reach of scripts and of other sites' pages, and never sent in the clear where the page speaks TLS.
fn set_cookie(
    api: &Api,
    (name, value): (&str, &str),
    age_s: u64,
) -> (header::HeaderName, HeaderValue) {
    let secure = if api.guard.speaks_tls() { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age_s}{secure}");
    // Tokens are of letters, digits, - and _.
    let value = HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
    (header::SET_COOKIE, value)
}

fn view(api: &Api, viewer: &Viewer) -> IdentityView {
    let who = match viewer.who() {
        Who::Person(standing) => Some(WhoView::Person {
            name: standing.name.0.clone(),
            agency: standing.agency.clone(),
            roles: standing.roles.iter().map(|role| role.name()).collect(),
        }),
        Who::Machine { name, agency } => {
            Some(WhoView::Machine { name: name.clone(), agency: agency.clone() })
        }
        Who::Anyone => None,
    };
    let is_required = api.warden.sign_in() == SignIn::Required;
    let partners = api.handle.partners();
    let recalled_at = viewer.other_agency().and_then(|agency| partners.recalled_at(agency));
    IdentityView {
        sign_in: if is_required { "required" } else { "off" },
        first: is_required && !api.warden.people().has_administrator(),
        who,
        capabilities: viewer.capabilities().map(Capability::name).collect(),
        recalled_at: recalled_at.map(|at| at.to_string()),
        proof: viewer.session().and_then(|session| api.warden.proof(session)),
    }
}

/// A body of JSON that says that it is: no form of another page's can.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = told.unwrap_or_default().split(';').next().unwrap_or_default();
    if !essence.trim().eq_ignore_ascii_case("application/json") {
        let detail = "must be application/json";
        let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type-unknown", detail);
        return Err(problem.at("Content-Type"));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request("body-wrong", "body", error.to_string()))
}

impl std::convert::From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let detail = fault.to_string();
        match fault {
            Fault::Refused(refused) => {
                let status = match refused.code {
                    "not-allowed" | "same-person" | "second-person-needed" => StatusCode::FORBIDDEN,
                    "not-invited" => StatusCode::UNAUTHORIZED,
                    code if code.ends_with("-unknown") => StatusCode::NOT_FOUND,
                    code if code.ends_with("-wrong") => StatusCode::BAD_REQUEST,
                    _ => StatusCode::CONFLICT,
                };
                Self::new(status, refused.code, refused.reason).at(refused.field)
            }
            Fault::Password { source: PasswordError::Busy, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", PasswordError::Busy.to_string())
            }
            Fault::Password { field, source } => {
                Self::bad_request("password-wrong", field, source.to_string())
            }
            Fault::Crowded => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail),
            Fault::NotKnown => Self::new(StatusCode::UNAUTHORIZED, "not-known", detail),
            Fault::Wait(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, "wait", detail),
            Fault::NobodySignedIn => Self::new(StatusCode::FORBIDDEN, "nobody-signed-in", detail),
            Fault::Off => Self::new(StatusCode::CONFLICT, "sign-in-off", detail),
            Fault::NotRecorded(error) => error.into(),
            Fault::NotKept(_) | Fault::Random(_) | Fault::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-stored", detail)
            }
        }
    }
}

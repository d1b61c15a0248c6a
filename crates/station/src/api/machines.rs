//! `/api/machines`: programs that read the station or feed it are let in, get their certificates, and are shut out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::Api;
use super::identity::read;
use super::problem::Problem;
use crate::identity::{
    Credential, Fault, From, LetIn, Machine, Scope, Secret, Viewer, WantedMachine,
};
use crate::limits::{MACHINE_DAYS, MACHINE_DAYS_DEFAULT};
use crate::pki::PkiError;

/// By which a machine gets its certificate, once.
const CODE: HeaderName = HeaderName::from_static("watchline-code");
/// Certificates in PEM, the machine's first (RFC 8555, 9.1).
const CHAIN: &str = "application/pem-certificate-chain";

#[derive(Debug, Serialize)]
pub(super) struct MachineView {
    name: String,
    agency: String,
    scope: &'static str,
    credential: &'static str,
    /// The serial number of its certificate, once it has one.
    certificate: Option<String>,
    until: String,
    /// The number of what waits for a second person.
    waits_for: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MachineBody {
    name: String,
    agency: String,
    scope: Scope,
    #[serde(default)]
    credential: Credential,
    days: Option<u16>,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MachineNamed {
    name: String,
}

/// What the machine is told, once; it is good when another administrator has agreed.
#[derive(Debug, Serialize)]
pub(super) struct LetInView {
    status: &'static str,
    waits_for: u64,
    #[serde(flatten)]
    secret: SecretView,
    until: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum SecretView {
    Token(String),
    Code(String),
}

pub(super) async fn let_in(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<LetInView>, Problem> {
    let MachineBody { name, agency, scope, credential, days, reason } = read(&headers, &body)?;
    let days = days.unwrap_or(MACHINE_DAYS_DEFAULT);
    if !MACHINE_DAYS.contains(&i64::from(days)) {
        let (least, most) = (MACHINE_DAYS.start(), MACHINE_DAYS.end());
        let detail = format!("must be {least} to {most}, got {days}");
        return Err(Problem::bad_request("days-wrong", "days", detail));
    }
    let wanted = WantedMachine { name, agency, scope, credential, days };
    let (waits_for, LetIn { secret, until }) =
        api.warden.propose_machine(&viewer, wanted, reason).await?;
    Ok(Json(LetInView {
        status: "waits",
        waits_for,
        secret: secret.into(),
        until: until.to_string(),
    }))
}

/// Signs a machine's key, once for each code.
pub(super) async fn enrol(
    State(api): State<Arc<Api>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let told = headers.get(CODE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let from = From { address: address.ip(), browser: None };
    match api.warden.certify((told.to_owned(), body.to_vec()), from).await {
        Ok(chain) => Ok(([(header::CONTENT_TYPE, CHAIN)], chain).into_response()),
        Err(Fault::NotKept(PkiError::Field { problem, value, .. })) => {
            let detail = format!("{problem}, got {value}");
            Err(Problem::bad_request("request-wrong", "body", detail))
        }
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn shut_out(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let MachineNamed { name } = read(&headers, &body)?;
    api.warden.shut_machine_out(&viewer, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl MachineView {
    pub(super) fn of(machine: &Machine) -> Self {
        Self {
            name: machine.name.clone(),
            agency: machine.agency.clone(),
            scope: machine.scope.name(),
            credential: machine.credential().name(),
            certificate: machine.certificate().map(str::to_owned),
            until: machine.until.to_string(),
            waits_for: machine.waits_for,
        }
    }
}

impl std::convert::From<Secret> for SecretView {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::Token(token) => Self::Token(token),
            Secret::Code(code) => Self::Code(code),
        }
    }
}

//! `/api/identity/passkeys` and `/api/identity/passkey`: passkeys are made, shown to sign in, and removed.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Api;
use super::admit::Cookie;
use super::identity::{read, welcome};
use super::problem::Problem;
use crate::identity::{From, Passkey, Viewer};

#[derive(Debug, Serialize)]
pub(super) struct PasskeysView {
    passkeys: Vec<PasskeyView>,
}

#[derive(Debug, Serialize)]
struct PasskeyView {
    id: String,
    called: String,
    host: String,
    made_at: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferBody {
    password: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyBody {
    called: String,
    /// As the browser tells it (`RegistrationResponseJSON` of Web Authentication).
    credential: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyNamed {
    id: String,
}

/// Somebody's own.
pub(super) async fn passkeys(State(api): State<Arc<Api>>, viewer: Viewer) -> Json<PasskeysView> {
    let people = api.warden.people();
    let person = viewer.name().and_then(|name| people.active(name));
    let theirs = person.map_or(&[][..], |person| person.passkeys());
    Json(PasskeysView { passkeys: theirs.iter().map(PasskeyView::of).collect() })
}

pub(super) async fn offer(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let OfferBody { password } = read(&headers, &body)?;
    let site = api.guard.site(&headers)?;
    Ok(Json(api.warden.offer_passkey(&viewer, password, &site).await?))
}

pub(super) async fn add(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let PasskeyBody { called, credential } = read(&headers, &body)?;
    let site = api.guard.site(&headers)?;
    api.warden.add_passkey(&viewer, (called, &credential.to_string()), &site).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let PasskeyNamed { id } = read(&headers, &body)?;
    api.warden.remove_passkey(&viewer, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the browser of whoever wants to sign in is to do.
pub(super) async fn ask(
    State(api): State<Arc<Api>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let from = From { address: address.ip(), browser: None };
    let site = api.guard.site(&headers)?;
    Ok(Json(api.warden.ask_for_passkey(from, &site)?))
}

pub(super) async fn sign_in(
    State(api): State<Arc<Api>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let credential: Value = read(&headers, &body)?;
    let site = api.guard.site(&headers)?;
    let from = From { address: address.ip(), browser: Cookie::Browser.of(&headers) };
    let entered = api.warden.enter_by_passkey(&credential.to_string(), from, &site).await?;
    Ok(welcome(&api, &headers, &entered))
}

impl PasskeyView {
    fn of(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.clone(),
            called: passkey.called.clone(),
            host: passkey.host.clone(),
            made_at: passkey.made_at.to_string(),
        }
    }
}

//! The witness's door: `POST /add-checkpoint`, and what was seen at `GET /`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::ledger::{Ledger, Refused, SeenView};
use super::request::REQUEST_BYTES_MAX;
use crate::connections::{self, Places};
use crate::limits::WITNESS_CONNECTIONS_MAX;

/// Requests that are dealt with at a time; others are told to come again.
const REQUESTS_MAX: usize = 64;
/// How long the body of a request may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a size in an answer is called.
pub(super) const SIZE_TYPE: &str = "text/x.tlog.size";

/// What the door works with.
#[derive(Debug)]
struct Door {
    ledger: Arc<Ledger>,
    room: Semaphore,
}

/// A witness as it is seen from outside.
#[derive(Debug, serde::Serialize)]
struct WitnessView {
    witness: String,
    key: String,
    records: Vec<SeenView>,
}

/// Serves until `until` is over.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    ledger: Arc<Ledger>,
    until: impl Future<Output = ()>,
) {
    let door = Arc::new(Door { ledger, room: Semaphore::new(REQUESTS_MAX) });
    let router = Router::new()
        .route("/add-checkpoint", post(add))
        .route("/", get(seen))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(door);
    let places = Places { what: "witness", most: WITNESS_CONNECTIONS_MAX };
    connections::serve(listener, (router, None), places, until).await;
}

async fn seen(State(door): State<Arc<Door>>) -> Json<WitnessView> {
    let witness = door.ledger.witness();
    Json(WitnessView {
        witness: witness.name().to_owned(),
        key: witness.to_text().trim_end().to_owned(),
        records: door.ledger.seen(),
    })
}

async fn add(State(door): State<Arc<Door>>, body: axum::body::Body) -> Response {
    let Ok(_place) = door.room.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many at once; ask again\n").into_response();
    };
    let read = axum::body::to_bytes(body, REQUEST_BYTES_MAX);
    let text = match tokio::time::timeout(PATIENCE, read).await {
        Err(_) => {
            return (StatusCode::REQUEST_TIMEOUT, "it took too long to come\n").into_response();
        }
        Ok(Err(_)) => {
            return (StatusCode::PAYLOAD_TOO_LARGE, "it is too long, or broke off\n")
                .into_response();
        }
        Ok(Ok(bytes)) => String::from_utf8(bytes.to_vec()),
    };
    let Ok(text) = text else {
        return (StatusCode::BAD_REQUEST, "it is not UTF-8 text\n").into_response();
    };
    let ledger = Arc::clone(&door.ledger);
    let answer = tokio::task::spawn_blocking(move || ledger.cosign(&text, Timestamp::now())).await;
    match answer {
        Ok(Ok(line)) => (StatusCode::OK, line).into_response(),
        Ok(Err(refused)) => refusal(&refused),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refusal(refused: &Refused) -> Response {
    tracing::warn!("not signed: {refused}");
    let status = match refused {
        Refused::Malformed(_) => StatusCode::BAD_REQUEST,
        Refused::Unknown(_) => StatusCode::NOT_FOUND,
        Refused::Unsigned(_) => StatusCode::FORBIDDEN,
        Refused::Seen { seen } => {
            let size = [(header::CONTENT_TYPE, SIZE_TYPE)];
            return (StatusCode::CONFLICT, size, format!("{seen}\n")).into_response();
        }
        Refused::Inconsistent => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::NotStored(_) => StatusCode::INSUFFICIENT_STORAGE,
    };
    (status, format!("{refused}\n")).into_response()
}

/// Where a witness listens.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

//! How a station asks a witness.

use std::time::Duration;

use hyper::client::conn::http1;
use hyper::{Request as HttpRequest, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// How long a witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What a witness said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The lines of its signatures.
    Signed(String),
    /// It has seen so many entries.
    Seen(u64),
    /// It saw another past.
    Inconsistent,
    /// Something else, in its own words.
    Refused(String),
}

/// Sends a request and hears the answer; the error says why there is none.
pub(crate) async fn ask(witness: &Url, request: String) -> Result<Answer, String> {
    let asked = tokio::time::timeout(PATIENCE, post(witness, request)).await;
    let (status, text) = asked.map_err(|_elapsed| format!("no answer within {PATIENCE:?}"))??;
    Ok(match status {
        StatusCode::OK => Answer::Signed(text),
        StatusCode::CONFLICT => match text.trim().parse() {
            Ok(seen) => Answer::Seen(seen),
            Err(_) => Answer::Refused(format!("{status} without a size")),
        },
        StatusCode::UNPROCESSABLE_ENTITY => Answer::Inconsistent,
        _ => {
            let words: String = text.trim().chars().filter(|c| !c.is_control()).take(200).collect();
            Answer::Refused(format!("{status}: {words}"))
        }
    })
}

async fn post(witness: &Url, body: String) -> Result<(StatusCode, String), String> {
    let host = witness.host_str().ok_or("its address names no host")?;
    let port = witness.port_or_known_default().ok_or("its address names no port")?;
    let name = host.trim_matches(['[', ']']);
    let stream = TcpStream::connect((name, port)).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let path = format!("{}/add-checkpoint", witness.path().trim_end_matches('/'));
    let request = HttpRequest::post(path)
        .header(header::HOST, format!("{host}:{port}"))
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(body)
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = axum::body::Body::new(response.into_body());
    let read = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await;
    connection.abort();
    let bytes = read.map_err(|error| error.to_string())?;
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

//! Parts of files, as players ask for them to seek (RFC 9110, section 14).

use std::io::{Read as _, Seek as _, SeekFrom};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::task::spawn_blocking;

use super::problem::Problem;
use crate::limits::FILE_READ_BYTES;

/// A file that does not change any more.
pub(super) struct Fixed {
    pub(super) file: std::fs::File,
    pub(super) length: u64,
    pub(super) kind: &'static str,
    /// What tells it from every other, without quotes.
    pub(super) tag: String,
}

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    Part {
        first: u64,
        last: u64,
    },
    /// A part that lies behind its end.
    Nothing,
}

impl Asked {
    /// More than one part, other units and what cannot be read count as not asked for, which the standard allows.
    fn of(headers: &HeaderMap, length: u64, tag: &str) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let is_of_this = text(header::IF_RANGE).is_none_or(|known| known == tag);
        let range = text(header::RANGE).filter(|_| is_of_this);
        range.and_then(|range| Self::parse(range, length)).unwrap_or(Self::Whole)
    }

    fn parse(range: &str, length: u64) -> Option<Self> {
        let (unit, parts) = range.split_once('=')?;
        let (first, last) = parts.trim().split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let newest = length.checked_sub(1);
        if first.is_empty() {
            let count = number(last)?;
            let part = newest.filter(|_| count > 0);
            let part = part.map(|last| Self::Part { first: length.saturating_sub(count), last });
            return Some(part.unwrap_or(Self::Nothing));
        }
        let first = number(first)?;
        let last = if last.is_empty() { u64::MAX } else { number(last)? };
        if last < first {
            return None;
        }
        let inside = newest.filter(|newest| first <= *newest);
        Some(inside.map_or(Self::Nothing, |end| Self::Part { first, last: last.min(end) }))
    }
}

/// The file, or the part of it that was asked for.
pub(super) async fn answer(headers: &HeaderMap, fixed: Fixed) -> Result<Response, Problem> {
    let Fixed { file, length, kind, tag } = fixed;
    let tag = format!("\"{tag}\"");
    let (status, first, count) = match Asked::of(headers, length, &tag) {
        Asked::Whole => (StatusCode::OK, 0, length),
        Asked::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Asked::Nothing => {
            let detail = format!("must begin before the end, and the file has {length} bytes");
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range-wrong", detail);
            let head = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((head, problem.at("Range")).into_response());
        }
    };
    let mut head = vec![
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, count.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        let content = format!("bytes {first}-{}/{length}", first + count - 1);
        head.push((header::CONTENT_RANGE, content));
    }
    let file = moved_to(file, first).await.map_err(|fault| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", fault.to_string())
    })?;
    let mut response = (status, body(file, count)).into_response();
    for (name, value) in head {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn moved_to(mut file: std::fs::File, first: u64) -> std::io::Result<std::fs::File> {
    let moved = spawn_blocking(move || file.seek(SeekFrom::Start(first)).map(|_| file));
    moved.await.unwrap_or_else(|fault| Err(std::io::Error::other(fault)))
}

/// So many bytes from where the file stands.
fn body(file: std::fs::File, count: u64) -> Body {
    Body::from_stream(stream::unfold(Some((file, count)), |rest| async move {
        let (mut file, count) = rest?;
        let read = spawn_blocking(move || {
            let room = usize::try_from(count).unwrap_or(FILE_READ_BYTES).min(FILE_READ_BYTES);
            let mut bytes = vec![0; room];
            let length = file.read(&mut bytes)?;
            bytes.truncate(length);
            Ok::<_, std::io::Error>((bytes, file))
        });
        match read.await.unwrap_or_else(|fault| Err(std::io::Error::other(fault))) {
            Ok((bytes, _)) if bytes.is_empty() => None,
            Ok((bytes, file)) => {
                let left = count.saturating_sub(bytes.len() as u64);
                Some((Ok(Bytes::from(bytes)), Some((file, left))))
            }
            Err(fault) => Some((Err(fault), None)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const LENGTH: u64 = 200_000;

    fn byte(at: u64) -> u8 {
        u8::try_from(at % 251).unwrap()
    }

    async fn ask(headers: &[(header::HeaderName, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&(0..LENGTH).map(byte).collect::<Vec<u8>>()).unwrap();
        let fixed = Fixed { file, length: LENGTH, kind: "video/mp4", tag: "one".into() };
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let response = answer(&headers.collect(), fixed).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (head.status, head.headers, body.to_vec())
    }

    #[tokio::test]
    async fn a_part_is_given_as_it_was_asked_for() {
        for (range, first, last) in [
            ("bytes=0-99", 0, 99),
            ("bytes=150000-", 150_000, LENGTH - 1),
            ("bytes=-1000", LENGTH - 1_000, LENGTH - 1),
            ("bytes=199999-400000", LENGTH - 1, LENGTH - 1),
            ("Bytes=5-5", 5, 5),
            ("bytes=-900000", 0, LENGTH - 1),
        ] {
            let (status, head, body) = ask(&[(header::RANGE, range)]).await;

            assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{range}");
            assert_eq!(head[header::CONTENT_RANGE], format!("bytes {first}-{last}/{LENGTH}"));
            assert_eq!(head[header::CONTENT_LENGTH], (last - first + 1).to_string());
            assert!(body == (first..=last).map(byte).collect::<Vec<u8>>(), "{range}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_understood_is_answered_with_the_whole() {
        let ranges =
            ["", "bytes=", "bytes=9-3", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=+1-2"];
        for range in ranges {
            let (status, head, body) = ask(&[(header::RANGE, range)]).await;

            assert_eq!((status, body.len() as u64), (StatusCode::OK, LENGTH), "{range}");
            assert_eq!(head[header::ACCEPT_RANGES], "bytes");
            assert!(!head.contains_key(header::CONTENT_RANGE));
        }
    }

    #[tokio::test]
    async fn a_part_behind_the_end_or_of_another_file_is_not_given() {
        for range in ["bytes=200000-", "bytes=99999999999999999999999-", "bytes=-0"] {
            let (status, head, body) = ask(&[(header::RANGE, range)]).await;

            assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
            assert!(String::from_utf8(body).unwrap().contains("range-wrong"));
            assert_eq!(head[header::CONTENT_RANGE], format!("bytes */{LENGTH}"));
        }
        let part = async |tag| ask(&[(header::RANGE, "bytes=0-9"), (header::IF_RANGE, tag)]).await;
        assert_eq!(part("\"one\"").await.2.len(), 10);
        assert_eq!(part("\"other\"").await.0, StatusCode::OK);
    }
}

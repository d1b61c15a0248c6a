//! As much of a browser as the tests need: HTTP/1.1 requests and an unmasking WebSocket reader.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(1);

/// An answer; `json` is null when the body is something else.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookies that it sets.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let set = self.headers.iter().filter(|(known, _)| known == "set-cookie");
        set.map(|(_, value)| value.as_str()).collect()
    }
}

/// Sends one request on its own connection.
pub(crate) fn ask(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    ask_by(stream, to, (method, path), headers, body)
}

/// Sends one request to a station that may be killed meanwhile: the answer's status and body, if it came whole.
pub(crate) fn try_ask(
    to: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request(to, (method, path), headers, body))?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let whole = || {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    };
    whole().ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

/// The same as [`ask`] by a connection that is open.
pub(crate) fn ask_by(
    mut stream: impl Read + Write,
    to: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    stream.write_all(&request(to, (method, path), headers, body)).unwrap();
    let mut reader = BufReader::new(stream);
    let (status, headers) = read_head(&mut reader);
    let mut body = Vec::new();
    // A station that speaks TLS need not say goodbye by it.
    drop(reader.read_to_end(&mut body));
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Answer { status, headers, body, json }
}

fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&request(to, (method, path), headers, body)).unwrap();
    BufReader::new(stream)
}

fn request(
    to: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    let mut add = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
    let given = |name: &str| headers.iter().any(|(known, _)| *known == name);
    if !given("Host") {
        add("Host", &to.to_string());
    }
    if !given("Connection") {
        add("Connection", "close");
    }
    for (name, value) in headers {
        add(name, value);
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

fn read_head(reader: &mut impl BufRead) -> (u16, Vec<(String, String)>) {
    let mut lines = reader.by_ref().lines().map(Result::unwrap);
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
        .collect();
    (status, headers)
}

/// The live stream, as a client that only listens.
pub(crate) struct Stream(BufReader<TcpStream>);

impl Stream {
    pub(crate) fn open(to: SocketAddr) -> Self {
        Self::open_with(to, &[])
    }

    /// The same for somebody who is signed in.
    pub(crate) fn open_with(to: SocketAddr, more: &[(&str, &str)]) -> Self {
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "d2F0Y2hsaW5lIGlzIGhlcmU="),
        ];
        let headers = [&headers, more].concat();
        let mut reader = send(to, "GET", "/api/stream", &headers, b"");
        assert_eq!(read_head(&mut reader).0, 101);
        Self(reader)
    }

    /// The next message (RFC 6455, section 5.2: a server's frames are not masked).
    pub(crate) fn next(&mut self) -> Value {
        let [first, length] = self.read();
        assert_eq!(first, 0x81, "a whole text message");
        let length = match length {
            126 => u64::from(u16::from_be_bytes(self.read())),
            127 => u64::from_be_bytes(self.read()),
            short => u64::from(short),
        };
        let mut text = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// Reads until the station closes the stream; what code it gives (RFC 6455, section 5.5.1).
    pub(crate) fn closed_with(&mut self) -> u16 {
        loop {
            let [first, length] = self.read();
            let length = match length {
                126 => u64::from(u16::from_be_bytes(self.read())),
                127 => u64::from_be_bytes(self.read()),
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut body).unwrap();
            if first == 0x88 {
                return u16::from_be_bytes([body[0], body[1]]);
            }
        }
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }
}

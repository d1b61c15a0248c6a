//! Somebody who watches the picture by its stream.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::JoinHandle;

/// Keeps all that the station sends them.
pub(super) struct Watching {
    stream: TcpStream,
    heard: JoinHandle<Vec<u8>>,
}

impl Watching {
    /// Asks for the stream as whoever sends this header.
    pub(super) fn begin(page: SocketAddr, whom: &str) -> Self {
        let mut stream = TcpStream::connect(page).unwrap();
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let head = format!("GET /api/stream HTTP/1.1\r\nHost: {page}\r\n{whom}\r\n{upgrade}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut reader = stream.try_clone().unwrap();
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                heard.extend_from_slice(&buffer[..length]);
            }
            heard
        });
        Self { stream, heard }
    }

    /// All that was told. What the station writes is not masked, and each message is one piece.
    pub(super) fn end(self) -> String {
        self.stream.shutdown(Shutdown::Both).unwrap();
        let heard = self.heard.join().unwrap();
        let told = String::from_utf8_lossy(&heard).into_owned();
        assert!(told.starts_with("HTTP/1.1 101 "), "{told}");
        told
    }
}

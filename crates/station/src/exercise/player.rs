//! Plays a world at a running station's door: each node is a client of its own over TCP, like anyone's sensor.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;
use sim::{Sent, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use wire::sapient::{Content, FrameDecoder, SapientMessage, encode_frame};

use crate::limits::{PLAYER_READ_BYTES, PLAYER_REPLIES_WAITING_MAX};

/// A world and the connections through which its nodes speak.
pub struct Player {
    world: World,
    door: SocketAddr,
    nodes: BTreeMap<String, Node>,
    replies: mpsc::Receiver<(String, SapientMessage)>,
    reply_to: mpsc::Sender<(String, SapientMessage)>,
    said: u64,
}

/// One node's end of its conversation.
#[derive(Default)]
struct Node {
    /// Said first on every connection.
    introduction: Option<SapientMessage>,
    stream: Option<OwnedWriteHalf>,
}

impl Player {
    /// A player whose world has already lived until `from`, silently: those words were said before a restart.
    pub fn new(mut world: World, door: SocketAddr, from: Timestamp) -> Self {
        let (reply_to, replies) = mpsc::channel(PLAYER_REPLIES_WAITING_MAX);
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        if from > world.start() {
            for sent in world.advance(from) {
                if is_introduction(&sent.message) {
                    nodes.entry(sent.node_id).or_default().introduction = Some(sent.message);
                }
            }
        }
        Self { world, door, nodes, replies, reply_to, said: 0 }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// Messages sent to the door so far.
    pub fn said(&self) -> u64 {
        self.said
    }

    /// Says all that is due by `now` and hands the world what the station answered.
    ///
    /// A node whose connection broke reconnects and introduces itself with its next word; the word
    /// that could not be said is lost, as a radio's would be.
    pub async fn play_until(&mut self, now: Timestamp) {
        while let Ok((node_id, message)) = self.replies.try_recv() {
            self.world.receive(&node_id, &message, now);
        }
        for sent in self.world.advance(now) {
            match self.say(sent).await {
                Ok(()) => self.said += 1,
                Err(error) => tracing::debug!("a simulated node was not heard: {error}"),
            }
        }
    }

    async fn say(&mut self, sent: Sent) -> std::io::Result<()> {
        let Sent { node_id, message, at } = sent;
        let introduces = is_introduction(&message);
        let node = self.nodes.entry(node_id.clone()).or_default();
        if introduces {
            node.introduction = Some(message.clone());
        }
        if node.stream.is_none() {
            let (read, mut write) = TcpStream::connect(self.door).await?.into_split();
            tokio::spawn(listen(node_id, read, self.reply_to.clone()));
            if let Some(introduction) = node.introduction.clone().filter(|_| !introduces) {
                send(&mut write, &stamped(introduction, at)).await?;
            }
            node.stream = Some(write);
        }
        let Some(stream) = &mut node.stream else { return Ok(()) };
        let sent = send(stream, &message).await;
        if sent.is_err() {
            node.stream = None;
        }
        sent
    }
}

/// Hands on what the station says to one node, until the connection ends.
async fn listen(
    node_id: String,
    mut read: OwnedReadHalf,
    to: mpsc::Sender<(String, SapientMessage)>,
) {
    let mut decoder = FrameDecoder::new();
    let mut buffer = vec![0; PLAYER_READ_BYTES];
    while let Ok(count) = read.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        decoder.push(&buffer[..count]);
        while let Some(Ok(frame)) = decoder.next_frame() {
            let Ok(message) = wire::sapient::decode(frame) else { continue };
            if to.send((node_id.clone(), message)).await.is_err() {
                return;
            }
        }
    }
}

async fn send(stream: &mut OwnedWriteHalf, message: &SapientMessage) -> std::io::Result<()> {
    let frame = encode_frame(message).map_err(|fault| std::io::Error::other(fault.to_string()))?;
    stream.write_all(&frame).await
}

fn is_introduction(message: &SapientMessage) -> bool {
    matches!(message.content, Some(Content::Registration(_)))
}

/// The same message, said now.
fn stamped(mut message: SapientMessage, now: Timestamp) -> SapientMessage {
    message.timestamp = Some(now.into());
    message
}

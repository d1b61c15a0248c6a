//! The station at a broker that can be made to stall, repeat itself and go away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use watch::journal::Input;

use super::*;
use crate::ingest::desk::Desk;
use crate::ingest::door::Counters;
use crate::ingest::mqtt::{Kind, Topic};

const PATIENCE: Duration = Duration::from_secs(30);
/// As the station knows the broker.
const CERTIFICATE: &str = "127.0.0.1";

struct Post {
    broker: TcpListener,
    desk: Desk,
    taken: mpsc::Receiver<Input>,
    counters: Arc<Counters>,
}

/// One connection of the station, as the broker sees it.
struct Client<S>(S);

fn config(at: std::net::SocketAddr) -> BrokerConfig {
    BrokerConfig {
        at: BrokerAt { host: at.ip().to_string(), port: at.port() },
        client_id: "watchline".into(),
        username: None,
        password_file: None,
        tls: None,
        messages_per_s: 1e6,
    }
}

/// Lets the station in and grants its two topics, or not.
async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: S, granted: [u8; 2]) -> Client<S> {
    let mut client = Client(stream);
    let connect = client.read().await;
    assert_eq!(connect[0], 0x10);
    assert_eq!(connect[9] & 0b10, 0, "the session outlives the connection");
    client.0.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    let subscribe = client.read().await;
    assert_eq!((subscribe[0], subscribe.last()), (0x82, Some(&1)), "at least once");
    let [high, low] = [subscribe[2], subscribe[3]];
    client.0.write_all(&[0x90, 4, high, low, granted[0], granted[1]]).await.unwrap();
    client
}

impl Post {
    async fn open(messages_per_s: f64) -> Self {
        Self::open_by(messages_per_s, None).await
    }

    async fn open_by(messages_per_s: f64, tls: Option<BrokerTls>) -> Self {
        let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
        let model = Arc::new(crate::shipped::load_model(drill).unwrap());
        let broker = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = model.sector().frame.origin();
        let stations = Arc::new(Stations::new(BTreeMap::from([("LESU".to_owned(), place)])));
        let sensor = model.sector().sensors[0].id.clone();
        let mapping = "lat_deg = { pointer = \"/0\" }\nlon_deg = { pointer = \"/1\" }\n";
        let seen = Kind::Detection { sensor, mapping: toml::from_str(mapping).unwrap() };
        let topics = vec![
            Topic { filter: "weather".into(), kind: Kind::WeatherText },
            Topic { filter: "seen/#".into(), kind: seen },
        ];
        let topics = Topics::of_sector(topics, model.sector(), &stations).unwrap();
        let at = broker.local_addr().unwrap();
        let config = BrokerConfig { tls, messages_per_s, ..config(at) };
        let (desk, taken) = Desk::new();
        let door =
            MqttDoor::new(&config, topics, (model, stations, Snapshots::default()), desk.clone())
                .unwrap();
        let counters = Arc::clone(&door.board().counters);
        tokio::spawn(door.serve());
        Self { broker, desk, taken, counters }
    }

    async fn connection(&self) -> TcpStream {
        timeout(PATIENCE, self.broker.accept()).await.expect("the station comes").unwrap().0
    }

    /// The station comes, is let in, and subscribes to its two topics.
    async fn accept(&self) -> Client<TcpStream> {
        greet(self.connection().await, [1, 1]).await
    }

    async fn trouble(&self) -> String {
        let told = async {
            loop {
                if let Some(trouble) = self.counters.trouble() {
                    return trouble;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, told).await.expect("a trouble")
    }

    /// The next thing seen; signs of life are passed over.
    async fn next_seen(&mut self) -> Input {
        loop {
            let input = self.next().await;
            if !matches!(input, Input::Status(_)) {
                return input;
            }
        }
    }

    async fn next(&mut self) -> Input {
        timeout(PATIENCE, self.taken.recv()).await.expect("an input comes").unwrap()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// The next packet whole; its length fits one byte.
    async fn read(&mut self) -> Vec<u8> {
        let mut head = [0; 2];
        timeout(PATIENCE, self.0.read_exact(&mut head)).await.expect("a packet").unwrap();
        let mut packet = head.to_vec();
        packet.resize(2 + usize::from(head[1]), 0);
        self.0.read_exact(&mut packet[2..]).await.unwrap();
        packet
    }

    /// A message at least once; flags are 8 for a repeated one, 1 for a kept one.
    async fn publish(&mut self, topic: &str, payload: &str, number: u8, flags: u8) {
        self.0.write_all(&packet(topic, payload, number, flags)).await.unwrap();
    }

    /// The number of the message that is acknowledged next.
    async fn acknowledged(&mut self) -> u8 {
        let packet = self.read().await;
        assert_eq!(packet[..2], [0x40, 2], "{packet:?}");
        packet[3]
    }
}

fn packet(topic: &str, payload: &str, number: u8, flags: u8) -> Vec<u8> {
    let length = u8::try_from(4 + topic.len() + payload.len()).unwrap();
    let topic_length = u8::try_from(topic.len()).unwrap();
    assert!(length < 128, "one byte of length");
    let head = [0x32 | flags, length, 0, topic_length];
    [&head[..], topic.as_bytes(), &[0, number], payload.as_bytes()].concat()
}

/// Near the drill's tower.
const PLACE: &str = "[34.416,41.011]";
const REPORT: &str = "METAR LESU 201900Z 24010MPS 0800 DS";

#[tokio::test]
async fn a_message_is_acknowledged_once_it_is_durable_and_not_before() {
    let mut post = Post::open(1e6).await;
    let mut client = post.accept().await;
    post.desk.failures.store(3, Ordering::SeqCst);

    client.publish("weather", REPORT, 7, 0).await;

    assert!(matches!(post.next().await, Input::Status(status) if status.weather.is_some()));
    assert_eq!(client.acknowledged().await, 7);
    assert_eq!(post.desk.failures.load(Ordering::SeqCst), 0, "tried until it was stored");
    assert_eq!((post.counters.trouble(), post.counters.connected()), (None, 1));
}

#[tokio::test]
async fn a_broker_that_is_gone_is_told_and_come_back_to_and_what_it_repeats_is_taken_once() {
    let mut post = Post::open(1e6).await;
    let mut client = post.accept().await;
    client.publish("seen/a", PLACE, 1, 0).await;
    assert!(matches!(post.next_seen().await, Input::Detected(_)));
    drop(client);
    assert!(post.trouble().await.contains("no broker: "));

    let mut client = post.accept().await;
    assert_eq!(post.counters.trouble(), None);
    client.publish("seen/a", PLACE, 1, 8).await;
    assert_eq!(client.acknowledged().await, 1);
    *post.desk.now.lock().unwrap() += jiff::SignedDuration::from_secs(1);
    client.publish("seen/a", PLACE, 2, 0).await;
    assert_eq!(client.acknowledged().await, 2);

    assert!(matches!(post.next_seen().await, Input::Detected(_)), "a new one of the same words");
    assert!(post.taken.try_recv().is_err(), "the repeated one is not taken again");
    assert_eq!((post.counters.counts().ignored, post.counters.connections()), (1, 2));
    let told = post.counters.last_fault().unwrap().what;
    assert!(told.contains("forgot the station"), "{told}");
}

#[tokio::test]
async fn a_broker_of_version_5_is_spoken_to_in_it() {
    let mut post = Post::open(1e6).await;
    let mut client = Client(post.connection().await);
    let connect = client.read().await;
    assert_eq!((connect[8], &connect[12..18]), (5, &[5, 0x11, 0xff, 0xff, 0xff, 0xff][..]));
    client.0.write_all(&[0x20, 6, 0, 0, 3, 0x13, 0, 30]).await.unwrap();
    let subscribe = client.read().await;
    assert_eq!(subscribe[4], 0, "no properties: {subscribe:?}");
    client.0.write_all(&[0x90, 5, 0, subscribe[3], 0, 1, 1]).await.unwrap();

    let old = packet("weather", REPORT, 7, 0);
    let at = old.len() - REPORT.len();
    let mut new = [&old[..at], &[2, 1, 1], &old[at..]].concat();
    new[1] += 3;
    client.0.write_all(&new).await.unwrap();

    assert!(matches!(post.next().await, Input::Status(status) if status.weather.is_some()));
    assert_eq!(client.acknowledged().await, 7);
    client.0.write_all(&[0xe0, 2, 0x8b, 0]).await.unwrap();
    let told = post.trouble().await;
    assert!(told.contains("it is not there for anybody just now"), "{told}");
}

#[tokio::test]
async fn a_broker_that_does_not_know_version_5_is_greeted_in_3_1_1() {
    for answer in [&[0x20, 2, 0, 1][..], &[0x20, 3, 0, 0x84, 0], &[]] {
        let post = Post::open(1e6).await;
        let mut client = Client(post.connection().await);
        assert_eq!(client.read().await[8], 5);
        client.0.write_all(answer).await.unwrap();
        drop(client);

        let mut client = Client(post.connection().await);
        let connect = client.read().await;
        assert_eq!(connect[8], 4, "after {answer:?}");
        if !answer.is_empty() {
            assert_eq!(post.counters.trouble(), None, "the other version is no trouble");
        }
        client.0.write_all(&[0x20, 2, 0, 0]).await.unwrap();
        let subscribe = client.read().await;
        assert_eq!(subscribe[5], 7, "the first topic follows the number: {subscribe:?}");
    }
}

#[tokio::test]
async fn what_a_broker_kept_counts_only_where_it_says_of_when_it_is() {
    let mut post = Post::open(1e6).await;
    let mut client = post.accept().await;

    client.publish("seen/a", PLACE, 1, 1).await;
    client.publish("weather", REPORT, 2, 1).await;

    assert_eq!((client.acknowledged().await, client.acknowledged().await), (1, 2));
    assert!(matches!(post.next().await, Input::Status(status) if status.weather.is_some()));
    assert!(post.taken.try_recv().is_err());
}

#[tokio::test]
async fn messages_that_cannot_be_used_are_journalled_acknowledged_and_end_nothing() {
    let mut post = Post::open(1e6).await;
    let mut client = post.accept().await;
    client.publish("weather", "METAR OSDZ 201900Z 24010MPS 9999", 1, 0).await;
    client.publish("nowhere", "x", 2, 0).await;

    for number in [1, 2] {
        assert!(matches!(post.next().await, Input::Rejected(told) if told.door == DOOR));
        assert_eq!(client.acknowledged().await, number);
    }
    let told = post.counters.last_fault().unwrap().what;
    assert!(told.starts_with("nowhere: topic:"), "{told}");
    client.publish("weather", REPORT, 3, 0).await;
    assert!(matches!(post.next().await, Input::Status(_)));
}

#[tokio::test]
async fn a_flood_of_three_hundred_thousand_messages_is_read_slowly_and_kept_at_the_broker() {
    let post = Post::open(1_000.0).await;
    let client = post.accept().await;
    let (mut from_station, mut to_station) = client.0.into_split();
    tokio::spawn(async move {
        let mut acknowledgements = vec![0; 65_536];
        while from_station.read(&mut acknowledgements).await.is_ok_and(|length| length > 0) {}
    });
    let flood = tokio::spawn(async move {
        let payload = "x".repeat(100);
        for _ in 0..3_000 {
            let hundred = packet("weather", &payload, 1, 0).repeat(100);
            // The station does not read: the write waits, or fails when the test is over.
            if to_station.write_all(&hundred).await.is_err() {
                return;
            }
        }
    });
    let throttled = async {
        while post.counters.throttled() < 3 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, throttled).await.expect("the flood is slowed");

    assert!(!flood.is_finished(), "all messages were taken at once");
    let counts = post.counters.counts();
    assert!((900..20_000).contains(&counts.rejected), "{counts:?}");
    flood.abort();
}

#[tokio::test]
async fn a_message_of_a_megabyte_is_refused_acknowledged_and_ends_nothing() {
    let mut post = Post::open(1e6).await;
    let mut client = post.accept().await;
    let mut long = vec![0x32, 0x8b, 0x80, 0x40, 0, 7];
    long.extend(b"weather");
    long.extend([0, 9]);
    long.resize(long.len() + (1 << 20), b'x');

    client.0.write_all(&long).await.unwrap();

    let Input::Rejected(told) = post.next().await else { panic!("not told") };
    let told = (told.field.as_str(), told.reason.as_str());
    assert_eq!(told, ("payload", "must hold at most 262144 bytes, got 1048576"));
    assert_eq!(client.acknowledged().await, 9);
    client.publish("weather", REPORT, 10, 0).await;
    assert_eq!(client.acknowledged().await, 10);
}

#[tokio::test]
async fn a_broker_that_does_not_greet_or_speaks_another_language_is_told_of() {
    let post = Post::open(1e6).await;
    let mut silent = Client(post.connection().await);
    assert_eq!(silent.read().await[0], 0x10);
    let began = Instant::now();
    let told = post.trouble().await;
    assert!(told.contains("did not greet within 10 s"), "{told}");
    assert!(began.elapsed() >= Duration::from_secs(9));

    for (answer, words) in [
        (&[0x20, 2, 0, 4][..], "user or password is wrong"),
        (&b"HTTP/1.1 400 Bad Request"[..], "must not come from a broker"),
        (&[0xd0, 0][..], "may not say yet"),
    ] {
        let mut rude = Client(post.connection().await);
        rude.read().await;
        rude.0.write_all(answer).await.unwrap();
        let told = async {
            while !post.counters.trouble().is_some_and(|told| told.contains(words)) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, told).await.unwrap_or_else(|_| panic!("{words} is told"));
    }
    assert_eq!(post.counters.connections(), 0, "nobody was in");
}

#[tokio::test]
async fn a_topic_that_the_broker_refuses_stays_a_trouble() {
    let post = Post::open(1e6).await;
    let _client = greet(post.connection().await, [1, 0x80]).await;

    assert_eq!(post.trouble().await, "the broker refuses topics: seen/#");
    assert_eq!(post.counters.connected(), 1);
}

/// An authority, and what it made for the broker and for the station, as files.
fn credentials(directory: &Path) -> (rustls::ServerConfig, BrokerTls) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let issue = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        (certificate.signed_by(&key, &issuer).unwrap(), key)
    };
    let (broker, station) = (issue(CERTIFICATE), issue("watchline"));
    let write = |name: &str, text: String| {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let tls = BrokerTls {
        ca: write("ca.pem", ca.pem()),
        own: Some((write("own.pem", station.0.pem()), write("own.key", station.1.serialize_pem()))),
    };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::clone(&provider),
    );
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![broker.0.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(broker.1.serialize_der()).unwrap(),
        );
    (config.unwrap(), tls)
}

#[tokio::test]
async fn by_tls_the_broker_must_be_vouched_for_and_sees_the_station_s_certificate() {
    let home = tempfile::tempdir().unwrap();
    let (server, tls) = credentials(home.path());
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    let mut post = Post::open_by(1e6, Some(tls)).await;

    let stream = acceptor.accept(post.connection().await).await.unwrap();
    assert!(stream.get_ref().1.peer_certificates().is_some_and(|shown| !shown.is_empty()));
    let mut client = greet(stream, [1, 1]).await;
    client.publish("weather", REPORT, 7, 0).await;
    assert!(matches!(post.next().await, Input::Status(_)));
    assert_eq!(client.acknowledged().await, 7);
    drop(client);

    let elsewhere = tempfile::tempdir().unwrap();
    let other = tokio_rustls::TlsAcceptor::from(Arc::new(credentials(elsewhere.path()).0));
    assert!(other.accept(post.connection().await).await.is_err(), "not of the named authority");
    let told = post.trouble().await;
    assert!(told.contains("tls"), "{told}");
}

#[tokio::test]
async fn a_broker_elsewhere_needs_tls_and_files_that_are_not_there_are_named() {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    let model = Arc::new(crate::shipped::load_model(drill).unwrap());
    let error = |config: &BrokerConfig| {
        let stations = Arc::new(Stations::default());
        let topics = Topics::of_sector(Vec::new(), model.sector(), &stations).unwrap();
        let beside = (Arc::clone(&model), stations, Snapshots::default());
        MqttDoor::new(config, topics, beside, Desk::new().0).unwrap_err().to_string()
    };
    let elsewhere = config("192.0.2.1:1883".parse().unwrap());
    assert!(error(&elsewhere).contains("no doors.mqtt.tls, got 192.0.2.1:1883"));

    let nowhere = PathBuf::from("/nowhere/ca.pem");
    let tls = Some(BrokerTls { ca: nowhere.clone(), own: None });
    let told = error(&BrokerConfig { tls, ..elsewhere });
    assert!(told.starts_with("doors.mqtt.tls: /nowhere/ca.pem: "), "{told}");
    let here = config("127.0.0.1:1883".parse().unwrap());
    let told = error(&BrokerConfig { password_file: Some(nowhere), ..here });
    assert!(told.starts_with("doors.mqtt: /nowhere/ca.pem: "), "{told}");
}

//! Pulls one camera's pictures by RTSP, and connects again for as long as it gives none.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use retina::client::{Demuxed, PlayOptions, Session, SessionOptions, SetupOptions};
use retina::codec::{
    CodecItem, FrameFormat, ParametersRef, VideoFrame, VideoParameters, VideoParametersCodec,
};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use url::Url;
use watch::footage::PictureReport;
use watch::journal::Input;
use wire::fmp4::VideoTrack;
use wire::text;

use super::{AccessUnit, Camera, CameraLimits, Codec, Format};
use crate::ingest::door::{Budget, Counters, Counts};
use crate::ingest::store::store;
use crate::ingest::{Intake, limits};

/// By whom a camera lets itself be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// One camera to connect to.
#[derive(Debug)]
pub struct CameraLink<I> {
    camera: Arc<Camera>,
    url: Url,
    credentials: Option<Credentials>,
    limits: CameraLimits,
    intake: I,
    counters: Arc<Counters>,
    counts: Counts,
    /// When a picture came last, or when the first was to come.
    last_at: Instant,
    /// What the core was told last: whether pictures come.
    told: Option<bool>,
}

impl<I: Intake> CameraLink<I> {
    pub fn new(
        camera: Arc<Camera>,
        (url, credentials): (Url, Option<Credentials>),
        limits: CameraLimits,
        (intake, counters): (I, Arc<Counters>),
    ) -> Self {
        Self {
            camera,
            url,
            credentials,
            limits,
            intake,
            counters,
            counts: Counts::default(),
            last_at: Instant::now(),
            told: None,
        }
    }

    /// Connects and reads, again and again, until the future is dropped.
    pub async fn run(mut self) {
        let [shortest, longest] = limits::CAMERA_RETRY;
        let mut wait = shortest;
        loop {
            self.camera.connect();
            let before = self.counts.accepted;
            let end = self.watch().await;
            let sensor = self.camera.sensor().0.clone();
            self.fault(&end);
            tracing::info!(%sensor, %end, "camera connection ended");
            wait = if self.counts.accepted > before { shortest } else { wait };
            self.find_lost(&end).await;
            sleep(wait).await;
            self.find_lost(&end).await;
            wait = (wait * 2).min(longest);
        }
    }

    /// Reads to the end of a connection; says why it ended.
    async fn watch(&mut self) -> String {
        let (mut frames, stream) = match timeout(limits::CAMERA_OPENS_WITHIN, self.open()).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(fault)) => return fault,
            Err(_late) => return "no answer".to_owned(),
        };
        self.counters.open();
        let end = self.read(&mut frames, stream).await;
        self.counters.close(&end);
        end
    }

    async fn open(&self) -> Result<(Demuxed, usize), String> {
        let said = |fault: retina::Error| in_words(&fault);
        let credentials = self.credentials.clone().map(|Credentials { user, password }| {
            retina::client::Credentials { username: user, password }
        });
        let options = SessionOptions::default()
            .creds(credentials)
            .user_agent(concat!("watchline/", env!("CARGO_PKG_VERSION")).to_owned());
        let mut session = Session::describe(self.url.clone(), options).await.map_err(said)?;
        let is_ours = |stream: &retina::client::Stream| {
            matches!(stream.media(), "video" | "image")
                && matches!(stream.encoding_name(), "h264" | "h265" | "jpeg")
        };
        let Some(stream) = session.streams().iter().position(is_ours) else {
            return Err("it offers no video as H.264, H.265 or JPEG".to_owned());
        };
        let setup = SetupOptions::default().frame_format(FrameFormat::MP4);
        session.setup(stream, setup).await.map_err(said)?;
        let playing = session.play(PlayOptions::default()).await.map_err(said)?;
        Ok((playing.demuxed().map_err(said)?, stream))
    }

    async fn read(&mut self, frames: &mut Demuxed, stream: usize) -> String {
        let mut budget = Budget::new(self.limits.bits_per_s / BITS_PER_MESSAGE, Instant::now());
        let stalled_after = Duration::from_secs_f64(self.limits.stalled_after_s);
        let mut format: Option<Arc<Format>> = None;
        let mut wait_until = Instant::now() + stalled_after;
        loop {
            let frame = match timeout_at(wait_until, frames.next()).await {
                Err(_late) => return format!("no picture for {} s", self.limits.stalled_after_s),
                Ok(None) => return "the camera ended the stream".to_owned(),
                Ok(Some(Err(fault))) => return in_words(&fault),
                Ok(Some(Ok(item))) => item,
            };
            let CodecItem::VideoFrame(frame) = frame else { continue };
            if format.is_none() || frame.has_new_parameters() {
                let told =
                    frames.streams().get(stream).and_then(retina::client::Stream::parameters);
                let Some(ParametersRef::Video(parameters)) = told else { continue };
                match format_of(parameters, frame.timestamp().clock_rate().get()) {
                    Ok(told) => format = Some(Arc::new(told)),
                    Err(fault) => return fault,
                }
            }
            let Some(format) = &format else { continue };
            let pause = self.take(frame, format, &mut budget).await;
            if let Some(pause) = pause {
                // Nothing is read meanwhile, so the camera must send less.
                sleep(pause).await;
            }
            wait_until = Instant::now() + stalled_after;
        }
    }

    /// Takes a picture; says how long not to read on when it was too much.
    async fn take(
        &mut self,
        frame: VideoFrame,
        format: &Arc<Format>,
        budget: &mut Budget,
    ) -> Option<Duration> {
        let (now, before, bytes) = (self.intake.now(), self.counts, frame.data().len());
        if bytes <= limits::FRAME_BYTES_MAX {
            self.counts.accepted += 1;
            self.last_at = Instant::now();
            self.camera.show(AccessUnit {
                format: Arc::clone(format),
                at: now,
                shown_at: frame.timestamp().elapsed(),
                is_key: frame.is_random_access_point()
                    || format.codec == Codec::H265 && is_intra(frame.data()),
                data: frame.into_data(),
            });
            self.tell(None).await;
        } else {
            self.counts.rejected += 1;
            let most = limits::FRAME_BYTES_MAX;
            self.fault(&format!("a picture must have at most {most} bytes, got {bytes}"));
        }
        self.counters.add(before, self.counts, bytes);
        let pause = budget.spend(0, bytes, Instant::now());
        if let Some(pause) = pause {
            self.counters.throttle(now, &self.camera.sensor().0, pause);
        }
        pause
    }

    /// Says that pictures are lost when none has come for long enough; a connection that only broke is no loss yet.
    async fn find_lost(&mut self, why: &str) {
        if self.last_at.elapsed().as_secs_f64() >= self.limits.stalled_after_s {
            self.tell(Some(format!("no pictures: {why}"))).await;
        }
    }

    async fn tell(&mut self, lost: Option<String>) {
        let comes = lost.is_none();
        if self.told == Some(comes) {
            return;
        }
        let sensor = self.camera.sensor().clone();
        self.camera.lose(lost.clone());
        let report = PictureReport { sensor, lost };
        match store(&self.intake, vec![Input::Pictured(report)]).await {
            Ok(()) => self.told = Some(comes),
            Err(fault) => self.fault(&fault.to_string()),
        }
    }

    fn fault(&self, what: &str) {
        let sensor = &self.camera.sensor().0;
        self.counters.fault(self.intake.now(), &format!("{sensor}: {what}"));
    }
}

/// Bits that weigh as much as a message in a [`Budget`].
const BITS_PER_MESSAGE: f64 = 4_096.0 * 8.0;

fn format_of(parameters: &VideoParameters, timescale: u32) -> Result<Format, String> {
    let (width, height) = parameters.pixel_dimensions();
    let pixels = |field: &str, value: u32| {
        u16::try_from(value).map_err(|_wide| format!("{field} must be at most 65535, got {value}"))
    };
    let codec = match parameters.codec_params() {
        VideoParametersCodec::H264 { .. } => Codec::H264,
        VideoParametersCodec::H265 { .. } => Codec::H265,
        VideoParametersCodec::Jpeg => Codec::Jpeg,
        _ => return Err("its pictures are neither H.264, H.265 nor JPEG".to_owned()),
    };
    Ok(Format {
        codec,
        name: parameters.rfc6381_codec().to_owned(),
        track: VideoTrack {
            timescale,
            width: pixels("width", width)?,
            height: pixels("height", height)?,
            sample_entry: parameters
                .mp4_sample_entry()
                .build()
                .map_err(|fault| in_words(&fault))?,
        },
    })
}

/// Whether all slices of a picture of H.265 can be decoded without other pictures (ITU-T H.265, table 7-1: types 16 to 23
/// of those below 32). The library counts instantaneous refreshes alone, and many encoders send clean random access.
pub(super) fn is_intra(units: &[u8]) -> bool {
    let (mut rest, mut slices) = (units, 0);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((unit, after)) = after.split_at_checked(length) else { return false };
        rest = after;
        match unit.first().map(|head| head >> 1 & 0x3f) {
            Some(16..=23) => slices += 1,
            Some(0..32) | None => return false,
            Some(_) => {}
        }
    }
    slices > 0 && rest.is_empty()
}

/// What went wrong, without the packets that show it.
fn in_words(fault: &retina::Error) -> String {
    let words = fault.to_string();
    text::clean(words.split("\n\n").next().unwrap_or_default(), limits::NOTE_CHARS)
}

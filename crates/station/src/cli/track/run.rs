//! `watchline track run`: scans from a file through the tracker.

mod drawing;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use watch::detection::Class;
use watch::journal::TrackId;
use watch::limits;
use watch::tracking::{
    Area, Dropped, Height, Learning, Relief, Scan, SensorReport, Sighting, TrackEstimate, Tracker,
    TrackerConfig, TrailPoint,
};

use super::{consistency_in_words, source};
use crate::cli::cpu::Stopwatch;
use crate::cli::output::{complain, progress};
use crate::cli::{Answer, Outcome, Output};

/// Takes scans from a file and writes the tracks after each.
///
/// Scans are JSON, one a line, each with its sensor, time, measurements, clutter and what it sees.
/// The configuration is TOML: `[area]` with its corners, `[tracker]` with figures other than the
/// shipped ones, `[p_detect]` with each sensor's chance of detection, and `ground_m`, the height above sea of level ground,
/// without which heights that sensors tell say nothing. Without `[tracker.learning]` nothing is learned of
/// the sensors; their consistency (NIS) is measured either way.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: tracks as a table for `track metrics`, then as a picture\n  watchline track run --scans testdata/tracking/dozen.scans.jsonl --config testdata/tracking/dozen.toml --out tracks.csv\n  watchline track run --scans testdata/tracking/dozen.scans.jsonl --config testdata/tracking/dozen.toml --out tracks.png"
)]
pub(crate) struct Run {
    /// Scans in JSON, one a line; the same with .gz will do.
    #[arg(long, value_name = "FILE")]
    scans: PathBuf,
    /// TOML with the area, the tracker's figures and the chances of detection.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// .csv for a table (k counts the scans), .png for a picture, else JSON, one line a scan.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    area: Area,
    /// Height of the ground above sea, which is level; without it heights say nothing.
    ground_m: Option<f64>,
    #[serde(default)]
    tracker: serde_json::Map<String, serde_json::Value>,
    p_detect: BTreeMap<String, f64>,
}

/// The tracks after one scan.
#[derive(Debug, Serialize)]
struct After {
    at: jiff::Timestamp,
    tracks: Vec<TrackEstimate>,
    /// With the last scan: where each track of the whole run was, smoothed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    trails: BTreeMap<TrackId, Vec<TrailPoint>>,
}

#[derive(Serialize)]
struct Report {
    scans: usize,
    refused: usize,
    dropped: Dropped,
    tracks: usize,
    ms_per_scan_cpu: f64,
    /// What each sensor was found to be worth.
    sensors: Vec<SensorReport>,
}

impl Run {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let settings: Settings = toml::from_str(&source::text(&self.config)?)
            .with_context(|| format!("parse {}", self.config.display()))?;
        let config = settings.tracker_config()?;
        let scans = self.read_scans(&settings)?;
        let mut tracker = Tracker::new(config)?;
        let mut stopwatch = Stopwatch::default();
        let mut report = Report {
            scans: 0,
            refused: 0,
            dropped: Dropped::default(),
            tracks: 0,
            ms_per_scan_cpu: 0.0,
            sensors: Vec::new(),
        };
        let mut after: Vec<After> = Vec::with_capacity(scans.len());
        let mut trails = BTreeMap::new();
        let bar = progress("scans", scans.len() as u64);
        for scan in &scans {
            let chance = |scan: &Scan, _: EnuPoint, _: Class| settings.p_detect[&scan.sensor.0];
            let mut observed = None;
            stopwatch.time(&mut || observed = Some(tracker.observe(scan, &chance)));
            match observed {
                Some(Ok(observed)) => report.dropped += observed.dropped,
                Some(Err(refused)) => {
                    report.refused += 1;
                    complain(format_args!("scan {} is not taken: {refused}", report.scans + 1));
                }
                None => {}
            }
            report.scans += 1;
            let tracks: Vec<TrackEstimate> = tracker.tracks().collect();
            lengthen(&mut trails, &tracks, &tracker);
            after.push(After { at: scan.at, tracks, trails: BTreeMap::new() });
            bar.inc(1);
        }
        bar.finish_and_clear();
        if let Some(last) = after.last_mut() {
            last.trails = trails;
        }
        report.tracks = after.last().map_or(0, |after| after.tracks.len());
        report.ms_per_scan_cpu = stopwatch.mean_ms();
        report.sensors = tracker.sensor_reports();
        self.write(&settings, &scans, &after)?;
        out.answer(&report, |report| {
            let sensors: String = report.sensors.iter().map(in_words).collect();
            format!(
                "{} scans ({} refused, {} measurements or tracks dropped), {} tracks at the end, {:.3} ms of CPU per scan; written to {}{sensors}",
                report.scans,
                report.refused,
                report.dropped.total(),
                report.tracks,
                report.ms_per_scan_cpu,
                self.out.display(),
            )
        })?;
        Ok(Answer::Yes)
    }

    fn read_scans(&self, settings: &Settings) -> anyhow::Result<Vec<Scan>> {
        let text = source::text(&self.scans)?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let scans = lines.map(|(number, line)| {
            let place = || format!("{}, line {}", self.scans.display(), number + 1);
            let scan: Scan = serde_json::from_str(line).with_context(place)?;
            if !settings.p_detect.contains_key(&scan.sensor.0) {
                bail!("{}: sensor `{}` has no entry under [p_detect]", place(), scan.sensor.0);
            }
            Ok(scan)
        });
        scans.collect()
    }

    fn write(&self, settings: &Settings, scans: &[Scan], after: &[After]) -> anyhow::Result<()> {
        let bytes = match self.out.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => table(after)?.into_bytes(),
            Some("png") => {
                return drawing::picture(settings.area, scans, after).write_png(&self.out);
            }
            _ => {
                let lines: Result<Vec<String>, _> =
                    after.iter().map(serde_json::to_string).collect();
                (lines?.join("\n") + "\n").into_bytes()
            }
        };
        write(&self.out, &bytes)
    }
}

impl Settings {
    /// The shipped figures for the area, with those that the file gives in their place.
    fn tracker_config(&self) -> anyhow::Result<TrackerConfig> {
        for (sensor, chance) in &self.p_detect {
            if !(0.0..=1.0).contains(chance) {
                bail!("p_detect.{sensor} must lie in 0..=1, got {chance}");
            }
        }
        let mut figures = serde_json::to_value(TrackerConfig::for_area(self.area))?;
        for (name, value) in &self.tracker {
            let Some(figure) = figures.get_mut(name) else {
                bail!("tracker.{name} is no figure of the tracker");
            };
            *figure = value.clone();
        }
        let mut config: TrackerConfig = serde_json::from_value(figures)?;
        if let Some(ground_m) = self.ground_m {
            let (least_m, most_m) = limits::HEIGHT_M;
            if !(least_m..=most_m).contains(&ground_m) {
                bail!("ground_m must lie in {least_m}..={most_m}, got {ground_m}");
            }
            config.relief = Some(Relief::new(move |_| Some(ground_m)));
        }
        // Consistency is measured even where nothing is to be learned.
        config.learning = config.learning.or_else(|| Some(Learning::measuring()));
        Ok(config)
    }
}

/// A line about a sensor.
fn in_words(report: &SensorReport) -> String {
    let nis = report
        .nis
        .map_or_else(|| "no sure pairing".to_owned(), |nis| consistency_in_words("NIS", &nis));
    format!("\n{}: {nis}", report.sensor.0)
}

/// Brings trails up to date and keeps of each what the tracker has let go.
fn lengthen(
    trails: &mut BTreeMap<TrackId, Vec<TrailPoint>>,
    tracks: &[TrackEstimate],
    tracker: &Tracker,
) {
    for track in tracks {
        let newer = tracker.trail(track.id);
        let Some(first) = newer.first() else { continue };
        let trail = trails.entry(track.id).or_default();
        trail.truncate(trail.partition_point(|point| point.at < first.at));
        trail.extend(newer);
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("write {}", path.display()))
}

fn table(after: &[After]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("k,id,x,y,vx,vy,pxx,pxy,pyy,existence,h,vh,phh\n");
    for (k, After { tracks, .. }) in after.iter().enumerate() {
        for track in tracks {
            let [pxx, pxy, pyy] = track.position_covariance_m2();
            let (mean, id) = (&track.mean, track.id.0);
            let (x, vx, y, vy) = (mean.x, mean.y, mean.z, mean.w);
            writeln!(
                text,
                "{k},{id},{x:.3},{y:.3},{vx:.3},{vy:.3},{pxx:.3},{pxy:.3},{pyy:.3},{:.4},{}",
                track.existence,
                track.height.as_ref().map_or_else(|| ",,".to_owned(), heights)
            )?;
        }
    }
    Ok(text)
}

/// Height above sea, climb and variance of the height; the columns are empty for what does not fly.
fn heights(height: &Height) -> String {
    let [variance_m2, ..] = height.covariance;
    format!("{:.3},{:.3},{variance_m2:.3}", height.above_sea_m, height.climb_mps)
}

/// Where the scan says something was, for the picture; bearings have no place.
fn places(scan: &Scan) -> impl Iterator<Item = EnuPoint> + '_ {
    scan.measurements.iter().filter_map(|measurement| match measurement.sighting {
        Sighting::Position { mean_m, .. } => Some(EnuPoint::new(mean_m.x, mean_m.y)),
        Sighting::RangeBearing { origin, range_m, azimuth, .. }
        | Sighting::Doppler { origin, range_m, azimuth, .. } => {
            let at = origin.to_vector() + azimuth.unit() * range_m;
            Some(EnuPoint::new(at.x, at.y))
        }
        Sighting::Bearing { .. } | Sighting::Sightline { .. } => None,
    })
}

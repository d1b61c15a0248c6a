//! Category 048: plots and radar tracks as detections of the sector's radars.

use jiff::Timestamp;
use sight::coverage::Model;
use sight::geo::height_seen_m;
use watch::detection::locate::step_of;
use watch::detection::{Class, DetectionReport, ReportedPosition};
use watch::journal::Input;
use wire::asterix::plot::{Detection, Origin, Plot, TrackState};
use wire::asterix::{Record, time};

use super::radars::{Radar, RadarSign};
use super::{RadarReader, in_words};
use crate::ingest::datagram_door::Step;
use crate::ingest::limits;
use crate::ingest::rejections::Refusal;

/// Slant range and direction of a plot.
#[derive(Clone, Copy)]
struct Polar {
    range_m: f64,
    azimuth_deg: f64,
}

impl RadarReader {
    /// True when the plot is a detection; false when it is right and says nothing of somebody seen.
    pub(super) fn take_plot(
        &mut self,
        record: &Record,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<bool, Refusal> {
        let plot = Plot::from_record(record)
            .map_err(|fault| Refusal::new("category 048", fault.to_string()))?;
        let radars = &mut self.radars;
        let confidence = radars.transponder_confidence;
        let radar = radars.by_source.get_mut(&plot.source).ok_or_else(|| {
            let source = in_words(plot.source);
            Refusal::new("I048/010", format!("{source} is no radar of the configuration"))
        })?;
        let speaker = radar.speaker();
        match seen(&plot) {
            Seen::Something => {}
            Seen::Nothing => return Ok(false),
            Seen::Pretended(reason) => {
                self.remark(("I048/020", reason), &speaker, now, step);
                return Ok(false);
            }
        }
        let polar = polar_of(&plot)?;
        if polar.range_m > radar.range_max_m() {
            return Ok(false);
        }
        let seen_at = match plot.time_of_day_s {
            Some(seconds) => time::moment(now, seconds).ok_or_else(|| {
                Refusal::new("I048/140", format!("must be a time of day, got {seconds} s"))
            })?,
            None => now,
        };
        let report_id = id_of(&plot, polar, seen_at);
        if !radar.recent.is_new(&report_id) {
            return Ok(false);
        }
        let (position, refused) = position_of(&plot, polar, radar, &radars.model);
        let mut report = DetectionReport {
            source: speaker.clone(),
            report_id,
            object_id: plot.track.map(|track| track.number.to_string()).unwrap_or_default(),
            observed_at: seen_at,
            position,
            confidence: None,
            classes: classes_of(&plot, confidence),
            remarks: watch::detection::Remarks::default(),
        };
        let part = step_of(&report, &radars.model, &radar.sensor, None);
        report.observed_at = radar.time_of_pass(part, seen_at);
        step.inputs.push(Input::Detected(report));
        for refusal in refused {
            // The place is as good as ever.
            self.refuse(refusal, Some(speaker.clone()), now, step);
        }
        Ok(true)
    }
}

/// Whether a plot tells of something seen.
enum Seen {
    Something,
    Nothing,
    /// Nothing real, which people should read.
    Pretended(&'static str),
}

fn seen(plot: &Plot) -> Seen {
    match plot.report.map(|report| report.origin) {
        Some(Origin::Simulated) => Seen::Pretended("simulated reports are no detections"),
        Some(Origin::Test) => Seen::Pretended("test reports are no detections"),
        // One stands there to be heard at every turn.
        Some(Origin::FieldMonitor) => Seen::Nothing,
        Some(Origin::Real) | None => {
            let extrapolated =
                plot.report.is_some_and(|report| report.detection == Detection::None);
            let ended = plot.track.is_some_and(|track| track.state == Some(TrackState::Ended));
            if extrapolated || ended { Seen::Nothing } else { Seen::Something }
        }
    }
}

/// The measured place, or what the radar worked out in its plane.
fn polar_of(plot: &Plot) -> Result<Polar, Refusal> {
    let measured =
        plot.polar.map(|polar| Polar { range_m: polar.range_m, azimuth_deg: polar.azimuth_deg });
    let worked_out = || {
        plot.plane.map(|plane| Polar {
            range_m: plane.east_m.hypot(plane.north_m),
            azimuth_deg: plane.east_m.atan2(plane.north_m).to_degrees().rem_euclid(360.0),
        })
    };
    let polar = measured.or_else(worked_out).ok_or_else(|| {
        Refusal::new("I048/040", "needed, or I048/042: a plot without a place shows nothing")
    })?;
    if polar.range_m > 0.0 {
        return Ok(polar);
    }
    Err(Refusal::new("I048/040", format!("RHO must be above 0 m, got {} m", polar.range_m)))
}

/// The position with all that was measured beside it, and what of that cannot be used.
fn position_of(
    plot: &Plot,
    Polar { range_m, azimuth_deg }: Polar,
    radar: &Radar,
    model: &Model,
) -> (ReportedPosition, Vec<Refusal>) {
    let mut refused = Vec::new();
    let mut keep =
        |outcome: Result<f64, Refusal>| outcome.map_err(|refusal| refused.push(refusal)).ok();
    let elevation_deg = plot
        .height_m
        .zip(radar.head_m)
        .map(|(height_m, head_m)| {
            let refraction = model.sector().settings.refraction;
            elevation_deg(height_m, head_m, (range_m, refraction))
        })
        .and_then(&mut keep);
    let radial_mps = plot
        .radial_speed_mps
        .zip(radar.settings.radial_positive)
        .map(|(told_mps, sign)| radial_mps(told_mps, sign))
        .and_then(&mut keep);
    let (azimuth_sigma_deg, range_sigma_m) =
        (Some(radar.azimuth_sigma_deg()), Some(radar.range_sigma_m()));
    let position = match radial_mps {
        Some(radial_mps) => ReportedPosition::Doppler {
            azimuth_deg,
            azimuth_sigma_deg,
            elevation_deg,
            elevation_sigma_deg: None,
            range_m,
            range_sigma_m,
            radial_mps,
            radial_sigma_mps: None,
        },
        None => ReportedPosition::Polar {
            azimuth_deg,
            azimuth_sigma_deg,
            elevation_deg,
            elevation_sigma_deg: None,
            range_m: Some(range_m),
            range_sigma_m,
        },
    };
    (position, refused)
}

/// The angle above the radar's own level at which something of a height stands at a slant range.
fn elevation_deg(
    height_m: f64,
    head_m: f64,
    (range_m, refraction): (f64, f64),
) -> Result<f64, Refusal> {
    let rise_m = height_m - height_seen_m(range_m, head_m, 0.0, refraction);
    let sin = rise_m / range_m;
    if (-1.0..=1.0).contains(&sin) {
        return Ok(sin.asin().to_degrees());
    }
    let reason = format!(
        "cannot be {range_m:.0} m from a radar {head_m:.0} m above sea, got {height_m:.0} m above sea"
    );
    Err(Refusal::new("I048/110", reason))
}

/// Speed away from the radar.
fn radial_mps(told_mps: f64, sign: RadarSign) -> Result<f64, Refusal> {
    let max_mps = limits::RADIAL_MAX_MPS;
    if told_mps.abs() > max_mps {
        let reason = format!("must not exceed {max_mps} m/s either way, got {told_mps} m/s");
        return Err(Refusal::new("I048/120", reason));
    }
    Ok(match sign {
        RadarSign::Away => told_mps,
        RadarSign::Toward => -told_mps,
    })
}

/// What an answer by a transponder says of its bearer; an echo says nothing.
fn classes_of(plot: &Plot, confidence: f64) -> Vec<(Class, f64)> {
    let answers = plot.report.is_some_and(|report| match report.detection {
        Detection::None | Detection::Primary => false,
        Detection::Secondary
        | Detection::SecondaryAndPrimary
        | Detection::ModeSAllCall
        | Detection::ModeSRollCall
        | Detection::ModeSAllCallAndPrimary
        | Detection::ModeSRollCallAndPrimary => true,
    });
    if answers { vec![(Class::Aircraft, confidence)] } else { Vec::new() }
}

/// The same for the same plot, whichever way it comes.
fn id_of(plot: &Plot, polar: Polar, seen_at: Timestamp) -> String {
    let track = plot.track.map_or_else(String::new, |track| format!("-{}", track.number));
    format!(
        "{}-{}-{}-{:.0}-{:.3}{track}",
        plot.source.sac,
        plot.source.sic,
        seen_at.as_millisecond(),
        polar.range_m,
        polar.azimuth_deg
    )
}

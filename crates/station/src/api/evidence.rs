//! `GET /api/evidence`: what was told and moves no track, with what it bears on.

use axum::Json;
use serde::Serialize;
use sight::sector::Sector;
use watch::detection::{Class, Source};
use watch::evidence::{Evidence, Link, Told, WhyKept};

use super::lineage::SnapshotView;
use super::sector::{LonLat, place, round};
use super::shown::{Seen, Shown};

#[derive(Debug, Serialize)]
pub(super) struct EvidenceView {
    version: u64,
    /// How much made room for newer; the record has it all.
    forgotten: u64,
    /// In the order in which it came.
    evidence: Vec<PieceView>,
}

#[derive(Debug, Serialize)]
struct PieceView {
    id: u64,
    sensor: Option<String>,
    unit: Option<String>,
    report_id: String,
    observed_at: String,
    arrived_at: String,
    why: WhyKept,
    /// Where it was said to be; null for a direction.
    at: Option<LonLat>,
    sigma_m: Option<f64>,
    direction: Option<DirectionView>,
    class: Option<Class>,
    class_confidence: Option<f64>,
    tracks: Vec<LinkView>,
    alerts: Vec<u64>,
    stretch: Option<u32>,
    /// The picture that a recorder took of it.
    snapshot: Option<SnapshotView>,
}

#[derive(Debug, Serialize)]
struct DirectionView {
    from: LonLat,
    /// From true north.
    azimuth_deg: f64,
    sigma_deg: f64,
}

#[derive(Debug, Serialize)]
struct LinkView {
    track: u64,
    how: Link,
}

pub(super) async fn evidence(Seen(shown): Seen) -> Json<EvidenceView> {
    let kept = shown.outlook.live().read().evidence.value.clone();
    let sector = shown.outlook.model().sector();
    Json(EvidenceView {
        version: kept.version,
        forgotten: kept.forgotten,
        evidence: kept
            .kept
            .iter()
            .map(|piece| PieceView {
                snapshot: snapshot(&shown, piece),
                ..PieceView::of(piece, sector)
            })
            .collect(),
    })
}

fn snapshot(shown: &Shown, piece: &Evidence) -> Option<SnapshotView> {
    let Source::Sensor(sensor) = &piece.source else { return None };
    let mut of = shown.outlook.snapshots()?.of(sensor, &[piece.observed_at]);
    // Of several at one time nobody can say which it is.
    if of.len() == 1 { of.pop().map(SnapshotView::of) } else { None }
}

impl PieceView {
    fn of(piece: &Evidence, sector: &Sector) -> Self {
        let (sensor, unit) = match &piece.source {
            Source::Sensor(id) => (Some(id.0.clone()), None),
            Source::Unit(id) => (None, Some(id.0.clone())),
            Source::Weather(_) => (None, None),
        };
        let (at, sigma_m, direction) = match piece.told {
            Told::Place { point, sigma_m } => {
                (Some(place(&sector.frame, point)), Some(round(sigma_m, 0)), None)
            }
            Told::Direction { from, azimuth, sigma_rad } => {
                let true_azimuth = sector.frame.true_azimuth(sector.frame.place(from), azimuth);
                let direction = DirectionView {
                    from: place(&sector.frame, from),
                    azimuth_deg: round(true_azimuth.degrees(), 2),
                    sigma_deg: round(sigma_rad.to_degrees(), 2),
                };
                (None, None, Some(direction))
            }
        };
        let links = piece.bears_on.tracks.iter();
        Self {
            id: piece.id,
            sensor,
            unit,
            report_id: piece.report_id.clone(),
            observed_at: piece.observed_at.to_string(),
            arrived_at: piece.arrived_at.to_string(),
            why: piece.why,
            at,
            sigma_m,
            direction,
            class: piece.class.map(|(class, _)| class),
            class_confidence: piece.class.map(|(_, confidence)| round(confidence, 3)),
            tracks: links.map(|link| LinkView { track: link.track.0, how: link.how }).collect(),
            alerts: piece.bears_on.alerts.iter().map(|alert| alert.0).collect(),
            stretch: piece.bears_on.stretch.map(|stretch| stretch.0),
            snapshot: None,
        }
    }
}

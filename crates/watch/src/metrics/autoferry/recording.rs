//! The two files of a scenario as they are, and the looks in order that they amount to.

use serde::Deserialize;
use sight::geo::{Azimuth, EnuPoint};

/// One message of a `detections` file. Positions are (north, east) from the ferry.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetectionMessage {
    #[serde(rename = "sensorID")]
    pub sensor_id: u8,
    /// North and east in the Piren frame.
    pub ownship_position: [f64; 2],
    /// Seconds since 1970.
    pub time: f64,
    pub measurement: Shape,
}

/// Measurements as the files hold them: nothing, one, a row, or a row of norths over a row of easts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Shape {
    One(f64),
    Row(Vec<f64>),
    Rows(Vec<Vec<f64>>),
}

/// One message of a `groundTruth` file: where the targets were at the detection of the same place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum TruthMessage {
    One(TruthTarget),
    All(Vec<TruthTarget>),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthTarget {
    #[serde(rename = "targetID")]
    pub target_id: u64,
    /// North, east and down in the Piren frame.
    pub position: Vec<f64>,
}

/// A sensor of the ferry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensor {
    Lidar,
    Radar,
    Infrared,
    Visible,
}

/// A scenario, its looks in the order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    pub looks: Vec<Looked>,
}

/// What one sensor found at one time, in a plane with the Piren origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    pub sensor: Sensor,
    /// Seconds since 1970.
    pub time_s: f64,
    /// Where the ferry was.
    pub own: EnuPoint,
    /// What radar and lidar found.
    pub points: Vec<EnuPoint>,
    /// What the cameras found.
    pub azimuths: Vec<Azimuth>,
    /// Where the targets were, by their number.
    pub truth: Vec<(u64, EnuPoint)>,
}

/// Why two files are not a recording.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecordingError {
    #[error("{detections} detections but {truths} truths: the files are of different scenarios")]
    Lengths { detections: usize, truths: usize },
    #[error("detection {place}: sensorID must be 1..=4, got {value}")]
    Sensor { place: usize, value: u8 },
    #[error(
        "detection {place}: measurement must hold as many norths as easts, got {values} values"
    )]
    Shape { place: usize, values: usize },
    #[error("detection {place}: {field} must be finite")]
    NotFinite { place: usize, field: &'static str },
    #[error("truth {place}: position must hold north and east, got {values} values")]
    Truth { place: usize, values: usize },
}

impl Sensor {
    /// The sensor of a letter: `r`adar, `l`idar, `i`nfrared or (visible) `c`amera.
    pub fn from_letter(letter: char) -> Option<Self> {
        match letter {
            'l' => Some(Self::Lidar),
            'r' => Some(Self::Radar),
            'i' => Some(Self::Infrared),
            'c' => Some(Self::Visible),
            _ => None,
        }
    }

    pub fn measures_bearings(self) -> bool {
        matches!(self, Self::Infrared | Self::Visible)
    }

    fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Lidar),
            2 => Some(Self::Radar),
            3 => Some(Self::Infrared),
            4 => Some(Self::Visible),
            _ => None,
        }
    }
}

impl Recording {
    /// Joins detections and truth, which share their order, and sorts by time: the files are not sorted.
    pub fn new(
        detections: &[DetectionMessage],
        truths: &[TruthMessage],
    ) -> Result<Self, RecordingError> {
        if detections.len() != truths.len() {
            return Err(RecordingError::Lengths {
                detections: detections.len(),
                truths: truths.len(),
            });
        }
        let both = detections.iter().zip(truths).enumerate();
        let mut looks = both
            .map(|(place, (detection, truth))| Looked::new(place, detection, truth))
            .collect::<Result<Vec<_>, _>>()?;
        looks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        Ok(Self { looks })
    }
}

impl Looked {
    fn new(
        place: usize,
        detection: &DetectionMessage,
        truth: &TruthMessage,
    ) -> Result<Self, RecordingError> {
        let sensor = Sensor::from_id(detection.sensor_id)
            .ok_or(RecordingError::Sensor { place, value: detection.sensor_id })?;
        let own = EnuPoint::new(detection.ownship_position[1], detection.ownship_position[0]);
        finite(place, "ownshipPosition", &detection.ownship_position)?;
        finite(place, "time", &[detection.time])?;
        let mut looked = Self {
            sensor,
            time_s: detection.time,
            own,
            points: Vec::new(),
            azimuths: Vec::new(),
            truth: truth.targets(place)?,
        };
        if sensor.measures_bearings() {
            let values = detection.measurement.values();
            finite(place, "measurement", &values)?;
            looked.azimuths = values.into_iter().map(Azimuth::from_radians).collect();
        } else {
            let (norths, easts) = detection.measurement.norths_and_easts(place)?;
            finite(place, "measurement", &norths)?;
            finite(place, "measurement", &easts)?;
            let points = norths.iter().zip(&easts);
            looked.points = points
                .map(|(north, east)| EnuPoint::new(own.east_m + east, own.north_m + north))
                .collect();
        }
        Ok(looked)
    }
}

impl Shape {
    fn values(&self) -> Vec<f64> {
        match self {
            Self::One(value) => vec![*value],
            Self::Row(values) => values.clone(),
            Self::Rows(rows) => rows.concat(),
        }
    }

    fn norths_and_easts(&self, place: usize) -> Result<(Vec<f64>, Vec<f64>), RecordingError> {
        let values = self.values();
        if values.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let wrong = RecordingError::Shape { place, values: values.len() };
        match self {
            Self::Rows(rows) if rows.len() == 2 && rows[0].len() == rows[1].len() => {
                Ok((rows[0].clone(), rows[1].clone()))
            }
            Self::Row(_) if values.len() == 2 => Ok((vec![values[0]], vec![values[1]])),
            Self::One(_) | Self::Row(_) | Self::Rows(_) => Err(wrong),
        }
    }
}

impl TruthMessage {
    fn targets(&self, place: usize) -> Result<Vec<(u64, EnuPoint)>, RecordingError> {
        let targets = match self {
            Self::One(target) => std::slice::from_ref(target),
            Self::All(targets) => targets.as_slice(),
        };
        let point = |target: &TruthTarget| match target.position.as_slice() {
            [north, east, ..] if north.is_finite() && east.is_finite() => {
                Ok((target.target_id, EnuPoint::new(*east, *north)))
            }
            other => Err(RecordingError::Truth { place, values: other.len() }),
        };
        targets.iter().map(point).collect()
    }
}

fn finite(place: usize, field: &'static str, values: &[f64]) -> Result<(), RecordingError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(RecordingError::NotFinite { place, field })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(sensor: u8, measurement: &str) -> DetectionMessage {
        let text = format!(
            r#"{{"sensorID": {sensor}, "measurements": [], "ownshipPosition": [10.0, 20.0], "time": 5.0, "measurement": {measurement}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn truth() -> TruthMessage {
        serde_json::from_str(r#"[{"targetID": 1, "position": [3.0, 4.0, 0], "time": 5.0}]"#)
            .unwrap()
    }

    #[test]
    fn every_shape_of_measurement_in_the_files_is_read() {
        for (sensor, measurement, points, azimuths) in [
            (1, "[]", 0, 0),
            (2, "[1.0, 2.0]", 1, 0),
            (2, "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", 3, 0),
            (3, "1.5", 0, 1),
            (4, "[1.5, -3.0]", 0, 2),
        ] {
            let recording = Recording::new(&[detection(sensor, measurement)], &[truth()]).unwrap();

            assert_eq!(recording.looks[0].points.len(), points, "{measurement}");
            assert_eq!(recording.looks[0].azimuths.len(), azimuths, "{measurement}");
        }
    }

    #[test]
    fn north_comes_first_and_counts_from_the_ferry() {
        let recording = Recording::new(&[detection(2, "[1.0, 2.0]")], &[truth()]).unwrap();

        assert_eq!(recording.looks[0].points, [EnuPoint::new(22.0, 11.0)]);
        assert_eq!(recording.looks[0].truth, [(1, EnuPoint::new(4.0, 3.0))]);
    }

    #[test]
    fn looks_come_in_the_order_of_time() {
        let late = DetectionMessage { time: 9.0, ..detection(3, "[]") };
        let early = detection(4, "[]");

        let recording = Recording::new(&[late, early], &[truth(), truth()]).unwrap();

        assert_eq!(recording.looks[0].sensor, Sensor::Visible);
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let error = Recording::new(&[detection(9, "[]")], &[truth()]).unwrap_err();
        assert_eq!(error.to_string(), "detection 0: sensorID must be 1..=4, got 9");

        let error = Recording::new(&[detection(2, "[1.0, 2.0, 3.0]")], &[truth()]).unwrap_err();
        assert_eq!(error, RecordingError::Shape { place: 0, values: 3 });

        let error = Recording::new(&[detection(2, "[]")], &[]).unwrap_err();
        assert_eq!(error, RecordingError::Lengths { detections: 1, truths: 0 });
    }
}

//! The sector's assumptions, each with its default and its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{GroundKind, Mover};

/// The sector's assumptions; every one has a default and can be set in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Refraction coefficient k for optical sensors (DOMAIN 2: 1/7).
    pub refraction: f64,
    /// Refraction coefficient k for radar (DOMAIN 2: 1/4).
    pub radar_refraction: f64,
    /// A sensor not heard from for longer is `unknown`.
    pub heartbeat_limit_s: f64,
    /// Weather older than this is `unknown`.
    pub weather_limit_s: f64,
    /// A sensor's clock that is off by more is not believed. An assumption; so is the next.
    pub clock_step_s: f64,
    /// A clock that goes too fast or too slow by more parts in a million is said to drift.
    pub clock_drift_ppm: f64,
    /// How alike the places of one cell of the ways are to sensors: the shape of a gamma distribution of their rates; large is
    /// all alike. An assumption, held against simulated crossers (docs/SIGHT.md, Calibration).
    pub sight_evenness: f64,
    /// Johnson cycles for 50 % detection.
    pub n50_detect: f64,
    /// Johnson cycles for 50 % recognition, a person from an animal (DOMAIN 2: 4; older texts 3).
    pub n50_recognise: f64,
    /// Johnson cycles for 50 % identification, one kind of person from another (DOMAIN 2: 6.4; older texts 6).
    pub n50_identify: f64,
    /// Ratio of thermal to visible extinction in dust: low and high end (THERMAL.md).
    pub dust_ratio: [f64; 2],
    /// In dust thicker than this the high end of the ratio is `raised_dust_ratio` (THERMAL.md: towards 1 below 2 km); up to
    /// twice this visibility it falls to that of `dust_ratio`.
    pub raised_dust_visibility_m: f64,
    /// The ratio's high end in dust raised on the spot (LOWTRAN desert at 20-30 m/s wind: 0.94-1.07).
    pub raised_dust_ratio: f64,
    /// The same ratio in fog and haze: low and high end. An assumption.
    pub fog_ratio: [f64; 2],
    /// Visibility where nobody reports less. An assumption.
    pub clear_visibility_m: f64,
    /// Temperature difference between a person and the ground.
    pub contrast_k: f64,
    /// The same for movers that differ from a person; those that are not named have `contrast_k`. An assumption.
    pub mover_contrast_k: BTreeMap<Mover, f64>,
    /// Contrast of a target against its ground in visible light before the air weakens it. An assumption.
    pub visible_contrast: f64,
    /// The least contrast that the eye tells apart, the one behind Koschmieder's 3.912 = -ln 0.02.
    pub least_contrast: f64,
    /// Absolute humidity.
    pub humidity_gm3: f64,
    /// Focal length over aperture of thermal lenses. An assumption.
    pub f_number: f64,
    /// Frame rate of thermal cameras. An assumption.
    pub frame_hz: f64,
    /// Critical dimension by mover, metres (DOMAIN 2).
    pub critical_dimension_m: BTreeMap<Mover, f64>,
    /// Height above ground of the part of a mover that must stand clear of what hides it; what only shows above it counts
    /// for nothing. An assumption: three fifths of their height, for a head alone is hardly seen.
    pub target_height_m: BTreeMap<Mover, f64>,
    /// Radar cross-section by mover; a walker's is what the radar's half range is about. An assumption.
    pub radar_cross_section_m2: BTreeMap<Mover, f64>,
    /// Chance that noise alone passes a radar's threshold in one look. An assumption.
    pub radar_false_alarm: f64,
    /// How much farther a ground sensor reaches for a mover than for a walker. An assumption.
    pub ground_reach: BTreeMap<Mover, f64>,
    /// Share of a checkpoint's radius within which it stops a mover; nothing that flies. An assumption.
    pub checkpoint_reach: BTreeMap<Mover, f64>,
    /// Walking speed and the like by mover on flat ground, m/s.
    pub flat_speed_mps: BTreeMap<Mover, f64>,
    /// Share of their flat speed that those on foot keep off the path (DOMAIN 4, Tobler: 0.6).
    pub off_path_factor: f64,
    /// Speed on a paved road by mover: those on foot keep Tobler's full pace there (DOMAIN 4), vehicles 50 km/h. An assumption.
    pub road_speed_mps: BTreeMap<Mover, f64>,
    /// Share of their road speed that movers keep on a track. An assumption.
    pub track_speed_share: BTreeMap<Mover, f64>,
    /// No road is steeper than this. An assumption.
    pub road_slope_max: f64,
    /// Share of their speed over open ground that movers keep on each other kind; 0 where no way leads.
    ///
    /// Those on foot after the terrain coefficients of Soule and Goldman (1972) at equal effort, `sqrt(1.1 / coefficient)`
    /// against a dirt road's 1.1: loose sand 2.1, heavy brush 1.5, plough land taken as light brush and more, 1.3. The others
    /// are assumptions, vehicles' all of them.
    pub ground_speed_share: BTreeMap<GroundKind, BTreeMap<Mover, f64>>,
    /// Share of their speed that the dark leaves movers. An assumption.
    pub night_speed_share: BTreeMap<Mover, f64>,
    /// Time a vehicle needs to bridge a trench or river. An assumption.
    pub vehicle_bridging_s: f64,
    /// Width that a vehicle needs to pass an opening in a barrier. An assumption.
    pub vehicle_width_m: f64,
    /// Speed of a responding unit on flat ground: on foot, by vehicle (DOMAIN 4: 30-60 km/h). An assumption.
    pub unit_speed_mps: [f64; 2],
    /// The same on a paved road; a track leaves units the share of `track_speed_share`. An assumption.
    pub unit_road_speed_mps: [f64; 2],
    /// Share of its speed that the dark leaves a unit: on foot, by vehicle with lights. An assumption.
    pub unit_night_speed_share: [f64; 2],
    /// Size of the cells over which paths are laid: terrain cells are taken together up to about this.
    pub path_cell_m: f64,
    /// False detections that one step of a camera's sweep holds on average. An assumption; so are the next two.
    pub camera_false_per_look: f64,
    /// The same for a radar's turn.
    pub radar_false_per_look: f64,
    /// The same for a ground sensor or a person.
    pub ground_false_per_look: f64,
    /// Chance that a camera names the class of what it found. An assumption; so are the next three.
    pub camera_class_right: f64,
    /// The same of a radar.
    pub radar_class_right: f64,
    /// The same of a ground sensor.
    pub ground_class_right: f64,
    /// The same of people.
    pub people_class_right: f64,
    /// Error of a place that people report without one. An assumption; so are the next four.
    pub report_sigma_m: f64,
    /// How far around what they report people would have seen more.
    pub report_radius_m: f64,
    /// Chance that people report what they are near.
    pub report_p_detect: f64,
    /// How old what people report is when they report it: the place widens by what a walker covers in it.
    pub report_age_s: f64,
    /// What a report of people is worth against a sensor's look.
    pub report_weight: f64,
    /// Range at which an observer posted as a repair finds a walker with probability 0.5 in one look. An assumption.
    pub observer_half_range_m: f64,
    /// Eye of such an observer above ground. An assumption.
    pub observer_height_m: f64,
    /// Time between two looks of such an observer at the same place. An assumption.
    pub observer_revisit_s: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refraction: 1.0 / 7.0,
            radar_refraction: 0.25,
            heartbeat_limit_s: 30.0,
            weather_limit_s: 1_800.0,
            clock_step_s: 2.0,
            clock_drift_ppm: 25.0,
            sight_evenness: 0.5,
            n50_detect: 1.0,
            n50_recognise: 4.0,
            n50_identify: 6.4,
            dust_ratio: [0.4, 0.65],
            raised_dust_visibility_m: 2_000.0,
            raised_dust_ratio: 1.0,
            fog_ratio: [0.5, 1.0],
            clear_visibility_m: 40_000.0,
            contrast_k: 3.0,
            mover_contrast_k: BTreeMap::new(),
            visible_contrast: 0.3,
            least_contrast: 0.02,
            humidity_gm3: 8.0,
            f_number: 1.2,
            frame_hz: 30.0,
            critical_dimension_m: by_mover([0.95, 1.3, 1.2, 2.3, 0.4]),
            target_height_m: by_mover([1.0, 1.0, 1.0, 1.2, 50.0]),
            radar_cross_section_m2: by_mover([0.8, 2.0, 2.0, 10.0, 0.02]),
            radar_false_alarm: 1e-6,
            ground_reach: by_mover([1.0, 1.3, 1.3, 3.0, 0.0]),
            checkpoint_reach: by_mover([1.0, 1.0, 1.0, 1.0, 0.0]),
            flat_speed_mps: by_mover([1.4, 1.1, 1.25, 9.0, 12.0]),
            off_path_factor: 0.6,
            road_speed_mps: by_mover([1.4, 1.1, 1.25, 14.0, 12.0]),
            track_speed_share: by_mover([1.0, 1.0, 1.0, 0.6, 1.0]),
            road_slope_max: 0.12,
            ground_speed_share: ground_speed_share(),
            night_speed_share: by_mover([0.8, 0.75, 0.85, 0.6, 1.0]),
            vehicle_bridging_s: 1_800.0,
            vehicle_width_m: 2.5,
            unit_speed_mps: [1.4, 11.0],
            unit_road_speed_mps: [1.4, 16.7],
            unit_night_speed_share: [0.85, 0.85],
            path_cell_m: 60.0,
            camera_false_per_look: 0.002,
            radar_false_per_look: 0.1,
            ground_false_per_look: 0.01,
            camera_class_right: 0.7,
            radar_class_right: 0.45,
            ground_class_right: 0.35,
            people_class_right: 0.85,
            report_sigma_m: 60.0,
            report_radius_m: 500.0,
            report_p_detect: 0.3,
            report_age_s: 30.0,
            report_weight: 1.0,
            observer_half_range_m: 600.0,
            observer_height_m: 2.5,
            observer_revisit_s: 30.0,
        }
    }
}

impl Settings {
    /// A mover's speed over open flat ground: those on foot keep [`Settings::off_path_factor`] of theirs.
    pub fn off_path_speed_mps(&self, mover: Mover) -> f64 {
        let flat_mps = Self::of(&self.flat_speed_mps, mover);
        match mover {
            Mover::Walker | Mover::Group | Mover::Donkey => flat_mps * self.off_path_factor,
            Mover::Vehicle | Mover::Drone => flat_mps,
        }
    }

    /// Share of its speed over open ground that a mover keeps on a kind of ground.
    pub fn ground_share(&self, kind: GroundKind, mover: Mover) -> f64 {
        self.ground_speed_share.get(&kind).map_or(1.0, |shares| Self::of(shares, mover))
    }

    /// Temperature difference between a mover and the ground.
    pub fn contrast_of_k(&self, mover: Mover) -> f64 {
        self.mover_contrast_k.get(&mover).copied().unwrap_or(self.contrast_k)
    }

    /// A figure of one of the tables by mover; the walker's when the mover has none.
    pub fn of(table: &BTreeMap<Mover, f64>, mover: Mover) -> f64 {
        table.get(&mover).or_else(|| table.get(&Mover::Walker)).copied().unwrap_or(0.0)
    }
}

fn ground_speed_share() -> BTreeMap<GroundKind, BTreeMap<Mover, f64>> {
    let shares = [
        (GroundKind::Sand, [0.72, 0.72, 0.72, 0.4, 1.0]),
        (GroundKind::Rock, [0.6, 0.55, 0.5, 0.15, 1.0]),
        (GroundKind::Wadi, [0.85, 0.85, 0.9, 0.5, 1.0]),
        (GroundKind::Scrub, [0.86, 0.86, 0.86, 0.6, 1.0]),
        (GroundKind::Field, [0.92, 0.92, 0.92, 0.6, 1.0]),
        (GroundKind::BuiltUp, [1.3, 1.3, 1.3, 0.8, 1.0]),
        (GroundKind::ShallowWater, [0.5, 0.5, 0.6, 0.3, 1.0]),
        (GroundKind::WadingWater, [0.2, 0.15, 0.2, 0.0, 1.0]),
        (GroundKind::DeepWater, [0.0, 0.0, 0.0, 0.0, 1.0]),
    ];
    shares.into_iter().map(|(kind, figures)| (kind, by_mover(figures))).collect()
}

/// A table in the order of [`Mover::ALL`].
fn by_mover(figures: [f64; 5]) -> BTreeMap<Mover, f64> {
    Mover::ALL.into_iter().zip(figures).collect()
}

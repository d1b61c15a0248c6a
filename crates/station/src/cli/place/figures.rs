//! What is placed, and what it must keep to: the options of a placement.

use sight::coverage::Model;
use sight::placement::{Asset, AssetClass, CoverageGoal, Limits, Orbit, Post, Site};
use sight::sector::{Sensor, SensorId, Zone};

/// Figures of the asset.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The asset")]
pub(super) struct Figures {
    /// Takes range, height, optics and times from this sensor; without it from the sector's first of that kind, or assumed ones.
    #[arg(long, value_name = "SENSOR")]
    like: Option<String>,
    /// Height of the sensing head above ground.
    #[arg(long, value_name = "M")]
    height_m: Option<f64>,
    /// Nothing is looked for beyond this range.
    #[arg(long, value_name = "M")]
    range_max_m: Option<f64>,
    /// Width of a camera's field of regard; its facing is chosen.
    #[arg(long, value_name = "DEG")]
    field_deg: Option<f64>,
    /// A sensor that may be moved: it is taken up and placed anew, or left where it is. May be given again.
    #[arg(long, value_name = "SENSOR")]
    pub(super) movable: Vec<String>,
    /// Drones that fly each orbit by turns.
    #[arg(long, value_name = "N", default_value_t = 1)]
    drones: u32,
    /// From a drone's start to its landing (an assumption).
    #[arg(long, value_name = "MIN", default_value_t = 90.0)]
    endurance_min: f64,
    /// On the ground between two flights (an assumption).
    #[arg(long, value_name = "MIN", default_value_t = 30.0)]
    turnaround_min: f64,
    /// Speed of a drone on its way to the orbit from the nearest unit (an assumption).
    #[arg(long, value_name = "M/S", default_value_t = 15.0)]
    pub(super) drone_mps: f64,
    /// Length of a patrol's leg.
    #[arg(long, value_name = "M", default_value_t = 4_000.0)]
    leg_m: f64,
}

/// What places must fulfil, how many pieces there may be, and what ground counts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Costs and limits")]
pub(super) struct Rules {
    /// Cost of each piece; candidates from a file may have their own.
    #[arg(long, value_name = "C", default_value_t = 1.0)]
    pub(super) cost: f64,
    /// Most that all pieces may cost.
    #[arg(long, value_name = "C")]
    budget: Option<f64>,
    /// Least distance between two pieces.
    #[arg(long, value_name = "M", default_value_t = 0.0)]
    spacing_m: f64,
    /// Steepest ground, rise over run (an assumption).
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    slope_max: f64,
    /// Least distance inside the line.
    #[arg(long, value_name = "M", default_value_t = 50.0)]
    inside_min_m: f64,
    /// Greatest distance inside the line; without it the near edge.
    #[arg(long, value_name = "M")]
    inside_max_m: Option<f64>,
    /// Longest way for the first unit, over the ground and never across the line.
    #[arg(long, value_name = "MIN")]
    drive_max_min: Option<f64>,
    /// Greatest distance from a road of the sector.
    #[arg(long, value_name = "M")]
    road_max_m: Option<f64>,
    /// A zone of the sector that may not be used; may be given again.
    #[arg(long, value_name = "ZONE")]
    keep_out: Vec<String>,
    /// A cell is watched when whoever stays so long there ...
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    stay_s: f64,
    /// ... is detected with at least this chance.
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    chance: f64,
    /// How often ground counts up to so far from the line, nearest first; all other ground between the edges counts once.
    #[arg(long, value_name = "M:WEIGHT,...", default_value = "500:4,2000:2")]
    weights: String,
}

impl Figures {
    pub(super) fn asset(&self, class: AssetClass, model: &Model) -> anyhow::Result<Asset> {
        let like = match self.like.as_ref().or(self.movable.first()) {
            Some(id) => Some(sensor(model, "--like or --movable", id)?),
            None => Asset::example(class, model.sector()),
        };
        for id in &self.movable {
            sensor(model, "--movable", id)?;
        }
        let mut asset = Asset::new(class, like, model.sector());
        let positive = [
            ("--height-m", self.height_m, &mut asset.sensor.height_m),
            ("--range-max-m", self.range_max_m, &mut asset.sensor.range_max_m),
            ("--leg-m", Some(self.leg_m), &mut asset.leg_m),
        ];
        for (flag, given, figure) in positive {
            if let Some(value) = given {
                *figure = held(flag, value, (0.1, 100_000.0))?;
            }
        }
        if let Some(field_deg) = self.field_deg {
            asset.sensor.field_rad = held("--field-deg", field_deg, (1.0, 360.0))?.to_radians();
        }
        anyhow::ensure!(
            (1..=20).contains(&self.drones),
            "--drones must be 1 to 20, got {}",
            self.drones
        );
        asset.orbit = Orbit {
            drones: self.drones,
            endurance_s: 60.0 * held("--endurance-min", self.endurance_min, (1.0, 10_000.0))?,
            turnaround_s: 60.0 * held("--turnaround-min", self.turnaround_min, (0.0, 10_000.0))?,
            speed_mps: held("--drone-mps", self.drone_mps, (1.0, 200.0))?,
        };
        Ok(asset)
    }

    /// The places where what may be moved stands now.
    pub(super) fn standing(&self, model: &Model, asset: &Asset, cost: f64) -> Vec<Site> {
        let each = self.movable.iter();
        each.filter_map(|id| model.sector().sensor(&SensorId(id.clone())))
            .map(|sensor| Site {
                id: format!("{} stays", sensor.id.0),
                posts: vec![Post {
                    point: sensor.point,
                    height_m: asset.sensor.height_m,
                    facing: if asset.class == AssetClass::Camera { sensor.facing } else { None },
                    share: 1.0,
                }],
                cost,
                stands: true,
            })
            .collect()
    }
}

impl Rules {
    pub(super) fn limits(&self, model: &Model, count: usize) -> anyhow::Result<Limits> {
        let sector = model.sector();
        let keep_out: Vec<Zone> = self
            .keep_out
            .iter()
            .map(|id| {
                let found = sector.zones.iter().find(|zone| zone.id == *id).cloned();
                found.ok_or_else(|| {
                    let known: Vec<&str> =
                        sector.zones.iter().map(|zone| zone.id.as_str()).collect();
                    anyhow::anyhow!(
                        "--keep-out {id}: the sector has no such zone; it has {}",
                        known.join(", ")
                    )
                })
            })
            .collect::<anyhow::Result<_>>()?;
        held("--cost", self.cost, (1e-6, 1e12))?;
        let inside_max_m = self.inside_max_m.unwrap_or(sector.near_depth_m);
        Ok(Limits {
            count,
            budget: match self.budget {
                Some(budget) => held("--budget", budget, (1e-6, 1e12))?,
                None => f64::INFINITY,
            },
            spacing_m: held("--spacing-m", self.spacing_m, (0.0, 1e6))?,
            slope_max: held("--slope-max", self.slope_max, (0.0, 100.0))?,
            inside_m: (
                held("--inside-min-m", self.inside_min_m, (0.0, 1e6))?,
                held("--inside-max-m", inside_max_m, (0.0, 1e6))?,
            ),
            drive_max_s: match self.drive_max_min {
                Some(minutes) => Some(60.0 * held("--drive-max-min", minutes, (0.0, 1e5))?),
                None => None,
            },
            road_max_m: match self.road_max_m {
                Some(max_m) => Some(held("--road-max-m", max_m, (1.0, 1e6))?),
                None => None,
            },
            keep_out,
        })
    }

    pub(super) fn goal(&self) -> anyhow::Result<CoverageGoal> {
        let unusable = || {
            anyhow::anyhow!(
                "--weights {}: must be distances and weights of 1 to 200 such as 500:4,2000:2, nearest first",
                self.weights
            )
        };
        let mut weights: Vec<(f64, u8)> = Vec::new();
        for pair in self.weights.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (within, weight) = pair.split_once(':').ok_or_else(unusable)?;
            let within_m: f64 = within.trim().parse().map_err(|_wrong| unusable())?;
            let weight: u8 = weight.trim().parse().map_err(|_wrong| unusable())?;
            let rises = weights.last().is_none_or(|(before_m, _)| within_m > *before_m);
            anyhow::ensure!(rises && within_m > 0.0 && (1..=200).contains(&weight), unusable());
            weights.push((within_m, weight));
        }
        Ok(CoverageGoal { stay_s: self.stay_s, chance: self.chance, weights })
    }
}

fn sensor<'a>(model: &'a Model, flag: &str, id: &str) -> anyhow::Result<&'a Sensor> {
    model.sector().sensor(&SensorId(id.to_owned())).ok_or_else(|| {
        let known: Vec<&str> =
            model.sector().sensors.iter().map(|sensor| sensor.id.0.as_str()).collect();
        anyhow::anyhow!("{flag} {id}: the sector has no such sensor; it has {}", known.join(", "))
    })
}

pub(super) fn held(flag: &str, value: f64, (least, most): (f64, f64)) -> anyhow::Result<f64> {
    anyhow::ensure!(
        value.is_finite() && (least..=most).contains(&value),
        "{flag} must be {least} to {most}, got {value}"
    );
    Ok(value)
}

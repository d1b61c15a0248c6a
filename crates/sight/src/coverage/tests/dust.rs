//! Rates near an edge of dust, against the range law over depths summed metre by metre.

use super::*;
use crate::coverage::air::{Air, End};
use crate::geo::Wgs84;
use crate::sensor::{Band, RangeModel};

/// Share by which the depth behind a painted rate may be off, and how much besides; the dust of a whole run of cells
/// taken together was off by almost 3.
const DEPTH_SHARE: f64 = 0.005;
const DEPTH_MORE: f64 = 0.01;
/// Share by which the rate may be off besides, for a table's steps of range, and in units of 2^-20 a second.
const RATE_SHARE: f64 = 0.02;
const RATE_MORE: f64 = 2.0;

#[test]
fn near_an_edge_of_dust_every_cell_has_the_rate_of_its_own_look() {
    let model = flat();
    for visibility_m in [150.0, 300.0, 800.0, 2_500.0] {
        let mut conditions = conditions(model, Health::Working);
        // The edge of the dust runs across the camera's field, 2.5 km from the camera.
        conditions.weather = vec![report(-1_000.0, 30_000.0), report(-5_000.0, visibility_m)];
        let air = model.air(&conditions, End::Worse);

        let live = LiveField::new(model, &conditions);

        let exact = Exact::new(model, &air);
        let mut looked_at = 0;
        for row in (0..220).step_by(7) {
            for col in 0..220 {
                let rate = live.field().rates[row * 220 + col];
                // Within sixty metres the law is steeper than any table, and every look finds.
                if rate == 0 || rate > RATE_ONE / 8 {
                    continue;
                }
                let (least, most) = exact.rates(Cell { row, col });
                let inside = (least..=most).contains(&f64::from(rate));
                assert!(inside, "{rate} at {row}, {col}, not {least} to {most}, {visibility_m} m");
                looked_at += 1;
            }
        }
        assert!(looked_at > 200, "{looked_at} cells at {visibility_m} m");
    }
}

/// The tower's rate by the range law, in whole precision.
struct Exact<'a> {
    model: &'a Model,
    air: &'a Air,
    law: RangeModel,
}

impl<'a> Exact<'a> {
    fn new(model: &'a Model, air: &'a Air) -> Self {
        let tower = &model.sector().sensors[0];
        let settings = &model.sector().settings;
        let law = RangeModel::new(&tower.kind, tower.height_m, Mover::Walker, settings);
        Self { model, air, law }
    }

    /// The least and the most that a painted rate may be.
    fn rates(&self, cell: Cell) -> (f64, f64) {
        let tower = &self.model.sector().sensors[0];
        let (lon_deg, lat_deg) = self.model.grid().place_of(cell);
        let to = self.model.sector().frame.point(Wgs84::new(lon_deg, lat_deg).unwrap());
        let range_m = tower.point.distance_m(to);
        let steps = libm::ceil(range_m).max(1.0);
        let slant_m = libm::hypot(range_m, tower.height_m);
        let mut depth = 0.0;
        let mut step = 0.5;
        while step < steps {
            let at = tower.point.to_vector().lerp(&to.to_vector(), step / steps);
            let here = self.air.per_m(Band::Thermal, EnuPoint::new(at.x, at.y));
            depth += here * slant_m / steps;
            step += 1.0;
        }
        let slack = DEPTH_SHARE * depth + DEPTH_MORE;
        let rate = |depth: f64| {
            let per_s = -libm::log1p(-self.law.p_look(range_m, depth.max(0.0))) / tower.revisit_s;
            (per_s * f64::from(RATE_ONE)).min(f64::from(RATE_ONE))
        };
        (
            rate(depth + slack) * (1.0 - RATE_SHARE) - RATE_MORE,
            rate(depth - slack) * (1.0 + RATE_SHARE) + RATE_MORE,
        )
    }
}

fn report(east_m: f64, visibility_m: f64) -> WeatherAt {
    WeatherAt {
        point: EnuPoint::new(east_m, 0.0),
        visibility_m: Some(visibility_m),
        wind_mps: 8.0,
        ceiling_m: None,
        dust: true,
    }
}

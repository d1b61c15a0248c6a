//! Where sensors say that they look, as JSON.

use serde::Serialize;
use sight::coverage::View;
use sight::coverage::view::{Area, Cone};
use watch::mark::Mark;

use super::super::sector::{LonLat, round};

/// Where a sensor says that it looks now; what it does not say is empty.
#[derive(Debug, Default, Serialize)]
pub(super) struct LooksView {
    field: Option<AreaView>,
    /// Where alone it says that it sees, or where a drone's picture has rested.
    seen: Vec<AreaView>,
    hidden: Vec<AreaView>,
}

/// A part of what lies round a sensor.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum AreaView {
    Cone { azimuth_deg: f64, width_deg: f64, range_m: Option<u32> },
    Ring { ring: Vec<LonLat> },
}

/// A sensor that somebody in the field marked.
#[derive(Debug, Serialize)]
pub(super) struct MarkView {
    id: String,
    name: String,
    unit: String,
    at: LonLat,
    looks: AreaView,
    told_at: String,
    until: String,
}

impl MarkView {
    pub(super) fn of(mark: &Mark) -> Self {
        Self {
            id: format!("{} {}", mark.device, mark.id),
            name: mark.name.clone(),
            unit: mark.unit.0.clone(),
            at: [round(mark.place.lon_deg, 6), round(mark.place.lat_deg, 6)],
            looks: AreaView::of_cone(&mark.looks),
            told_at: mark.told_at.to_string(),
            until: mark.until.to_string(),
        }
    }
}

impl LooksView {
    pub(super) fn of(view: &View) -> Self {
        // A ring of no corners says that there is none.
        let areas = |areas: &[Area]| areas.iter().filter_map(AreaView::of).collect();
        Self {
            field: view.field.as_ref().and_then(AreaView::of),
            seen: areas(&view.seen),
            hidden: areas(&view.hidden),
        }
    }
}

impl AreaView {
    fn of_cone(cone: &Cone) -> Self {
        Self::Cone {
            azimuth_deg: f64::from(cone.azimuth_ddeg) / 10.0,
            width_deg: f64::from(cone.width_ddeg) / 10.0,
            range_m: cone.range_m,
        }
    }

    fn of(area: &Area) -> Option<Self> {
        match area {
            Area::Cone(cone) => Some(Self::of_cone(cone)),
            Area::Ring(corners) if corners.is_empty() => None,
            Area::Ring(corners) => {
                let degrees = |micro: i32| f64::from(micro) / 1e6;
                let ring = corners
                    .iter()
                    .map(|corner| [degrees(corner.lon_udeg), degrees(corner.lat_udeg)])
                    .collect();
                Some(Self::Ring { ring })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sight::coverage::view::Corner;

    use super::*;

    #[test]
    fn cones_are_told_in_degrees_and_rings_in_places_and_no_ring_is_no_area() {
        let cone =
            Cone { azimuth_ddeg: 905, width_ddeg: 200, elevation_ddeg: None, range_m: Some(3_000) };
        let corner = Corner { lon_udeg: 1_416_070, lat_udeg: 42_481_060 };
        let view = View {
            field: Some(Area::Cone(cone)),
            turned: true,
            seen: vec![Area::Ring(vec![]), Area::Ring(vec![corner])],
            hidden: vec![],
        };

        let told = serde_json::to_value(LooksView::of(&view)).unwrap();

        let expected = serde_json::json!({
            "field": {"azimuth_deg": 90.5, "width_deg": 20.0, "range_m": 3000},
            "seen": [{"ring": [[1.41607, 42.48106]]}],
            "hidden": [],
        });
        assert_eq!(told, expected);
    }
}

//! Fields of view over a sector with one drone.

use std::sync::Arc;

use sight::coverage::view::{Cone, Corner};
use sight::coverage::{Model, View};
use watch::roster::Roster;

use super::*;
use crate::ingest::drone::tests::model;

/// The drone, as it looks when it says this of itself.
fn row(model: &Model, view: View) -> SensorRow {
    let sector = model.sector();
    let state = Roster::of(sector).sensors().next().unwrap().clone();
    let state = watch::journal::SensorState { view, ..state };
    SensorRow { planned: sector.sensors[0].clone(), state: Some(state) }
}

fn cone(azimuth_ddeg: i32, width_ddeg: i32, range_m: u32) -> view::Area {
    view::Area::Cone(Cone {
        azimuth_ddeg,
        width_ddeg,
        elevation_ddeg: None,
        range_m: Some(range_m),
    })
}

fn ring(corners: &[(i32, i32)]) -> view::Area {
    let corner = |&(lon_udeg, lat_udeg): &(i32, i32)| Corner { lon_udeg, lat_udeg };
    view::Area::Ring(corners.iter().map(corner).collect())
}

fn outer(feature: &Feature) -> Vec<LonLat> {
    let Some(Geometry::Areas(areas)) = &feature.geometry else { panic!("{feature:?}") };
    areas[0][0].clone()
}

/// The farthest corner, in metres, and the extremes of the azimuths.
fn reach(ring: &[LonLat], row: &SensorRow, frame: &LocalFrame) -> (f64, f64, f64) {
    let here = row.here().0;
    let seen = ring.iter().filter_map(|[lon, lat]| {
        let point = frame.point(Wgs84::new(*lon, *lat).ok()?);
        let range_m = here.distance_m(point);
        (range_m > 1.0).then(|| (range_m, here.azimuth_to(point).degrees()))
    });
    seen.fold((0.0, 360.0, 0.0), |(far, low, high), (range_m, degrees)| {
        (f64::max(far, range_m), f64::min(low, degrees), f64::max(high, degrees))
    })
}

fn named(features: &[Feature]) -> Vec<&FeatureId> {
    features.iter().map(|feature| &feature.id).collect()
}

#[test]
fn a_field_of_view_is_what_the_sensor_says_and_as_planned_where_it_says_nothing() {
    let model = model();
    let frame = &model.sector().frame;
    let planned = row(&model, View::default());
    let views_ = views(&planned, frame);
    assert_eq!(views_.len(), 1);
    let (far_m, low, high) = reach(&outer(&views_[0]), &planned, frame);
    assert!((far_m - 6_000.0).abs() < 5.0 && low < 10.0 && high > 350.0, "{far_m} {low} {high}");

    let told = row(&model, View { field: Some(cone(900, 400, 2_000)), ..View::default() });
    let views_ = views(&told, frame);
    let (far_m, low, high) = reach(&outer(&views_[0]), &told, frame);
    assert!((far_m - 2_000.0).abs() < 5.0, "{far_m}");
    assert!((low - 70.0).abs() < 0.2 && (high - 110.0).abs() < 0.2, "{low} {high}");

    let nowhere = row(&model, View { field: Some(ring(&[])), ..View::default() });
    assert_eq!(views(&nowhere, frame)[0].geometry, None, "it says that it looks nowhere");
}

#[test]
fn ground_that_a_sensor_names_is_an_area_of_its_own_and_turns_as_outer_rings_do() {
    let model = model();
    let clockwise = [(41_510_000, 34_500_000), (41_510_000, 34_510_000), (41_520_000, 34_510_000)];
    let said = View {
        field: Some(ring(&clockwise)),
        turned: false,
        seen: vec![ring(&clockwise), ring(&clockwise[..2])],
        hidden: vec![cone(0, 100, 500)],
    };
    let drone = row(&model, said);

    let views = views(&drone, &model.sector().frame);

    let name = |name: &str| FeatureId::Name(name.to_owned());
    assert_eq!(named(&views), [&name("eye"), &name("eye.seen"), &name("eye.hidden")]);
    let expected = [[41.51, 34.5], [41.52, 34.51], [41.51, 34.51], [41.51, 34.5]];
    assert_eq!(outer(&views[0]), expected);
    let Some(Geometry::Areas(seen)) = &views[1].geometry else { panic!() };
    assert_eq!(seen.len(), 1, "two corners are no area");
    assert!(views.iter().all(|view| view.values.contains(&Value::Flag(true))), "it says so itself");
}

#[test]
fn what_a_drones_camera_sees_now_is_an_area_of_that_drone() {
    let model = model();
    let sector = model.sector();
    let picture = Picture::of(&watch::Core::new(Arc::clone(&model)), 0);
    let corners = [(41.51, 34.5), (41.52, 34.5), (41.52, 34.51)];
    let ring = corners.map(|(lon_deg, lat_deg)| Wgs84::new(lon_deg, lat_deg).unwrap());
    let stranger = SensorId("nobody".to_owned());
    let seen = [(&sector.sensors[0].id, &ring[..]), (&stranger, &ring[..])];

    let pictures = pictures(sector, &picture, seen.into_iter());

    assert_eq!(named(&pictures), [&FeatureId::Name("eye.picture".to_owned())]);
    assert_eq!(outer(&pictures[0]).len(), 4);
    assert!(pictures[0].values.contains(&Value::text("picture")));
}

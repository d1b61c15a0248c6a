//! `/ogc`: OGC API - Features, Part 1 (Core, `GeoJSON`, `OpenAPI` 3.0; OGC 17-069r4), for the maps that people have.
//!
//! Everything is read only. Features keep their order by id, and a page is told by the id before or after it, so what
//! comes and goes between two pages neither hides nor doubles what stays.

mod answer;
mod bbox;
mod datetime;
mod items;
mod openapi;
mod query;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use self::answer::{JSON, Link, OPENAPI, Root, answer};
use self::query::{Pairs, no_more_than};
use super::Api;
use super::problem::Problem;
use super::routes::Routes;
use super::rows::rows_of;
use super::sector::bounds;
use super::shown::{Seen, Shown};
use crate::features::Collection;
use crate::identity::{Capability, Need};

/// Conformance classes that this interface keeps (17-069r4, annex A).
const CONFORMS_TO: [&str; 3] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
];
/// Longitude and latitude of WGS84, in this order.
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const GREGORIAN: &str = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";

type Answered = Result<Response, Problem>;

/// What lies under `/ogc`.
pub(super) fn routes(below: Routes) -> Routes {
    let see = Need::Of(Capability::See);
    below
        .shown(see, "/", landing)
        .shown(see, "/conformance", conformance)
        .shown(see, "/api", openapi::definition)
        .shown(see, "/collections", collections)
        .shown(see, "/collections/{id}", collection)
        .shown(see, "/collections/{id}/items", items::items)
        .shown(see, "/collections/{id}/items/{feature}", items::item)
}

/// How everything else under `/ogc` is answered.
pub(super) fn nothing_else(routes: Router<Arc<Api>>) -> Router<Arc<Api>> {
    routes.fallback(nothing_here).method_not_allowed_fallback(read_only)
}

async fn nothing_here(uri: Uri) -> Problem {
    let detail = format!("there is nothing at `{}`", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
}

async fn read_only(method: Method) -> Problem {
    let detail = format!("features are read only: GET and HEAD are answered, not {method}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-wrong", detail)
}

#[derive(Debug, Serialize)]
struct LandingView {
    title: String,
    description: &'static str,
    links: Vec<Link>,
}

pub(super) async fn landing(
    Seen(shown): Seen,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    no_more_than(&pairs, &[])?;
    let root = Root::of(&headers, &pairs)?;
    let links = vec![
        root.link("self", JSON, "", "This page"),
        root.link("service-desc", OPENAPI, "/api", "What this interface answers"),
        root.link("conformance", JSON, "/conformance", "Standards that it keeps"),
        root.link("data", JSON, "/collections", "What there is"),
    ];
    let landing = LandingView {
        title: format!("Watchline: {}", shown.outlook.model().sector().title.en),
        description: "Where the line is watched and where it is blind, what moves there, and who can be sent.",
        links,
    };
    answer(&headers, &pairs, JSON, &landing)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConformanceView {
    conforms_to: [&'static str; 3],
}

async fn conformance(headers: HeaderMap, Query(pairs): Query<Pairs>) -> Answered {
    no_more_than(&pairs, &[])?;
    answer(&headers, &pairs, JSON, &ConformanceView { conforms_to: CONFORMS_TO })
}

#[derive(Debug, Serialize)]
struct CollectionsView {
    links: Vec<Link>,
    collections: Vec<CollectionView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CollectionView {
    id: &'static str,
    title: &'static str,
    description: &'static str,
    links: Vec<Link>,
    extent: ExtentView,
    item_type: &'static str,
    crs: [&'static str; 1],
}

#[derive(Debug, Serialize)]
struct ExtentView {
    spatial: SpatialView,
    temporal: TemporalView,
}

#[derive(Debug, Serialize)]
struct SpatialView {
    bbox: [[f64; 4]; 1],
    crs: &'static str,
}

/// Both ends open: what is told is about now, and now moves on.
#[derive(Debug, Serialize)]
struct TemporalView {
    interval: [[Option<String>; 2]; 1],
    trs: &'static str,
}

async fn collections(
    Seen(shown): Seen,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    no_more_than(&pairs, &[])?;
    let root = Root::of(&headers, &pairs)?;
    let mut all = Vec::new();
    for of in Collection::ALL {
        all.push(describe(&shown, of, &root).await?);
    }
    let links = vec![root.link("self", JSON, "/collections", "This list")];
    answer(&headers, &pairs, JSON, &CollectionsView { links, collections: all })
}

async fn collection(
    Seen(shown): Seen,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    no_more_than(&pairs, &[])?;
    let of = by_name(&id)?;
    let root = Root::of(&headers, &pairs)?;
    let described = describe(&shown, of, &root).await?;
    answer(&headers, &pairs, JSON, &described)
}

fn by_name(id: &str) -> Result<Collection, Problem> {
    Collection::by_name(id).ok_or_else(|| {
        let names = Collection::ALL.map(Collection::name).join(", ");
        let detail = format!("there is no collection `{id}`; there are {names}");
        Problem::new(StatusCode::NOT_FOUND, "collection-unknown", detail).at("collection")
    })
}

/// The extent holds every feature that there is now, whatever the sector's bounds.
async fn describe(shown: &Shown, of: Collection, root: &Root) -> Result<CollectionView, Problem> {
    let here = format!("/collections/{}", of.name());
    let rows = rows_of(shown, of).await?;
    let vertices = rows.iter().filter_map(|row| row.geometry.as_ref()).flat_map(|g| g.vertices());
    let within = bounds(shown.outlook.model().sector());
    let bbox = vertices.fold(within, |[west, south, east, north], [lon, lat]| {
        [west.min(lon), south.min(lat), east.max(lon), north.max(lat)]
    });
    Ok(CollectionView {
        id: of.name(),
        title: of.title(),
        description: of.description(),
        links: vec![
            root.link("self", JSON, &here, "This collection"),
            root.link("items", answer::GEOJSON, &format!("{here}/items"), of.title()),
        ],
        extent: ExtentView {
            spatial: SpatialView { bbox: [bbox], crs: CRS84 },
            temporal: TemporalView { interval: [[None, None]], trs: GREGORIAN },
        },
        item_type: "feature",
        crs: [CRS84],
    })
}

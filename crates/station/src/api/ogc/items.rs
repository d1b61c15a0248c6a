//! Features, a page of them or one.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::answer::{GEOJSON, JSON, Link, Root, answer, parameters, segment};
use super::query::{Page, Pairs, Wanted, id, no_more_than};
use super::{Answered, by_name};
use crate::api::problem::Problem;
use crate::api::rows::rows_of;
use crate::api::shown::Seen;
use crate::export::GeoJson;
use crate::features::{Collection, Feature};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageView<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    time_stamp: String,
    number_matched: usize,
    number_returned: usize,
    links: Vec<Link>,
    features: Vec<GeoJson<'a>>,
}

#[derive(Debug, Serialize)]
struct OneView<'a> {
    #[serde(flatten)]
    feature: GeoJson<'a>,
    links: Vec<Link>,
}

pub(super) async fn items(
    Seen(shown): Seen,
    Path(name): Path<String>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    let of = by_name(&name)?;
    let wanted = Wanted::read(of, &pairs)?;
    let root = Root::of(&headers, &pairs)?;
    let mut rows = rows_of(&shown, of).await?;
    rows.retain(|row| wanted.takes(row));
    let page = cut(&rows, &wanted);
    let told = &rows[page.clone()];
    let fields = of.fields();
    let view = PageView {
        kind: "FeatureCollection",
        time_stamp: shown.outlook.now().to_string(),
        number_matched: rows.len(),
        number_returned: told.len(),
        links: links(of, &rows, page, &wanted, &root),
        features: told.iter().map(|row| GeoJson::of(row, &fields)).collect(),
    };
    answer(&headers, &pairs, GEOJSON, &view)
}

/// The rows of a page.
fn cut(rows: &[Feature], wanted: &Wanted) -> std::ops::Range<usize> {
    let end = |from: usize| (from + wanted.limit).min(rows.len());
    match &wanted.page {
        Page::First => 0..end(0),
        Page::After(id) => {
            let from = rows.partition_point(|row| row.id <= *id);
            from..end(from)
        }
        Page::Before(id) => {
            let to = rows.partition_point(|row| row.id < *id);
            to.saturating_sub(wanted.limit)..to
        }
    }
}

fn links(
    of: Collection,
    rows: &[Feature],
    page: std::ops::Range<usize>,
    wanted: &Wanted,
    root: &Root,
) -> Vec<Link> {
    let here = format!("/collections/{}", of.name());
    let items = format!("{here}/items");
    let to = |rel, page: &Page, title: &str| {
        let pairs = wanted.at(page);
        let mark = if pairs.is_empty() { "" } else { "?" };
        root.link(rel, GEOJSON, &format!("{items}{mark}{}", parameters(&pairs)), title)
    };
    let mut links = vec![
        to("self", &wanted.page, "This page"),
        root.link("collection", JSON, &here, of.title()),
    ];
    if page.end < rows.len()
        && let Some(last) = rows[page.clone()].last()
    {
        links.push(to("next", &Page::After(last.id.clone()), "The next page"));
    }
    if page.start > 0
        && let Some(first) = rows.get(page.start)
    {
        links.push(to("prev", &Page::Before(first.id.clone()), "The page before"));
    }
    links
}

pub(super) async fn item(
    Seen(shown): Seen,
    Path((name, feature)): Path<(String, String)>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    let of = by_name(&name)?;
    no_more_than(&pairs, &[])?;
    let root = Root::of(&headers, &pairs)?;
    let rows = rows_of(&shown, of).await?;
    let found = id(of, &feature).and_then(|id| rows.iter().find(|row| row.id == id));
    let found = found.ok_or_else(|| {
        let detail = format!("there is no feature `{feature}` among the {name}");
        Problem::new(StatusCode::NOT_FOUND, "feature-unknown", detail).at("feature")
    })?;
    let here = format!("/collections/{}", of.name());
    let one = format!("{here}/items/{}", segment(&feature));
    let links = vec![
        root.link("self", GEOJSON, &one, "This feature"),
        root.link("collection", JSON, &here, of.title()),
    ];
    let fields = of.fields();
    answer(&headers, &pairs, GEOJSON, &OneView { feature: GeoJson::of(found, &fields), links })
}

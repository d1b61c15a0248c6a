//! The parameters of an `items` address.

use std::collections::BTreeSet;

use super::bbox::Bbox;
use super::datetime::When;
use crate::api::problem::Problem;
use crate::features::{Collection, Feature, FeatureId};
use crate::limits::{FEATURES_PAGE, FEATURES_PAGE_MAX};

/// Names and values as they came.
pub(super) type Pairs = Vec<(String, String)>;

/// Which features are asked for, and which page of them.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) limit: usize,
    pub(super) page: Page,
    bbox: Option<Bbox>,
    when: Option<When>,
    /// Columns by their place, and the value that they must have.
    filters: Vec<(usize, String)>,
    /// Everything but the page, as it came, for links.
    kept: Pairs,
}

/// Where a page begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    First,
    After(FeatureId),
    Before(FeatureId),
}

impl Wanted {
    pub(super) fn read(of: Collection, pairs: &Pairs) -> Result<Self, Problem> {
        let fields = of.fields();
        let mut known = vec!["limit", "bbox", "datetime", "after", "before"];
        known.extend(fields.iter().map(|field| field.name));
        no_more_than(pairs, &known)?;
        let mut wanted = Self {
            limit: FEATURES_PAGE,
            page: Page::First,
            bbox: None,
            when: None,
            filters: Vec::new(),
            kept: Vec::new(),
        };
        for (name, value) in pairs {
            match name.as_str() {
                "limit" => wanted.limit = limit(value)?,
                "bbox" => wanted.bbox = Some(Bbox::read(value)?),
                "datetime" => wanted.when = Some(When::read(value)?),
                "after" | "before" => wanted.page = page(of, name, value, &wanted.page)?,
                _ => wanted.filter(of, name, value)?,
            }
            if !["after", "before", "f"].contains(&name.as_str()) {
                wanted.kept.push((name.clone(), value.clone()));
            }
        }
        Ok(wanted)
    }

    fn filter(&mut self, of: Collection, name: &str, value: &str) -> Result<(), Problem> {
        let fields = of.fields();
        // `f` alone names no column here.
        let Some(at) = fields.iter().position(|field| field.name == name) else { return Ok(()) };
        if !fields[at].kind.reads(value) {
            let detail = format!("must be a {:?}, got `{value}`", fields[at].kind).to_lowercase();
            return Err(Problem::bad_request("filter-wrong", name, detail));
        }
        self.filters.push((at, value.to_owned()));
        Ok(())
    }

    pub(super) fn takes(&self, feature: &Feature) -> bool {
        // What has no place or no time is matched by any (17-069r4, requirements 23 C and 26 C).
        let here = |bbox: &Bbox| feature.geometry.as_ref().is_none_or(|g| bbox.meets(g));
        let then = |when: &When| feature.span.is_none_or(|span| when.meets(span));
        self.bbox.as_ref().is_none_or(here)
            && self.when.as_ref().is_none_or(then)
            && self.filters.iter().all(|(at, value)| feature.values[*at].is(value) == Some(true))
    }

    /// Parameters of the same question about another page.
    pub(super) fn at(&self, page: &Page) -> Pairs {
        let mut pairs = self.kept.clone();
        match page {
            Page::First => {}
            Page::After(id) => pairs.push(("after".into(), id.to_string())),
            Page::Before(id) => pairs.push(("before".into(), id.to_string())),
        }
        pairs
    }
}

/// Refuses parameters that mean nothing here, and any that stands twice. `f` means something everywhere.
pub(super) fn no_more_than(pairs: &Pairs, known: &[&str]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for (name, _) in pairs {
        if name != "f" && !known.contains(&name.as_str()) {
            let known = known.iter().copied().chain(["f"]).collect::<Vec<_>>().join(", ");
            let detail = format!("`{name}` means nothing here; known are {known}");
            return Err(Problem::bad_request("parameter-unknown", name, detail));
        }
        if !seen.insert(name) {
            let detail = format!("`{name}` stands more than once");
            return Err(Problem::bad_request("parameter-twice", name, detail));
        }
    }
    Ok(())
}

/// More than the most is answered with the most (17-069r4, permission 12).
fn limit(value: &str) -> Result<usize, Problem> {
    let limit = value.parse::<usize>().ok().filter(|limit| *limit > 0);
    limit.map(|limit| limit.min(FEATURES_PAGE_MAX)).ok_or_else(|| {
        let detail = format!("must be a number from 1 to {FEATURES_PAGE_MAX}, got `{value}`");
        Problem::bad_request("limit-wrong", "limit", detail)
    })
}

fn page(of: Collection, name: &str, value: &str, known: &Page) -> Result<Page, Problem> {
    if *known != Page::First {
        let detail = "a page lies after a feature or before one, not both";
        return Err(Problem::bad_request("page-wrong", name, detail));
    }
    let id = id(of, value).ok_or_else(|| {
        let detail = format!("must be the number of a feature, got `{value}`");
        Problem::bad_request("page-wrong", name, detail)
    })?;
    Ok(if name == "after" { Page::After(id) } else { Page::Before(id) })
}

/// What a feature of a collection may be called; `None` when none can have this name.
pub(super) fn id(of: Collection, text: &str) -> Option<FeatureId> {
    if of.is_numbered() {
        text.parse().ok().map(FeatureId::Number)
    } else {
        Some(FeatureId::Name(text.to_owned()))
    }
}

//! Which answers tell of people, and what of them: what the record is told of whoever asks.

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::Response;
use watch::audit::Consulted;
use watch::journal::{AlertId, TrackId};
use wire::text;

use super::problem::Problem;
use crate::features::Collection;
use crate::identity::{Capability, Viewer};
use crate::limits::{CONSULTED_CHARS_MAX, REASON_CHARS};

/// Why somebody asks; a parameter of the same meaning may stand in the address.
const WHY: HeaderName = HeaderName::from_static("watchline-why");

/// What a route tells of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    /// Nothing.
    Nobody,
    Picture,
    Track,
    Messages,
    Evidence,
    Camera,
    Recordings,
    Recording,
    Features,
    Feature,
    File,
    AlertFile,
    Offers,
    People,
    Proofs,
    Audit,
}

impl Tells {
    /// What is told by `GET` of a route.
    pub(super) fn by(route: &str) -> Self {
        match route {
            "/api/picture" | "/api/stream" | "/api/floor" => Self::Picture,
            "/api/tracks/{id}/lineage" => Self::Track,
            "/api/messages" => Self::Messages,
            "/api/evidence" => Self::Evidence,
            "/api/cameras/{sensor}/live" => Self::Camera,
            "/api/cameras/{sensor}/recordings" => Self::Recordings,
            "/api/cameras/{sensor}/recordings/{name}" => Self::Recording,
            "/ogc/collections/{id}/items" => Self::Features,
            "/ogc/collections/{id}/items/{feature}" => Self::Feature,
            "/api/export" => Self::File,
            "/api/alerts/{id}/cap" => Self::AlertFile,
            "/api/seams" => Self::Offers,
            "/api/people" => Self::People,
            "/record/checkpoint"
            | "/record/tile/{level}/{*rest}"
            | "/record/tile/entries/{*rest}" => Self::Proofs,
            "/api/audit" => Self::Audit,
            _ => Self::Nobody,
        }
    }

    /// What a request asks to be told of people; `None` when it tells of nobody.
    pub(super) fn of(self, uri: &Uri) -> Option<Consulted> {
        // From the end: routes that lie below another see the rest of the path alone.
        let mut parts = uri.path().rsplit('/').map(decoded);
        let mut part = || parts.next().unwrap_or_default();
        Some(match self {
            Self::Nobody => return None,
            Self::Picture => Consulted::Picture,
            Self::Track => {
                part();
                Consulted::Track(TrackId(part().parse().ok()?))
            }
            Self::Messages => Consulted::Messages,
            Self::Evidence => Consulted::Evidence,
            Self::Camera => {
                part();
                Consulted::Camera { sensor: part() }
            }
            Self::Recordings => {
                part();
                Consulted::Recordings { sensor: part() }
            }
            Self::Recording => {
                let name = part();
                part();
                Consulted::Recording { sensor: part(), name }
            }
            Self::Features => {
                part();
                features(&part(), asked_of_features(uri))?
            }
            Self::Feature => {
                let feature = part();
                part();
                feature_of(&part(), &feature)?
            }
            Self::File => {
                let of = |name: &str| value(uri, name).unwrap_or_default();
                Collection::by_name(&of("what")).filter(|one| one.is_about_people())?;
                Consulted::File { what: of("what"), format: of("format") }
            }
            Self::AlertFile => {
                part();
                Consulted::AlertFile(AlertId(part().parse().ok()?))
            }
            Self::Offers => Consulted::Offers,
            Self::People => Consulted::People,
            Self::Proofs => Consulted::Proofs,
            Self::Audit => Consulted::Audit,
        })
    }
}

fn features(collection: &str, filter: String) -> Option<Consulted> {
    let of = Collection::by_name(collection).filter(|one| one.is_about_people())?;
    Some(Consulted::Features { collection: of.name().to_owned(), filter })
}

fn feature_of(collection: &str, feature: &str) -> Option<Consulted> {
    let is_track = matches!(collection, "tracks" | "trails");
    match feature.parse() {
        Ok(number) if is_track => Some(Consulted::Track(TrackId(number))),
        Ok(_) | Err(_) => features(collection, format!("id={feature}")),
    }
}

/// What was asked of a collection, but for the page and the form.
fn asked_of_features(uri: &Uri) -> String {
    let pairs =
        pairs(uri).filter(|(name, _)| !["limit", "after", "before", "f"].contains(&name.as_str()));
    let told: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    text::clean(&told.join("&"), CONSULTED_CHARS_MAX)
}

fn pairs(uri: &Uri) -> impl Iterator<Item = (String, String)> + '_ {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into(), value.into()))
}

fn value(uri: &Uri, name: &str) -> Option<String> {
    let value = pairs(uri).find(|(known, _)| known == name).map(|(_, value)| value);
    value.map(|value| text::clean(&value, CONSULTED_CHARS_MAX))
}

/// A part of a path as its handler reads it; in a path a plus is a plus.
fn decoded(part: &str) -> String {
    let part = part.replace('+', "%2B");
    let decoded = form_urlencoded::parse(part.as_bytes()).next();
    let decoded = decoded.map(|(text, _)| text.into_owned()).unwrap_or_default();
    text::clean(&decoded, CONSULTED_CHARS_MAX)
}

/// Why somebody asks, which is taken out of the request: no route has anything else to do with it.
pub(super) fn take_why(request: &mut Request) -> Result<Option<String>, Problem> {
    let in_header = told(request.headers())?;
    let in_query = value(request.uri(), "why");
    if in_query.is_some() {
        let rest: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs(request.uri()).filter(|(name, _)| name != "why"))
            .finish();
        *request.uri_mut() = with_query(request.uri(), &rest);
    }
    let Some(why) = in_header.or(in_query) else { return Ok(None) };
    let count = why.chars().count();
    if why.trim().is_empty() || count > REASON_CHARS {
        let detail = format!("must say why in 1 to {REASON_CHARS} characters, got {count}");
        return Err(Problem::bad_request("why-wrong", "why", detail));
    }
    Ok(Some(why))
}

fn told(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(told) = headers.get(WHY) else { return Ok(None) };
    match std::str::from_utf8(told.as_bytes()) {
        Ok(why) => Ok(Some(text::clean(why, REASON_CHARS + 1))),
        Err(_not_text) => {
            Err(Problem::bad_request("why-wrong", "Watchline-Why", "must be text in UTF-8"))
        }
    }
}

fn with_query(uri: &Uri, query: &str) -> Uri {
    let path = uri.path();
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(text).ok();
    Uri::from_parts(parts).unwrap_or_else(|_same_path| uri.clone())
}

/// The same in the world of another agency, whose tracks and alerts have numbers of their own: they must not be taken for the
/// station's.
pub(super) fn as_given_to(agency: &str, what: Consulted) -> Consulted {
    let of = |collection: &str, told: &str| {
        let filter = text::clean(&format!("{told} as given to {agency}"), CONSULTED_CHARS_MAX);
        Consulted::Features { collection: collection.to_owned(), filter }
    };
    if let Consulted::Track(TrackId(number)) = what {
        of("tracks", &format!("id={number}"))
    } else if let Consulted::AlertFile(AlertId(number)) = what {
        of("alerts", &format!("id={number} as a message"))
    } else {
        what
    }
}

/// Whether it leaves the station as a file, which stands in the record before it does.
pub(super) fn is_given(what: &Consulted) -> bool {
    matches!(what, Consulted::File { .. } | Consulted::AlertFile(_))
}

/// Refuses a file of what is about people to whoever takes it alone and does not say why. Who was agreed to said so before.
pub(super) fn check_why(
    viewer: &Viewer,
    what: &Consulted,
    why: Option<&str>,
) -> Result<(), Problem> {
    let must_say = if let Consulted::File { what, .. } = what {
        viewer.may(Capability::ExportFreely)
            && Collection::by_name(what).is_some_and(Collection::is_about_people)
    } else {
        matches!(what, Consulted::AlertFile(_))
    };
    if must_say && why.is_none() {
        let detail = "whoever takes a file of what is about people says why: `why=` in the address, or the header `Watchline-Why`";
        return Err(Problem::bad_request("why-missing", "why", detail));
    }
    Ok(())
}

/// Whether an answer told anything.
pub(super) fn has_told(response: &Response) -> bool {
    response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consulted(route: &str, uri: &str) -> Option<Consulted> {
        Tells::by(route).of(&uri.parse().unwrap())
    }

    #[test]
    fn what_is_asked_for_is_known_by_its_address() {
        let track = Some(Consulted::Track(TrackId(7)));
        assert_eq!(consulted("/api/tracks/{id}/lineage", "/api/tracks/7/lineage"), track);
        let below = "/collections/tracks/items/7";
        assert_eq!(consulted("/ogc/collections/{id}/items/{feature}", below), track);
        let recording = Consulted::Recording { sensor: "tower 1".into(), name: "a+b.mp4".into() };
        let asked = "/api/cameras/tower%201/recordings/a+b.mp4";
        assert_eq!(consulted("/api/cameras/{sensor}/recordings/{name}", asked), Some(recording));
        let (what, format) = ("tracks".into(), "csv".into());
        assert_eq!(
            consulted("/api/export", "/api/export?what=tracks&format=csv"),
            Some(Consulted::File { what, format })
        );
    }

    #[test]
    fn of_a_collection_it_is_told_what_was_asked_and_not_which_page() {
        let asked = "/ogc/collections/alerts/items?open=true&limit=5&after=3&bbox=1,2,3,4";
        let (collection, filter) = ("alerts".into(), "open=true&bbox=1,2,3,4".into());
        let told = consulted("/ogc/collections/{id}/items", asked);
        assert_eq!(told, Some(Consulted::Features { collection, filter }));
        for nobody in ["/ogc/collections/sensors/items", "/ogc/collections/none/items"] {
            assert_eq!(consulted("/ogc/collections/{id}/items", nobody), None);
        }
        assert_eq!(consulted("/api/export", "/api/export?what=sensors&format=csv"), None);
    }

    #[test]
    fn a_track_of_another_agencys_world_is_not_taken_for_the_stations() {
        let (collection, filter) = ("tracks".into(), "id=7 as given to navy".into());
        let told = as_given_to("navy", Consulted::Track(TrackId(7)));
        assert_eq!(told, Consulted::Features { collection, filter });
        assert_eq!(as_given_to("navy", Consulted::Picture), Consulted::Picture);
    }

    #[test]
    fn the_reason_is_taken_out_of_the_address_and_cleaned() {
        let mut request = Request::default();
        *request.uri_mut() = "/ogc/x?why=for%20the%20court%E2%80%AE&open=true".parse().unwrap();
        assert_eq!(take_why(&mut request).unwrap().as_deref(), Some("for the court"));
        assert_eq!(request.uri(), "/ogc/x?open=true");
        *request.uri_mut() = "/x?why=%20".parse().unwrap();
        assert!(take_why(&mut request).is_err());
        assert_eq!(request.uri(), "/x");
        let header = "x".repeat(REASON_CHARS + 1);
        request.headers_mut().insert(WHY, header.parse().unwrap());
        assert!(take_why(&mut request).is_err(), "too long");
    }
}

//! Who may use a route: finds out who comes, and lets nobody pass who may not.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};

use super::consulted::{self, Tells};
use super::problem::Problem;
use super::routes::Exit;
use super::shown::Shows;
use crate::identity::{Look, Need, Viewer, Warden, Who};
use crate::pki::Subject;

/// What requests that change something carry besides the session's cookie.
pub(super) const PROOF: HeaderName = HeaderName::from_static("watchline-session");
/// By which entry of the record what was done stands in it, at the latest.
const ENTRY: HeaderName = HeaderName::from_static("watchline-entry");

/// A route's need, and who judges whether it is met.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) warden: Arc<Warden>,
    pub(super) need: Need,
    pub(super) exit: Exit,
    pub(super) shows: Arc<Shows>,
    pub(super) tells: Tells,
}

/// Lets a request through with its [`Viewer`], or says why not; and notes what whoever asked was told of people.
pub(super) async fn admit(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let viewer = match judge(&door, &request) {
        Ok(viewer) => viewer,
        Err(problem) => return problem.into_response(),
    };
    // Before anything else: what is not given is answered alike, whatever there is and whatever was asked.
    match door.exit {
        Exit::Own if viewer.other_agency().is_some() => return not_given().into_response(),
        Exit::World => match door.shows.to(&viewer) {
            Some(seen) => drop(request.extensions_mut().insert(seen)),
            None => return not_given().into_response(),
        },
        Exit::Own | Exit::Oneself => {}
    }
    let Asked { viewer, look } = match Asked::of(&door, viewer, &mut request) {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(viewer.clone());
    // How many entries there are is not told to other agencies.
    let is_own = door.need != Need::Nothing && viewer.other_agency().is_none();
    let changes = is_own && request.method() == Method::POST;
    let mut response = next.run(request).await;
    if changes && response.status().is_success() {
        response.headers_mut().insert(ENTRY, HeaderValue::from(door.warden.entries()));
    }
    if let Some((look, is_given)) = look.filter(|_| consulted::has_told(&response)) {
        match is_given {
            Given::Shown => look.begin(),
            Given::TakenAway => {
                if let Err(error) = look.give().await {
                    return Problem::from(error).into_response();
                }
            }
        }
    }
    if door.need != Need::Nothing {
        // What is told to one person is not kept for the next at the same desk.
        let unsaid = response.headers_mut().entry(header::CACHE_CONTROL);
        unsaid.or_insert(HeaderValue::from_static("no-store"));
    }
    // What is short is told whole. What is long ends when whoever asked may not have it any more.
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| while_let_in(viewer, body))
}

/// Who asks, and what they would look at that tells of people.
struct Asked {
    viewer: Viewer,
    look: Option<(Arc<Look>, Given)>,
}

/// Whether something is shown, or leaves the station as a file.
#[derive(Debug, Clone, Copy)]
enum Given {
    Shown,
    TakenAway,
}

impl Asked {
    fn of(door: &Door, viewer: Viewer, request: &mut Request) -> Result<Self, Problem> {
        let why = consulted::take_why(request)?;
        let Some(what) = door.tells.of(request.uri()) else {
            return Ok(Self { viewer, look: None });
        };
        let given = if consulted::is_given(&what) { Given::TakenAway } else { Given::Shown };
        if viewer.who() != &Who::Anyone {
            consulted::check_why(&viewer, &what, why.as_deref())?;
        }
        let what = match viewer.other_agency() {
            Some(agency) => consulted::as_given_to(agency, what),
            None => what,
        };
        let Some(look) = door.warden.look(&viewer, what, why) else {
            return Ok(Self { viewer, look: None });
        };
        let viewer = viewer.looking(Arc::clone(&look));
        Ok(Self { viewer, look: Some((look, given)) })
    }
}

fn judge(door: &Door, request: &Request) -> Result<Viewer, Problem> {
    let (method, headers) = (request.method(), request.headers());
    let viewer = viewer(&door.warden, headers, request.extensions().get())?;
    if !viewer.meets(door.need) {
        return Err(refusal(&viewer, door.need));
    }
    // Who comes in has no session to prove yet.
    let changes = door.need != Need::Nothing
        && !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if let Some(session) = viewer.session().filter(|_| changes) {
        let told = headers.get(PROOF).and_then(|value| value.to_str().ok());
        let is_own = door.warden.proof(session).zip(told).is_some_and(|(own, told)| own == told);
        if !is_own {
            let detail =
                "the header must carry the word that `GET /api/identity` tells this session";
            let problem = Problem::new(StatusCode::FORBIDDEN, "proof-wrong", detail);
            return Err(problem.at("Watchline-Session"));
        }
    }
    Ok(viewer)
}

/// Who sends this: by a machine's certificate or token, by a session's cookie, or a stranger. Who shows a certificate is whom
/// it names and nobody else.
fn viewer(
    warden: &Warden,
    headers: &HeaderMap,
    shown: Option<&Arc<Subject>>,
) -> Result<Viewer, Problem> {
    let unknown = |code, detail: String| Problem::new(StatusCode::UNAUTHORIZED, code, detail);
    if let Some(Subject { serial, identity, .. }) = shown.map(|shown| &**shown) {
        if headers.contains_key(header::AUTHORIZATION) {
            let detail = format!("this connection is of the {identity}: no token goes with it");
            return Err(unknown("token-wrong", detail).at("Authorization"));
        }
        return warden.by_certificate(serial).ok_or_else(|| {
            let detail =
                format!("the {identity} is not let in by this certificate, or not any more");
            unknown("certificate-wrong", detail)
        });
    }
    if let Some(told) = headers.get(header::AUTHORIZATION) {
        let token = told.to_str().ok().and_then(|told| told.strip_prefix("Bearer "));
        return token.and_then(|token| warden.by_token(token)).ok_or_else(|| {
            let detail = "no machine has this token, or not any more".to_owned();
            unknown("token-wrong", detail).at("Authorization")
        });
    }
    Ok(match Cookie::Session.of(headers) {
        Some(token) => warden.by_cookie(token),
        None => warden.by_nothing(),
    })
}

/// What the cookie of a session is called, and that by which a browser is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    Session,
    Browser,
}

impl Cookie {
    /// Its name here: cookies of one host are common to all its ports, and there may be a station at each.
    pub(super) fn name(self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let port = host.and_then(|host| host.rsplit_once(':')).map_or("", |(_, port)| port);
        let port: String = port.chars().filter(char::is_ascii_digit).collect();
        match self {
            Self::Session => format!("watchline-session-{port}"),
            Self::Browser => format!("watchline-browser-{port}"),
        }
    }

    /// What it holds; the first where it stands twice (RFC 6265, section 5.4).
    pub(super) fn of(self, headers: &HeaderMap) -> Option<&str> {
        let name = self.name(headers);
        let told = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            told.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim())
    }
}

pub(super) fn refusal(viewer: &Viewer, need: Need) -> Problem {
    if !viewer.is_known() {
        let detail = "somebody must be signed in for that (POST /api/identity/sign-in)";
        return Problem::new(StatusCode::UNAUTHORIZED, "sign-in-needed", detail);
    }
    let needed = match need {
        Need::Nothing | Need::SignedIn => String::new(),
        Need::Of(capability) => capability.name().to_owned(),
        Need::OneOf(capabilities) => {
            capabilities.iter().map(|one| one.name()).collect::<Vec<_>>().join(" or ")
        }
    };
    let detail = format!("that needs `{needed}`, which none of your roles has");
    Problem::new(StatusCode::FORBIDDEN, "not-allowed", detail)
}

/// How whoever is of another agency is answered where nothing is given to it: alike, whatever there is.
pub(super) fn not_given() -> Problem {
    let detail = "nothing of this is given to your agency";
    Problem::new(StatusCode::FORBIDDEN, "not-given", detail)
}

/// A body that breaks off when its reader is not let in any more.
fn while_let_in(viewer: Viewer, body: Body) -> Body {
    let lapsed = Box::pin(async move { viewer.lapsed().await });
    let pieces = stream::unfold(Some((body.into_data_stream(), lapsed)), |state| async {
        let (mut pieces, mut lapsed) = state?;
        tokio::select! {
            biased;
            () = &mut lapsed => {
                let over = std::io::Error::other("whoever asked is not signed in any more");
                Some((Err(axum::Error::new(over)), None))
            }
            piece = pieces.next() => Some((piece?, Some((pieces, lapsed)))),
        }
    });
    Body::from_stream(pieces)
}

/// Routes that were not made by [`super::routes::Routes`] know of nobody.
impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::stranger))
    }
}

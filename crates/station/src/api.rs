//! The HTTP interface, as `docs/API.md` describes it.

mod admit;
mod audit;
mod cameras;
mod cap;
mod commands;
mod consulted;
mod crossing;
mod doors;
mod drones;
mod evidence;
mod export;
mod floor;
mod forecast;
mod guard;
mod health;
mod identity;
mod ingest;
mod labels;
mod lineage;
mod machines;
mod messages;
mod ogc;
mod page;
mod passkeys;
mod people;
mod picture;
mod problem;
mod protection;
mod ranges;
mod record;
mod release;
mod routes;
mod rows;
mod seams;
pub mod sector;
mod shown;
mod stream;
mod strip;
#[cfg(test)]
mod tests;
mod tiles;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, get};
use axum::{Json, Router, middleware};
use tokio::sync::Semaphore;

use self::guard::Guard;
use self::picture::PictureView;
use self::routes::Routes;
use self::sector::{Occasion, SectorView};
use self::shown::{Seen, Shown, Shows};
use crate::identity::Capability::{
    self, Act, Administer, Audit, Erase, Export, ExportPeople, Feed, Give, Release, See, Tend,
    Verify,
};
use crate::identity::Need::{Nothing, Of, OneOf, SignedIn};
use crate::identity::Warden;
use crate::ingest::upload::UploadDoor;
use crate::limits::{BODY_BYTES_MAX, STREAMS_MAX, VIEWERS_MAX};
use crate::runtime::Handle;
use crate::telemetry;

pub(crate) use self::picture::{EllipseView, chainage_m};
pub(crate) use self::shown::Outlook;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;

/// What the routes share.
#[derive(Debug)]
pub(crate) struct Api {
    handle: Handle,
    guard: Arc<Guard>,
    warden: Arc<Warden>,
    data_directory: PathBuf,
    upload: Arc<UploadDoor<Handle>>,
    viewers: Arc<Semaphore>,
    /// Held while the record is read for somebody.
    audits: Semaphore,
    /// Held while leaves are read from a segment.
    bundles: Semaphore,
}

/// The routes of a running station. Must be called within a tokio runtime, where the stream's writer is started.
pub(crate) fn router(
    (handle, upload): (Handle, Arc<UploadDoor<Handle>>),
    warden: Arc<Warden>,
    (occasion, by_tls): (Occasion, Option<Vec<String>>),
    data_directory: PathBuf,
) -> Router {
    let streams = Arc::new(Semaphore::new(STREAMS_MAX));
    let around = (occasion, Arc::clone(&warden));
    let own = Shown::begin(Outlook::Own(handle.clone()), around, streams);
    let shows = Arc::new(Shows::new(own, handle.clone()));
    let guard = Arc::new(Guard::of(by_tls));
    let api = Arc::new(Api {
        handle,
        guard: Arc::clone(&guard),
        warden,
        data_directory,
        upload,
        viewers: Arc::new(Semaphore::new(VIEWERS_MAX)),
        audits: Semaphore::new(1),
        bundles: Semaphore::new(1),
    });
    routes(Routes::new(Arc::clone(&api.warden), shows))
        .into_router()
        .fallback(get(page::page))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(api)
}

/// Everything that is answered, and what it asks of whoever comes.
fn routes(routes: Routes) -> Routes {
    let ogc = ogc::routes(routes.below("/ogc"));
    the_picture(administration(the_station(routes)))
        .shown(Of(See), "/ogc/", ogc::landing)
        .nest(ogc, ogc::nothing_else)
}

/// What people see and do at the desk.
fn the_picture(routes: Routes) -> Routes {
    routes
        .shown(Of(See), "/api/sector", sector_view)
        .shown(Of(See), "/api/picture", picture_view)
        .shown(Of(See), "/api/stream", stream::stream)
        .post(OneOf(commands::NEEDED), "/api/commands", commands::command)
        .shown(Of(See), "/api/tracks/{id}/lineage", lineage::lineage)
        .shown(Of(Export), "/api/alerts/{id}/cap", cap::cap)
        .shown(Of(See), "/api/evidence", evidence::evidence)
        .shown(Of(See), "/api/floor", floor::floor)
        .shown(Of(See), "/api/stretches/{id}/crossing", crossing::crossing)
        .shown(Of(See), "/api/strip", strip::strip)
        .shown(Of(See), "/api/forecast", forecast::forecast)
        .shown(Of(Export), "/api/export", export::export)
        .get(Of(See), "/api/drones", drones::drones)
        .shown(Of(See), "/api/messages", messages::messages)
        .post(Of(Act), "/api/messages", messages::answer)
        .get(Of(See), "/api/cameras", cameras::cameras)
        .get(Of(See), "/api/cameras/{sensor}/live", cameras::live)
        .get(Of(See), "/api/cameras/{sensor}/recordings", cameras::recordings)
        .get(Of(See), "/api/cameras/{sensor}/recordings/{name}", cameras::recording)
        .shown(Of(See), "/tiles/dem/{z}/{x}/{y}", tiles::dem)
        .shown(Of(See), "/tiles/coverage/{z}/{x}/{y}", tiles::coverage)
        .shown(Of(See), "/tiles/corridors/{z}/{x}/{y}", tiles::corridors)
}

/// How the station is, what it can prove, and what is brought to it.
fn the_station(routes: Routes) -> Routes {
    routes
        .oneself(GET, (Nothing, "/api/health"), health::health)
        .get(Of(Tend), "/api/doors", doors::doors)
        .get(Of(Tend), "/metrics", metrics)
        .get(Of(Verify), "/api/record", record::record)
        .get(Of(Verify), "/api/record/protection", protection::in_force)
        .post(Of(Erase), "/api/record/protection", protection::propose)
        .get(Of(Verify), "/record/checkpoint", record::checkpoint)
        .get(Of(Verify), "/record/tile/entries/{*rest}", record::bundle)
        .get(Of(Verify), "/record/tile/{level}/{*rest}", record::tile)
        .post(Of(Feed), "/api/ingest/detections", ingest::detections)
        .post(Of(Feed), "/api/ingest/alarms", ingest::alarms)
        .post(Of(Feed), "/api/ingest/status", ingest::status)
        .post(Of(Feed), "/api/ingest/weather", ingest::weather)
        .post(Of(Feed), "/api/ingest/tracks", ingest::tracks)
        .get(Of(Feed), "/api/seams", seams::on_offer)
        .post(Of(Feed), "/api/seams", seams::hear)
}

/// Who somebody is, and who the others are.
fn administration(routes: Routes) -> Routes {
    routes
        .oneself(GET, (Nothing, "/api/identity"), identity::identity)
        .oneself(POST, (Nothing, "/api/identity/sign-in"), identity::sign_in)
        .oneself(POST, (Nothing, "/api/identity/enrol"), identity::enrol)
        .oneself(POST, (SignedIn, "/api/identity/sign-out"), identity::sign_out)
        .oneself(POST, (SignedIn, "/api/identity/password"), identity::password)
        .oneself(POST, (Nothing, "/api/identity/passkey/ask"), passkeys::ask)
        .oneself(POST, (Nothing, "/api/identity/passkey/sign-in"), passkeys::sign_in)
        .oneself(GET, (SignedIn, "/api/identity/passkeys"), passkeys::passkeys)
        .oneself(POST, (SignedIn, "/api/identity/passkeys"), passkeys::add)
        .oneself(POST, (SignedIn, "/api/identity/passkeys/offer"), passkeys::offer)
        .oneself(POST, (SignedIn, "/api/identity/passkeys/remove"), passkeys::remove)
        .get(Of(Audit), "/api/audit", audit::audit)
        .get(Of(Administer), "/api/people", people::people)
        .post(Of(Administer), "/api/people/invite", people::invite)
        .post(Of(Administer), "/api/people/roles", people::roles)
        .post(Of(Administer), "/api/people/password", people::password)
        .post(Of(Administer), "/api/people/revoke", people::revoke)
        .post(Of(Administer), "/api/machines", machines::let_in)
        .oneself(POST, (Nothing, "/api/machines/enrol"), machines::enrol)
        .post(Of(Administer), "/api/machines/revoke", machines::shut_out)
        .post(Of(ExportPeople), "/api/exports", people::propose_export)
        .post(Of(Erase), "/api/erasures", people::propose_erasure)
        .get(OneOf(GIVING), "/api/release", release::in_force)
        .post(Of(Give), "/api/release", release::propose)
        .post(Of(Give), "/api/labels", labels::put)
        .get(OneOf(CONFIRMING), "/api/confirmations", people::confirmations)
        .post(OneOf(CONFIRMING), "/api/confirmations/{number}/confirm", people::confirm)
        .post(OneOf(CONFIRMING), "/api/confirmations/{number}/decline", people::decline)
}

/// Who proposes what takes two, or agrees to it.
const CONFIRMING: &[Capability] = &[Administer, Release, ExportPeople, Erase, Give];

/// Who may know what other agencies are given: whoever says it, and whoever reads all.
const GIVING: &[Capability] = &[Give, Audit];

async fn sector_view(Seen(shown): Seen) -> Json<SectorView> {
    Json(SectorView::of(shown.outlook.model().sector(), shown.occasion))
}

async fn picture_view(Seen(shown): Seen) -> Json<PictureView> {
    Json(PictureView::of(&shown.outlook.live().read(), shown.around()))
}

async fn metrics(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, telemetry::metrics(&api.handle))
}

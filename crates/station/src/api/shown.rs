//! What whoever asks is shown: the station's own picture, or the world of their agency and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::watch::journal::TrackId;
use ::watch::tracking::TrackLineage;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use jiff::Timestamp;
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sector::SensorId;
use tokio::sync::Semaphore;

use super::admit::not_given;
use super::crossing::Crossings;
use super::forecast::Forecasts;
use super::picture::Around;
use super::problem::Problem;
use super::rows::Watched;
use super::sector::Occasion;
use super::stream::{self, Telling};
use super::tiles::Tiles;
use crate::identity::{Viewer, Warden};
use crate::ingest::snapshots::Snapshots;
use crate::ingest::stations::Forecast;
use crate::release::{Over, Partner};
use crate::runtime::live::Live;
use crate::runtime::{Handle, SubmitError};
use crate::store::sqlite::StripRow;

/// A picture that somebody may be shown.
#[derive(Debug, Clone)]
pub(crate) enum Outlook {
    /// The station's own.
    Own(Handle),
    /// The world of another agency.
    Partner(Arc<Partner>),
}

/// A picture with what is drawn and computed from it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) outlook: Outlook,
    pub(super) occasion: Occasion,
    pub(super) warden: Arc<Warden>,
    pub(super) tiles: Tiles,
    pub(super) crossings: Crossings,
    pub(super) forecasts: Forecasts,
    pub(super) watched: Watched,
    pub(super) telling: Telling,
    pub(super) streams: Arc<Semaphore>,
}

/// What whoever asks is shown, as handlers are given it.
#[derive(Debug, Clone)]
pub(super) struct Seen(pub(super) Arc<Shown>);

/// A world, and what is shown of it.
type OfPartner = (Arc<Partner>, Arc<Shown>);

/// Everything that is shown to anybody.
#[derive(Debug)]
pub(super) struct Shows {
    own: Arc<Shown>,
    handle: Handle,
    partners: Mutex<BTreeMap<String, OfPartner>>,
}

impl Outlook {
    /// What goes out to a receiver of an agency; `None` where it is given nothing.
    pub(crate) fn to(agency: Option<&str>, handle: &Handle) -> Option<Self> {
        if handle.partners().is_own(agency) {
            return Some(Self::Own(handle.clone()));
        }
        agency.and_then(|agency| handle.partners().get(agency)).map(Self::Partner)
    }

    /// Whether it is the same picture.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(_), Self::Own(_)) => true,
            (Self::Partner(one), Self::Partner(other)) => Arc::ptr_eq(one, other),
            (Self::Own(_), Self::Partner(_)) | (Self::Partner(_), Self::Own(_)) => false,
        }
    }

    pub(crate) fn live(&self) -> &Live {
        match self {
            Self::Own(handle) => handle.live(),
            Self::Partner(partner) => partner.live(),
        }
    }

    pub(crate) fn model(&self) -> &Arc<Model> {
        match self {
            Self::Own(handle) => handle.model(),
            Self::Partner(partner) => partner.model(),
        }
    }

    /// Station time, or the time of the world.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Own(handle) => handle.now(),
            Self::Partner(partner) => partner.live().read().now,
        }
    }

    /// Pictures that recorders keep; of those nothing is given to anybody else.
    pub(super) fn snapshots(&self) -> Option<&Snapshots> {
        match self {
            Self::Own(handle) => Some(handle.snapshots()),
            Self::Partner(_) => None,
        }
    }

    /// What the cameras of drones see on the ground now; of those nothing is given to anybody else.
    pub(crate) fn pictures(&self) -> Vec<(SensorId, Vec<Wgs84>)> {
        match self {
            Self::Own(handle) => handle.drones().pictures(handle.now()),
            Self::Partner(_) => Vec::new(),
        }
    }

    /// The watch state of the line since a time, and as it was then.
    pub(super) async fn strip(&self, since: Timestamp) -> Result<Vec<StripRow>, Problem> {
        let handle = match self {
            Self::Own(handle) => handle.clone(),
            Self::Partner(partner) => return Ok(partner.strip(since)),
        };
        let rows = tokio::task::spawn_blocking(move || handle.strip(since)).await;
        let rows = rows.map_err(|error| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
        })?;
        rows.map_err(|error| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store-failing", error.to_string())
        })
    }

    /// What a track was made of.
    pub(super) async fn lineage(
        &self,
        track: TrackId,
    ) -> Result<Option<TrackLineage>, SubmitError> {
        match self {
            Self::Own(handle) => handle.lineage(track).await,
            Self::Partner(partner) => partner.lineage(track).await,
        }
    }

    /// What is expected at weather stations.
    pub(super) fn forecasts(&self) -> Vec<Forecast> {
        match self {
            Self::Own(handle) => handle.stations().forecasts(),
            Self::Partner(partner) => partner.forecasts(),
        }
    }

    /// Waits until it is shown no more; says why.
    pub(crate) async fn over(&self) -> Over {
        match self {
            Self::Own(_) => std::future::pending().await,
            Self::Partner(partner) => partner.over().await,
        }
    }

    fn speed(&self) -> f64 {
        match self {
            Self::Own(handle) => handle.speed(),
            Self::Partner(partner) => partner.speed(),
        }
    }

    /// Inputs that the station refused: how much others send is theirs alone to know.
    fn shed(&self) -> u64 {
        match self {
            Self::Own(handle) => handle.load().1,
            Self::Partner(_) => 0,
        }
    }
}

impl Shown {
    pub(super) fn around(&self) -> Around<'_> {
        let (sector, speed) = (self.outlook.model().sector(), self.outlook.speed());
        Around { sector, speed, shed: self.outlook.shed() }
    }

    /// Must be called within a tokio runtime, where the stream's writer is started.
    pub(super) fn begin(
        outlook: Outlook,
        (occasion, warden): (Occasion, Arc<Warden>),
        streams: Arc<Semaphore>,
    ) -> Arc<Self> {
        let shown = Arc::new(Self {
            outlook,
            occasion,
            warden,
            tiles: Tiles::default(),
            crossings: Crossings::default(),
            forecasts: Forecasts::default(),
            watched: Watched::default(),
            telling: Telling::default(),
            streams,
        });
        tokio::spawn(stream::publish(Arc::clone(&shown)));
        shown
    }
}

impl Shows {
    pub(super) fn new(own: Arc<Shown>, handle: Handle) -> Self {
        Self { own, handle, partners: Mutex::default() }
    }

    /// What somebody is shown; `None` where their agency is given nothing.
    pub(super) fn to(&self, viewer: &Viewer) -> Option<Seen> {
        let Some(agency) = viewer.other_agency() else { return Some(Seen(Arc::clone(&self.own))) };
        let mut shown = self.partners.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = self.handle.partners().get(agency) else {
            shown.remove(agency);
            return None;
        };
        if let Some((partner, shown)) = shown.get(agency)
            && Arc::ptr_eq(partner, &now)
        {
            return Some(Seen(Arc::clone(shown)));
        }
        let around = (self.own.occasion, Arc::clone(&self.own.warden));
        let streams = Arc::clone(&self.own.streams);
        let begun = Shown::begin(Outlook::Partner(Arc::clone(&now)), around, streams);
        shown.insert(agency.to_owned(), (now, Arc::clone(&begun)));
        Some(Seen(begun))
    }
}

/// Routes that tell nothing of any world were given none.
impl<S: Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(not_given)
    }
}

//! Routes, each with what it asks of whoever comes and what it tells other agencies: there is no way to add one without.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Router, middleware};

use super::Api;
use super::admit::{Door, admit};
use super::consulted::Tells;
use super::shown::Shows;
use crate::identity::{Need, Warden};

/// Routes that are being put together.
pub(super) struct Routes {
    router: Router<Arc<Api>>,
    warden: Arc<Warden>,
    shows: Arc<Shows>,
    /// Below which path they will lie.
    under: &'static str,
    #[cfg(test)]
    pub(super) listed: Vec<Listed>,
}

/// A route as the list of them tells it.
#[cfg(test)]
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) method: MethodFilter,
    pub(super) path: String,
    pub(super) need: Need,
    pub(super) exit: Exit,
}

/// What a route tells whoever is of another agency than the station's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Nothing but that it tells nothing.
    Own,
    /// What is in the world of that agency. Its handler has no way to anything else.
    World,
    /// The same as everybody, for it is about nobody but whoever asks.
    Oneself,
}

impl Routes {
    pub(super) fn new(warden: Arc<Warden>, shows: Arc<Shows>) -> Self {
        Self {
            router: Router::new(),
            warden,
            shows,
            under: "",
            #[cfg(test)]
            listed: Vec::new(),
        }
    }

    /// The same for routes that [`Routes::nest`] will put below a path.
    pub(super) fn below(&self, under: &'static str) -> Self {
        Self { under, ..Self::new(Arc::clone(&self.warden), Arc::clone(&self.shows)) }
    }

    /// A route that is answered to the station's own agency alone.
    pub(super) fn get<H, T>(self, need: Need, path: &str, handler: H) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        self.add(MethodFilter::GET, (need, Exit::Own, path), |method| on(method, handler))
    }

    /// The same for what changes something.
    pub(super) fn post<H, T>(self, need: Need, path: &str, handler: H) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        self.add(MethodFilter::POST, (need, Exit::Own, path), |method| on(method, handler))
    }

    /// A route that is answered to each agency from its own world. What its handler is given is [`super::shown::Seen`]:
    /// the station itself is out of its reach.
    pub(super) fn shown<H, T>(self, need: Need, path: &str, handler: H) -> Self
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        let route = |method| on(method, handler).with_state(());
        self.add(MethodFilter::GET, (need, Exit::World, path), route)
    }

    /// A route that is about whoever asks.
    pub(super) fn oneself<H, T>(
        self,
        method: MethodFilter,
        (need, path): (Need, &str),
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        self.add(method, (need, Exit::Oneself, path), |method| on(method, handler))
    }

    /// Puts all of these below the path that they were made for.
    pub(super) fn nest(
        self,
        below: Self,
        finish: impl Fn(Router<Arc<Api>>) -> Router<Arc<Api>>,
    ) -> Self {
        let router = self.router.nest(below.under, finish(below.router));
        Self {
            router,
            #[cfg(test)]
            listed: [self.listed, below.listed].concat(),
            ..self
        }
    }

    pub(super) fn into_router(self) -> Router<Arc<Api>> {
        self.router
    }

    fn add(
        self,
        method: MethodFilter,
        (need, exit, path): (Need, Exit, &str),
        route: impl FnOnce(MethodFilter) -> MethodRouter<Arc<Api>>,
    ) -> Self {
        let whole = format!("{}{path}", self.under);
        let is_read = method == MethodFilter::GET;
        let tells = if is_read { Tells::by(&whole) } else { Tells::Nobody };
        let (warden, shows) = (Arc::clone(&self.warden), Arc::clone(&self.shows));
        let door = Door { warden, need, exit, shows, tells };
        let route = route(method).route_layer(middleware::from_fn_with_state(door, admit));
        #[cfg(test)]
        let listed = Listed { method, path: whole, need, exit };
        Self {
            router: self.router.route(path, route),
            #[cfg(test)]
            listed: [self.listed, vec![listed]].concat(),
            ..self
        }
    }
}

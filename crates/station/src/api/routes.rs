//! Routes, each with what it asks of whoever comes: there is no way to add one without.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use axum::{Router, middleware};

use super::Api;
use super::admit::{Door, admit};
use super::consulted::Tells;
use crate::identity::{Need, Warden};

/// Routes that are being put together.
pub(super) struct Routes {
    router: Router<Arc<Api>>,
    warden: Arc<Warden>,
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
}

impl Routes {
    pub(super) fn new(warden: Arc<Warden>) -> Self {
        Self {
            router: Router::new(),
            warden,
            under: "",
            #[cfg(test)]
            listed: Vec::new(),
        }
    }

    /// The same for routes that [`Routes::nest`] will put below a path.
    pub(super) fn below(&self, under: &'static str) -> Self {
        Self { under, ..Self::new(Arc::clone(&self.warden)) }
    }

    pub(super) fn get<H, T>(self, need: Need, path: &str, handler: H) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        self.add(MethodFilter::GET, (need, path), handler)
    }

    pub(super) fn post<H, T>(self, need: Need, path: &str, handler: H) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        self.add(MethodFilter::POST, (need, path), handler)
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

    fn add<H, T>(self, method: MethodFilter, (need, path): (Need, &str), handler: H) -> Self
    where
        H: Handler<T, Arc<Api>>,
        T: 'static,
    {
        let whole = format!("{}{path}", self.under);
        let is_read = method == MethodFilter::GET;
        let tells = if is_read { Tells::by(&whole) } else { Tells::Nobody };
        let door = Door { warden: Arc::clone(&self.warden), need, tells };
        let route = on(method, handler).route_layer(middleware::from_fn_with_state(door, admit));
        #[cfg(test)]
        let listed = Listed { method, path: whole, need };
        Self {
            router: self.router.route(path, route),
            #[cfg(test)]
            listed: [self.listed, vec![listed]].concat(),
            ..self
        }
    }
}

//! All calls, each with its place in the OpenAPI document: one list makes both, so they cannot
//! differ.

use std::sync::Arc;

use axum::extract::{Extension, MatchedPath, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{calls, document, methods};
use super::failure::Failure;
use super::{apps, clock, deliveries, faults, hands, journal, memory, state, webhooks, worlds};
use crate::World;
use crate::host::{Host, UnknownWorld};

/// What every call has at hand.
pub(super) struct Api {
    pub(super) host: Arc<Host>,
    /// Where the control API itself answers.
    pub(super) url: String,
}

pub(super) type Shared = State<Arc<Api>>;

impl Api {
    pub(super) fn world(&self, id: Option<&str>) -> Result<Arc<World>, UnknownWorld> {
        self.host.get(id)
    }
}

#[derive(Clone)]
struct Document {
    api: Arc<OpenApi>,
    json: Bytes,
}

pub(super) fn router(api: Api) -> Router {
    let (router, api_document) = OpenApiRouter::with_openapi(document(&api.url))
        .routes(routes!(worlds::list, worlds::create))
        .routes(routes!(worlds::delete))
        .routes(routes!(worlds::fork))
        .routes(routes!(clock::show, clock::set))
        .routes(routes!(clock::register, clock::leave))
        .routes(routes!(clock::sleep))
        .routes(routes!(journal::read))
        .routes(routes!(state::list, state::put))
        .routes(routes!(memory::seed))
        .routes(routes!(memory::reset))
        .routes(routes!(memory::snapshot))
        .routes(routes!(memory::restore))
        .routes(routes!(faults::list, faults::arm, faults::clear))
        .routes(routes!(hands::limits))
        .routes(routes!(hands::spend))
        .routes(routes!(hands::unsubscribe))
        .routes(routes!(hands::restore))
        .routes(routes!(apps::list))
        .routes(routes!(apps::set))
        .routes(routes!(apps::rotate))
        .routes(routes!(apps::expire))
        .routes(routes!(apps::delete))
        .routes(routes!(apps::uninstall))
        .routes(routes!(apps::close))
        .routes(routes!(webhooks::show, webhooks::set))
        .routes(routes!(webhooks::deliver))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(deliveries::redeliver))
        .routes(routes!(openapi))
        .split_for_parts();
    let calls = calls(&api_document);
    let json = serde_json::to_vec_pretty(&api_document).unwrap_or_default().into();
    let told = get(move || std::future::ready(Json(calls.clone())));
    router
        .route("/", told.clone())
        .route("/_standin", told.clone())
        .route("/_standin/", told)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(Document { api: Arc::new(api_document), json }))
        .with_state(Arc::new(api))
}

/// This document.
#[utoipa::path(get, path = "/_standin/openapi.json", operation_id = "describe", tag = "about", responses(
    (status = 200, description = "OpenAPI 3.1", body = serde_json::Value),
))]
async fn openapi(Extension(document): Extension<Document>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document.json).into_response()
}

async fn unknown_path(uri: Uri) -> Failure {
    Failure::missing(format!("there is nothing at {}", uri.path()), "GET /_standin/openapi.json lists every call")
}

async fn wrong_method(method: Method, path: MatchedPath, Extension(document): Extension<Document>) -> Response {
    let known = methods(&document.api, path.as_str()).join(", ");
    let message = format!("{} does not take {method}", path.as_str());
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, message, format!("it takes {known}"));
    let mut response = failure.into_response();
    if let Ok(known) = HeaderValue::try_from(known) {
        response.headers_mut().insert(header::ALLOW, known);
    }
    response
}

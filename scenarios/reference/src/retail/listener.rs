//! Where HubSpot reaches us. A delivery is checked, put into the inbox and only then acknowledged; nothing
//! is done about it here.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use http::header::HOST;
use http::{HeaderMap, Method, StatusCode, Uri};

use super::events::Event;
use super::inbox::Inbox;
use super::signature::Delivery;
use crate::error::tell;
use crate::{Bug, Receiver};

/// What a delivery is judged by.
pub(super) struct Door {
    pub(super) inbox: Arc<Inbox>,
    pub(super) receiver: Receiver,
    pub(super) bug: Option<Bug>,
}

pub(super) fn routes(door: Door) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/hubspot/events", post(receive))
        .with_state(Arc::new(door))
}

async fn receive(
    State(door): State<Arc<Door>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    // A caller who goes away after the body has told it all the same.
    match tokio::spawn(async move { door.take(&method, &uri, &headers, &body).await }).await {
        Ok(Ok(())) => StatusCode::OK,
        Ok(Err(status)) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Door {
    async fn take(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), StatusCode> {
        let unwell = |error: crate::Error| {
            tell(&format!("a delivery was not taken: {error}"));
            StatusCode::SERVICE_UNAVAILABLE
        };
        let now = self.inbox.now().await.map_err(unwell)?;
        let uri = address(uri, headers);
        let delivery = Delivery { method, uri: &uri, headers, body };
        // A stamp of the future is taken by everybody.
        let now = if self.bug == Some(Bug::TakesOld) { 0 } else { now };
        if self.bug != Some(Bug::TrustsAnyone) && !delivery.is_genuine(&self.receiver.secret, now) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        let mut events: Vec<Event> = serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
        events.retain(|event| event.is_news(&self.receiver.app_id, self.bug));
        self.inbox.accept(&events).await.map_err(unwell)?;
        if self.bug == Some(Bug::WorksFirst) {
            self.inbox.emptied().await.map_err(unwell)?;
        }
        Ok(())
    }
}

/// The address as the caller had it. Whoever ends TLS before us says so, and by which name we were called.
fn address(uri: &Uri, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    let host = text("x-forwarded-host").or_else(|| text(HOST.as_str())).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_caller_had() {
        let called = |headers: &[(&str, &str)]| {
            let named = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            address(&"/hubspot/events?a=%2F".parse().unwrap(), &named.collect())
        };
        assert_eq!(called(&[("host", "127.0.0.1:1")]), "http://127.0.0.1:1/hubspot/events?a=%2F");
        let kept = [("host", "hooks.example.com"), ("x-forwarded-proto", "https")];
        assert_eq!(called(&kept), "https://hooks.example.com/hubspot/events?a=%2F");
        let hidden = [("x-forwarded-host", "hooks.example.com"), ("host", "inner:1"), ("x-forwarded-proto", "https")];
        assert_eq!(called(&hidden), "https://hooks.example.com/hubspot/events?a=%2F");
    }
}

//! The walk of one request: into the step, perhaps on to a back end, and its answer written outside
//! the world's lock.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Response, header};

use super::wire::{BrokenOff, Spoilt, spoil};
use crate::faults::Wire;
use crate::message::{Forwarded, Request};
use crate::world::Inner;
use crate::world::step::{Booked, Step, System};
use crate::{Moment, SystemName};

/// An answer with its body written, and whether the call changed anything.
pub(crate) struct Written {
    pub(crate) response: Response<Bytes>,
    pub(crate) took_effect: bool,
    /// What becomes of it on the wire.
    pub(crate) wire: Option<Wire>,
}

impl Inner {
    /// Answers a request that came in on a listener.
    pub(super) async fn answer(
        self: &Arc<Self>,
        system: SystemName,
        request: Request,
    ) -> Result<Response<Spoilt>, BrokenOff> {
        let Written { response, wire, .. } = self.clone().dispatch(system, request).await;
        spoil(response, wire, &self.core.clock)
    }

    /// Leads a request to its system. Boxed, because a gateway's back end may be a system again.
    pub(crate) fn dispatch(
        self: Arc<Self>,
        system: SystemName,
        request: Request,
    ) -> std::pin::Pin<Box<dyn Future<Output = Written> + Send>> {
        match system {
            SystemName::Hubspot => Box::pin(self.walk(system, request, |world| &world.rooms.hubspot)),
            SystemName::OciGateway => Box::pin(self.walk(system, request, |world| &world.rooms.oci_gateway)),
            SystemName::Ords => Box::pin(self.walk(system, request, |world| &world.rooms.ords)),
            SystemName::RetailExpress => Box::pin(self.walk(system, request, |world| &world.rooms.retail_express)),
        }
    }

    async fn walk<S: System>(self: Arc<Self>, system: SystemName, request: Request, room: fn(&Self) -> &S) -> Written {
        let base_url = self.url(system).unwrap_or_default();
        match self.core.step(room(&self), base_url, &request) {
            Step::Done(booked) => self.write(&request, booked),
            Step::Open(ticket, forward) => {
                let world = self.clone();
                // A caller who hangs up does not undo what the back end is doing.
                let rest = tokio::spawn(async move {
                    let reply = world.clone().forward(*forward).await;
                    let base_url = world.url(system).unwrap_or_default();
                    let booked = world.core.close(room(&world), base_url, &request, *ticket, reply);
                    world.write(&request, booked)
                });
                rest.await.unwrap_or_else(|_| Written {
                    response: Response::builder()
                        .status(http::StatusCode::INTERNAL_SERVER_ERROR)
                        .body(Bytes::new())
                        .unwrap_or_default(),
                    took_effect: false,
                    wire: None,
                })
            }
        }
    }

    /// Writes the body, keeps it for the journal and stamps the answer with the date of its step.
    fn write(&self, request: &Request, booked: Booked) -> Written {
        let Booked { n, at, reply, wire } = booked;
        let body = reply.body.write();
        self.core.bodies.attach(n, request.body(), &body);
        let mut response = Response::new(body);
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        headers.reserve(reply.headers.len() + 1);
        for (name, value) in reply.headers {
            headers.append(name, value);
        }
        if !headers.contains_key(header::DATE) {
            headers.insert(header::DATE, self.date(at));
        }
        Written { response, took_effect: reply.took_effect, wire }
    }

    /// An instant as HTTP writes it, to the second.
    fn date(&self, at: Moment) -> HeaderValue {
        let second = at.0.div_euclid(1000);
        let mut known = self.date.lock();
        if known.0 != second {
            let at = Moment(second * 1000).timestamp();
            let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            *known = (second, HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("")));
        }
        known.1.clone()
    }
}

impl From<Written> for Forwarded {
    fn from(written: Written) -> Self {
        // A dribbling answer is read to its end, and no world waits for it between two systems of its own.
        if matches!(written.wire, Some(Wire::Reset | Wire::Truncated { .. })) {
            return Self::Broken { took_effect: written.took_effect };
        }
        let (parts, body) = written.response.into_parts();
        Self::Answered { status: parts.status, headers: parts.headers, body, took_effect: written.took_effect }
    }
}

//! Calls to back ends. One that names a system of the same world is led there without a socket, so
//! that the journal knows whether it took effect; any other goes out over HTTP under real time-outs.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;

use super::patience::{Connector, Patience};
use crate::message::{Forward, Forwarded, Reply, Request, RequestBody};
use crate::world::Inner;

type PatientClient = Client<Connector, Full<Bytes>>;

/// The clients for back ends outside the world, one a patience, made when the first is called.
#[derive(Default)]
pub(crate) struct Backends(Mutex<BTreeMap<Patience, PatientClient>>);

impl Inner {
    /// Makes the call and turns what came of it into the reply to the caller.
    pub(super) async fn forward(self: Arc<Self>, forward: Forward) -> Reply {
        let Forward {
            method,
            uri,
            headers,
            body,
            connect_timeout,
            send_timeout,
            read_timeout,
            answer_bytes_max,
            finish,
        } = forward;
        let came = match uri.authority().and_then(|authority| self.system_at(authority.as_str())) {
            Some(system) => {
                let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
                let body = match body.len() > self.body_bytes_max(system) {
                    true => RequestBody::TooLarge,
                    false => RequestBody::Whole(body),
                };
                let request = Request { method, uri, headers, body, peer, connection: 0 };
                self.dispatch(system, request).await.into()
            }
            None => {
                let patience = Patience { connect: connect_timeout, send: send_timeout, read: read_timeout };
                let mut request = http::Request::new(Full::new(body));
                (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
                self.backends.call(request, patience, answer_bytes_max).await
            }
        };
        finish(came)
    }
}

impl Backends {
    fn client(&self, patience: Patience) -> PatientClient {
        let make = || Client::builder(TokioExecutor::new()).build(Connector::new(patience));
        self.0.lock().entry(patience).or_insert_with(make).clone()
    }

    async fn call(&self, request: http::Request<Full<Bytes>>, patience: Patience, bytes_max: usize) -> Forwarded {
        let client = self.client(patience);
        let reads_only = request.method().is_safe();
        let (parts, body) = match client.request(request).await {
            Ok(answer) => answer.into_parts(),
            Err(error) => return failed(&error),
        };
        match Limited::new(body, bytes_max).collect().await {
            Ok(body) => Forwarded::Answered {
                took_effect: !reads_only && parts.status.is_success(),
                status: parts.status,
                headers: parts.headers,
                body: body.to_bytes(),
            },
            Err(error) => failed(&*error),
        }
    }
}

/// Whether a call failed by a time-out, of the connecting or of either silence, or otherwise.
fn failed(error: &(dyn Error + 'static)) -> Forwarded {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    let timed_out = |io: &io::Error| io.kind() == io::ErrorKind::TimedOut;
    if causes.any(|cause| cause.downcast_ref().is_some_and(timed_out)) {
        return Forwarded::TimedOut;
    }
    Forwarded::Refused
}

//! Calls to back ends. One that names a system of the same world is led there without a socket, so
//! that the journal knows whether it took effect; any other goes out over HTTP under real time-outs.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::message::{Forward, Forwarded, Reply, Request, RequestBody};
use crate::world::Inner;

/// The clients for back ends outside the world, made when the first is called.
#[derive(Default)]
pub(crate) struct Backends(Mutex<BTreeMap<Duration, Client<HttpConnector, Full<Bytes>>>>);

impl Inner {
    /// Makes the call and turns what came of it into the reply to the caller.
    pub(super) async fn forward(self: Arc<Self>, forward: Forward) -> Reply {
        let came = match forward.uri.authority().and_then(|authority| self.system_at(authority.as_str())) {
            Some(system) => {
                let request = Request {
                    method: forward.method,
                    uri: forward.uri,
                    headers: forward.headers,
                    body: RequestBody::Whole(forward.body),
                    peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
                };
                self.dispatch(system, request).await.into()
            }
            None => {
                let mut request = http::Request::new(Full::new(forward.body));
                (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) =
                    (forward.method, forward.uri, forward.headers);
                self.backends.call(request, forward.connect_timeout, forward.read_timeout + forward.send_timeout).await
            }
        };
        (forward.finish)(came)
    }
}

impl Backends {
    /// One client a connect time-out, because the connector holds it.
    fn client(&self, connect_timeout: Duration) -> Client<HttpConnector, Full<Bytes>> {
        let mut clients = self.0.lock();
        let make = || {
            let mut connector = HttpConnector::new();
            connector.set_connect_timeout(Some(connect_timeout));
            Client::builder(TokioExecutor::new()).build(connector)
        };
        clients.entry(connect_timeout).or_insert_with(make).clone()
    }

    async fn call(
        &self,
        request: http::Request<Full<Bytes>>,
        connect_timeout: Duration,
        transfer_timeout: Duration,
    ) -> Forwarded {
        let client = self.client(connect_timeout);
        let answered = timeout(connect_timeout + transfer_timeout, async {
            let (parts, body) = client.request(request).await.map_err(|error| connect_failed(&error))?.into_parts();
            let body = body.collect().await.map_err(|_| Forwarded::Refused)?.to_bytes();
            Ok((parts, body))
        });
        match answered.await {
            Ok(Ok((parts, body))) => {
                Forwarded::Answered { status: parts.status, headers: parts.headers, body, took_effect: false }
            }
            Ok(Err(failed)) => failed,
            Err(_) => Forwarded::TimedOut,
        }
    }
}

/// A connection that took too long is a time-out like any other.
fn connect_failed(error: &hyper_util::client::legacy::Error) -> Forwarded {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return Forwarded::TimedOut;
        }
        cause = error.source();
    }
    Forwarded::Refused
}

//! Client credentials: who a client is, what it presents, and the token it gets. Keeps no tokens itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::problem::{Problem, URL_SAFE};
use crate::Seed;
use crate::message::{Body, Reply, Request};

/// The client that a world's ORDS knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Under which tokens are drawn: no two worlds share one.
    token_label: String,
}

impl Credentials {
    /// Drawn from the seed and the world's id: 22 characters and `..` (facts/oci-api-gateway.md §12).
    pub(crate) fn draw(seed: Seed, world: &str) -> Self {
        let draw = |what: &str| format!("{}..", seed.text(&format!("ords.{what}.{world}"), 0, 22, URL_SAFE));
        Self {
            client_id: draw("client_id"),
            client_secret: draw("client_secret"),
            token_label: format!("ords.token.{world}"),
        }
    }

    /// The token given at an exchange: 22 characters.
    pub(crate) fn token(&self, seed: Seed, exchange: u64) -> String {
        seed.text(&self.token_label, exchange, 22, URL_SAFE)
    }

    pub(crate) fn are(&self, client: Option<&(String, String)>) -> bool {
        client.is_some_and(|(id, secret)| *id == self.client_id && *secret == self.client_secret)
    }
}

/// A call to the token endpoint, as read.
#[derive(Clone, Debug)]
pub(crate) struct TokenCall {
    /// Id and secret: from the Authorization header, else from the form.
    pub(crate) client: Option<(String, String)>,
    pub(crate) grant_type: Option<String>,
}

impl TokenCall {
    pub(crate) fn read(request: &Request) -> Self {
        let form = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(request.body());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let in_form = || form("client_id").zip(form("client_secret"));
        Self { client: basic(request).or_else(in_form), grant_type: form("grant_type") }
    }
}

fn basic(request: &Request) -> Option<(String, String)> {
    let pair = String::from_utf8(STANDARD.decode(request.authorization("Basic")?).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The answer that carries a token.
pub(crate) fn granted(token: &str, ttl_ms: i64) -> Reply {
    let token = token.to_owned();
    let body =
        move || format!("{{\"access_token\":\"{token}\",\"token_type\":\"bearer\",\"expires_in\":{}}}", ttl_ms / 1000);
    Reply::new(StatusCode::OK, Body::text(body)).with(CONTENT_TYPE, HeaderValue::from_static("application/json"))
}

const BASIC: &str = "Basic realm=\"Oracle REST Data Services\"";
const INVALID_TOKEN: &str = "Bearer realm=\"Oracle REST Data Services\", error=\"invalid_token\"";

/// A client that is not known.
pub(crate) fn wrong_client(seed: Seed, exchange: u64) -> Reply {
    Problem::unauthorized().reply(seed, exchange).with(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC))
}

/// A call to data without a token that is good. One without any gets no challenge.
pub(crate) fn turned_away(presented: bool, seed: Seed, exchange: u64) -> Reply {
    let reply = Problem::unauthorized().reply(seed, exchange);
    if presented { reply.with(WWW_AUTHENTICATE, HeaderValue::from_static(INVALID_TOKEN)) } else { reply }
}

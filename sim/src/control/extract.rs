//! What a call brings with it: its body, its query, its path. Each refusal names the place.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::failure::Failure;
use crate::message::RequestBody;
use crate::{serve, words};

/// A JSON body, whatever its content type says. No body, or `null`, is an empty object.
pub(super) struct Body<T>(pub(super) T);

/// What can be a body.
pub(super) trait Shape: DeserializeOwned {
    /// One that works, to be shown where another does not. If it is an object, all of them are.
    const LIKE: &'static str;
}

/// The body of a call that wants nothing told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

impl Shape for Nothing {
    const LIKE: &'static str = "{}";
}

/// The query. A name given twice is refused, but for `kind`, whose values add up.
pub(super) struct Query<T>(pub(super) T);

/// The parts of the path, decoded.
pub(super) struct Path<T>(pub(super) T);

/// Which world is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The world's id; the first world if it is left out.
    pub(super) world: Option<String>,
}

/// The largest body that is read: room for a state of some hundred thousand records.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

impl<S: Send + Sync, T: Shape> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let bytes = match serve::read(request.into_body(), BODY_BYTES_MAX, serve::STALL).await {
            Some(RequestBody::Whole(bytes)) => bytes,
            Some(RequestBody::TooLarge) => {
                let message = format!("the body is larger than {} MiB", BODY_BYTES_MAX / 1024 / 1024);
                return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, message, "send it in several calls"));
            }
            None => {
                let help = "send as many bytes as Content-Length says, without long pauses";
                return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive whole", help));
            }
        };
        let text = match bytes.trim_ascii() {
            b"" | b"null" => b"{}",
            text => text,
        };
        if T::LIKE.starts_with('{') && !text.starts_with(b"{") {
            return Err(Failure::bad(format!("the body is to be an object, like {}", T::LIKE), HELP));
        }
        let reader = &mut serde_json::Deserializer::from_slice(text);
        let read = serde_path_to_error::deserialize(&mut *reader).map_err(|error| {
            let (place, error) = (error.path().to_string(), error.into_inner());
            let place = if place == "." { String::new() } else { format!("`{place}`: ") };
            let message = format!("the body does not fit: {place}{}", words::plain(&error.to_string()));
            Failure::bad(message, format!("write one like {}; {HELP}", T::LIKE))
        })?;
        reader.end().map_err(|error| {
            let place = words::plain(&error.to_string());
            Failure::bad(format!("the body goes on after its JSON: {place}"), HELP)
        })?;
        Ok(Self(read))
    }
}

const HELP: &str = "GET /_standin/openapi.json has the shape of every body, with an example";

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = folded(parts.uri.query().unwrap_or_default());
        let uri = http::Uri::try_from(format!("/?{query}")).map_err(Failure::ours)?;
        match axum::extract::Query::try_from_uri(&uri) {
            Ok(axum::extract::Query(read)) => Ok(Self(read)),
            Err(error) => {
                let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                let help = "GET /_standin/openapi.json has the parameters of every call";
                let cause = match cause.split_once(": ") {
                    Some((name, why)) => format!("`{name}`: {}", words::plain(why)),
                    None => words::plain(&cause),
                };
                Err(Failure::bad(format!("the query does not fit: {cause}"), help))
            }
        }
    }
}

/// `kind=a&kind=b` is `kind=a,b`.
fn folded(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match pairs.iter_mut().find(|(known, _)| known == "kind" && name == "kind") {
            Some((_, kinds)) => {
                kinds.push(',');
                kinds.push_str(&value);
            }
            None => pairs.push((name.into_owned(), value.into_owned())),
        }
    }
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(read)) => Ok(Self(read)),
            Err(error) => Err(Failure::bad(error.body_text(), "path segments are percent-encoded UTF-8")),
        }
    }
}

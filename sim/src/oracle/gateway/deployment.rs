//! A deployment as it is served: its prefix, its routes in order of exactness, its rate limit.
//! Immutable once loaded; it may not touch a request beyond choosing its route.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::pattern::{Parameters, Pattern};
use super::refusal::{Finding, SpecificationError};
use super::specification;
use super::template::{Rejected, Template};
use crate::policy::{GatewaySettings, Profile};

/// A loaded API deployment: a specification under a path prefix.
///
/// ```
/// use standin_sim::oci_gateway::Deployment;
///
/// let text = r#"{ "routes": [{
///   "path": "/orders/{id}", "methods": ["GET"],
///   "backend": { "type": "HTTP_BACKEND", "url": "https://ords.example.com/orders/${request.path[id]}" }
/// }] }"#;
/// let here = [("https://ords.example.com", "http://127.0.0.1:4021")];
/// let deployment = Deployment::load_behind(&here, "orders.json", "/erp/v1", text)?;
/// assert_eq!(deployment.prefix(), "/erp/v1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Deployment {
    pub(super) name: String,
    /// Without a slash at its end.
    pub(super) prefix: String,
    pub(super) rate_limit: Option<RateLimit>,
    /// The most exact first; among equals, as in the file.
    pub(super) routes: Vec<Route>,
    pub(super) notes: Vec<Finding>,
}

/// At most this many requests in a second, over all routes (facts/oci-api-gateway.md §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    pub(crate) requests_per_second: u64,
    pub(crate) key: RateKey,
}

/// Who shares a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateKey {
    /// Each calling address for itself; IPv6 by its /64.
    ClientIp,
    /// All callers together.
    Total,
}

#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) pattern: Pattern,
    pub(super) methods: Methods,
    pub(super) backend: Backend,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Methods {
    Any,
    These(Vec<Method>),
}

#[derive(Clone, Debug)]
pub(super) enum Backend {
    Http(HttpBackend),
    Stock(StockResponse),
}

#[derive(Clone, Debug)]
pub(super) struct HttpBackend {
    pub(super) url: Template,
    pub(super) timeouts: Timeouts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) send: Duration,
    pub(super) read: Duration,
}

#[derive(Clone, Debug)]
pub(super) struct StockResponse {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

/// Which route serves a request.
#[derive(Debug)]
pub(super) enum Routed<'a> {
    To(&'a Route, Parameters<'a>),
    WrongMethod,
    NoRoute,
}

/// A back end's address that cannot stand where it was to be put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the back-end address `{url}` {why}")]
pub struct BadBackend {
    pub url: String,
    why: String,
}

impl Deployment {
    /// Reads an API deployment specification: the JSON that `oci api-gateway deployment create
    /// --specification` takes, in camelCase, kebab-case or snake_case, nulls as absent members
    /// (facts/oci-api-gateway.md §1). `name` is what messages call it.
    ///
    /// # Errors
    /// The text is no JSON, breaks the vendor's rules, has members that Standin does not enforce yet, no
    /// routes or one twice, or a back end that cannot be reached (by TLS, or at a bare name that is no
    /// system's): all findings at once, each with its place.
    pub fn load(name: &str, prefix: &str, text: &str) -> Result<Self, SpecificationError> {
        Self::load_behind(&[], name, prefix, text)
    }

    /// As [`Self::load`], with other addresses in the place of back ends, as [`Self::with_backends`] puts them.
    ///
    /// # Errors
    /// As [`Self::load`], judged with the other addresses.
    pub fn load_behind(
        backends: &[(&str, &str)],
        name: &str,
        prefix: &str,
        text: &str,
    ) -> Result<Self, SpecificationError> {
        specification::load(name, prefix, text, &published().settings, backends)
    }

    /// As [`Self::load`], by the figures of another profile.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_by(
        figures: &GatewaySettings,
        name: &str,
        prefix: &str,
        text: &str,
    ) -> Result<Self, SpecificationError> {
        specification::load(name, prefix, text, figures, &[])
    }

    /// The deployment that a world has unless told otherwise: the customers and tokens of ORDS
    /// under `/erp/v1`, 100 calls a second, unless one is given there or above. Its back ends are at the host `ords`, which a world
    /// takes for its own.
    #[must_use]
    pub fn customers() -> Self {
        let text = include_str!("deployments/customers.json");
        #[expect(clippy::expect_used, reason = "the file is our own, and the tests of this module load it")]
        Self::load("customers.json", "/erp/v1", text).expect("the embedded deployment loads")
    }

    /// Puts other addresses in the place of back ends': each URL that begins with the first of a
    /// pair, up to a slash or the end, begins with the second instead.
    ///
    /// # Errors
    /// An address makes a URL that is none.
    pub fn with_backends(mut self, backends: &[(&str, &str)]) -> Result<Self, BadBackend> {
        for route in &mut self.routes {
            let Backend::Http(backend) = &mut route.backend else { continue };
            if let Some(url) = backend.url.moved(backends)? {
                backend.url = url;
            }
        }
        Ok(self)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path prefix, without a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What was taken although it deserves a look.
    #[must_use]
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }

    /// Whether what is under the other's prefix is under this one's too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.prefix == self.prefix || self.below(&other.prefix).is_some()
    }

    /// A back end that is to be reached by TLS.
    pub(super) fn tls_backend(&self) -> Option<&Template> {
        self.routes.iter().find_map(|route| match &route.backend {
            Backend::Http(backend) if backend.url.is_https() => Some(&backend.url),
            _ => None,
        })
    }

    /// What of a request's path follows the prefix; `None` where the path is not below it.
    pub(super) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.prefix.as_str()).filter(|rest| rest.starts_with('/'))
    }

    /// Chooses the route: the path decides, then the method among equally exact paths.
    pub(super) fn route<'a>(&'a self, path: &'a str, method: &Method, figures: &GatewaySettings) -> Routed<'a> {
        let mut known = None;
        for route in &self.routes {
            let Some(parameters) = route.pattern.matches(path, figures.wildcard_without_slash.value) else { continue };
            let rank = route.pattern.rank();
            if !figures.method_falls_through.value && known.is_some_and(|known| known != rank) {
                break;
            }
            if route.methods.take(method) {
                return Routed::To(route, parameters);
            }
            known = Some(rank);
        }
        if known.is_some() { Routed::WrongMethod } else { Routed::NoRoute }
    }
}

/// The default profile, by which a deployment is loaded unless another is given.
#[expect(clippy::expect_used, reason = "the profile is our own, and no world starts without it")]
fn published() -> Arc<Profile<GatewaySettings>> {
    Profile::embedded(None).expect("the embedded profile reads")
}

impl Methods {
    pub(super) fn take(&self, method: &Method) -> bool {
        match self {
            Self::Any => true,
            Self::These(methods) => methods.contains(method),
        }
    }

    /// Whether they are the same methods, in whatever order.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::These(one), Self::These(all)) => {
                one.iter().all(|method| all.contains(method)) && all.iter().all(|method| one.contains(method))
            }
            _ => self == other,
        }
    }

    /// Whether some method is in both.
    pub(super) fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::These(methods)) | (Self::These(methods), Self::Any) => !methods.is_empty(),
            (Self::Any, Self::Any) => true,
            (Self::These(one), Self::These(_)) => one.iter().any(|method| other.take(method)),
        }
    }
}

impl BadBackend {
    pub(super) fn new(url: &str, rejected: Rejected) -> Self {
        let why = match rejected {
            Rejected::Invalid(why) => why,
            Rejected::NotEnforced => "has a context variable".to_owned(),
        };
        Self { url: url.to_owned(), why }
    }
}

//! A back end's URL with context variables in it, and what a request puts in their place
//! (facts/oci-api-gateway.md §3). It may not send anything.

use std::fmt;

use http::Uri;

use super::deployment::BadBackend;
use super::pattern::Parameters;
use crate::SystemName;
use crate::message::Request;

/// A URL whose path may hold variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(Variable),
}

/// A context variable that needs no authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Variable {
    Path(String),
    Query(String),
    Header(String),
    Host,
    /// The key is the trailing part of the host to be cut off.
    Subdomain(String),
}

/// Why a URL is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// Completes "the url ...".
    Invalid(String),
    /// It reads a table that is not filled yet.
    NotEnforced,
}

/// The tables that authentication, mTLS, usage plans and authorizer functions fill.
const TABLES_NOT_YET: &[&str] = &["request.auth", "request.cert", "request.usage_plan", "request.body"];

impl Template {
    pub(super) fn parse(url: &str) -> Result<Self, Rejected> {
        let mut parts = Vec::new();
        let mut left = url;
        while let Some((literal, rest)) = left.split_once("${") {
            let (inside, after) = rest.split_once('}').ok_or_else(|| invalid("has a `${` without its `}`"))?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Variable(Variable::parse(inside)?));
            left = after;
        }
        parts.push(Part::Literal(left.to_owned()));
        let template = Self { parts };
        template.check()?;
        Ok(template)
    }

    /// Variables stand in the path only: never in the query (§3), and whether they may in the
    /// host was not established.
    fn check(&self) -> Result<(), Rejected> {
        let mut before = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => before.push_str(literal),
                Part::Variable(_) => {
                    if before.contains('?') {
                        return Err(invalid("has a variable in its query"));
                    }
                    if before.split_once("://").is_none_or(|(_, rest)| !rest.contains('/')) {
                        return Err(invalid("has a variable outside its path"));
                    }
                    before.push('v');
                }
            }
        }
        let uri: Uri = before.parse().map_err(|error| invalid(&format!("is no URL: {error}")))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(_)) => Ok(()),
            _ => Err(invalid("does not begin with http:// or https:// and a host")),
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.beginning().starts_with("https:")
    }

    /// A host without a dot or a port that is no system: nothing answers there but on a network with such names.
    pub(super) fn bare_host(&self) -> Option<&str> {
        let (_, rest) = self.beginning().split_once("://")?;
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        let plain = host != "localhost" && !host.contains(['.', ':']);
        (plain && SystemName::parse(host).is_none()).then_some(host)
    }

    fn beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(first)) => first,
            _ => "",
        }
    }

    /// The names of the route parameters it reads.
    pub(super) fn path_keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(Variable::Path(key)) => Some(key.as_str()),
            _ => None,
        })
    }

    /// The same template with another beginning, where it begins with `from` up to a boundary.
    fn rebased(&self, from: &str, to: &str) -> Option<Result<Self, Rejected>> {
        let Some((Part::Literal(first), rest)) = self.parts.split_first() else { return None };
        let tail = first.strip_prefix(from)?;
        if !(from.ends_with('/') || tail.is_empty() || tail.starts_with(['/', '?'])) {
            return None;
        }
        let mut parts = vec![Part::Literal(format!("{to}{tail}"))];
        parts.extend_from_slice(rest);
        let template = Self { parts };
        Some(template.check().map(|()| template))
    }

    /// The same template behind another address: of the first pair it begins with, if there is one.
    pub(super) fn moved(&self, backends: &[(&str, &str)]) -> Result<Option<Self>, BadBackend> {
        let moved = backends.iter().find_map(|(from, to)| {
            let moved = self.rebased(from, to.strip_suffix('/').unwrap_or(to))?;
            Some(moved.map_err(|rejected| BadBackend::new(to, rejected)))
        });
        moved.transpose()
    }

    /// The URL for one request, the request's own query string passed on behind the template's.
    /// Values go in as they were sent; a missing key is the empty string.
    pub(super) fn fill(&self, request: &Request, parameters: &Parameters<'_>) -> Option<Uri> {
        let mut url = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => url.push_str(literal),
                Part::Variable(variable) => url.push_str(variable.value(request, parameters)),
            }
        }
        if !request.query().is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(request.query());
        }
        url.parse().ok()
    }
}

/// As the specification has it.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(literal) => f.write_str(literal),
            Part::Variable(variable) => write!(f, "${{{variable}}}"),
        })
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(key) => write!(f, "request.path[{key}]"),
            Self::Query(key) => write!(f, "request.query[{key}]"),
            Self::Header(key) => write!(f, "request.headers[{key}]"),
            Self::Host => f.write_str("request.host"),
            Self::Subdomain(domain) => write!(f, "request.subdomain[{domain}]"),
        }
    }
}

impl Variable {
    fn parse(inside: &str) -> Result<Self, Rejected> {
        let (table, key) = match inside.split_once('[') {
            Some((table, key)) => (table, Some(key.strip_suffix(']').ok_or_else(|| unknown(inside))?)),
            None => (inside, None),
        };
        match (table, key.map(str::to_owned)) {
            ("request.path", Some(key)) => Ok(Self::Path(key)),
            ("request.query", Some(key)) => Ok(Self::Query(key)),
            ("request.headers", Some(key)) => Ok(Self::Header(key)),
            ("request.host", None) => Ok(Self::Host),
            ("request.subdomain", Some(key)) => Ok(Self::Subdomain(key)),
            (table, _) if TABLES_NOT_YET.contains(&table) => Err(Rejected::NotEnforced),
            _ => Err(unknown(inside)),
        }
    }

    fn value<'a>(&self, request: &'a Request, parameters: &Parameters<'a>) -> &'a str {
        match self {
            Self::Path(key) => parameters.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value),
            Self::Query(key) => raw_query_value(request.query(), key).unwrap_or_default(),
            Self::Header(key) => request.header(key).unwrap_or_default(),
            Self::Host => host(request),
            Self::Subdomain(domain) => {
                let host = host(request);
                let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
                let cut = name.strip_suffix(domain.as_str()).unwrap_or_default();
                cut.strip_suffix('.').unwrap_or(cut)
            }
        }
    }
}

fn host(request: &Request) -> &str {
    request.header("host").unwrap_or_default()
}

/// The first value of a query parameter, its encoding left alone; names are case-sensitive.
fn raw_query_value<'q>(query: &'q str, key: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name).unwrap_or_default();
        (name == key).then_some(value)
    })
}

fn invalid(why: &str) -> Rejected {
    Rejected::Invalid(why.to_owned())
}

fn unknown(variable: &str) -> Rejected {
    Rejected::Invalid(format!("has a context variable that the vendor does not have: `{variable}`"))
}

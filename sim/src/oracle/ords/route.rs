//! From an address and a body to a call. Refusals are carried along, so that an earlier door still comes first.

use http::Method;
use http::header::{HOST, IF_MATCH};
use percent_encoding::percent_decode_str;

use super::links::Wire;
use super::listing::Listing;
use super::oauth::TokenCall;
use super::problem::Problem;
use super::rows::Key;
use super::settings::Settings;
use super::table::{Schema, Table};
use super::value::{Decimal, Value};
use super::write::{self, Members};
use crate::message::{Request, RequestBody};

/// A request to ORDS, read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) ask: Ask,
    pub(crate) wire: Wire,
    pub(crate) bearer: Option<String>,
    /// A number for the caller's address, IPv6 by its /64.
    pub(crate) client: u64,
    pub(crate) too_large: bool,
}

/// What is asked for. `table` is a place in the schema; a `key` that cannot be one of the table's is `None`.
#[derive(Debug)]
pub(crate) enum Ask {
    List {
        table: usize,
        listing: Result<Box<Listing>, Problem>,
    },
    Read {
        table: usize,
        key: Option<Key>,
    },
    Create {
        table: usize,
        members: Result<Members, Problem>,
    },
    Replace {
        table: usize,
        key: Option<Key>,
        members: Result<Members, Problem>,
        if_match: Option<String>,
    },
    Token(TokenCall),
    /// A collection without the slash at its end; holds the address with it.
    Redirect(String),
    WrongMethod {
        allow: &'static str,
    },
    Unmapped,
    NotFound,
}

impl Call {
    pub(crate) fn read(request: &Request, schema: &Schema, settings: &Settings) -> Self {
        let forwarded = request.header("x-forwarded-proto").unwrap_or_default();
        let proto = match forwarded.split(',').next().map(str::trim) {
            Some("https") => Some("https"),
            Some("http") => Some("http"),
            _ => None,
        };
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let body_is_long = request.body().len() > settings.body_bytes_max;
        Self {
            ask: ask(request, schema, settings),
            wire: Wire { host: host.or_else(|| request.uri.authority().map(ToString::to_string)), proto },
            bearer: request.bearer().map(str::to_owned),
            client: request.client(),
            too_large: body_is_long || matches!(request.body, RequestBody::TooLarge),
        }
    }
}

fn ask(request: &Request, schema: &Schema, settings: &Settings) -> Ask {
    let Some(rest) = request.path().strip_prefix("/ords/") else { return Ask::NotFound };
    let (alias, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if alias != schema.alias {
        return Ask::Unmapped;
    }
    if rest == "oauth/token" {
        return match request.method {
            Method::POST => Ask::Token(TokenCall::read(request)),
            _ => Ask::WrongMethod { allow: "POST" },
        };
    }
    let (object, rest) = match rest.split_once('/') {
        Some((object, rest)) => (object, Some(rest)),
        None => (rest, None),
    };
    let Some(place) = schema.find(object) else { return Ask::NotFound };
    let table = &schema.tables[place];
    let members = || write::members(schema, table, request.body());
    match (rest, &request.method) {
        (None, _) => {
            let query = request.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            Ask::Redirect(format!("{}/{query}", request.path()))
        }
        (Some(""), &Method::GET | &Method::HEAD) => {
            Ask::List { table: place, listing: Listing::read(request, table, settings).map(Box::new) }
        }
        (Some(""), &Method::POST) => Ask::Create { table: place, members: members() },
        (Some(""), _) => Ask::WrongMethod { allow: "GET, HEAD, POST" },
        (Some(item), _) if item.contains('/') || item == "batchload" => Ask::NotFound,
        (Some(item), &Method::GET | &Method::HEAD) => Ask::Read { table: place, key: key(item, table) },
        (Some(item), &Method::PUT) => Ask::Replace {
            table: place,
            key: key(item, table),
            members: members(),
            if_match: request.headers.get(IF_MATCH).and_then(|tags| tags.to_str().ok()).map(str::to_owned),
        },
        (Some(_), _) => Ask::WrongMethod { allow: "GET, HEAD, PUT" },
    }
}

/// Reads a key from the address: its parts are joined by commas, each percent-encoded.
pub(super) fn key(item: &str, table: &Table) -> Option<Key> {
    let parts: Vec<_> = item.split(',').collect();
    if parts.len() != table.key.len() {
        return None;
    }
    let part = |(text, &column): (&str, &usize)| {
        let text = percent_decode_str(text).decode_utf8().ok()?;
        let value = table.columns[column].kind.take_text(&text).ok()?;
        // A column rounds what is written to it, not what is looked for in it.
        let exact = !matches!(value, Value::Number(number) if Decimal::parse(&text) != Some(number));
        (exact && !value.is_null()).then_some(value)
    };
    parts.into_iter().zip(&table.key).map(part).collect::<Option<_>>().map(Key::new)
}

//! Query strings of the record operations. Lists may be repeated or joined by commas.

use compact_str::CompactString;

use super::errors::Problem;
use crate::message::Request;

/// What a read asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadQuery {
    pub(crate) properties: Vec<CompactString>,
    pub(crate) with_history: Vec<CompactString>,
    pub(crate) archived: bool,
    pub(crate) id_property: Option<CompactString>,
    /// The types whose associated records are shown.
    pub(crate) associations: Vec<CompactString>,
}

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListQuery {
    pub(crate) read: ReadQuery,
    pub(crate) limit: Option<i32>,
    pub(crate) after: Option<u64>,
}

impl ReadQuery {
    pub(crate) fn parse(request: &Request) -> Self {
        let mut query = Self::default();
        for (name, value) in request.query_pairs() {
            match &*name {
                "properties" => query.properties.extend(names(&value)),
                "propertiesWithHistory" => query.with_history.extend(names(&value)),
                "associations" => query.associations.extend(names(&value)),
                "archived" => query.archived = value.eq_ignore_ascii_case("true"),
                "idProperty" if !value.is_empty() => query.id_property = Some(value.into()),
                _ => {}
            }
        }
        query
    }
}

impl ListQuery {
    /// # Errors
    /// A number that is none (facts/hubspot-limits-webhooks-auth.md §1).
    pub(crate) fn parse(request: &Request) -> Result<Self, Problem> {
        let mut query = Self { read: ReadQuery::parse(request), ..Self::default() };
        for (name, value) in request.query_pairs() {
            let unparsable = || Problem::bare(format!("Unable to parse value for query parameter: {name}"));
            match &*name {
                "limit" => query.limit = Some(value.parse().map_err(|_| unparsable())?),
                "after" if !value.is_empty() => query.after = Some(value.parse().map_err(|_| unparsable())?),
                _ => {}
            }
        }
        Ok(query)
    }
}

/// How many records a page is to have: `default`, unless it was said.
///
/// # Errors
/// Fewer than one, or more than `max`.
pub(crate) fn page_limit(limit: Option<i32>, default: usize, max: usize) -> Result<usize, Problem> {
    let Some(limit) = limit else { return Ok(default.min(max)) };
    let fits = usize::try_from(limit).ok().filter(|limit| (1..=max).contains(limit));
    fits.ok_or_else(|| Problem::validation(format!("limit must be between 1 and {max}, was {limit}")))
}

pub(crate) fn archived(request: &Request) -> bool {
    request.query_pairs().any(|(name, value)| name == "archived" && value.eq_ignore_ascii_case("true"))
}

fn names(value: &str) -> impl Iterator<Item = CompactString> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(CompactString::from)
}

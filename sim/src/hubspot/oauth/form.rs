//! A form: a body of names and values, and where a path takes them so, those of its query.

use compact_str::CompactString;

use crate::message::Request;

#[derive(Debug)]
pub(super) struct Form(Vec<(CompactString, CompactString)>);

impl Form {
    /// The body's fields, then the query's if it may have any; `None` for a body of another media type.
    pub(super) fn read(request: &Request, with_query: bool) -> Option<Self> {
        let media = request.header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        let body = request.body();
        if !body.is_empty() && !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let query = if with_query { request.query() } else { "" };
        let fields = form_urlencoded::parse(body).chain(form_urlencoded::parse(query.as_bytes()));
        Some(Self(fields.map(|(name, value)| (name.into(), value.into())).collect()))
    }

    /// A field that is not empty.
    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// All fields but these, as they came.
    pub(super) fn without(&self, unwanted: &[&str]) -> impl Iterator<Item = &(CompactString, CompactString)> {
        self.0.iter().filter(move |(name, _)| !unwanted.contains(&name.as_str()))
    }
}

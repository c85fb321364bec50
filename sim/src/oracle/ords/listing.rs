//! One page of a collection: found and written outside the world's lock, from a version of the table that the
//! step picked. Copies no row.

use std::sync::Arc;

use super::links::{Links, Paging};
use super::problem::Problem;
use super::query::{self, AsOf, Query};
use super::rows::{Key, Records, Row, Rows};
use super::settings::Settings;
use super::table::{Schema, Table};
use super::value::Value;
use crate::Moment;
use crate::message::Request;

/// What a call asks of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    query: Query,
    offset: usize,
    limit: usize,
    explicit_limit: Option<usize>,
    /// The parameters of the call other than `offset` and `limit`, as sent.
    others: String,
}

impl Listing {
    pub(crate) fn read(request: &Request, table: &Table, settings: &Settings) -> Result<Self, Problem> {
        let (mut q, mut offset, mut explicit_limit) = (Query::default(), 0, None);
        for (name, value) in request.query_pairs() {
            match &*name {
                "q" => q = query::parse(&value, table).map_err(Problem::bad_request)?,
                "offset" => offset = number("offset", &value)?,
                "limit" => explicit_limit = Some(number("limit", &value)?.min(settings.page_max)),
                _ => {}
            }
        }
        if explicit_limit == Some(0) {
            return Err(Problem::bad_request("Invalid value provided for parameter limit."));
        }
        let raw = request.query().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && name != "offset" && name != "limit"
        });
        let others = raw.collect::<Vec<_>>().join("&");
        let limit = explicit_limit.unwrap_or(settings.page_default);
        Ok(Self { query: q, offset, limit, explicit_limit, others })
    }

    /// The rows as of the instant asked for.
    pub(crate) fn pick<'a>(&self, records: &'a Records, at: Moment) -> Result<&'a Rows, Problem> {
        match self.query.as_of {
            Some(AsOf::Date(date)) if date > at => Err(Problem::sql(8186, "invalid timestamp specified")),
            Some(AsOf::Date(date)) => {
                records.as_of(date).ok_or_else(|| Problem::sql(8180, "no snapshot found based on specified time"))
            }
            Some(AsOf::Scn) | None => Ok(&records.rows),
        }
    }

    /// A text that tells this page of a table from all others of the same version. The address it
    /// was read by is no part of it: ports are the machine's choice, and tags come from the seed.
    pub(crate) fn identity(&self, table: &Table) -> String {
        format!("{} {} {} {}", table.name, self.others, self.offset, self.limit)
    }

    /// Writes the page.
    pub(crate) fn write(&self, rows: &Rows, schema: &Schema, table: usize, links: &Links, out: &mut Vec<u8>) {
        let matching = rows.iter().filter(|(_, row)| self.query.holds(row));
        if self.query.order.is_empty() {
            self.write_page(matching.skip(self.offset), &schema.tables[table], links, out);
        } else {
            let mut sorted: Vec<_> = matching.collect();
            sorted.sort_by(|(_, a), (_, b)| self.query.compare(a, b));
            self.write_page(sorted.into_iter().skip(self.offset), &schema.tables[table], links, out);
        }
    }

    fn write_page<'r>(
        &self,
        mut rows: impl Iterator<Item = (&'r Key, &'r Arc<Row>)>,
        table: &Table,
        links: &Links,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(b"{\"items\":[");
        let mut count = 0;
        for (key, row) in rows.by_ref().take(self.limit) {
            if count > 0 {
                out.push(b',');
            }
            write_row(table, row, &[("self", links.row(key))], out);
            count += 1;
        }
        let has_more = rows.next().is_some();
        let paging = Paging {
            offset: self.offset,
            limit: self.limit,
            explicit_limit: self.explicit_limit,
            others: &self.others,
        };
        let counts =
            format!("],\"hasMore\":{has_more},\"limit\":{},\"offset\":{},\"count\":{count},", self.limit, self.offset);
        out.extend_from_slice(counts.as_bytes());
        write_links(&links.of_page(&paging, has_more), out);
        out.push(b'}');
    }
}

fn number(name: &'static str, text: &str) -> Result<usize, Problem> {
    text.parse().map_err(|_| {
        let detail = match text.chars().find(|c| !c.is_ascii_digit()) {
            Some(c) => format!(
                " The detailed error message: Character {c} is neither a decimal digit number, decimal point, nor \
                 \"e\" notation exponential mark.."
            ),
            None => String::new(),
        };
        Problem::bad_request(format!("Invalid value provided for parameter {name}.{detail}"))
    })
}

/// Writes a row's members, nulls too, and its links.
pub(crate) fn write_row(table: &Table, row: &Row, links: &[(&str, String)], out: &mut Vec<u8>) {
    out.push(b'{');
    for (column, value) in table.columns.iter().zip(&row.values) {
        write_text(&column.name, out);
        out.push(b':');
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Text(text) => write_text(text, out),
            Value::Instant(_) => write_text(&value.to_string(), out),
        }
        out.push(b',');
    }
    write_links(links, out);
    out.push(b'}');
}

fn write_links(links: &[(&str, String)], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"links\":[");
    for (n, (rel, href)) in links.iter().enumerate() {
        out.extend_from_slice(if n == 0 { b"{\"rel\":" } else { b",{\"rel\":" });
        write_text(rel, out);
        out.extend_from_slice(b",\"href\":");
        write_text(href, out);
        out.push(b'}');
    }
    out.push(b']');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

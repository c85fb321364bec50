//! The addresses ORDS writes into its answers: from the host and scheme that it sees, never from what a
//! gateway in front of it was called by.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::rows::Key;
use super::table::Table;

/// What the request says of the address it came by.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    /// The Host header.
    pub(crate) host: Option<String>,
    /// X-Forwarded-Proto, where it names a scheme.
    pub(crate) proto: Option<&'static str>,
}

impl Wire {
    /// Scheme and host, without a slash at the end.
    pub(crate) fn origin(&self, base_url: &str) -> String {
        let (scheme, authority) = base_url.split_once("://").unwrap_or(("http", base_url));
        let host = self.host.as_deref().unwrap_or(authority);
        format!("{}://{host}", self.proto.unwrap_or(scheme))
    }
}

/// The addresses of one object.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// `ORIGIN/ords/SCHEMA/`.
    base: String,
    object: String,
}

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Links {
    pub(crate) fn new(origin: &str, schema: &str, table: &Table) -> Self {
        Self { base: format!("{origin}/ords/{schema}/"), object: table.name.clone() }
    }

    pub(crate) fn collection(&self) -> String {
        format!("{}{}/", self.base, self.object)
    }

    pub(crate) fn row(&self, key: &Key) -> String {
        let parts: Vec<_> =
            key.parts().iter().map(|part| utf8_percent_encode(&part.to_string(), PATH).to_string()).collect();
        format!("{}{}", self.collection(), parts.join(","))
    }

    /// The links at the end of a row that stands alone.
    pub(crate) fn of_row(&self, key: &Key) -> Vec<(&'static str, String)> {
        let row = self.row(key);
        vec![
            ("self", row.clone()),
            ("edit", row),
            ("describedby", format!("{}metadata-catalog/{}/item", self.base, self.object)),
            ("collection", self.collection()),
        ]
    }

    /// The links at the end of a page.
    pub(crate) fn of_page(&self, page: &Paging<'_>, has_more: bool) -> Vec<(&'static str, String)> {
        let collection = self.collection();
        let itself = page.address(&collection, None, None);
        let mut links = vec![
            ("self", itself.clone()),
            ("edit", itself),
            ("describedby", format!("{}metadata-catalog/{}/", self.base, self.object)),
            ("first", page.address(&collection, None, page.explicit_limit)),
        ];
        if has_more {
            links.push(("next", page.address(&collection, Some(page.offset + page.limit), page.explicit_limit)));
        }
        if page.offset > 0 {
            let before = page.offset.saturating_sub(page.limit);
            links.push(("prev", page.address(&collection, Some(before), page.explicit_limit)));
        }
        links
    }
}

/// Where a page stands.
pub(crate) struct Paging<'a> {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
    /// The limit, where the call named one.
    pub(crate) explicit_limit: Option<usize>,
    /// The other parameters of the call, as sent.
    pub(crate) others: &'a str,
}

impl Paging<'_> {
    fn address(&self, collection: &str, offset: Option<usize>, limit: Option<usize>) -> String {
        let offset = offset.map(|n| format!("offset={n}"));
        let limit = limit.map(|n| format!("limit={n}"));
        let others = (!self.others.is_empty()).then(|| self.others.to_owned());
        let parameters: Vec<_> = [others, offset, limit].into_iter().flatten().collect();
        if parameters.is_empty() { collection.to_owned() } else { format!("{collection}?{}", parameters.join("&")) }
    }
}

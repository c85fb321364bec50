//! A page of a list: picked and written outside the world's lock, from a snapshot that shares the records.

use std::sync::Arc;

use imbl::Vector;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::query::{Order, Query};
use super::record::Record;
use super::shown::Shown;

/// The envelope of a list (retail-express.md §4).
#[derive(Serialize)]
pub(crate) struct Page<'a> {
    data: Rows<'a>,
    page_number: usize,
    page_size: usize,
    total_records: usize,
}

struct Rows<'a> {
    records: Vec<&'a Record>,
    zone: &'a TimeZone,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.records.iter().map(|record| Shown { record, zone: self.zone }))
    }
}

/// The page that a query asks for.
pub(crate) fn page<'a>(query: &Query, customers: &'a Vector<Arc<Record>>, zone: &'a TimeZone) -> Page<'a> {
    let (total_records, records) = pick(query, customers);
    Page { data: Rows { records, zone }, page_number: query.page_number, page_size: query.page_size, total_records }
}

/// How many there are in all, and those on the page.
pub(crate) fn pick<'a>(query: &Query, customers: &'a Vector<Arc<Record>>) -> (usize, Vec<&'a Record>) {
    let size = query.page_size;
    let skipped = (query.page_number - 1).saturating_mul(size);
    if query.tests.is_empty() && query.order.is_none() {
        let start = skipped.min(customers.len());
        let end = start.saturating_add(size).min(customers.len());
        let page = customers.focus().narrow(start..end).into_iter().map(|record| &**record).collect();
        return (customers.len(), page);
    }
    let mut kept: Vec<&Record> = customers.iter().map(|record| &**record).filter(|r| query.keeps(r)).collect();
    if let Some(order) = query.order {
        sort(&mut kept, order);
    }
    (kept.len(), kept.into_iter().skip(skipped).take(size).collect())
}

/// Stable, so equal ones stay in the order of their ids.
fn sort(records: &mut [&Record], Order { column, descending }: Order) {
    records.sort_by(|a, b| {
        let ordering = column.of(a).compare(&column.of(b));
        if descending { ordering.reverse() } else { ordering }
    });
}

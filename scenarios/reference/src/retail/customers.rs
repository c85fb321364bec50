//! The source: customers of the Oracle master, read page by page and written one by one. Knows ORDS, and
//! nothing of HubSpot.

use http::header::{ETAG, IF_MATCH};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::content::Key;
use super::hand::Hand;
use crate::Error;
use crate::call::{Sent, Tries};

/// A row of the master, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Customer {
    pub(super) customer_id: u64,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) loyalty_no: Option<String>,
    pub(super) marketing_opt_in: Option<String>,
    /// Set on a row that lives on in another.
    pub(super) merged_into: Option<u64>,
    pub(super) last_updated: Option<Timestamp>,
}

impl Customer {
    pub(super) fn subscribed(&self) -> bool {
        self.marketing_opt_in.as_deref() == Some("Y")
    }

    pub(super) fn key(&self) -> Option<Key> {
        Key::new(self.email.as_deref(), self.mobile.as_deref())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) items: Vec<Customer>,
    pub(super) has_more: bool,
}

const PAGE_ROWS: usize = 100;
/// How often a row is read again because somebody else wrote it meanwhile.
const MEETINGS_MAX: u32 = 5;

/// The first rows that a filter finds. Pages follow each other by what the last row had, not by an
/// offset: rows that move meanwhile would shift the pages and be lost.
pub(super) async fn page(hand: &mut Hand, q: &Value) -> Result<Page, Error> {
    found(hand, q, PAGE_ROWS).await
}

async fn found(hand: &mut Hand, q: &Value, rows: usize) -> Result<Page, Error> {
    let url = format!("{}/customers/", hand.config.oracle_url);
    let query = [("q", q.to_string()), ("limit", rows.to_string())];
    let answer = hand.oracle("a page of customers", |client| client.get(&url).query(&query)).await?.good()?;
    let page: Page = answer.json()?;
    if page.has_more && page.items.is_empty() {
        return Err(Error::Endless { what: answer.what });
    }
    Ok(page)
}

/// The latest stamp of the master.
pub(super) async fn newest(hand: &mut Hand) -> Result<Option<Timestamp>, Error> {
    let q = json!({"last_updated": {"$notnull": null}, "$orderby": {"last_updated": "desc"}});
    Ok(found(hand, &q, 1).await?.items.pop().and_then(|row| row.last_updated))
}

/// The customers of a key: those who were seen with it, however they spell it, and those whom ORDS finds.
pub(super) async fn with_key(hand: &mut Hand, key: &Key) -> Result<Vec<Customer>, Error> {
    let q = match key {
        Key::Email(email) => json!({"email": {"$eq": email}}),
        Key::Mobile(mobile) => json!({"mobile": {"$eq": mobile}, "email": {"$null": null}}),
    };
    let seen = hand.store.with_key(&key.to_string())?;
    let mut customers = match seen.first() {
        Some(id) => found_and_row(hand, &q, *id).await?,
        None => found(hand, &q, PAGE_ROWS).await?.items,
    };
    for id in seen.into_iter().skip(1) {
        if !customers.iter().any(|customer| customer.customer_id == id)
            && let Some((row, _)) = row(hand, id).await?
        {
            customers.push(row);
        }
    }
    customers.retain(|customer| customer.merged_into.is_none() && customer.key().as_ref() == Some(key));
    Ok(customers)
}

/// What a filter finds, and the row of an id, asked for at the same time.
async fn found_and_row(hand: &mut Hand, q: &Value, id: u64) -> Result<Vec<Customer>, Error> {
    let url = format!("{}/customers/", hand.config.oracle_url);
    let query = [("q", q.to_string()), ("limit", PAGE_ROWS.to_string())];
    let filter = |client: &Client| client.get(&url).query(&query);
    let by_id = |client: &Client| client.get(format!("{url}{id}"));
    let [page, row] = hand.oracle_both("the customers of a key", [&filter, &by_id]).await?;
    let mut customers = page.good()?.json::<Page>()?.items;
    if row.status != StatusCode::NOT_FOUND {
        let row: Customer = row.good()?.json()?;
        if !customers.iter().any(|customer| customer.customer_id == id) {
            customers.push(row);
        }
    }
    Ok(customers)
}

async fn row(hand: &mut Hand, id: u64) -> Result<Option<(Customer, Whole)>, Error> {
    let url = format!("{}/customers/{id}", hand.config.oracle_url);
    let answer = hand.oracle("a customer", |client| client.get(&url)).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let answer = answer.good()?;
    let whole = Whole { members: answer.json()?, tag: answer.headers.get(ETAG).cloned() };
    Ok(Some((answer.json()?, whole)))
}

/// A row with all its members, as it has to be sent back: what a PUT leaves out becomes null.
struct Whole {
    members: Map<String, Value>,
    tag: Option<HeaderValue>,
}

/// Notes in the master that a customer takes no more marketing.
pub(super) async fn opt_out(hand: &mut Hand, id: u64) -> Result<(), Error> {
    let url = format!("{}/customers/{id}", hand.config.oracle_url);
    let mut meetings = 0;
    loop {
        let Some((customer, Whole { mut members, tag })) = row(hand, id).await? else { return Ok(()) };
        if customer.marketing_opt_in.as_deref() == Some("N") {
            return Ok(());
        }
        members.remove("links");
        members.insert("marketing_opt_in".to_owned(), "N".into());
        let answer = hand
            .oracle("an opt-out", |client| {
                let request = client.put(&url).json(&members);
                tag.iter().fold(request, |request, tag| request.header(IF_MATCH, tag))
            })
            .await?;
        meetings += 1;
        if answer.status != StatusCode::PRECONDITION_FAILED || meetings > MEETINGS_MAX {
            hand.opted_out.insert(id);
            return answer.good().map(drop);
        }
    }
}

/// Makes a customer who was not there. A repeated POST makes a second one, so after a failure the master
/// is asked first.
pub(super) async fn create(hand: &mut Hand, key: &Key, members: &Value) -> Result<Customer, Error> {
    let url = format!("{}/customers/", hand.config.oracle_url);
    let mut tries = Tries::default();
    loop {
        let sent = hand.oracle_once("a new customer", &mut tries, |client| client.post(&url).json(members)).await?;
        match sent {
            Sent::Answered(answer) => return answer.good()?.json(),
            Sent::Unsure(error) => hand.to_oracle.back_off(&mut tries, error).await?,
        }
        if let Some(made) = with_key(hand, key).await?.into_iter().next() {
            return Ok(made);
        }
    }
}

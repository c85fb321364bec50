//! The source: customers as the Oracle master hands them out, page by page.

use http::StatusCode;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;

use crate::call::{Answer, Caller};
use crate::{Config, Error};

/// A row of the master, as far as HubSpot needs it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Customer {
    pub(super) customer_id: u64,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    marketing_opt_in: Option<String>,
    /// Set on a row that lives on in another.
    pub(super) merged_into: Option<u64>,
}

impl Customer {
    pub(super) fn subscribed(&self) -> bool {
        self.marketing_opt_in.as_deref() == Some("Y")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Customer>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// Reads the master under one token at a time.
pub(super) struct Customers<'a> {
    caller: &'a Caller,
    config: &'a Config,
    token: Option<String>,
    offset: usize,
    ended: bool,
}

const PAGE_ROWS: usize = 100;

impl<'a> Customers<'a> {
    pub(super) fn new(caller: &'a Caller, config: &'a Config) -> Self {
        Self { caller, config, token: None, offset: 0, ended: false }
    }

    /// The next rows, or `None` after the last. Everyone is read in the order of the key and chosen
    /// here: a filter on a value that changes meanwhile would shift the pages and lose rows. The
    /// offset is counted here too: links behind the gateway name an address inside.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Customer>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let url = format!("{}/customers/", self.config.oracle_url);
        let (offset, limit) = (self.offset.to_string(), PAGE_ROWS.to_string());
        let query =
            [("q", r#"{"$orderby":{"customer_id":"asc"}}"#), ("offset", offset.as_str()), ("limit", limit.as_str())];
        let answer = self.get("a page of customers", |client| client.get(&url).query(&query)).await?;
        let page: Page = answer.json()?;
        if page.has_more && page.items.is_empty() {
            return Err(Error::Endless { what: answer.what });
        }
        self.offset += page.items.len();
        self.ended = !page.has_more;
        Ok(Some(page.items))
    }

    /// Reads with the token at hand; one that has ended is renewed once.
    async fn get(&mut self, what: &'static str, make: impl Fn(&Client) -> RequestBuilder) -> Result<Answer, Error> {
        let had_token = self.token.is_some();
        let mut answer = self.send(what, &make).await?;
        if answer.status == StatusCode::UNAUTHORIZED && had_token {
            self.token = None;
            answer = self.send(what, &make).await?;
        }
        if answer.status.is_success() { Ok(answer) } else { Err(answer.refused()) }
    }

    async fn send(&mut self, what: &'static str, make: impl Fn(&Client) -> RequestBuilder) -> Result<Answer, Error> {
        let token = match self.token.take() {
            Some(token) => token,
            None => self.granted().await?,
        };
        let answer = self.caller.send(what, |client| make(client).bearer_auth(&token)).await;
        self.token = Some(token);
        answer
    }

    async fn granted(&self) -> Result<String, Error> {
        let Config { oracle_url, client_id, client_secret, .. } = self.config;
        let url = format!("{oracle_url}/oauth/token");
        let make = |client: &Client| {
            let request = client.post(&url).basic_auth(client_id, Some(client_secret));
            request.form(&[("grant_type", "client_credentials")])
        };
        let answer = self.caller.send("the token call", make).await?;
        if !answer.status.is_success() {
            return Err(answer.refused());
        }
        Ok(answer.json::<Token>()?.access_token)
    }
}

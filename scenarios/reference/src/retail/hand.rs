//! The one hand that works on both systems. Whoever polls and whoever minds events take turns with it, so
//! that a wait that one of them was told binds both, a token is granted once, and no row is read by the one
//! while the other writes it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard};

use super::customers::Customer;
use super::store::Store;
use crate::call::{Answer, Caller, Received, Sent, Tries};
use crate::pacer::Pacer;
use crate::{Bug, Config, Error, Pace};

pub(super) struct Hand {
    pub(super) to_hubspot: Caller,
    pub(super) to_oracle: Caller,
    pub(super) config: Arc<Config>,
    pub(super) store: Arc<Store>,
    /// The master's token, for as long as it is taken.
    token: Option<String>,
    /// Customers who were taken out of marketing since we began.
    pub(super) opted_out: HashSet<u64>,
    /// Customers that were refused and are sent again: only a bug fills it.
    pub(super) refused: Vec<Customer>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// A place from which to ask for a turn, with a time of its own to wait by.
#[derive(Clone)]
pub(super) struct Desk {
    hand: Arc<Mutex<Hand>>,
    pub(super) client: Client,
    pub(super) pace: Pace,
}

/// How a request is made.
pub(super) type Make<'a> = dyn Fn(&Client) -> RequestBuilder + Send + Sync + 'a;

/// How long to wait before asking again.
const TURN_WAIT: Duration = Duration::from_millis(100);

impl Desk {
    pub(super) fn new(config: Arc<Config>, store: Arc<Store>) -> Result<Self, Error> {
        let to_hubspot = Caller::new(&config, Pacer::of_hubspot())?;
        let to_oracle = Caller::new(&config, Pacer::of_gateway())?;
        let (client, pace) = (to_oracle.client.clone(), config.pace.clone());
        let (token, opted_out, refused) = (None, HashSet::new(), Vec::new());
        let hand = Hand { to_hubspot, to_oracle, config, store, token, opted_out, refused };
        Ok(Self { hand: Arc::new(Mutex::new(hand)), client, pace })
    }

    /// The same hand for another party.
    pub(super) fn of_party(&self, ending: &str) -> Self {
        Self { pace: self.pace.of_party(ending), ..self.clone() }
    }

    /// Waits asleep: whoever has the hand may be sleeping too, and a world's clock waits for all who are awake.
    pub(super) async fn turn(&self) -> Result<MutexGuard<'_, Hand>, Error> {
        loop {
            if let Ok(mut hand) = self.hand.try_lock() {
                hand.to_hubspot.pace = self.pace.clone();
                hand.to_oracle.pace = self.pace.clone();
                return Ok(hand);
            }
            self.sleep(TURN_WAIT).await?;
        }
    }

    pub(super) async fn sleep(&self, span: Duration) -> Result<(), Error> {
        self.pace.sleep(&self.client, span).await
    }

    pub(super) async fn join(&self) -> Result<(), Error> {
        self.pace.join(&self.client).await
    }

    pub(super) async fn leave(&self) -> Result<(), Error> {
        self.pace.leave(&self.client).await
    }
}

impl Hand {
    /// Calls HubSpot. Only for calls that may be repeated.
    pub(super) async fn hubspot(
        &self,
        what: &'static str,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        self.to_hubspot.send(what, |client| make(client).bearer_auth(self.config.hubspot_token())).await
    }

    pub(super) async fn hubspot_once(
        &self,
        what: &'static str,
        tries: &mut Tries,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Sent, Error> {
        self.to_hubspot.send_once(what, tries, |client| make(client).bearer_auth(self.config.hubspot_token())).await
    }

    /// Calls the master. Only for calls that may be repeated.
    pub(super) async fn oracle(
        &mut self,
        what: &'static str,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        let mut tries = Tries::default();
        loop {
            match self.oracle_once(what, &mut tries, &make).await? {
                Sent::Answered(answer) => return Ok(answer),
                Sent::Unsure(error) => self.to_oracle.back_off(&mut tries, error).await?,
            }
        }
    }

    /// Makes two calls to the master at the same time. What is not answered well is sent again in its turn, so that one
    /// new token is for both where both were refused. Only for calls that may be repeated.
    pub(super) async fn oracle_both(
        &mut self,
        what: &'static str,
        makes: [&Make<'_>; 2],
    ) -> Result<[Answer; 2], Error> {
        let token = self.good_token().await?;
        let [mut one, mut other] = self.both(what, makes, [&token, &token]).await?;
        if self.config.has(Bug::TokenForEach) && is_refused(&one) && is_refused(&other) {
            let (its, others) =
                tokio::join!(self.granted(&self.to_oracle.client), self.granted(&self.to_oracle.beside));
            let tokens = [its?, others?];
            [one, other] = self.both(what, makes, [&tokens[0], &tokens[1]]).await?;
            self.token = tokens.into_iter().next();
        } else if is_refused(&one) || is_refused(&other) {
            self.token = None;
        }
        Ok([self.after(what, one, makes[0]).await?, self.after(what, other, makes[1]).await?])
    }

    async fn both(&self, what: &'static str, makes: [&Make<'_>; 2], tokens: [&str; 2]) -> Result<[Received; 2], Error> {
        self.to_oracle.turns(2).await?;
        let one = self.to_oracle.attempt(what, makes[0](&self.to_oracle.client).bearer_auth(tokens[0]));
        let other = self.to_oracle.attempt(what, makes[1](&self.to_oracle.beside).bearer_auth(tokens[1]));
        Ok(tokio::join!(one, other).into())
    }

    /// The answer to a call of which this came when it was sent first.
    async fn after(&mut self, what: &'static str, received: Received, make: &Make<'_>) -> Result<Answer, Error> {
        if is_refused(&received) {
            return self.oracle(what, make).await;
        }
        let (token, mut tries) = (self.good_token().await?, Tries::default());
        let again = |client: &Client| make(client).bearer_auth(&token);
        match self.to_oracle.go_on(what, &mut tries, Some(received), again).await? {
            Sent::Answered(answer) if answer.status != StatusCode::UNAUTHORIZED => return Ok(answer),
            Sent::Answered(_) => {}
            Sent::Unsure(error) => self.to_oracle.back_off(&mut tries, error).await?,
        }
        self.oracle(what, make).await
    }

    /// Calls with the token at hand; one that is refused is renewed once.
    pub(super) async fn oracle_once(
        &mut self,
        what: &'static str,
        tries: &mut Tries,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Sent, Error> {
        if self.config.has(Bug::TokenPerCall) {
            self.token = None;
        }
        let sent = self.with_token(what, tries, &make).await?;
        if !matches!(&sent, Sent::Answered(answer) if answer.status == StatusCode::UNAUTHORIZED) {
            return Ok(sent);
        }
        if !self.config.has(Bug::KeepsDeadToken) {
            self.token = None;
        }
        self.with_token(what, tries, &make).await
    }

    async fn with_token(
        &mut self,
        what: &'static str,
        tries: &mut Tries,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Sent, Error> {
        let token = self.good_token().await?;
        self.to_oracle.send_once(what, tries, |client| make(client).bearer_auth(&token)).await
    }

    async fn good_token(&mut self) -> Result<String, Error> {
        match &self.token {
            Some(token) => Ok(token.clone()),
            None => Ok(self.token.insert(self.granted(&self.to_oracle.client).await?).clone()),
        }
    }

    async fn granted(&self, client: &Client) -> Result<String, Error> {
        let Config { oracle_url, client_id, client_secret, .. } = &*self.config;
        let url = format!("{oracle_url}/oauth/token");
        let make = |_: &Client| {
            let request = client.post(&url).basic_auth(client_id, Some(client_secret));
            request.form(&[("grant_type", "client_credentials")])
        };
        Ok(self.to_oracle.send("the token call", make).await?.good()?.json::<Token>()?.access_token)
    }
}

fn is_refused(received: &Received) -> bool {
    received.as_ref().is_ok_and(|answer| answer.status == StatusCode::UNAUTHORIZED)
}

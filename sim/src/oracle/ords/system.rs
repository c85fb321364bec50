//! ORDS' side of the step: who may call, and what is done.

use std::sync::Arc;

use compact_str::CompactString;
use http::header::{CONTENT_LOCATION, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::tz::TimeZone;

use super::etag;
use super::links::Links;
use super::listing::{Listing, write_row};
use super::oauth::{self, Credentials, TokenCall};
use super::problem::Problem;
use super::route::{Ask, Call};
use super::rows::{self, Key, Row, State};
use super::settings::Settings;
use super::table::Schema;
use super::value::Value;
use super::write::{self, Members};
use crate::gate::{Charge, Grant, Reading};
use crate::journal::ChangeKind;
use crate::message::{Body, Outcome, Reply, Request};
use crate::policy::{Door, GatePolicy, OrdsSettings, Profile};
use crate::world::slots::{Slot, Slots};
use crate::world::step::{Caller, Stage, System, no_app};
use crate::{Moment, SystemName};

/// ORDS before the tables of one world.
pub(crate) struct Ords {
    schema: Arc<Schema>,
    credentials: Credentials,
    gate: Arc<GatePolicy>,
    settings: Settings,
    time_zone: TimeZone,
}

/// ORDS has one schema and one client, which stand for the account and the app.
const CALLER: Caller = Caller { account: 1, app: 1, app_name: "", credential: 0 };
const TOKEN: &str = "token";

impl Ords {
    pub(crate) fn new(schema: Arc<Schema>, credentials: Credentials, profile: &Profile<OrdsSettings>) -> Self {
        Self::with(schema, credentials, profile.gate.clone(), Settings::from(&profile.settings))
    }

    /// As [`Self::new`], of other figures.
    pub(super) fn with(
        schema: Arc<Schema>,
        credentials: Credentials,
        gate: Arc<GatePolicy>,
        settings: Settings,
    ) -> Self {
        Self { schema, credentials, gate, settings, time_zone: TimeZone::UTC }
    }

    /// Tables with what a world begins with: no row, but in the tester's own.
    pub(crate) fn state(&self, started: Moment) -> State {
        let mut state = State::new(&self.schema, &self.settings);
        state.fill(started);
        state
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The schema's alias, as in the address.
    pub(crate) fn schema_alias(&self) -> &str {
        &self.schema.alias
    }

    /// Reads rows that the tester puts in, outside the world's lock.
    ///
    /// # Errors
    /// The table or a member is unknown, or a value does not fit; the text says which.
    pub(crate) fn read_rows(&self, table: &str, rows: &[serde_json::Value]) -> Result<Vec<Members>, String> {
        let place = self.schema.find(table).ok_or_else(|| format!("there is no table {table}"))?;
        let table = &self.schema.tables[place];
        let read = |(n, row)| write::by_hand(table, row).map_err(|why| format!("row {n}: {why}"));
        rows.iter().enumerate().map(read).collect()
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn list(
        &self,
        table: usize,
        listing: Box<Listing>,
        links: Links,
        stage: &Stage<'_, State>,
    ) -> Result<Reply, Problem> {
        let records = stage.state.records(table);
        let rows = listing.pick(records, stage.at)?.clone();
        let tag = etag::tag(etag::fingerprint(&listing.identity(&self.schema.tables[table]), records.stamp()));
        let schema = Arc::clone(&self.schema);
        let body = Body::later(move |out| listing.write(&rows, &schema, table, &links, out));
        Ok(with(json(StatusCode::OK, body), ETAG, &tag))
    }

    fn read_row(
        &self,
        table: usize,
        key: Option<Key>,
        links: Links,
        stage: &Stage<'_, State>,
    ) -> Result<Reply, Problem> {
        let key = key.ok_or_else(Problem::not_found)?;
        let row = stage.state.records(table).rows.get(&key).ok_or_else(Problem::not_found)?;
        Ok(self.row(StatusCode::OK, table, &key, row, &links))
    }

    fn create(
        &self,
        table: usize,
        members: Result<Members, Problem>,
        links: Links,
        stage: &mut Stage<'_, State>,
    ) -> Result<Reply, Problem> {
        let records = stage.state.records(table);
        let (key, row) = write::insert(&self.schema, &self.schema.tables[table], records, members?, stage.at)?;
        self.put(ChangeKind::Created, table, &key, &row, stage);
        Ok(self.written(StatusCode::CREATED, table, &key, &row, &links))
    }

    /// PUT is an upsert.
    fn replace(
        &self,
        table: usize,
        key: Option<Key>,
        members: Result<Members, Problem>,
        if_match: Option<String>,
        links: Links,
        stage: &mut Stage<'_, State>,
    ) -> Result<Reply, Problem> {
        let key = key.ok_or_else(Problem::not_found)?;
        let definition = &self.schema.tables[table];
        let records = stage.state.records(table);
        let old = records.rows.get(&key);
        let tag = old.map(|row| row.etag());
        if if_match.is_some_and(|list| !etag::matches(&list, tag.as_deref())) {
            return Err(Problem::precondition_failed());
        }
        let mut members = members?;
        for (&column, part) in definition.key.iter().zip(key.parts()) {
            let sent = members[column].replace(part.clone());
            if sent.is_some_and(|sent| sent != Value::Null && sent != *part) {
                return Err(Problem::bad_request("The key in the request body is not the one in the URL"));
            }
        }
        let (kind, status, row) = match old {
            Some(old) => {
                let row = write::replace(&self.schema, definition, old, members, stage.at)?;
                (ChangeKind::Updated, StatusCode::OK, row)
            }
            None => {
                let (_, row) = write::insert(&self.schema, definition, records, members, stage.at)?;
                (ChangeKind::Created, StatusCode::CREATED, row)
            }
        };
        self.put(kind, table, &key, &row, stage);
        Ok(self.written(status, table, &key, &row, &links))
    }

    fn put(&self, kind: ChangeKind, table: usize, key: &Key, row: &Arc<Row>, stage: &mut Stage<'_, State>) {
        let undo = stage.state.undo;
        stage.state.records_mut(table).put(key.clone(), Arc::clone(row), stage.at, undo);
        rows::note(stage.changes, kind, &self.schema.tables[table], key, row);
    }

    /// A row that stands alone, with its tag.
    fn row(&self, status: StatusCode, table: usize, key: &Key, row: &Arc<Row>, links: &Links) -> Reply {
        let (schema, links, tag) = (Arc::clone(&self.schema), links.of_row(key), row.etag());
        let row = Arc::clone(row);
        let body = Body::later(move |out| write_row(&schema.tables[table], &row, &links, out));
        with(json(status, body), ETAG, &tag)
    }

    /// A row just written: it says where it is.
    fn written(&self, status: StatusCode, table: usize, key: &Key, row: &Arc<Row>, links: &Links) -> Reply {
        let address = links.row(key);
        let reply = with(self.row(status, table, key, row, links), CONTENT_LOCATION, &address).with_effect();
        if status == StatusCode::CREATED { with(reply, LOCATION, &address) } else { reply }
    }

    fn grant(&self, call: &TokenCall, stage: &mut Stage<'_, State>) -> Result<Reply, Problem> {
        match call.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(other) => return Err(Problem::bad_request(format!("The grant type {other} is not supported"))),
            None => return Err(Problem::bad_request("The parameter grant_type is missing")),
        }
        let token = self.credentials.token(stage.seed, stage.exchange);
        let ttl_ms = self.settings().token_ttl_ms;
        let expires = Some(stage.at.plus(ttl_ms));
        let grant = Grant { account: CALLER.account, app: CALLER.app, kind: TOKEN, number: 0, expires };
        stage.tokens.lend(&token, grant, stage.at);
        Ok(oauth::granted(&token, ttl_ms))
    }
}

impl System for Ords {
    type Call = Call;
    type State = State;

    fn name(&self) -> SystemName {
        SystemName::Ords
    }

    fn gate(&self) -> &GatePolicy {
        &self.gate
    }

    /// The schema's alias.
    fn account(&self, _caller: Caller) -> CompactString {
        self.schema.alias.as_str().into()
    }

    fn slot(slots: &mut Slots) -> &mut Slot<State> {
        &mut slots.ords
    }

    fn read(&self, request: &Request) -> Call {
        Call::read(request, &self.schema, self.settings())
    }

    fn operation(&self, call: &Call) -> &'static str {
        match call.ask {
            Ask::List { .. } => "collection.read",
            Ask::Read { .. } => "row.read",
            Ask::Create { .. } => "row.create",
            Ask::Replace { .. } => "row.replace",
            Ask::Token(_) => "oauth.token",
            Ask::Redirect(_) => "collection.redirect",
            Ask::WrongMethod { .. } => "method.refused",
            Ask::Unmapped | Ask::NotFound => "address.unknown",
        }
    }

    fn skips(&self, call: &Call, door: Door) -> bool {
        let unprotected = matches!(call.ask, Ask::Unmapped | Ask::NotFound | Ask::Redirect(_));
        door == Door::Authenticate && unprotected
    }

    fn authenticate(&self, call: &Call, stage: &mut Stage<'_, State>) -> Result<Caller, Reply> {
        if let Ask::Token(token_call) = &call.ask {
            return if self.credentials.are(token_call.client.as_ref()) {
                Ok(CALLER)
            } else {
                Err(oauth::wrong_client(stage.seed, stage.exchange))
            };
        }
        match call.bearer.as_deref().map(|token| stage.tokens.good(token, TOKEN, stage.at)) {
            Some(Some(grant)) => {
                Ok(Caller { account: grant.account, app: grant.app, credential: grant.number, ..Caller::default() })
            }
            Some(None) => Err(oauth::turned_away(true, stage.seed, stage.exchange)),
            None => Err(oauth::turned_away(false, stage.seed, stage.exchange)),
        }
    }

    fn charge<'a>(&'a self, call: &'a Call, stage: &Stage<'_, State>) -> Charge<'a> {
        let caller = stage.caller.as_ref().unwrap_or(&CALLER);
        let (account, app) = (caller.account, caller.app);
        Charge { classes: &[], account, app, client: call.client, time_zone: &self.time_zone }
    }

    fn shared(&self, _limit: usize, app: Option<&str>) -> Result<Charge<'_>, String> {
        no_app(app)?;
        let Caller { account, app, .. } = CALLER;
        Ok(Charge { classes: &[], account, app, client: 0, time_zone: &self.time_zone })
    }

    fn over_limit(&self, _call: &Call, _limit: &Reading, stage: &mut Stage<'_, State>) -> Reply {
        Problem::failure(503).reply(stage.seed, stage.exchange)
    }

    fn size(&self, call: &Call, stage: &mut Stage<'_, State>) -> Result<(), Reply> {
        if call.too_large { Err(Problem::too_large().reply(stage.seed, stage.exchange)) } else { Ok(()) }
    }

    fn act(&self, call: Call, stage: &mut Stage<'_, State>) -> Outcome {
        let origin = call.wire.origin(stage.base_url);
        let links = |table: usize| Links::new(&origin, &self.schema.alias, &self.schema.tables[table]);
        let done = match call.ask {
            Ask::List { table, listing } => listing.and_then(|l| self.list(table, l, links(table), stage)),
            Ask::Read { table, key } => self.read_row(table, key, links(table), stage),
            Ask::Create { table, members } => self.create(table, members, links(table), stage),
            Ask::Replace { table, key, members, if_match } => {
                self.replace(table, key, members, if_match, links(table), stage)
            }
            Ask::Token(token_call) => self.grant(&token_call, stage),
            Ask::Redirect(path) => {
                Ok(with(Reply::empty(StatusCode::MOVED_PERMANENTLY), LOCATION, &format!("{origin}{path}")))
            }
            Ask::WrongMethod { allow } => Err(Problem::method_not_allowed(allow)),
            Ask::Unmapped => Err(Problem::unmapped()),
            Ask::NotFound => Err(Problem::not_found()),
        };
        Outcome::Answer(done.unwrap_or_else(|problem| problem.reply(stage.seed, stage.exchange)))
    }

    fn fail(&self, status: StatusCode, stage: &mut Stage<'_, State>) -> Reply {
        Problem::failure(status.as_u16()).reply(stage.seed, stage.exchange)
    }
}

fn json(status: StatusCode, body: Body) -> Reply {
    Reply::new(status, body).with(CONTENT_TYPE, HeaderValue::from_static("application/json"))
}

/// Adds a header; one that could not stand in an answer, as from a strange Host, is left out.
fn with(reply: Reply, name: HeaderName, value: &str) -> Reply {
    match HeaderValue::from_str(value) {
        Ok(value) => reply.with(name, value),
        Err(_) => reply,
    }
}

//! HubSpot as a system: who may call, what a call counts towards, and which operation answers it.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::apps::{self, Apps, Kind};
use super::consent::Definition;
use super::errors::Problem;
use super::owners::Owners;
use super::portal::Portal;
use super::portal_files::HubspotPortal;
use super::record::Source;
use super::routes::{self, Asked, Call, OpenedBy};
use super::search::SearchLimits;
use super::table::{Hand, Table};
use super::types::ObjectType;
use super::{account, batch, merge, read, write};
use crate::deliver::{By, Heard};
use crate::gate::{Charge, Reading};
use crate::journal::Changes;
use crate::message::{Outcome, Reply, Request};
use crate::policy::{Door, GatePolicy, HubspotSettings, Limit, Profile, RetryAfter, Search429};
use crate::world::slots::{Slot, Slots};
use crate::world::step::{Caller, Stage, System};
use crate::{Moment, Seed, SystemName};

pub(crate) type At<'a> = Stage<'a, State>;

/// One HubSpot portal with its apps.
pub(crate) struct Hubspot {
    pub(crate) portal: u64,
    /// The apps as they begin; how they stand is the portal's.
    pub(crate) apps: Apps,
    /// The private app, and its client secret, by which webhooks are signed.
    pub(crate) app: u64,
    /// The kind of e-mail that one may leave.
    pub(crate) definition: Definition,
    pub(crate) owners: Owners,
    pub(crate) profile: Arc<Profile<HubspotSettings>>,
    limits: SearchLimits,
    /// What the portal has before anyone has called.
    first: State,
}

/// When a portal was set up: in 2019 to 2024, in epoch milliseconds.
const SET_UP: (u64, u64) = (1_546_300_800_000, 1_735_603_200_000);

/// The records of a portal, and all else that it remembers.
#[derive(Clone)]
pub(crate) struct State {
    tables: Vec<Table>,
    pub(crate) portal: Portal,
}

impl Default for State {
    fn default() -> Self {
        Self::of(ObjectType::standard().iter().cloned(), Portal::default())
    }
}

impl State {
    /// Without records.
    pub(crate) fn of(types: impl Iterator<Item = Arc<ObjectType>>, portal: Portal) -> Self {
        Self { tables: types.map(Table::new).collect(), portal }
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// A table by any name that a path may call its type, in any case.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.of.is_called(name))
    }

    pub(crate) fn table(&mut self, place: usize) -> &mut Table {
        &mut self.tables[place]
    }

    /// All tables, and what the portal holds beside them.
    pub(crate) fn with_portal(&mut self) -> (&[Table], &mut Portal) {
        (&self.tables, &mut self.portal)
    }

    /// Makes room for the records of a type of the portal's own.
    pub(crate) fn add(&mut self, of: Arc<ObjectType>) {
        self.tables.push(Table::new(of));
    }

    /// A table, and what the portal holds beside it.
    pub(crate) fn parts(&mut self, place: usize) -> (&mut Table, &mut Portal) {
        (&mut self.tables[place], &mut self.portal)
    }
}

impl Hubspot {
    /// A portal whose ids come from the seed and whose token comes from the world's own secret.
    /// What it begins with is a new portal's, unless one was saved.
    pub(crate) fn new(
        seed: Seed,
        secret: Seed,
        profile: Arc<Profile<HubspotSettings>>,
        saved: Option<&HubspotPortal>,
    ) -> Self {
        let settings = &profile.settings;
        let limits = SearchLimits {
            groups_max: settings.search_filter_groups_max.value,
            filters_per_group_max: settings.search_group_filters_max.value,
            filters_max: settings.search_filters_max.value,
            query_chars_max: settings.search_query_chars_max.value,
            page_default: settings.search_page_default.value.get(),
            page_max: settings.search_page_max.value.get(),
            total_max: settings.search_total_max.value,
        };
        let apps = Apps::new(seed, secret);
        let portal = seed.between("hubspot.portal", 0, 4_000_000, 49_999_999);
        Self {
            portal,
            app: apps.private().id,
            apps,
            definition: Definition {
                id: seed.between("hubspot.email-subscription", 0, 100_000_000, 999_999_999),
                created: Moment(
                    i64::try_from(seed.between("hubspot.email-subscription", 1, SET_UP.0, SET_UP.1)).unwrap_or(0),
                ),
            },
            owners: Owners::new(seed, SET_UP),
            profile,
            limits,
            first: saved.map_or_else(State::default, |saved| saved.state(portal)),
        }
    }

    /// What it remembers before anyone has called.
    pub(crate) fn state(&self) -> State {
        self.first.clone()
    }

    /// What the world gives out before anyone calls. A fork's apps stand as its parent's did.
    pub(crate) fn furnish(&self, slot: &mut Slot<State>, at: Moment) {
        let mut apps = self.apps.clone().standing_as(&slot.state.portal.apps);
        let code_ends = at.plus(self.settings().oauth_given_code_lifetime.value.0);
        apps.give_out(&mut slot.tokens, self.portal, self.owners.user(), code_ends);
        slot.state.portal.apps = apps;
    }

    pub(crate) fn settings(&self) -> &HubspotSettings {
        &self.profile.settings
    }

    /// Whose hand a call's changes are by: the calling app's.
    pub(crate) fn source(&self, stage: &At<'_>) -> Source {
        let app = stage.caller.map_or(self.app, |caller| caller.app);
        Source::Integration { app: u32::try_from(app).unwrap_or(u32::MAX) }
    }

    pub(crate) fn lag_ms(&self) -> (u64, u64) {
        let ms = |span: i64| u64::try_from(span).unwrap_or(0);
        (ms(self.settings().index_lag_min.value.0), ms(self.settings().index_lag_max.value.0))
    }

    fn request_id(stage: &At<'_>) -> Uuid {
        stage.seed.uuid7("hubspot.request-id", stage.exchange, stage.at)
    }

    fn answer(&self, call: Call, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let place = match call.asked {
            Asked::NoRoute => return Ok(account::page(StatusCode::NOT_FOUND)),
            Asked::NoVerb(verbs) => {
                let page = account::page(StatusCode::METHOD_NOT_ALLOWED);
                return Ok(page.with(header::ALLOW, HeaderValue::from_static(verbs)));
            }
            Asked::Verbs(verbs) => {
                let reply = Reply::empty(StatusCode::OK);
                return Ok(reply.with(header::ALLOW, HeaderValue::from_static(verbs)));
            }
            Asked::NotJson => return Ok(Reply::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
            Asked::Other(ask) => return ask.answer(self, stage),
            _ => stage.state.place(&call.object_type),
        };
        let place = place.ok_or_else(|| Problem::unknown_type(&call.object_type))?;
        match call.asked {
            Asked::List(query) => read::list(self, place, &query?, &call.path, &call.query, stage),
            Asked::Read(id, query) => read::one(self, place, &id, &query, stage),
            Asked::Create(body) => write::create(self, place, body?, &call.path, stage),
            Asked::Update(id, query, body) => write::update(self, place, &id, &query, body?, stage),
            Asked::Archive(id) => write::archive(self, place, &id, stage),
            Asked::BatchCreate(body) => batch::create(self, place, body?, stage),
            Asked::BatchRead(archived, body) => batch::read(self, place, archived, body?, stage),
            Asked::BatchUpdate(body) => batch::update(self, place, body?, stage),
            Asked::BatchUpsert(body) => batch::upsert(self, place, body?, stage),
            Asked::BatchArchive(body) => batch::archive(self, place, body?, stage),
            Asked::Merge(_) if !stage.state.tables()[place].of.merge => Ok(account::page(StatusCode::NOT_FOUND)),
            Asked::Merge(body) => merge::merge(self, place, &body?, stage),
            Asked::Forget(body) => merge::forget(self, place, &body?, stage),
            Asked::Search(request) => read::search(self, place, request?, stage),
            Asked::Other(_) | Asked::NoRoute | Asked::NoVerb(_) | Asked::Verbs(_) | Asked::NotJson => {
                Ok(account::page(StatusCode::NOT_FOUND))
            }
        }
    }
}

/// The hand of an app, over the table it writes to.
pub(crate) fn hand<'a>(room: &Hubspot, place: usize, stage: &'a mut At<'_>) -> (&'a mut Table, Hand<'a>) {
    let source = room.source(stage);
    let (table, portal) = stage.state.parts(place);
    let hand = Hand {
        at: stage.at,
        seed: stage.seed,
        source,
        lag_ms: stage.touch.lag_ms.map_or_else(|| room.lag_ms(), |lag| (lag, lag)),
        changes: &mut *stage.changes,
        portal,
    };
    (table, hand)
}

impl System for Hubspot {
    type Call = Call;
    type State = State;

    fn name(&self) -> SystemName {
        SystemName::Hubspot
    }

    fn gate(&self) -> &GatePolicy {
        &self.profile.gate
    }

    fn slot(slots: &mut Slots) -> &mut Slot<State> {
        &mut slots.hubspot
    }

    fn read(&self, request: &Request) -> Call {
        routes::read(request, &self.limits)
    }

    fn operation(&self, call: &Call) -> &'static str {
        match &call.asked {
            Asked::NoRoute => "no-route",
            Asked::NoVerb(_) => "no-verb",
            Asked::Verbs(_) => "verbs",
            Asked::NotJson => "not-json",
            Asked::List(_) => "objects.list",
            Asked::Read(..) => "objects.read",
            Asked::Create(_) => "objects.create",
            Asked::Update(..) => "objects.update",
            Asked::Archive(_) => "objects.archive",
            Asked::BatchCreate(_) => "objects.batch-create",
            Asked::BatchRead(..) => "objects.batch-read",
            Asked::BatchUpdate(_) => "objects.batch-update",
            Asked::BatchUpsert(_) => "objects.batch-upsert",
            Asked::BatchArchive(_) => "objects.batch-archive",
            Asked::Search(_) => "objects.search",
            Asked::Merge(_) => "objects.merge",
            Asked::Forget(_) => "objects.gdpr-delete",
            Asked::Other(ask) => ask.operation(),
        }
    }

    fn scopes(&self, call: &Call) -> &'static str {
        call.needs.map_or("", |needs| needs.told.as_str())
    }

    /// The web server answers unknown paths, wrong verbs and OPTIONS before anyone asks who calls; some
    /// APIs ask for other credentials than a token.
    fn skips(&self, call: &Call, door: Door) -> bool {
        match call.asked.opened_by() {
            None => door != Door::Fault,
            Some(opened_by) => door == Door::Authenticate && opened_by == OpenedBy::Nothing,
        }
    }

    fn authenticate(&self, call: &Call, stage: &mut At<'_>) -> Result<Caller, Reply> {
        let known = match call.asked.opened_by() {
            Some(OpenedBy::Key { app, key }) => apps::by_key(app, key, self.portal, stage),
            _ => apps::authenticate(call.token.as_deref(), call.needs, stage),
        };
        known.map_err(|problem| problem.reply(stage.correlation()))
    }

    fn charge<'a>(&'a self, call: &'a Call, stage: &At<'_>) -> Charge<'a> {
        let caller = stage.caller.unwrap_or_else(|| Caller { account: self.portal, ..Caller::default() });
        let public = stage.state.portal.apps.get(caller.app).is_some_and(|app| app.kind == Kind::Public);
        Charge {
            // The last says that an app of the marketplace calls.
            classes: if public { &call.classes } else { &call.classes[..call.classes.len() - 1] },
            account: caller.account,
            app: caller.app,
            client: 0,
            time_zone: &self.settings().account_time_zone.value.zone,
        }
    }

    fn shared(&self, limit: usize) -> Charge<'_> {
        let time_zone = &self.settings().account_time_zone.value.zone;
        let of_public = |limit: &Limit| limit.classes.iter().any(|class| class == routes::OAUTH_APP);
        let public = self.gate().limits.get(limit).is_some_and(of_public);
        let app = if public { self.apps.public().id } else { self.app };
        Charge { classes: &[], account: self.portal, app, client: 0, time_zone }
    }

    fn over_limit(&self, _call: &Call, limit: &Reading, stage: &mut At<'_>) -> Reply {
        let (correlation, request_id) = (stage.correlation(), Self::request_id(stage));
        let (portal, app) = (self.portal, stage.caller.unwrap_or_default().app);
        let settings = self.settings();
        let told_as = self.gate().limits.get(limit.limit).and_then(|limit| limit.told_as.as_deref());
        // A limit may count the calls of both: the group is that of who called.
        let public = stage.state.portal.apps.get(app).is_some_and(|app| app.kind == Kind::Public);
        let callers = if public { "oauth-api-calls" } else { "private_app-api-calls" };
        let group = |what: &str| Some(format!("publicapi:{what}:{app}:{portal}"));
        let mut reply = match told_as.unwrap_or_default() {
            "search" if settings.search_429.value == Search429::Service => {
                account::over_search_limit_of_service(correlation)
            }
            "search" => account::over_limit("SECONDLY", group("crm:search:oauth"), correlation, request_id),
            "daily" => account::over_limit("DAILY", None, correlation, request_id),
            "secondly" => {
                let group = group(&format!("{callers}-secondly"));
                account::over_limit("SECONDLY", group, correlation, request_id)
            }
            "oauth_token" => account::over_token_limit(),
            _ => {
                let group = group(&format!("{callers}-ten-secondly"));
                account::over_limit("TEN_SECONDLY_ROLLING", group, correlation, request_id)
            }
        };
        if settings.retry_after_on_429.value == RetryAfter::Seconds {
            let seconds = (limit.frees_at.since(stage.at).max(1) + 999) / 1000;
            reply = reply.with(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        reply
    }

    fn storm(&self, call: &Call, flavour: Option<&str>, stage: &mut At<'_>) -> Reply {
        if flavour == Some("service") {
            return account::over_search_limit_of_service(stage.correlation());
        }
        let limits = &self.gate().limits;
        let wording = match (flavour, &call.asked) {
            (Some(flavour), _) => flavour,
            (None, Asked::Search(_)) => "search",
            (None, _) => limits.first().and_then(|limit| limit.told_as.as_deref()).unwrap_or_default(),
        };
        let limit = limits.iter().position(|limit| limit.told_as.as_deref() == Some(wording));
        let size = limit.map_or(0, |limit| limits[limit].size.value.get());
        let reading = Reading { limit: limit.unwrap_or_default(), size, remaining: 0, frees_at: stage.at.plus(1_000) };
        self.over_limit(call, &reading, stage)
    }

    fn can_fail_in_part(&self, call: &Call) -> bool {
        batch::can_fail_in_part(self, call)
    }

    fn merge_away(&self, changed: &[(String, String)], stage: &mut At<'_>) -> bool {
        self.merge_one_away(changed, stage)
    }

    fn size(&self, call: &Call, stage: &mut At<'_>) -> Result<(), Reply> {
        if call.too_large {
            return Err(account::page(StatusCode::PAYLOAD_TOO_LARGE));
        }
        match batch::too_many(self.settings(), call) {
            Some(problem) => Err(problem.reply(stage.correlation())),
            None => Ok(()),
        }
    }

    fn act(&self, call: Call, stage: &mut At<'_>) -> Outcome {
        let correlation = stage.correlation();
        Outcome::Answer(self.answer(call, stage).unwrap_or_else(|problem| problem.reply(correlation)))
    }

    fn hear(&self, slot: &mut Slot<State>, changes: &Changes, by: By, at: Moment, seed: Seed) -> Heard {
        self.heard(slot, changes, by, at, seed)
    }

    fn fail(&self, status: StatusCode, stage: &mut At<'_>) -> Reply {
        account::failure(status, stage.correlation())
    }

    fn seal(&self, reply: &mut Reply, _request: &Request, _readings: &[Reading], stage: &mut At<'_>) {
        let correlation = stage.correlation();
        // Seen equal on 2xx and 4xx, and different on a 429 (facts/hubspot-limits-webhooks-auth.md §1).
        let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
        account::seal(reply, correlation, if limited { Self::request_id(stage) } else { correlation });
    }
}

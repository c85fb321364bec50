//! The head of the OpenAPI document, and the shapes of it that no handler's type can tell: those
//! that are read or written by hand elsewhere. Nothing here answers a call.

use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, Server, Tag};
use utoipa::{IntoParams, ToSchema};

/// Without the paths: the routes bring them.
pub(super) fn document(url: &str) -> OpenApi {
    let mut info = Info::new("Standin control API", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Makes worlds of simulated systems, moves their clocks, reads their journals and reaches into their state. \
         A call means the world of its `world` parameter; without it, the first that was made, \
         while it lives. Every refusal is \
         `{\"error\": {\"message\", \"help\"}}`."
            .to_owned(),
    );
    let tag = |(name, what): (&str, &str)| {
        let mut tag = Tag::new(name);
        tag.description = Some(what.to_owned());
        tag
    };
    let tags = [
        ("apps", "The apps of HubSpot's portal: their tokens, scopes and addresses"),
        ("worlds", "Making, forking and ending worlds"),
        ("clock", "World time: reading, moving and sleeping on it"),
        ("journal", "All that crossed a world's boundary, in one order"),
        ("state", "What a world remembers, by the tester's hand"),
        ("webhooks", "What HubSpot's private app is told"),
        ("faults", "Bad days"),
        ("about", "This document"),
    ];
    OpenApiBuilder::new().info(info).servers(Some([Server::new(url)])).tags(Some(tags.map(tag))).build()
}

/// Every call in a line, for who opens the address to see what is there.
pub(super) fn calls(document: &OpenApi) -> serde_json::Value {
    let mut calls = serde_json::Map::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in
            [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)]
        {
            let Some(operation) = operation else { continue };
            calls.insert(format!("{method} {path}"), operation.summary.clone().into());
        }
    }
    serde_json::json!({
        "about": "The control API of standin, for whoever tests. GET /_standin/openapi.json describes each call.",
        "calls": calls,
    })
}

/// Which methods a path takes.
pub(super) fn methods(document: &OpenApi, path: &str) -> Vec<&'static str> {
    // What is in no document is the list of calls.
    let Some(item) = document.paths.paths.get(path) else { return vec!["GET"] };
    let operations = [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)];
    operations.into_iter().filter_map(|(method, operation)| operation.as_ref().map(|_| method)).collect()
}

/// A running world: its addresses and every credential it gave out.
#[derive(ToSchema)]
#[schema(example = json!({
    "ready": true,
    "id": "1",
    "control": "http://127.0.0.1:4000",
    "systems": {"hubspot": {"url": "http://127.0.0.1:4010", "token": "pat-na1-...", "portal_id": 4200001, "app_id": 7}},
}))]
#[expect(dead_code, reason = "stands for `World::ready` in the document")]
pub(super) struct Ready {
    ready: bool,
    id: String,
    /// Where the control API answers.
    control: String,
    /// By the system's name: `url`, and the credentials that it takes.
    systems: serde_json::Map<String, serde_json::Value>,
}

/// World time.
#[derive(ToSchema)]
#[schema(example = json!({"mode": "manual", "now": "2026-11-20T00:00:00.000Z", "scale": 0}))]
#[expect(dead_code, reason = "stands for `ClockStatus` in the document")]
pub(super) struct ClockShown {
    #[schema(inline)]
    mode: ModeName,
    /// ISO 8601 with milliseconds.
    #[schema(format = DateTime)]
    now: String,
    /// How fast world time passes by itself: 1 is the wall's pace, 0 is standing.
    scale: f64,
}

/// World time, and who takes part in it.
#[derive(ToSchema)]
#[schema(example = json!({
    "mode": "auto", "now": "2026-11-20T00:00:00.000Z", "scale": 0,
    "parties": [{"name": "nightly", "state": "asleep", "until": "2026-11-20T00:00:10.000Z"}],
}))]
#[expect(dead_code, reason = "stands for `clock::Clock` in the document")]
pub(super) struct ClockStanding {
    #[schema(inline)]
    mode: ModeName,
    #[schema(format = DateTime)]
    now: String,
    scale: f64,
    /// By name. An auto clock stands while one of them is awake, and where there is none.
    parties: Vec<PartyStanding>,
}

/// A party of the clock, and what it does.
#[derive(ToSchema)]
#[schema(example = json!({"name": "nightly", "state": "asleep", "until": "2026-11-20T00:00:10.000Z"}))]
#[expect(dead_code, reason = "stands for `ClockParty` in the document")]
pub(super) struct PartyStanding {
    name: String,
    #[schema(inline)]
    state: PartyState,
    /// When it wakes; null unless it is asleep.
    #[schema(required, format = DateTime)]
    until: Option<String>,
}

/// What a party does.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for `ClockPartyState` in the document")]
pub(super) enum PartyState {
    /// It works; an auto clock waits for it.
    Awake,
    Asleep,
    /// It hung up on its sleep: nobody waits for it until it sleeps or registers again.
    Gone,
}

/// How world time passes.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands for `ClockMode` in the document")]
pub(super) enum ModeName {
    Real,
    Scaled,
    Auto,
    Manual,
}

/// A change of mode, a move, or both: the mode first.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "manual", "advance": "61m"}))]
#[expect(dead_code, reason = "stands for `ClockChange` in the document")]
pub(super) struct ClockAsked {
    #[schema(inline)]
    mode: Option<ModeName>,
    /// Goes with `scaled`, and only with it.
    #[schema(exclusive_minimum = 0.0, maximum = 1_000_000.0)]
    scale: Option<f64>,
    /// A span: a whole number and one of ms, s, m, h, d.
    #[schema(pattern = r"^\d+(ms|s|m|h|d)$")]
    advance: Option<String>,
    /// An instant with its offset, not before now. Not with `advance`.
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// What came of it.
#[derive(ToSchema)]
#[schema(example = json!({"mode": "manual", "now": "2026-11-20T01:01:00.000Z", "scale": 0, "settled": true}))]
#[expect(dead_code, reason = "stands for `Moved` in the document")]
pub(super) struct ClockAnswered {
    #[schema(inline)]
    mode: ModeName,
    #[schema(format = DateTime)]
    now: String,
    scale: f64,
    /// Whether all that fell due by the end was done, and has settled. If not, the clock stands at
    /// the instant reached.
    settled: bool,
    /// Who is still waited for; absent if nobody is.
    waiting: Option<Vec<String>>,
}

/// One entry of the journal; a line of JSON. What follows `took_effect` depends on the kind.
#[derive(ToSchema)]
#[schema(example = json!({
    "n": 2, "at": "2026-11-20T00:00:00.000Z", "kind": "change", "system": "hubspot", "account": "4200001",
    "took_effect": true, "actor": "integration", "exchange": 1, "change": "created", "type": "contacts",
    "id": "101", "values": {"email": "kim@example.com"},
}))]
#[expect(dead_code, reason = "stands for `journal::Entry` in the document")]
pub(super) struct EntryLine {
    /// Its place in the world's order, counted from 1 without gaps.
    n: u64,
    /// World time.
    #[schema(format = DateTime)]
    at: String,
    /// exchange, delivery, change, clock, fault, world.
    kind: String,
    #[schema(required)]
    system: Option<String>,
    #[schema(required)]
    account: Option<String>,
    /// Whether the world is different for it, whatever its status says; of a delivery, whether it was answered 2xx.
    took_effect: bool,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

/// A fault to arm.
#[derive(ToSchema)]
#[schema(example = json!({"name": "5xx-burst", "count": 3, "where": {"system": "hubspot", "path": "/crm/v3/objects"}}))]
#[expect(dead_code, reason = "stands for `faults::Arm` in the document")]
pub(super) struct FaultAsked {
    /// One of the catalogue.
    name: String,
    /// How many calls it strikes; 1 if neither `share` nor `for` is given.
    #[schema(minimum = 1)]
    count: Option<u64>,
    /// The share of the calls that it strikes, drawn from the world's seed.
    #[schema(exclusive_minimum = 0.0, maximum = 1.0)]
    share: Option<f64>,
    /// How long it is armed, in world time: 10m.
    #[serde(rename = "for")]
    span: Option<String>,
    /// How many calls it lets go by first.
    after: Option<u64>,
    #[schema(inline, nullable = false)]
    r#where: Option<FaultPlace>,
    /// What this fault alone can be told, as the catalogue lists it.
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

/// Which calls it strikes: all, where nothing is said.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "stands for `faults::Where` in the document")]
pub(super) struct FaultPlace {
    /// hubspot, oci_gateway, ords or retail_express.
    system: Option<String>,
    /// A prefix of the path; the query does not count.
    path: Option<String>,
    method: Option<String>,
}

/// An armed fault.
#[derive(ToSchema)]
#[expect(dead_code, reason = "stands for `faults::Armed` in the document")]
pub(super) struct FaultArmed {
    name: String,
    count: Option<u64>,
    share: Option<f64>,
    #[serde(rename = "for")]
    span: Option<String>,
    after: Option<u64>,
    #[schema(inline)]
    r#where: FaultPlace,
    /// The first instant at which it is armed no more.
    #[schema(format = DateTime)]
    until: Option<String>,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
    /// How often it has struck.
    struck: u64,
}

/// What may be asked of the journal.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "stands for `journal::Asked` in the document")]
pub(super) struct JournalAsked {
    /// The world's id; the first world if it is left out.
    world: Option<String>,
    /// Entries after this number; 0, which is all, if left out.
    #[param(example = 0)]
    since: Option<u64>,
    /// exchange, delivery, change, clock, fault, world: several by commas, or by giving it again. All if left out.
    #[param(example = "exchange,change")]
    kind: Option<String>,
    /// At most so many.
    #[param(example = 100)]
    limit: Option<u64>,
    /// With the bodies of exchanges and deliveries, as `request_body` and `response_body`.
    #[param(example = true)]
    bodies: Option<bool>,
    /// Goes on with new entries until the caller hangs up or the world ends.
    #[param(example = false)]
    follow: Option<bool>,
}

//! The form of `standin.yaml`. It says what the file may hold; what is done with it stands elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{BadPortal, HubspotPortal, SystemName, parse_span};

use super::check::{not_there_yet, wrong};
use super::either::{Deployments, Reset, Tables};
use crate::text::{Malformed, Places, Source};

/// A program under test, the world it is put into, and what it promises.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// What the world holds, beside what every world has.
    #[serde(default)]
    pub world: WorldFile,
    /// How the program is started or reached.
    #[serde(default)]
    pub target: Target,
    /// The contract's file, relative to this one; the embedded `retail` if absent.
    #[serde(default)]
    pub contract: Option<PathBuf>,
    /// The folder that relative paths start from: the file's own.
    #[serde(skip)]
    pub folder: PathBuf,
    /// What diagnostics call it, and all of it, to tell places in.
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(skip)]
    text: Arc<str>,
    #[serde(skip)]
    webhook_lines: Vec<u64>,
    #[serde(skip)]
    receiver_line: u64,
    /// Read once for all worlds.
    #[serde(skip)]
    portal: Arc<OnceLock<HubspotPortal>>,
}

/// What is yours in the world. A system left out is as `standin serve` has it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    #[serde(default)]
    pub hubspot: HubspotFile,
    #[serde(default)]
    pub oci_gateway: GatewayFile,
    #[serde(default)]
    pub ords: OrdsFile,
    #[serde(default)]
    pub retail_express: SystemFile,
}

/// Your HubSpot portal.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HubspotFile {
    /// A profile's name, or a file of your own, which ends in .yaml.
    #[serde(default)]
    pub profile: Option<String>,
    /// The account's time zone, like `Australia/Sydney`; the profile's if absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The folder of what was saved from your own portal by GETs: `standin portal check` tells what it holds.
    /// What every portal has if absent.
    #[serde(default)]
    pub portal: Option<PathBuf>,
    /// The subscriptions of the private app; they are delivered to `target.receivers.hubspot`.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
    /// The address that deliveries are signed for, where a proxy stands before the receiver; `Host` and `X-Forwarded-*`
    /// name it.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Addresses of this machine that deliveries come from, in turn, like 127.0.0.2.
    #[serde(default)]
    pub deliver_from: Vec<std::net::IpAddr>,
}

/// A webhook subscription, as a private app's owner makes it in HubSpot's screens.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Webhook {
    /// `contact.creation`, `contact.propertyChange`, ...
    pub subscription_type: String,
    /// The property, for a propertyChange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
    /// The type's id, for the types of `object`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_id: Option<String>,
}

/// Your API gateway.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayFile {
    #[serde(default)]
    pub profile: Option<String>,
    /// Deployments: specifications by path prefix, `{ /erp/v2: gateway/customers.json }`, or a list of files
    /// that hold one beside its `pathPrefix`.
    #[serde(default)]
    pub deployments: Deployments,
}

/// Your Oracle master.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrdsFile {
    #[serde(default)]
    pub profile: Option<String>,
    /// Tables of your own, in place of the built-in `customers`: a list, or the files with their columns by a
    /// pattern, `ords/*.yaml`.
    #[serde(default)]
    pub tables: Tables,
}

/// A table: its columns, and the rows it begins with.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// A YAML file with name, key and columns.
    pub columns: PathBuf,
    /// A CSV file with a header line of column names.
    #[serde(default)]
    pub rows: Option<PathBuf>,
}

/// A system of which only the profile can be chosen.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemFile {
    #[serde(default)]
    pub profile: Option<String>,
}

/// The program under test.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The command; absent where the program is already running.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub start: Option<Vec<String>>,
    /// The folder it is started in, relative to this file; this file's own if absent.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// An address that answers 2xx once the program is ready; without it, it is ready at once.
    #[serde(default)]
    pub ready: Option<String>,
    /// How long it may take to be ready, in real time; 30s if absent.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^\d+(ms|s|m|h|d)$"))]
    pub ready_within: Option<Span>,
    /// By which time it lives.
    #[serde(default)]
    pub time: TimeMode,
    /// With `faketime`: how many times the pace of the wall's. The greatest that leaves
    /// `shortest_timeout` 300 ms of real time, if absent.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = sim::ClockMode::SCALE_MAX))]
    pub scale: Option<f64>,
    /// With `faketime`: the shortest time-out that the program has.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^\d+(ms|s|m|h|d)$"))]
    pub shortest_timeout: Option<Span>,
    /// The folder in which the program keeps what it must remember; it is made if it is not there. `${state}`
    /// names a fresh one for each scenario.
    #[serde(default)]
    pub state_dir: Option<String>,
    /// Has the program forget the case before, and, where it is running already, take the addresses of the
    /// next. A command, run to its end with `env` as its environment: before the program is started, or once
    /// it is ready where it runs already. Or an address to which `env` is POSTed as a JSON object once it is ready.
    #[serde(default)]
    pub reset: Option<Reset>,
    /// Has the program take its environment anew while it runs, when a scenario has rotated a token: a command, run to
    /// its end with `env` as its environment, or an address to which `env` is POSTed as a JSON object. Without it a
    /// program hears of a new token when it is started again.
    #[serde(default)]
    pub reload: Option<Reset>,
    /// Its environment, beside ours.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    #[serde(default)]
    pub receivers: Receivers,
    #[serde(default)]
    pub observe: Observe,
    /// Commands that a scenario runs to their end by name.
    #[serde(default)]
    pub jobs: BTreeMap<String, Job>,
    /// How long a job, or a command of `reset`, may take, in real time; 5m if absent.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^\d+(ms|s|m|h|d)$"))]
    pub job_within: Option<Span>,
}

/// A job's command.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Job(#[schemars(length(min = 1))] pub Vec<String>);

/// Where the program hears of changes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receivers {
    /// The target URL of HubSpot's webhooks.
    #[serde(default)]
    pub hubspot: Option<String>,
}

/// What cannot be seen from outside the program. It is noted in the JSON report, and judged by nobody.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observe {
    /// An address that tells what the program has set aside; asked at the end of each case.
    #[serde(default)]
    pub dead_letters: Option<String>,
    /// The program's log files by a pattern, relative to this file: `logs/*.log`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub logs: Option<String>,
}

/// By which time the program lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeMode {
    /// The machine's.
    #[default]
    Real,
    /// The machine's, made faster by libfaketime.
    Faketime,
    /// The world's: it sleeps by `/_standin/clock/sleep` and reads `/_standin/clock`.
    Cooperating,
}

impl std::fmt::Display for TimeMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Real => "real",
            Self::Faketime => "faketime",
            Self::Cooperating => "cooperating",
        })
    }
}

/// A span of time, written like `5s`; in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub i64);

impl TryFrom<String> for Span {
    type Error = sim::BadSpan;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        parse_span(&text).map(Self)
    }
}

impl TargetFile {
    /// Reads a target file. `name` is what diagnostics call it.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place.
    pub fn parse(name: &str, text: &str) -> Result<Self, Malformed> {
        let source = Source { name, text };
        if source.is_blank() {
            let mend = "say how the program is started: `target: { start: [node, server.js] }`; \
                        `standin schema target` says what it may hold";
            return Err(source.blank(mend));
        }
        // Where that cannot be read, the next reading says why.
        let places: Places = source.read().unwrap_or(Places::Leaf);
        let later = not_there_yet(source, &places);
        if !later.is_empty() {
            return Err(source.malformed(later));
        }
        let mut file: Self = source.read()?;
        file.name = name.to_owned();
        file.text = text.into();
        let line = |path: &[&str]| places.of(path).line();
        let webhooks = (0..file.world.hubspot.webhooks.len()).map(|place| place.to_string());
        file.webhook_lines = webhooks.map(|place| line(&["world", "hubspot", "webhooks", &place])).collect();
        file.receiver_line = line(&["target", "receivers", "hubspot"]);
        let wrong = wrong(&file, source, &places);
        if wrong.is_empty() { Ok(file) } else { Err(source.malformed(wrong)) }
    }

    /// The portal of its own that its worlds begin with.
    ///
    /// # Errors
    /// What cannot be loaded of it.
    pub fn portal(&self) -> Result<Option<&HubspotPortal>, BadPortal> {
        let Some(folder) = &self.world.hubspot.portal else { return Ok(None) };
        if let Some(read) = self.portal.get() {
            return Ok(Some(read));
        }
        let read = HubspotPortal::load(&self.folder.join(folder))?;
        Ok(Some(self.portal.get_or_init(|| read)))
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text }
    }

    /// The line on which a `${...}` of this file stands.
    pub(crate) fn line_of(&self, name: &str) -> u64 {
        let before = self.text.split(&format!("${{{name}")).next().unwrap_or_default();
        before.matches('\n').map(|_| 1).sum::<u64>() + 1
    }

    /// The line on which a webhook stands; that of their receiver, where it is none of them.
    pub(crate) fn line_of_webhook(&self, place: Option<usize>) -> u64 {
        place.and_then(|place| self.webhook_lines.get(place).copied()).unwrap_or(self.receiver_line)
    }

    /// Whether all its cases write to the same log: then they are played one after another.
    pub(crate) fn shares_logs(&self) -> bool {
        self.target.observe.logs.as_ref().is_some_and(|pattern| !pattern.contains("${"))
    }

    /// The profile of each system that has one of its own.
    pub fn profiles(&self) -> impl Iterator<Item = (SystemName, &str)> {
        let world = &self.world;
        [
            (SystemName::Hubspot, &world.hubspot.profile),
            (SystemName::OciGateway, &world.oci_gateway.profile),
            (SystemName::Ords, &world.ords.profile),
            (SystemName::RetailExpress, &world.retail_express.profile),
        ]
        .into_iter()
        .filter_map(|(system, profile)| Some((system, profile.as_deref()?)))
    }
}

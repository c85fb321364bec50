//! The form of `standin.yaml`. It says what the file may hold; what is done with it stands elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{SystemName, parse_span};

use crate::text::{Malformed, Source};

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
    /// The subscriptions of the private app; they are delivered to `target.receivers.hubspot`.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
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
}

/// Your API gateway.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayFile {
    #[serde(default)]
    pub profile: Option<String>,
    /// Deployment specifications by path prefix: `{ /erp/v2: gateway/customers.json }`.
    #[serde(default)]
    pub deployments: IndexMap<String, PathBuf>,
}

/// Your Oracle master.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrdsFile {
    #[serde(default)]
    pub profile: Option<String>,
    /// Tables of your own, in place of the built-in `customers`.
    #[serde(default)]
    pub tables: Vec<TableFile>,
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
    pub scale: Option<f64>,
    /// With `faketime`: the shortest time-out that the program has.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^\d+(ms|s|m|h|d)$"))]
    pub shortest_timeout: Option<Span>,
    /// The folder in which the program keeps what it must remember; it is made if it is not there. `${state}`
    /// names a fresh one for each scenario.
    #[serde(default)]
    pub state_dir: Option<String>,
    /// Where the program is running already: has it forget the case before and take the addresses of the
    /// next. A command, run to its end with `env` as its environment, or an address to which `env` is
    /// POSTed as a JSON object.
    #[serde(default)]
    pub reset: Option<Reset>,
    /// Its environment, beside ours.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    #[serde(default)]
    pub receivers: Receivers,
    /// Commands that a scenario runs to their end by name.
    #[serde(default)]
    pub jobs: BTreeMap<String, Job>,
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

/// How a program that is running already is put into the next case.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reset {
    Command(Vec<String>),
    Url(String),
}
    /// How long a job, or a command of `reset`, may take, in real time; 5m if absent.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^\d+(ms|s|m|h|d)$"))]
    pub job_within: Option<Span>,

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
        let file: Self = source.read()?;
        let mut wrong = Vec::new();
        let at_start = serde_saphyr::Location::UNKNOWN;
        if file.target.scale.is_some_and(|scale| !(1.0..=sim::ClockMode::SCALE_MAX).contains(&scale)) {
            wrong.push(source.wrong(at_start, "`scale` is a number from 1 on", None));
        }
        if file.target.start.as_ref().is_some_and(Vec::is_empty) {
            wrong.push(source.wrong(
                at_start,
                "`start` names no program",
                Some("write it as a list: [node, server.js]".to_owned()),
            ));
        }
        if file.target.start.is_some() && file.target.reset.is_some() {
            let mend = "leave out `reset`: with `start`, each case has a process of its own".to_owned();
            wrong.push(source.wrong(at_start, "`reset` is for a program that is running already", Some(mend)));
        }
        if !file.world.hubspot.webhooks.is_empty() && file.target.receivers.hubspot.is_none() {
            let mend = "add target.receivers.hubspot, the address that takes the events".to_owned();
            wrong.push(source.wrong(at_start, "there are webhooks, but no receiver for them", Some(mend)));
        }
        if wrong.is_empty() { Ok(file) } else { Err(source.malformed(wrong)) }
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

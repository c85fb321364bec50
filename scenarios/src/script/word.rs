//! The words that steps begin with, where each may stand and what it takes. The one list that reader,
//! schema and player share.

use std::fmt;

use sim::SystemName;

/// The parts of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Given,
    When,
    Then,
}

/// What the tester's hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update,
    Archive,
    Restore,
    Unsubscribe,
    RotateToken,
    ExpireToken,
    SetScopes,
    DeleteApp,
    UninstallApp,
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// `SYSTEM.RECORDS`: seeded people, put in.
    Seed(SystemName, &'static str),
    /// `SYSTEM.ACTION`: the tester's hand.
    Act(SystemName, Action),
    /// `SYSTEM.RECORD`: what a record is to be like.
    Holds(SystemName, &'static str),
    Synced,
    Clock,
    Fault,
    Spend,
    Run,
    Advance,
    Kill,
    Restart,
    Deliver,
    Repeat,
    Clauses,
}

/// A member of a step: its name, what it holds, and whether it may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) optional: bool,
    pub(crate) about: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `10m`
    Span,
    /// `2026-11-20T00:00:00Z`
    Instant,
    Text,
    /// How a delivery is forged.
    Forgery,
    /// A system's name.
    System,
    /// A case of the hostile kit.
    Hostile,
    Count,
    Flag,
    /// Above 0, at most 1.
    Share,
    /// A mapping of names and values.
    Values,
    /// A mapping with these members, and no other.
    Members(&'static [Member]),
    /// A list of steps of the same part.
    Steps,
}

impl Form {
    /// Whether `${...}` may stand for it. A world begins, and steps are read, before there is anything to
    /// fill in.
    pub(crate) const fn may_be_filled(self) -> bool {
        !matches!(self, Self::Instant | Self::Steps)
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Span => "a span like 10m",
            Self::Instant => "an instant like 2026-11-20T00:00:00Z",
            Self::Text => "a text",
            Self::Forgery => "a way of forging a delivery",
            Self::System => "a system's name",
            Self::Hostile => "a case of the hostile kit; `standin send --help` lists them",
            Self::Count => "a whole number from 0 on",
            Self::Flag => "true or false",
            Self::Share => "a number above 0, at most 1",
            Self::Values | Self::Members(_) => "a mapping of names and values",
            Self::Steps => "a list of steps",
        }
    }
}

/// What follows a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// One value.
    One(Form),
    /// A mapping with these members; any other name too, if it is `open`.
    Members { members: &'static [Member], open: bool },
    /// `all`, or a list of clause ids.
    Clauses,
    /// A bad day, with what its kind can be told.
    Fault,
}

const fn member(name: &'static str, form: Form, about: &'static str) -> Member {
    Member { name, form, optional: false, about }
}

const fn optional(name: &'static str, form: Form, about: &'static str) -> Member {
    Member { name, form, optional: true, about }
}

const TYPE: Member = optional("type", Form::Text, "the record type or table; contacts or customers if absent");
const SET: Member = member("set", Form::Values, "names and values; null clears");
const FIND: Member = member("find", Form::Values, "names and values by which the record is found");

const SEED: &[Member] = &[
    member("count", Form::Count, "how many people"),
    optional("from", Form::Count, "the index of the first person"),
    optional("subscribed", Form::Flag, "whether all of them take marketing, or none"),
    optional("set", Form::Values, "names and values that each record gets instead; null clears"),
];
const CREATE: &[Member] = &[TYPE, SET];
const UPDATE: &[Member] = &[TYPE, FIND, SET];
const ARCHIVE: &[Member] = &[TYPE, FIND];
const UNSUBSCRIBE: &[Member] = &[
    optional("email", Form::Text, "whose address"),
    optional("find", Form::Values, "names and values: the address of every contact that they find, instead of one"),
];
const APP: Member = member("app", Form::Text, "private, narrow, service_key or public");
const ROTATE_TOKEN: &[Member] = &[
    APP,
    optional("variant", Form::Text, "now, or later: the token before is good for the days of grace too; now if absent"),
];
const SET_SCOPES: &[Member] = &[APP, member("scopes", Form::Text, "the names of all it is granted, apart by spaces")];
const OF_APP: &[Member] = &[APP];
const HOLDS: &[Member] = &[
    TYPE,
    optional(
        "has",
        Form::Values,
        "names and values that every such record is to have, or those that are counted; null for none",
    ),
    optional("absent", Form::Flag, "true: there is to be no such record"),
    optional("count", Form::Count, "how many such records there are to be"),
];
const SYNCED: &[Member] = &[member("within", Form::Span, "in world time")];
/// What every bad day can be told; beside these each has members of its own, which the catalogue lists.
pub(crate) const FAULT: &[Member] = &[
    member("name", Form::Text, "a fault of the catalogue"),
    optional("count", Form::Count, "how many calls it strikes; one if neither `share` nor `for` is given"),
    optional("share", Form::Share, "the share of the calls that it strikes, drawn from the world's seed"),
    optional("for", Form::Span, "how long it is armed, in world time"),
    optional("after", Form::Count, "how many calls it lets go by first"),
    optional("where", Form::Members(STRUCK), "the calls it strikes; any if absent"),
];
const SYSTEM: Member = optional("system", Form::System, "any if absent");
const PATH: Member = optional("path", Form::Text, "the beginning of the path");
const METHOD: Member = optional("method", Form::Text, "like POST");
const STRUCK: &[Member] = &[SYSTEM, PATH, METHOD];
const CALL: &[Member] = &[SYSTEM, PATH, METHOD, optional("status", Form::Count, "of the answer")];
const SPEND: &[Member] = &[
    member("system", Form::System, "whose limit"),
    member("limit", Form::Text, "the limit's id in the profile"),
    optional("leave", Form::Count, "how many calls are left; none if absent"),
];
const KILL: &[Member] =
    &[optional("once", Form::Members(CALL), "wait first for a call like this, since the end of the step before")];
const RESTART: &[Member] = &[];
const DELIVER: &[Member] = &[
    member("event", Form::Text, "the subscription type, like contact.propertyChange"),
    member("find", Form::Values, "the contact that it is about"),
    optional("property", Form::Text, "of a propertyChange"),
    optional("value", Form::Text, "of a propertyChange"),
    optional(
        "forged",
        Form::Forgery,
        "how the delivery differs from a plain one, to be believed or not; a plain one if absent",
    ),
    optional("hostile", Form::Hostile, "a case of the hostile kit, in place of one delivery"),
    optional("earlier", Form::Text, "with reorder: the value before, whose event comes late"),
    optional("count", Form::Count, "with hostile: how often; once if absent"),
];
const REPEAT: &[Member] =
    &[member("times", Form::Count, "how often"), member("steps", Form::Steps, "what is done each time")];

const SEEDS: [(SystemName, &str); 3] =
    [(SystemName::Hubspot, "contacts"), (SystemName::Ords, "customers"), (SystemName::RetailExpress, "customers")];
const ACTIONS: [(SystemName, Action); 15] = [
    (SystemName::Hubspot, Action::Create),
    (SystemName::Hubspot, Action::Update),
    (SystemName::Hubspot, Action::Archive),
    (SystemName::Hubspot, Action::Restore),
    (SystemName::Hubspot, Action::Unsubscribe),
    (SystemName::Hubspot, Action::RotateToken),
    (SystemName::Hubspot, Action::ExpireToken),
    (SystemName::Hubspot, Action::SetScopes),
    (SystemName::Hubspot, Action::DeleteApp),
    (SystemName::Hubspot, Action::UninstallApp),
    (SystemName::Ords, Action::Create),
    (SystemName::Ords, Action::Update),
    (SystemName::Ords, Action::Archive),
    (SystemName::RetailExpress, Action::Create),
    (SystemName::RetailExpress, Action::Update),
];

impl Word {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Synced,
            Self::Clock,
            Self::Fault,
            Self::Spend,
            Self::Run,
            Self::Advance,
            Self::Kill,
            Self::Restart,
            Self::Deliver,
            Self::Repeat,
            Self::Clauses,
        ];
        let seeds = SEEDS.into_iter().map(|(system, records)| Self::Seed(system, records));
        let acts = ACTIONS.into_iter().map(|(system, action)| Self::Act(system, action));
        let holds = SEEDS.into_iter().map(|(system, records)| Self::Holds(system, records));
        seeds.chain(acts).chain(holds).chain(plain)
    }

    pub(crate) fn find(text: &str) -> Option<Self> {
        Self::all().find(|word| word.to_string() == text)
    }

    /// The parts in which it may stand.
    pub(crate) fn parts(self) -> &'static [Part] {
        match self {
            Self::Seed(..) | Self::Clock => &[Part::Given],
            Self::Synced => &[Part::Given, Part::When, Part::Then],
            Self::Fault | Self::Spend | Self::Act(_, Action::SetScopes) => &[Part::Given, Part::When],
            Self::Act(..) | Self::Run | Self::Advance | Self::Kill | Self::Restart | Self::Deliver | Self::Repeat => {
                &[Part::When]
            }
            Self::Holds(..) | Self::Clauses => &[Part::Then],
        }
    }

    pub(crate) fn takes(self) -> Takes {
        let members = |members| Takes::Members { members, open: false };
        match self {
            Self::Seed(..) => members(SEED),
            Self::Act(_, Action::Create) => members(CREATE),
            Self::Act(_, Action::Update) => members(UPDATE),
            Self::Act(_, Action::Archive | Action::Restore) => members(ARCHIVE),
            Self::Act(_, Action::Unsubscribe) => members(UNSUBSCRIBE),
            Self::Act(_, Action::RotateToken) => members(ROTATE_TOKEN),
            Self::Act(_, Action::SetScopes) => members(SET_SCOPES),
            Self::Act(_, Action::ExpireToken | Action::DeleteApp | Action::UninstallApp) => members(OF_APP),
            Self::Holds(..) => Takes::Members { members: HOLDS, open: true },
            Self::Synced => members(SYNCED),
            Self::Clock => Takes::One(Form::Instant),
            Self::Fault => Takes::Fault,
            Self::Spend => members(SPEND),
            Self::Run => Takes::One(Form::Text),
            Self::Advance => Takes::One(Form::Span),
            Self::Kill => members(KILL),
            Self::Restart => members(RESTART),
            Self::Deliver => members(DELIVER),
            Self::Repeat => members(REPEAT),
            Self::Clauses => Takes::Clauses,
        }
    }

    /// What it does, for the schema.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Seed(..) => "seeded people, put in by the tester's hand",
            Self::Act(_, Action::Create) => "the tester makes a record",
            Self::Act(_, Action::Update) => "the tester changes a record",
            Self::Act(_, Action::Archive) => "the tester archives a record",
            Self::Act(_, Action::Restore) => "the tester brings an archived record back",
            Self::Act(_, Action::Unsubscribe) => "a person opts out of everything",
            Self::Act(_, Action::RotateToken) => "an app's token gets a new value, which a restarted target is told",
            Self::Act(_, Action::ExpireToken) => "the token that a rotation had left good ends",
            Self::Act(_, Action::SetScopes) => "an app is granted these scopes and no other, at once",
            Self::Act(_, Action::DeleteApp) => "an app is deleted, and its tokens with it",
            Self::Act(_, Action::UninstallApp) => "the public app is taken out of the account",
            Self::Holds(..) => "what a record is to be like, within the span of `within` if there is one",
            Self::Synced => "the integration has brought everything over",
            Self::Clock => "when the world begins",
            Self::Fault => "arms a bad day",
            Self::Spend => "another program in the account uses up a limit",
            Self::Run => "runs a job of the target to its end",
            Self::Advance => "lets world time pass",
            Self::Kill => "the target is killed",
            Self::Restart => "the target is started again on the same state",
            Self::Deliver => "a webhook delivery by the tester's hand",
            Self::Repeat => "does steps again and again",
            Self::Clauses => "the clauses that are judged",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Unsubscribe => "unsubscribe",
            Self::RotateToken => "rotate_token",
            Self::ExpireToken => "expire_token",
            Self::SetScopes => "set_scopes",
            Self::DeleteApp => "delete_app",
            Self::UninstallApp => "uninstall_app",
        })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(system, records) => write!(f, "{system}.{records}"),
            Self::Act(system, action) => write!(f, "{system}.{action}"),
            Self::Holds(system, records) => write!(f, "{system}.{}", records.trim_end_matches('s')),
            Self::Synced => f.write_str("synced"),
            Self::Clock => f.write_str("clock"),
            Self::Fault => f.write_str("fault"),
            Self::Spend => f.write_str("spend"),
            Self::Run => f.write_str("run"),
            Self::Advance => f.write_str("advance"),
            Self::Kill => f.write_str("kill"),
            Self::Restart => f.write_str("restart"),
            Self::Deliver => f.write_str("deliver"),
            Self::Repeat => f.write_str("repeat"),
            Self::Clauses => f.write_str("clauses"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "given",
            Self::When => "when",
            Self::Then => "then",
        })
    }
}

//! Values that are derived from a record, not stored.

use std::borrow::Cow;

use serde::Deserialize;

use super::{ObjectType, PropertyId};
use crate::Moment;
use crate::hubspot::phone::{self, Phone};
use crate::hubspot::record::{Record, Value};

/// A value that is derived from the record, not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Computed {
    Id,
    /// Its id, and those of the records that went into it.
    AllIds,
    Created,
    Updated,
    Source,
    SourceId,
    EmailDomain,
    FullNameOrEmail,
    True,
    False,
    Zero,
    /// When the record last came to this stage of the property with the rule `forward`.
    Entered(Stage),
    /// The number of this property without its country's code, for searches.
    National(Phone),
}

impl Computed {
    /// The value of every record, where it is the same.
    pub(super) const fn constant(self) -> Option<&'static str> {
        match self {
            Self::True => Some("true"),
            Self::False => Some("false"),
            Self::Zero => Some("0"),
            _ => None,
        }
    }
}

/// The lifecycle stages that every portal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Subscriber,
    Lead,
    MarketingQualifiedLead,
    SalesQualifiedLead,
    Opportunity,
    Customer,
    Evangelist,
    Other,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Lead => "lead",
            Self::MarketingQualifiedLead => "marketingqualifiedlead",
            Self::SalesQualifiedLead => "salesqualifiedlead",
            Self::Opportunity => "opportunity",
            Self::Customer => "customer",
            Self::Evangelist => "evangelist",
            Self::Other => "other",
        }
    }
}

impl ObjectType {
    /// A record's value of a property, computed ones included; `None` where it has none.
    pub(crate) fn value<'r>(&self, record: &'r Record, id: PropertyId) -> Option<Cow<'r, str>> {
        match self.property(id).computed {
            Some(computed) => self.compute(record, computed),
            None => record.stored(self, id).map(Cow::Borrowed),
        }
    }

    fn compute<'r>(&self, record: &'r Record, computed: Computed) -> Option<Cow<'r, str>> {
        let stored = |name: &str| record.stored(self, self.find(name)?);
        Some(match computed {
            Computed::Id => record.id.to_string().into(),
            Computed::AllIds => match self.merged_ids.and_then(|merged| record.stored(self, merged)) {
                Some(merged) => format!("{};{merged}", record.id).into(),
                None => record.id.to_string().into(),
            },
            Computed::Created => record.created.iso().as_str().to_owned().into(),
            Computed::Updated => record.updated.iso().as_str().to_owned().into(),
            Computed::Source => record.source.label().into(),
            Computed::SourceId => record.source.id()?.into(),
            Computed::EmailDomain => stored("email")?.rsplit_once('@')?.1.into(),
            Computed::FullNameOrEmail => match (stored("firstname"), stored("lastname")) {
                (Some(first), Some(last)) => format!("{first} {last}").into(),
                (Some(one), None) | (None, Some(one)) => one.into(),
                (None, None) => stored("email")?.into(),
            },
            Computed::True | Computed::False | Computed::Zero => computed.constant()?.into(),
            Computed::Entered(stage) => self.entered(record, stage)?.iso().as_str().to_owned().into(),
            Computed::National(phone) => phone::national(stored(phone.as_str())?)?.into(),
        })
    }

    /// When a record last came to a stage.
    pub(crate) fn entered(&self, record: &Record, stage: Stage) -> Option<Moment> {
        self.entered_from(self.lifecycle(record), record, stage)
    }

    /// As [`Self::entered`], where the stage it is at is known already.
    pub(crate) fn entered_from(&self, now: Option<&Value>, record: &Record, stage: Stage) -> Option<Moment> {
        let now = now.filter(|value| value.text == stage.as_str());
        Some(now.or_else(|| record.past(self.staged?).find(|value| value.text == stage.as_str()))?.at)
    }

    /// Since when a record has its present value of a computed property.
    pub(crate) fn computed_since(&self, record: &Record, computed: Computed) -> Moment {
        let latest = |names: &[&str]| {
            let since = |name: &&str| record.current(self, self.find(name)?).map(|value| value.at);
            names.iter().filter_map(since).max()
        };
        match computed {
            Computed::Updated => Some(record.updated),
            Computed::EmailDomain => latest(&["email"]),
            Computed::FullNameOrEmail => latest(&["firstname", "lastname", "email"]),
            Computed::Entered(stage) => self.entered(record, stage),
            Computed::National(phone) => latest(&[phone.as_str()]),
            _ => None,
        }
        .unwrap_or(record.created)
    }
}

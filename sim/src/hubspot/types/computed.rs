//! Values that are derived from a record, not stored. What depends on more than the record itself (a
//! stage's own data, another record) is no computed value: it is written with the change that it follows.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;

use super::{ObjectType, PropertyId, money, text};
use crate::Moment;
use crate::hubspot::phone::{self, Phone};
use crate::hubspot::record::{Record, Value};

/// How a value comes from the record. Names are those of other properties.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
    /// When the record last came to this stage, of the property with the rule `forward` or `stage`.
    Entered(CompactString),
    /// The number of this property without its country's code, for searches.
    National(Phone),
    /// The same as this one.
    #[serde(alias = "same")]
    Copy(CompactString),
    /// The first less the others; one that is not set counts as nothing.
    Less(Vec<CompactString>),
    /// This one without markup, cut where it is long.
    Preview(CompactString),
    /// A part of an e-mail's headers: whose, and what of it.
    Header(CompactString, CompactString),
    /// Of a line item and a deal.
    Sum(money::Sum),
}

impl Computed {
    /// The value of every record, where it is the same.
    pub(super) const fn constant(&self) -> Option<&'static str> {
        match self {
            Self::True => Some("true"),
            Self::False => Some("false"),
            Self::Zero => Some("0"),
            _ => None,
        }
    }

    /// The stored properties that it comes from.
    pub(super) fn sources(&self) -> Vec<&str> {
        match self {
            Self::EmailDomain => vec!["email"],
            Self::FullNameOrEmail => vec!["firstname", "lastname", "email"],
            Self::National(phone) => vec![phone.as_str()],
            Self::Copy(of) | Self::Preview(of) => vec![of],
            Self::Less(of) => of.iter().map(CompactString::as_str).collect(),
            Self::Header(..) => vec![text::HEADERS],
            Self::Sum(sum) => sum.sources().to_vec(),
            _ => Vec::new(),
        }
    }
}

impl ObjectType {
    /// A record's value of a property, computed ones included; `None` where it has none.
    pub(crate) fn value<'r>(&self, record: &'r Record, id: PropertyId) -> Option<Cow<'r, str>> {
        match &self.property(id).computed {
            Some(computed) => self.compute(record, computed),
            None => record.stored(self, id).map(Cow::Borrowed),
        }
    }

    fn compute<'r>(&self, record: &'r Record, computed: &Computed) -> Option<Cow<'r, str>> {
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
            Computed::Copy(of) => self.value(record, self.find(of)?)?,
            Computed::Less(of) => {
                let (first, others) = of.split_first()?;
                let others: Vec<_> = others.iter().filter_map(|name| stored(name)).collect();
                money::less(stored(first)?, &others)?.into()
            }
            Computed::Preview(of) => text::preview(stored(of)?).into(),
            Computed::Header(whose, what) => text::header(stored(text::HEADERS)?, whose, what)?.into(),
            Computed::Sum(sum) => sum.of(stored)?.into(),
        })
    }

    /// When a record last came to a stage.
    pub(crate) fn entered(&self, record: &Record, stage: &str) -> Option<Moment> {
        self.entered_from(self.lifecycle(record), record, stage)
    }

    /// As [`Self::entered`], where the stage it is at is known already.
    pub(crate) fn entered_from(&self, now: Option<&Value>, record: &Record, stage: &str) -> Option<Moment> {
        let now = now.filter(|value| value.text == stage);
        Some(now.or_else(|| record.past(self.staged?).find(|value| value.text == stage))?.at)
    }

    /// Since when a record has its present value of a computed property.
    pub(crate) fn computed_since(&self, record: &Record, computed: &Computed) -> Moment {
        let since = |name: &str| record.current(self, self.find(name)?).map(|value| value.at);
        match computed {
            Computed::Updated => Some(record.updated),
            Computed::Entered(stage) => self.entered(record, stage),
            other => other.sources().into_iter().filter_map(since).max(),
        }
        .unwrap_or(record.created)
    }
}

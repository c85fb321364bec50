//! The kinds of entries, and sets of them to read by.

use serde::{Deserialize, Serialize};

/// What an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request and its answer.
    Exchange,
    /// A call made outwards by a system.
    Delivery,
    /// A record created, updated or archived.
    Change,
    /// A move of the world's clock, or a change of its mode.
    Clock,
    /// A fault armed, struck or cleared.
    Fault,
    /// What happened to the world as a whole: emptied, put by, brought back.
    World,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Exchange, Self::Delivery, Self::Change, Self::Clock, Self::Fault, Self::World];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Delivery => "delivery",
            Self::Change => "change",
            Self::Clock => "clock",
            Self::Fault => "fault",
            Self::World => "world",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A set of kinds.
///
/// ```
/// use standin_sim::journal::{Kind, Kinds};
/// let kinds: Kinds = [Kind::Change, Kind::Fault].into_iter().collect();
/// assert!(kinds.contains(Kind::Fault) && !kinds.contains(Kind::Exchange));
/// assert!(Kinds::ALL.contains(Kind::Exchange));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(0b11_1111);

    #[must_use]
    pub const fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        Self::NONE.with(kind)
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

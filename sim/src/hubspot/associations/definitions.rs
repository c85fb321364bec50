//! Association types: what one record may be to another. HubSpot's own are read from
//! `associations.yaml` once in a process; an account adds its labels while it lives.

use std::sync::{Arc, OnceLock};

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// Who made an association type. Each numbers its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
    HubspotDefined,
    UserDefined,
    IntegratorDefined,
    Work,
}

impl Category {
    const ALL: [(Self, &'static str); 4] = [
        (Self::HubspotDefined, "HUBSPOT_DEFINED"),
        (Self::UserDefined, "USER_DEFINED"),
        (Self::IntegratorDefined, "INTEGRATOR_DEFINED"),
        (Self::Work, "WORK"),
    ];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(category, _)| *category)
    }

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(category, _)| *category == self).map_or("", |(_, name)| name)
    }
}

/// An association type by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spec {
    pub(crate) category: Category,
    pub(crate) id: u32,
}

/// An object type, as associations number them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct End(u16);

#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) spec: Spec,
    /// What the third version calls it.
    pub(crate) name: CompactString,
    /// None where it only says that two records belong together.
    pub(crate) label: Option<CompactString>,
    /// It stands with every other of its pair.
    pub(crate) default: bool,
    /// A record has it with one other at most, and the later takes it from the earlier.
    pub(crate) moves: bool,
    /// The type of the other direction, set and removed together with it.
    pub(crate) inverse: Option<Spec>,
    /// How many records one may have by it, where that is less than the policy's figure.
    pub(crate) limit: Option<u32>,
    /// How many the account's people allow.
    pub(crate) enforced: Option<u32>,
}

/// All association types of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    ends: Vec<CompactString>,
    all: Vec<Definition>,
    places: FxHashMap<Spec, usize>,
    defaults: FxHashMap<(End, End), Spec>,
    last_own: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    types: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    from: CompactString,
    to: CompactString,
    id: u32,
    name: CompactString,
    #[serde(default)]
    label: Option<CompactString>,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    inverse: Option<u32>,
    #[serde(default)]
    limit: Option<u32>,
}

const fn hubspots(id: u32) -> Spec {
    Spec { category: Category::HubspotDefined, id }
}

impl Definitions {
    /// Those that every account has.
    pub(super) fn standard() -> Arc<Self> {
        static READ: OnceLock<Arc<Definitions>> = OnceLock::new();
        let read = || {
            #[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
            Self::parse(include_str!("../associations.yaml")).expect("the embedded association types are well formed")
        };
        READ.get_or_init(|| read().into()).clone()
    }

    /// # Errors
    /// The text is no such file.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let mut read = <Self as Default>::default();
        for row in file.types {
            let definition = Definition {
                from: read.end(&row.from),
                to: read.end(&row.to),
                spec: hubspots(row.id),
                name: row.name,
                label: row.label,
                default: row.default,
                moves: row.primary && row.limit == Some(1),
                inverse: row.inverse.map(hubspots),
                limit: row.limit,
                enforced: None,
            };
            read.push(definition)?;
        }
        for definition in &read.all {
            let Some(inverse) = definition.inverse else { continue };
            let there = read.get(inverse).ok_or_else(|| format!("{} has no inverse {inverse:?}", definition.name))?;
            if (there.from, there.to, there.inverse) != (definition.to, definition.from, Some(definition.spec)) {
                return Err(format!("{} and {} are not each other's inverse", definition.name, there.name));
            }
        }
        Ok(read)
    }

    pub(super) fn push(&mut self, definition: Definition) -> Result<(), String> {
        let Definition { from, to, spec, default, .. } = definition;
        if self.places.contains_key(&spec) {
            return Err(format!("{spec:?} is defined twice"));
        }
        if default && self.defaults.contains_key(&(from, to)) {
            return Err(format!("{} is a second default of its pair", definition.name));
        }
        if spec.category == Category::UserDefined {
            self.last_own = self.last_own.max(spec.id);
        }
        self.places.insert(spec, self.all.len());
        if default {
            self.defaults.insert((from, to), spec);
        }
        self.all.push(definition);
        Ok(())
    }

    /// An object type's number; one that is new gets its own.
    pub(super) fn end(&mut self, name: &str) -> End {
        self.known(name).unwrap_or_else(|| {
            self.ends.push(name.into());
            End(u16::try_from(self.ends.len() - 1).unwrap_or(u16::MAX))
        })
    }

    pub(super) fn known(&self, name: &str) -> Option<End> {
        self.ends.iter().position(|known| known == name).and_then(|place| u16::try_from(place).ok()).map(End)
    }

    pub(super) fn name(&self, end: End) -> &str {
        self.ends.get(usize::from(end.0)).map_or("", CompactString::as_str)
    }

    /// Every object type that has a number.
    pub(super) fn ends(&self) -> impl Iterator<Item = End> + use<> {
        (0..u16::try_from(self.ends.len()).unwrap_or(u16::MAX)).map(End)
    }

    pub(super) fn get(&self, spec: Spec) -> Option<&Definition> {
        self.places.get(&spec).map(|place| &self.all[*place])
    }

    pub(super) fn default_of(&self, from: End, to: End) -> Option<Spec> {
        self.defaults.get(&(from, to)).copied()
    }

    pub(super) fn all(&self) -> &[Definition] {
        &self.all
    }

    /// Those of a pair, HubSpot's own first.
    pub(super) fn between(&self, from: End, to: End) -> impl Iterator<Item = &Definition> {
        self.all.iter().filter(move |definition| (definition.from, definition.to) == (from, to))
    }

    /// One of a pair by the name that the third version knows, or by its number.
    pub(super) fn named(&self, from: End, to: End, text: &str) -> Option<&Definition> {
        let number = text.parse().ok();
        self.between(from, to).find(|known| known.name.eq_ignore_ascii_case(text) || number == Some(known.spec.id))
    }

    /// Adds a label of the account's own, and its inverse; they are one where both ends are the same
    /// and nothing tells the directions apart. None where the numbers are used up.
    pub(super) fn add(
        &mut self,
        (from, to): (End, End),
        name: &str,
        label: Option<CompactString>,
        inverse_label: Option<CompactString>,
    ) -> Vec<Spec> {
        let own = |id| Spec { category: Category::UserDefined, id };
        let paired = from != to || inverse_label.is_some();
        let Some(last) = self.last_own.checked_add(if paired { 2 } else { 1 }) else { return Vec::new() };
        let (first, second) = (own(self.last_own + 1), own(last));
        self.last_own = second.id;
        let default = label.is_none();
        let definition = Definition {
            from,
            to,
            spec: first,
            name: name.into(),
            label: label.clone(),
            default,
            moves: false,
            inverse: Some(second),
            limit: None,
            enforced: None,
        };
        let back = Definition {
            from: to,
            to: from,
            spec: second,
            label: inverse_label.or(label),
            inverse: Some(first),
            ..definition.clone()
        };
        // The numbers are fresh, so neither can be refused.
        let _ = self.push(definition);
        if paired {
            let _ = self.push(back);
        }
        if paired { vec![first, second] } else { vec![first] }
    }

    /// Puts these of a pair before its others.
    pub(super) fn arrange(&mut self, (from, to): (End, End), order: &[Spec]) {
        let of_pair = |known: &Definition| (known.from, known.to) == (from, to);
        let places: Vec<_> =
            self.all.iter().enumerate().filter(|(_, known)| of_pair(known)).map(|(at, _)| at).collect();
        let mut arranged: Vec<_> = places.iter().map(|at| self.all[*at].clone()).collect();
        arranged.sort_by_key(|known| order.iter().position(|spec| *spec == known.spec).unwrap_or(usize::MAX));
        for (at, known) in places.into_iter().zip(arranged) {
            self.places.insert(known.spec, at);
            self.all[at] = known;
        }
    }

    /// The labels of the account's own; a pair of them between records of one type counts once. What may
    /// be made and what is told of it are counted by these.
    pub(super) fn own_labels(&self) -> impl Iterator<Item = &Definition> {
        self.all.iter().filter(|known| {
            let first = known.inverse.is_none_or(|inverse| known.spec <= inverse);
            let own = known.spec.category == Category::UserDefined && known.label.is_some();
            own && (known.from != known.to || first)
        })
    }

    pub(super) fn change(&mut self, spec: Spec) -> Option<&mut Definition> {
        self.places.get(&spec).map(|place| &mut self.all[*place])
    }

    /// Takes a type and its inverse away.
    pub(super) fn remove(&mut self, spec: Spec) {
        let inverse = self.get(spec).and_then(|definition| definition.inverse);
        self.all.retain(|definition| definition.spec != spec && Some(definition.spec) != inverse);
        self.places = self.all.iter().enumerate().map(|(place, known)| (known.spec, place)).collect();
        self.defaults.retain(|_, known| *known != spec && Some(*known) != inverse);
    }
}

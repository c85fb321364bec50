//! Association types as another portal had them: with its numbers. For a portal that begins with them;
//! what an account makes for itself while it lives stands in `definitions.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::definitions::{Category, Definition, Spec};
use super::store::Associations;

/// Types are numbered by 32 bits with a sign; half of what a number can be here is left for new ones.
pub(crate) const TYPE_ID_MAX: u32 = i32::MAX as u32;

/// A type as it was saved. Its inverse is of the same category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedType {
    pub(crate) category: Category,
    pub(crate) id: u32,
    /// What the third version calls it.
    pub(crate) name: Option<CompactString>,
    pub(crate) label: Option<CompactString>,
    pub(crate) inverse: Option<u32>,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Same,
    Changed,
    New,
    /// It is a type of two others, and stays that.
    Elsewhere(SavedType),
}

impl Associations {
    /// Whether there are types of associations with it.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.definitions.known(name).is_some()
    }

    /// What the third version calls a type of HubSpot's own, if it is one of these two.
    pub(crate) fn hubspots(&self, from: &str, to: &str, id: u32) -> Option<&str> {
        let known = self.definitions.get(Spec { category: Category::HubspotDefined, id })?;
        let is = |end, name| self.definitions.name(end) == name;
        (is(known.from, from) && is(known.to, to)).then_some(&*known.name)
    }

    /// Lays the types of one direction over those there are, in their order; `called` are the names of the
    /// two in a name that nobody told.
    pub(crate) fn put_all(
        &mut self,
        [from, to]: [&str; 2],
        called: &[CompactString; 2],
        saved: Vec<SavedType>,
    ) -> Vec<Put> {
        let ends = (self.end(from), self.end(to));
        let definitions = Arc::make_mut(&mut self.definitions);
        let (mut order, mut put) = (Vec::new(), Vec::new());
        for saved in saved {
            let SavedType { category, id, ref name, ref label, inverse } = saved;
            let spec = Spec { category, id };
            if let Some(known) = definitions.change(spec) {
                if (known.from, known.to) != ends {
                    put.push(Put::Elsewhere(saved));
                    continue;
                }
                let same = known.label == *label && name.as_ref().is_none_or(|name| known.name == *name);
                known.label.clone_from(label);
                if let Some(name) = name {
                    known.name.clone_from(name);
                }
                put.push(if same { Put::Same } else { Put::Changed });
            } else {
                let name = name.clone().unwrap_or_else(|| unsaid(called, label.as_deref()));
                // Neither is there: the number was looked for, and so is the default.
                let _ = definitions.push(Definition {
                    from: ends.0,
                    to: ends.1,
                    spec,
                    name,
                    default: label.is_none() && definitions.default_of(ends.0, ends.1).is_none(),
                    label: label.clone(),
                    moves: false,
                    inverse: inverse.map(|id| Spec { category, id }),
                    limit: None,
                    enforced: None,
                });
                put.push(Put::New);
            }
            order.push(spec);
        }
        definitions.arrange(ends, &order);
        put
    }

    /// As [`Self::define`], by these numbers where they are free.
    pub(crate) fn define_as(&mut self, from: &str, to: &str, name: &str, ids: [u64; 2]) {
        let ends = (self.end(from), self.end(to));
        if self.definitions.default_of(ends.0, ends.1).is_some() {
            return;
        }
        let spec = |id: u64| {
            u32::try_from(id)
                .ok()
                .filter(|id| *id <= TYPE_ID_MAX)
                .map(|id| Spec { category: Category::UserDefined, id })
        };
        let free = |spec: &Spec| self.definitions.get(*spec).is_none();
        let specs = ids.map(|id| spec(id).filter(free));
        let [Some(first), Some(second)] = specs else { return self.define(from, to, name) };
        let called = [CompactString::from(from), CompactString::from(to)];
        let back = self.definitions.default_of(ends.1, ends.0).is_none() && first != second;
        let saved = |spec: Spec, inverse: Option<u32>| SavedType {
            category: spec.category,
            id: spec.id,
            name: Some(name.into()),
            label: None,
            inverse,
        };
        let inverse = if back || ends.0 == ends.1 { Some(second.id) } else { None };
        self.put_all([from, to], &called, vec![saved(first, inverse)]);
        if back {
            self.put_all([to, from], &called, vec![saved(second, Some(first.id))]);
        }
    }

    /// How many labels of its own an account has from one type to another, for each two that have any.
    pub(crate) fn own_labels(&self) -> BTreeMap<[&str; 2], usize> {
        let mut counts = BTreeMap::new();
        for known in self.definitions.own_labels() {
            let ends = [known.from, known.to].map(|end| self.definitions.name(end));
            *counts.entry(ends).or_default() += 1;
        }
        counts
    }

    /// Names the account's own association of two types that have no label.
    pub(crate) fn call(&mut self, from: &str, to: &str, name: &str) {
        let ends = self.definitions.known(from).zip(self.definitions.known(to));
        let spec = ends.and_then(|(from, to)| self.definitions.default_of(from, to));
        let Some(spec) = spec.filter(|spec| spec.category == Category::UserDefined) else { return };
        if let Some(known) = Arc::make_mut(&mut self.definitions).change(spec) {
            known.name = name.into();
        }
    }
}

/// A name where none was told: what is said of it, else of the two types.
fn unsaid(called: &[CompactString; 2], label: Option<&str>) -> CompactString {
    let plain = |text: &str| -> String {
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
    };
    match label {
        Some(label) => plain(label).into(),
        None => format!("{}_to_{}", plain(&called[0]), plain(&called[1])).into(),
    }
}

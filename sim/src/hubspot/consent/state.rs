//! What addresses have said about being written to. It belongs to the address, not to a contact: it
//! may be said before there is one, and outlives it (facts/hubspot-limits-webhooks-auth.md §9.3).

use compact_str::CompactString;
use imbl::OrdMap;

use crate::Moment;
use crate::hubspot::record::Source;
use crate::hubspot::table::{Hand, Key, Table};
use crate::hubspot::types::ObjectType;
use crate::hubspot::validate::Accepted;

/// By address, as it is kept: trimmed and in lower case. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consent(OrdMap<CompactString, Standing>);

/// What one address has said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// That it wants no e-mail at all. Nothing takes that back.
    pub(crate) out_of_all: Option<Said>,
    /// Whether it wants what the portal's one subscription sends.
    pub(crate) own: Option<(bool, Said)>,
}

/// When and how something was said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) at: Moment,
    pub(crate) source: Source,
    pub(crate) legal_basis: Option<CompactString>,
    pub(crate) legal_basis_explanation: Option<CompactString>,
}

impl Said {
    pub(crate) fn plainly(at: Moment, source: Source) -> Self {
        Self { at, source, legal_basis: None, legal_basis_explanation: None }
    }
}

impl Standing {
    /// Whether it refused the portal's subscription, by itself or with all others.
    pub(crate) fn is_out(&self) -> bool {
        self.out_of_all.is_some() || matches!(self.own, Some((false, _)))
    }
}

impl Consent {
    pub(crate) fn of(&self, address: &str) -> Standing {
        self.0.get(address).cloned().unwrap_or_default()
    }

    /// Takes an address out of everything; `false` if it was out already.
    pub(crate) fn leave_all(&mut self, address: CompactString, said: Said) -> bool {
        let standing = self.0.entry(address).or_default();
        let fresh = standing.out_of_all.is_none() || !matches!(standing.own, Some((false, _)));
        if fresh {
            standing.own = Some((false, said.clone()));
            standing.out_of_all = Some(said);
        }
        fresh
    }

    /// Sets what an address wants of the portal's subscription; `false` if it had said the same.
    pub(crate) fn choose(&mut self, address: CompactString, wanted: bool, said: Said) -> bool {
        let own = &mut self.0.entry(address).or_default().own;
        let fresh = !matches!(own, Some((same, _)) if *same == wanted);
        if fresh {
            *own = Some((wanted, said));
        }
        fresh
    }

    /// Forgets what an address wants of the portal's subscription; `false` if it had said nothing.
    pub(crate) fn unsay(&mut self, address: &str) -> bool {
        self.0.get_mut(address).is_some_and(|standing| standing.own.take().is_some())
    }

    /// Adds to the values of a contact what follows from the address among them.
    pub(crate) fn follow(&self, of: &ObjectType, values: &mut Accepted) {
        let (Some(address), Some(opted_out)) = (of.address, of.opted_out) else { return };
        let Some((_, text)) = values.iter().rev().find(|(property, _)| *property == address) else { return };
        let out = self.0.get(text).is_some_and(|standing| standing.out_of_all.is_some());
        values.push((opted_out, if out { TRUE } else { CompactString::const_new("") }));
    }
}

const TRUE: CompactString = CompactString::const_new("true");

/// Shows on the contact of an address, if there is one, that it left everything.
pub(crate) fn show(table: &mut Table, address: CompactString, hand: &mut Hand<'_>) {
    let of = table.of.clone();
    let (Some(property), Some(opted_out)) = (of.address, of.opted_out) else { return };
    let own = |contact: &u64| {
        table.live().get(contact).is_some_and(|record| record.stored(&of, property) == Some(address.as_str()))
    };
    if let Some(contact) = table.id_of(&Key::Unique(property, address.clone())).filter(own) {
        table.update(contact, vec![(opted_out, TRUE)], hand);
    }
}

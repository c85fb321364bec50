//! What a world remembers, one slot a system. A fork clones it; records are shared until written.

use crate::gate::{Limits, Tokens};
use crate::{hubspot, oracle, retail_express};

/// One system's memory: what the gate counts and has given out, and the room's own state.
#[derive(Clone, Debug)]
pub(crate) struct Slot<T> {
    pub(crate) limits: Limits,
    pub(crate) tokens: Tokens,
    pub(crate) state: T,
}

/// The memory of every system of a world.
#[derive(Clone)]
pub(crate) struct Slots {
    pub(crate) hubspot: Slot<hubspot::State>,
    pub(crate) oci_gateway: Slot<oracle::gateway::State>,
    pub(crate) ords: Slot<oracle::ords::State>,
    pub(crate) retail_express: Slot<retail_express::State>,
}

impl<T> Slot<T> {
    /// Nothing counted, nothing given out.
    pub(crate) fn new(limits: Limits, state: T) -> Self {
        Self { limits, tokens: Tokens::default(), state }
    }
}

impl Slots {
    /// Takes others in their place, but for how the apps have their webhooks: that belongs to the world. Answers what
    /// was there.
    pub(crate) fn give_way_to(&mut self, mut others: Self) -> Self {
        std::mem::swap(&mut self.hubspot.state.portal.webhooks, &mut others.hubspot.state.portal.webhooks);
        std::mem::replace(self, others)
    }
}

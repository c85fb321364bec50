//! The tester's hand on the apps of the HubSpot portal.

use super::World;
use super::access::AccessError;
use super::core::Memory;
use super::slots::Slot;
use crate::SystemName;
use crate::hubspot::{AppHand, AppTold};
use crate::journal::FaultEvent;

impl World {
    /// Does to an app of the HubSpot portal what its owner does on HubSpot's screens: `private`, `narrow`,
    /// `service_key` or `public`. The journal has it as a fault of the hand's name that struck. The ready
    /// line tells the token of now.
    ///
    /// # Errors
    /// There is no such app, or this cannot be done to it; nothing was changed then.
    pub fn app(&self, name: &str, hand: &AppHand) -> Result<AppTold, AccessError> {
        let room = &self.inner.rooms.hubspot;
        let grace_ms = room.settings().token_grace.value.0;
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        let Memory { slots, journal, .. } = &mut *memory;
        let Slot { tokens, state, .. } = &mut slots.hubspot;
        let told = state.portal.apps.by_hand(name, hand, tokens, (room.portal, grace_ms), at);
        let told = told.map_err(AccessError::Unfit)?;
        journal.fault(at, Some(SystemName::Hubspot), hand.name(), FaultEvent::Struck);
        Ok(told)
    }

    /// Deletes the HubSpot account itself: no token opens it any more, and nobody gets another. Tells how its apps
    /// stand then.
    ///
    /// # Errors
    /// It was deleted before.
    pub fn close_account(&self) -> Result<Vec<AppTold>, AccessError> {
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        let Memory { slots, journal, .. } = &mut *memory;
        let Slot { tokens, state, .. } = &mut slots.hubspot;
        state.portal.apps.close(tokens).map_err(AccessError::Unfit)?;
        journal.fault(at, Some(SystemName::Hubspot), "close-account", FaultEvent::Struck);
        Ok(state.portal.apps.told(tokens))
    }

    /// The apps of the HubSpot portal, as they stand.
    #[must_use]
    pub fn apps(&self) -> Vec<AppTold> {
        let memory = self.inner.core.memory();
        let slot = &memory.slots.hubspot;
        slot.state.portal.apps.told(&slot.tokens)
    }
}

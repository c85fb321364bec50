//! Who tells the outside of a world's changes, one a system that does. They are set up from outside and belong to
//! one world: a fork has none, and no reset takes them away.

use crate::SystemName;
use crate::deliver::Herald;
use crate::hubspot;

#[derive(Default)]
pub(crate) struct Heralds {
    /// What HubSpot's private app subscribed to, once it was set up.
    pub(crate) hubspot: Option<hubspot::Webhooks>,
}

impl Heralds {
    pub(crate) fn of(&mut self, system: SystemName) -> Option<&mut dyn Herald> {
        match system {
            SystemName::Hubspot => self.hubspot.as_mut().map(|webhooks| webhooks as _),
            SystemName::OciGateway | SystemName::Ords | SystemName::RetailExpress => None,
        }
    }
}

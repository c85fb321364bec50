//! What a portal holds beside its records. Each part belongs to one folder of the room; a fork shares
//! it all until it is written.

use super::apps::Apps;
use super::associations::Associations;
use super::consent::Consent;
use super::pipelines::Pipelines;
use super::schemas::Schemas;
use super::webhooks::{Hooks, Journal};

#[derive(Clone, Default)]
pub(crate) struct Portal {
    pub(crate) apps: Apps,
    pub(crate) associations: Associations,
    pub(crate) consent: Consent,
    pub(crate) journal: Journal,
    pub(crate) pipelines: Pipelines,
    pub(crate) schemas: Schemas,
    pub(crate) webhooks: Hooks,
}

//! Each system's own settings, one file a system: figures that its handlers ask for.

mod hubspot;
mod oci_gateway;
mod ords;
mod retail_express;
mod table;

pub use hubspot::{
    BackwardStage, HubspotSettings, MergedId, NoneFound, OptionText, RetryAfter, Search429, SearchHeaders,
    UpsertOnEmail,
};
pub use oci_gateway::{ErrorForm, ForwardedByCaller, GatewaySettings, RateWindow};
pub use ords::OrdsSettings;
pub use retail_express::{AboveMax, DayBreach, RetailExpressSettings, SecondToken};
pub use table::Settings;
pub(super) use table::{Draft, Misfit};

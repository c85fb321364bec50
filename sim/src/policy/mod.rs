//! The profile model: a system's limits, lifetimes, sizes and order of doors, as data with sources.
//! Says what holds; it counts nothing and knows no request.

mod draft;
mod error;
mod figure;
mod gate;
mod limit;
mod profile;
mod settings;

pub use error::ProfileError;
pub use figure::{Figure, Millis, Status};
pub use gate::{Advertise, Door, GatePolicy, Shown};
pub use limit::{Anchor, Limit, LimitKind, Scope, Zone};
pub use profile::{Profile, profile_names};
pub use settings::{
    AboveMax, BackwardStage, DayBreach, ErrorForm, ForwardedByCaller, GatewaySettings, HubspotSettings, MergedId,
    NoneFound, OptionText, OrdsSettings, RateWindow, RetailExpressSettings, RetryAfter, Search429, SearchHeaders,
    SecondToken, Settings, UpsertOnEmail,
};

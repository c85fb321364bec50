//! Load against limits: how much useful work an integration gets done under its quota, read off the journal; and
//! how fast a receiver of webhooks answers what HubSpot's throttle lets through, or more.

mod ideal;
mod measure;
mod observe;
mod receive;
mod report;
mod target;
mod told;
mod usage;

pub use measure::measure;
pub use observe::{NotObserved, Source, Taken};
pub use receive::{NotSent, Sending, made_up_secret, send};
pub use report::{
    Latency, LimitUse, LoadReport, Moment429, Observed, ReceiverLoad, SystemLoad, TargetLoad, Tightest, Useful,
};
pub use target::{Population, carry};
pub use told::{receiver_told, target_told};

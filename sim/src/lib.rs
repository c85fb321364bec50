//! Worlds of simulated systems: HubSpot, the Oracle master behind its gateway, Retail Express.
//!
//! A [`World`] holds every simulated system of one run under one clock, one seed and one journal.
//! This crate serves them on loopback addresses of their own and knows nothing of the programs
//! that call them, nor of contracts and scenarios.

pub mod faults;
pub mod gate;
pub mod journal;
pub mod ledger;
pub mod policy;

mod control;
mod deliver;
mod host;
mod message;
mod near;
mod object;
mod serve;
mod system;
mod words;
mod world;
pub mod yaml;

mod hubspot;
mod oracle;
mod retail_express;

pub use control::Control;
pub use deliver::{Attempt, Dispatch, DispatchState, Dispatches, Forgery, Landed, encode, sign, wire};
pub use host::{Host, UnknownWorld};
pub use hubspot::{
    AppHand, AppTold, BadPortal, HubspotPortal, Letters, NoLetters, PortalFile, PortalProblem, SampleEvent,
    Subscription, envelope, hubspot_object_types, hubspot_properties, webhook_event_types,
};
pub use near::nearest;
pub use oracle::gateway as oci_gateway;
pub use oracle::ords::{BadTable, OrdsTable};
pub use serve::raise_open_files;
pub use system::SystemName;
pub use world::{
    AccessError, BadMoment, BadSpan, Builder, Clock, ClockChange, ClockError, ClockLimits, ClockMode, ClockMove,
    ClockParty, ClockPartyState, ClockStatus, ClockStep, Delivery, Emptied, LimitTold, Meter, Moment, Moved,
    Occurrence, Open, Ports, Records, Seed, Sleep, Spent, StartError, Webhooks, WorkId, World, parse_span, seeded,
    span_text,
};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

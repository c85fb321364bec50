//! HubSpot: its objects, its routes and its wording of errors.

mod account;
mod account_info;
mod apps;
mod associations;
mod batch;
mod batch_reply;
mod body;
mod consent;
mod counted;
mod errors;
mod inherit;
mod limited;
mod limits_tracking;
mod merge;
mod oauth;
mod object;
mod object_library;
mod owners;
mod past;
mod phone;
mod pipelines;
mod portal;
mod portal_files;
mod properties;
mod query;
mod read;
mod record;
mod room;
mod routes;
mod schemas;
mod search;
mod table;
mod tester;
mod types;
mod unique;
mod validate;
mod webhooks;
mod wire;
mod write;
mod written;
mod wrong_json;

#[cfg(test)]
mod tests;

pub use apps::{AppHand, AppTold};
pub(crate) use body::Input;
pub(crate) use counted::classes;
pub use portal_files::{BadPortal, HubspotPortal, PortalFile, PortalProblem};
pub(crate) use record::Source;
pub(crate) use room::{Hubspot, State};
pub(crate) use routes::OAUTH_APP;
pub(crate) use webhooks::{Asked as WebhooksAsked, Shown as WebhooksShown, given};
pub use webhooks::{Letters, NoLetters, SampleEvent, Subscription, envelope, webhook_event_types};

/// The names of the object types that every portal has.
#[must_use]
pub fn hubspot_object_types() -> Vec<&'static str> {
    types::ObjectType::standard().iter().map(|of| of.name.as_str()).collect()
}

/// The names of an object type's standard properties, or `None` if there is no such type.
///
/// ```
/// let known = standin_sim::hubspot_properties("contacts").ok_or("contacts are standard")?;
/// assert!(known.contains(&"firstname") && !known.contains(&"first_name"));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn hubspot_properties(object_type: &str) -> Option<Vec<&'static str>> {
    let of = types::ObjectType::standard().iter().find(|of| of.name == object_type)?;
    Some(of.properties.iter().map(|property| property.name.as_str()).collect())
}

//! OAuth: the page that asks a person, codes and tokens, and what tokens are told of
//! (facts/hubspot-limits-webhooks-auth.md §4.2, §4.3). None of it asks for a bearer token but the uninstall.

mod ask;
mod form;
mod info;
mod page;
mod refusal;
mod token;

pub(crate) use ask::route;
pub(crate) use info::of_install;

//! What credentials a system has given out, and until when each is good.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::Moment;

/// A credential that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account it opens.
    pub account: u64,
    /// The app or client it was given to.
    pub app: u64,
    /// What it is for: `token`, `api_key`, `client`.
    pub kind: &'static str,
    /// The first instant at which it is no longer good.
    pub expires: Option<Moment>,
}

/// The credentials of one system in one world.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    grants: FxHashMap<CompactString, Grant>,
}

impl Tokens {
    pub fn grant(&mut self, credential: &str, grant: Grant) {
        self.grants.insert(credential.into(), grant);
    }

    pub fn revoke(&mut self, credential: &str) -> Option<Grant> {
        self.grants.remove(credential)
    }

    /// The grant behind a credential, whether or not it has expired.
    #[must_use]
    pub fn find(&self, credential: &str) -> Option<&Grant> {
        self.grants.get(credential)
    }

    /// The grant behind a credential of one kind that is good at `at`.
    #[must_use]
    pub fn good(&self, credential: &str, kind: &str, at: Moment) -> Option<&Grant> {
        self.find(credential).filter(|grant| grant.kind == kind && grant.expires.is_none_or(|end| at < end))
    }
}

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
    /// Which one it is of those its system has given out, counted from 1; set when it is given out.
    pub number: u64,
    /// The first instant at which it is no longer good.
    pub expires: Option<Moment>,
}

/// The credentials of one system in one world. They are given out for good, or lent: what was lent is
/// forgotten some time after its end, so that memory is bounded by the credentials that are good.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    grants: FxHashMap<CompactString, Grant>,
    /// How many there may be until the next look for those that have ended.
    sweep_at: usize,
    /// How long whatever is lent now is good at the most.
    cut_ms: Option<i64>,
    /// Whether something was lent for so short.
    was_cut: bool,
    /// How many were given out.
    given: u64,
    /// How many there are of each app and kind.
    held: FxHashMap<(u64, &'static str), usize>,
}

/// Below this many credentials none is looked for that has ended.
const FEW: usize = 1_024;

impl Tokens {
    /// Gives out a credential; answers its number.
    pub fn grant(&mut self, credential: &str, grant: Grant) -> u64 {
        self.given += 1;
        *self.held.entry((grant.app, grant.kind)).or_default() += 1;
        if let Some(before) = self.grants.insert(credential.into(), Grant { number: self.given, ..grant }) {
            gone(&mut self.held, &before);
        }
        self.given
    }

    /// How many credentials were given out, those that are gone included.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Ends a credential at `end`, or before if it would have ended before.
    pub fn end(&mut self, credential: &str, end: Moment) {
        if let Some(grant) = self.grants.get_mut(credential) {
            grant.expires = Some(grant.expires.map_or(end, |before| before.min(end)));
        }
    }

    /// Takes back every credential that is picked.
    pub fn revoke_all(&mut self, picked: impl Fn(&Grant) -> bool) {
        self.keep(|grant| !picked(grant));
    }

    fn keep(&mut self, kept: impl Fn(&Grant) -> bool) {
        let Self { grants, held, .. } = self;
        grants.retain(|_, grant| {
            let stays = kept(grant);
            if !stays {
                gone(held, grant);
            }
            stays
        });
    }

    /// When a credential that is lent at `at` ends, if it is to be good until `end`.
    #[must_use]
    pub fn end_of_loan(&self, end: Moment, at: Moment) -> Moment {
        self.cut_ms.map_or(end, |cut_ms| end.min(at.plus(cut_ms)))
    }

    /// Gives out a credential at `at` that is to end. This may forget any that has ended by then: a room calls
    /// it only where it refuses an ended credential as an unknown one, or reads off its text that and when it
    /// has ended.
    pub fn lend(&mut self, credential: &str, mut grant: Grant, at: Moment) -> u64 {
        if self.cut_ms.is_some() && grant.expires.is_some() {
            self.was_cut = true;
            grant.expires = grant.expires.map(|end| self.end_of_loan(end, at));
        }
        if self.grants.len() >= self.sweep_at.max(FEW) {
            self.keep(|grant| grant.expires.is_none_or(|end| at < end));
            self.sweep_at = self.grants.len() * 2;
        }
        self.grant(credential, grant)
    }

    /// Whether an app has any credential of a kind.
    #[must_use]
    pub fn has(&self, app: u64, kind: &'static str) -> bool {
        self.held.get(&(app, kind)).is_some_and(|count| *count > 0)
    }

    /// From now on what is lent ends so soon, whatever its receiver is told. Says whether anything was
    /// lent for so short since the last time.
    pub fn cut(&mut self, lifetime_ms: Option<i64>) -> bool {
        self.cut_ms = lifetime_ms;
        std::mem::take(&mut self.was_cut)
    }

    pub fn revoke(&mut self, credential: &str) -> Option<Grant> {
        let revoked = self.grants.remove(credential);
        if let Some(grant) = &revoked {
            gone(&mut self.held, grant);
        }
        revoked
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

/// One less of an app and a kind.
fn gone(held: &mut FxHashMap<(u64, &'static str), usize>, grant: &Grant) {
    if let Some(count) = held.get_mut(&(grant.app, grant.kind)) {
        *count = count.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(end: Option<i64>) -> Grant {
        Grant { account: 1, app: 1, kind: "token", number: 0, expires: end.map(Moment) }
    }

    #[test]
    fn an_app_has_what_it_was_given_and_that_is_neither_taken_back_nor_forgotten() {
        let mut tokens = Tokens::default();
        assert!(!tokens.has(1, "token"));
        tokens.grant("a", until(None));
        tokens.grant("a", until(None));
        assert!(tokens.has(1, "token") && !tokens.has(2, "token") && !tokens.has(1, "key"));
        tokens.revoke("a");
        tokens.revoke("a");
        assert!(!tokens.has(1, "token"));
        for n in 0..FEW as i64 {
            tokens.lend(&n.to_string(), until(Some(10)), Moment(0));
        }
        assert!(tokens.has(1, "token"));
        tokens.lend("key", Grant { kind: "key", ..until(Some(30)) }, Moment(20));
        assert!(!tokens.has(1, "token"), "all have ended, and are forgotten");
        tokens.revoke_all(|grant| grant.kind == "key");
        assert!(!tokens.has(1, "key"));
    }

    #[test]
    fn what_has_ended_takes_no_memory_and_what_is_good_stays() {
        let mut tokens = Tokens::default();
        tokens.grant("key", until(None));
        for n in 0..100_000 {
            tokens.lend(&n.to_string(), until(Some(n + 3_000)), Moment(n));
        }
        assert!(tokens.grants.len() <= 2 * (3_000 + 1), "{}", tokens.grants.len());
        let at = Moment(100_000);
        for n in 97_001..100_000 {
            assert!(tokens.good(&n.to_string(), "token", at).is_some(), "{n}");
        }
        assert!(tokens.good("97000", "token", at).is_none());
        assert!(tokens.good("key", "token", at).is_some(), "a credential for good is never forgotten");
    }
}

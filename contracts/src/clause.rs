//! The catalogue: the ids by which contracts, reports and the command line name a promise. An id
//! never changes its meaning and is never given to another clause.

use std::fmt;
use std::str::FromStr;

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $text, "`")] $variant,)* }

        impl $name {
            /// All of them, in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named! {
    /// What a clause is about: the part of its id before the dot.
    Family {
        Limits = "limits",
        Batch = "batch",
        Search = "search",
        Paging = "paging",
        Retry = "retry",
        Auth = "auth",
        Data = "data",
        Order = "order",
        Ownership = "ownership",
        Consent = "consent",
        Webhook = "webhook",
        Freshness = "freshness",
        Migration = "migration",
        Restart = "restart",
        Privacy = "privacy",
        Audit = "audit",
        Alert = "alert",
    }
}

named! {
    /// One checkable promise, by its id.
    ///
    /// ```
    /// use standin_contracts::{Clause, Family};
    ///
    /// let clause: Clause = "data.no-duplicates".parse()?;
    /// assert_eq!(clause, Clause::DataNoDuplicates);
    /// assert_eq!(clause.family(), Family::Data);
    /// assert_eq!(Family::Search.clauses().map(Clause::as_str).collect::<Vec<_>>(), ["search.cap", "search.lag"]);
    /// # Ok::<(), standin_contracts::UnknownClause>(())
    /// ```
    Clause {
        LimitsRespect = "limits.respect",
        LimitsErrorShare = "limits.error-share",
        LimitsSearch = "limits.search",
        LimitsSharedBudget = "limits.shared-budget",
        LimitsBurst = "limits.burst",
        BatchSize = "batch.size",
        BatchUsed = "batch.used",
        BatchPartial = "batch.partial",
        SearchCap = "search.cap",
        SearchLag = "search.lag",
        PagingComplete = "paging.complete",
        PagingTerminates = "paging.terminates",
        RetryTransient = "retry.transient",
        RetryPermanentNot = "retry.permanent-not",
        RetryBackoff = "retry.backoff",
        RetryDeadLetter = "retry.dead-letter",
        RetryReplay = "retry.replay",
        AuthRefresh = "auth.refresh",
        AuthSingleFlight = "auth.single-flight",
        AuthReuse = "auth.reuse",
        AuthRotation = "auth.rotation",
        AuthLeastScope = "auth.least-scope",
        AuthNoLeak = "auth.no-leak",
        DataComplete = "data.complete",
        DataMapped = "data.mapped",
        DataTyped = "data.typed",
        DataNoDuplicates = "data.no-duplicates",
        DataCountMatch = "data.count-match",
        DataNoLostUpdate = "data.no-lost-update",
        DataNoStaleOverwrite = "data.no-stale-overwrite",
        DataMergeFollowed = "data.merge-followed",
        DataDeleteFollowed = "data.delete-followed",
        DataDeltaNoLoss = "data.delta-no-loss",
        DataConflictRule = "data.conflict-rule",
        OrderParentFirst = "order.parent-first",
        OwnershipSingleWriter = "ownership.single-writer",
        OwnershipNoEcho = "ownership.no-echo",
        ConsentOnlySubscribed = "consent.only-subscribed",
        ConsentOptOut = "consent.opt-out",
        ConsentNoResubscribe = "consent.no-resubscribe",
        WebhookSignature = "webhook.signature",
        WebhookStale = "webhook.stale",
        WebhookDeadline = "webhook.deadline",
        WebhookOnce = "webhook.once",
        WebhookOrder = "webhook.order",
        FreshnessPromise = "freshness.promise",
        MigrationLimits = "migration.limits",
        MigrationDelta = "migration.delta",
        RestartNothingLost = "restart.nothing-lost",
        RestartNothingDoubled = "restart.nothing-doubled",
        PrivacyExcluded = "privacy.excluded",
        PrivacyNoLog = "privacy.no-log",
        AuditTrail = "audit.trail",
        AlertRaised = "alert.raised",
    }
}

/// A text that is no clause's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownClause(pub String);

impl Family {
    /// Its clauses, in the catalogue's order.
    pub fn clauses(self) -> impl Iterator<Item = Clause> {
        Clause::ALL.iter().copied().filter(move |clause| clause.prefix() == self.as_str())
    }
}

impl Clause {
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test reads the family of every clause of the catalogue")]
    pub fn family(self) -> Family {
        let family = Family::ALL.iter().find(|family| family.as_str() == self.prefix());
        *family.expect("the prefix of every id is a family")
    }

    fn prefix(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }
}

impl FromStr for Clause {
    type Err = UnknownClause;

    fn from_str(id: &str) -> Result<Self, UnknownClause> {
        let found = Self::ALL.iter().find(|clause| clause.as_str() == id);
        found.copied().ok_or_else(|| UnknownClause(id.to_owned()))
    }
}

impl fmt::Display for UnknownClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id) = self;
        write!(f, "there is no clause `{id}`")?;
        let prefix = id.split('.').next().unwrap_or_default();
        match Family::ALL.iter().find(|family| family.as_str() == prefix) {
            Some(family) => {
                let known: Vec<_> = family.clauses().map(Clause::as_str).collect();
                write!(f, "; those about {family} are: {}", known.join(", "))
            }
            None => {
                let known: Vec<_> = Family::ALL.iter().map(|family| family.as_str()).collect();
                write!(f, "; an id begins with one of: {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for UnknownClause {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_reads_back_and_has_a_family_that_knows_it() {
        let mut ids = BTreeSet::new();
        for clause in Clause::ALL {
            assert_eq!(clause.as_str().parse(), Ok(*clause));
            assert!(clause.family().clauses().any(|known| known == *clause), "{clause}");
            assert!(ids.insert(clause.as_str()), "{clause} stands twice");
            assert!(clause.as_str().bytes().all(|b| b.is_ascii_lowercase() || b"-.".contains(&b)), "{clause}");
        }
        for family in Family::ALL {
            assert!(family.clauses().next().is_some(), "{family} has no clause");
        }
    }

    #[test]
    fn an_unknown_id_is_answered_with_what_was_perhaps_meant() {
        let said = |id: &str| id.parse::<Clause>().expect_err("it is none").to_string();
        assert_eq!(
            said("batch.sizes"),
            "there is no clause `batch.sizes`; those about batch are: batch.size, batch.used, batch.partial"
        );
        assert!(said("Batch.size").contains("an id begins with one of: limits, batch,"));
        assert!(said("").contains("an id begins with one of"));
    }
}

//! The known bugs of the reference: the clause that each breaks, the scenario that shows it, and what
//! else follows from it.

use contracts::Clause;

/// What a bug is declared to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name in the reference.
    pub bug: &'static str,
    pub clause: Clause,
    /// A scenario of the library, by name.
    pub scenario: &'static str,
    /// Clauses that it breaks beside its own, with evidence later in the journal; two at most.
    pub consequences: &'static [Clause],
}

const fn bug(bug: &'static str, clause: Clause, scenario: &'static str, consequences: &'static [Clause]) -> Declared {
    Declared { bug, clause, scenario, consequences }
}

/// All of them, in the catalogue's order.
pub const BUGS: &[Declared] = &[
    bug("no-backoff", Clause::LimitsRespect, "burst-429", &[]),
    bug("search-burst", Clause::LimitsSearch, "search-lag", &[]),
    bug("unpaced", Clause::LimitsBurst, "bulk-opt-out", &[]),
    bug("asks-first", Clause::LimitsErrorShare, "initial-load", &[]),
    bug("batch-of-101", Clause::BatchSize, "initial-load", &[]),
    bug("one-by-one", Clause::BatchUsed, "initial-load", &[]),
    bug("gives-up", Clause::RetryTransient, "error-burst", &[Clause::DataComplete]),
    bug("repeats-refused", Clause::RetryPermanentNot, "bad-record", &[]),
    bug("keeps-dead-token", Clause::AuthRefresh, "token-end", &[Clause::DataComplete, Clause::FreshnessPromise]),
    bug("token-for-each", Clause::AuthSingleFlight, "token-over-in-flight", &[]),
    bug("token-per-call", Clause::AuthReuse, "delta", &[]),
    bug("reads-token-once", Clause::AuthRotation, "token-rotated", &[Clause::DataComplete, Clause::FreshnessPromise]),
    bug("leaves-scope-idle", Clause::AuthLeastScope, "least-scope", &[]),
    bug("skips-last-page", Clause::DataComplete, "initial-load", &[]),
    bug("swaps-names", Clause::DataMapped, "initial-load", &[]),
    bug("trusts-search", Clause::DataNoDuplicates, "search-lag", &[]),
    bug("advances-past-failure", Clause::DataNoLostUpdate, "update-in-error-burst", &[Clause::FreshnessPromise]),
    bug("writes-lifecycle", Clause::OwnershipSingleWriter, "delta", &[]),
    bug("sends-back", Clause::OwnershipNoEcho, "echo", &[Clause::ConsentOnlySubscribed]),
    bug("ignores-opt-out", Clause::ConsentOptOut, "opt-out", &[]),
    bug("loads-everyone", Clause::ConsentOnlySubscribed, "initial-load", &[]),
    bug("polls-hourly", Clause::FreshnessPromise, "freshness", &[]),
    bug("trusts-anyone", Clause::WebhookSignature, "webhook-signature", &[Clause::WebhookStale]),
    bug("takes-old", Clause::WebhookStale, "webhook-signature", &[]),
    bug("works-first", Clause::WebhookDeadline, "quick-answer", &[]),
    bug("does-it-again", Clause::WebhookOnce, "told-twice", &[Clause::DataNoDuplicates]),
    bug("believes-late", Clause::WebhookOrder, "out-of-order", &[]),
    bug("ships-loyalty", Clause::PrivacyExcluded, "initial-load", &[]),
    bug("reads-one-429", Clause::RetryTransient, "storm-429", &[Clause::DataComplete, Clause::LimitsRespect]),
    bug("ignores-207", Clause::BatchPartial, "partial-batch", &[Clause::DataComplete]),
    bug("repeats-blindly", Clause::DataNoDuplicates, "truncated-answer", &[]),
    bug("impatient", Clause::DataComplete, "slow-answer", &[]),
    bug("repeats-blindly", Clause::DataNoDuplicates, "connection-reset", &[]),
    bug("looks-too-soon", Clause::DataNoDuplicates, "late-search", &[]),
    bug("chokes-on-html", Clause::RetryTransient, "html-page", &[Clause::DataComplete]),
    bug("lock-is-final", Clause::RetryTransient, "locked-record", &[Clause::DataComplete]),
    bug("hammers", Clause::RetryBackoff, "account-moves", &[]),
    bug("keeps-dead-token", Clause::AuthRefresh, "token-revoked", &[Clause::DataComplete]),
    bug("keeps-dead-token", Clause::AuthRefresh, "early-expiry", &[Clause::DataComplete, Clause::FreshnessPromise]),
    bug("forgets-merged", Clause::DataMergeFollowed, "merged-away", &[]),
    bug("ends-in-outage", Clause::DataNoLostUpdate, "maintenance", &[Clause::FreshnessPromise]),
];

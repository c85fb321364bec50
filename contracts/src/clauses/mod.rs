//! The clauses that have a rule, one file each: its sentence, its rule, its tests.

mod auth_least_scope;
mod auth_refresh;
mod auth_reuse;
mod auth_rotation;
mod auth_single_flight;
mod batch_partial;
mod batch_size;
mod batch_used;
mod consent_only_subscribed;
mod consent_opt_out;
mod data_complete;
mod data_mapped;
mod data_merge_followed;
mod data_no_duplicates;
mod data_no_lost_update;
mod freshness_promise;
mod limits_burst;
mod limits_error_share;
mod limits_respect;
mod limits_search;
mod ownership_no_echo;
mod ownership_single_writer;
mod privacy_excluded;
mod retry_backoff;
mod retry_permanent_not;
mod retry_transient;
mod rule;
#[cfg(test)]
pub(crate) mod story;
mod webhook_deadline;
mod webhook_once;
mod webhook_order;
mod webhook_signature;
mod webhook_stale;

pub(crate) use rule::{Rule, Tally};

use crate::Clause;
use crate::digest::Digest;

/// Makes a rule for one trace.
pub(crate) type Make = for<'d> fn(&'d Digest<'d>) -> Box<dyn Rule<'d> + 'd>;

/// Every clause that is judged, with its sentence and its rule, in the catalogue's order.
pub(crate) const ALL: [(Clause, &str, Make); 31] = [
    (Clause::LimitsRespect, limits_respect::SENTENCE, limits_respect::rule),
    (Clause::LimitsErrorShare, limits_error_share::SENTENCE, limits_error_share::rule),
    (Clause::LimitsSearch, limits_search::SENTENCE, limits_search::rule),
    (Clause::LimitsBurst, limits_burst::SENTENCE, limits_burst::rule),
    (Clause::BatchSize, batch_size::SENTENCE, batch_size::rule),
    (Clause::BatchUsed, batch_used::SENTENCE, batch_used::rule),
    (Clause::BatchPartial, batch_partial::SENTENCE, batch_partial::rule),
    (Clause::RetryTransient, retry_transient::SENTENCE, retry_transient::rule),
    (Clause::RetryPermanentNot, retry_permanent_not::SENTENCE, retry_permanent_not::rule),
    (Clause::RetryBackoff, retry_backoff::SENTENCE, retry_backoff::rule),
    (Clause::AuthRefresh, auth_refresh::SENTENCE, auth_refresh::rule),
    (Clause::AuthSingleFlight, auth_single_flight::SENTENCE, auth_single_flight::rule),
    (Clause::AuthReuse, auth_reuse::SENTENCE, auth_reuse::rule),
    (Clause::AuthRotation, auth_rotation::SENTENCE, auth_rotation::rule),
    (Clause::AuthLeastScope, auth_least_scope::SENTENCE, auth_least_scope::rule),
    (Clause::DataComplete, data_complete::SENTENCE, data_complete::rule),
    (Clause::DataMapped, data_mapped::SENTENCE, data_mapped::rule),
    (Clause::DataNoDuplicates, data_no_duplicates::SENTENCE, data_no_duplicates::rule),
    (Clause::DataNoLostUpdate, data_no_lost_update::SENTENCE, data_no_lost_update::rule),
    (Clause::DataMergeFollowed, data_merge_followed::SENTENCE, data_merge_followed::rule),
    (Clause::OwnershipSingleWriter, ownership_single_writer::SENTENCE, ownership_single_writer::rule),
    (Clause::OwnershipNoEcho, ownership_no_echo::SENTENCE, ownership_no_echo::rule),
    (Clause::ConsentOnlySubscribed, consent_only_subscribed::SENTENCE, consent_only_subscribed::rule),
    (Clause::ConsentOptOut, consent_opt_out::SENTENCE, consent_opt_out::rule),
    (Clause::WebhookSignature, webhook_signature::SENTENCE, webhook_signature::rule),
    (Clause::WebhookStale, webhook_stale::SENTENCE, webhook_stale::rule),
    (Clause::WebhookDeadline, webhook_deadline::SENTENCE, webhook_deadline::rule),
    (Clause::WebhookOnce, webhook_once::SENTENCE, webhook_once::rule),
    (Clause::WebhookOrder, webhook_order::SENTENCE, webhook_order::rule),
    (Clause::FreshnessPromise, freshness_promise::SENTENCE, freshness_promise::rule),
    (Clause::PrivacyExcluded, privacy_excluded::SENTENCE, privacy_excluded::rule),
];

//! What HubSpot's handlers ask of its policy.

use std::num::NonZeroUsize;

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::table::{Misfit, choice, embedded, settings};
use crate::SystemName;
use crate::policy::limit::zone;
use crate::policy::profile::Embedded;
use crate::policy::{GatePolicy, Millis, Settings};

/// The class of a search, which has a limit of its own.
const SEARCH: &str = "search";

settings! {
    /// HubSpot's settings. Counts are of items unless the name says otherwise.
    HubspotSettings, HubspotDraft {
        /// The zone whose midnight turns the daily quota, unless the account has its own.
        account_time_zone: NamedZone,
        /// Inputs of one batch call.
        batch_inputs_max: usize,
        /// Unique properties that an object type may have of a portal's own.
        unique_properties_max: usize,
        /// Properties that an object type may have of a portal's own.
        custom_properties_max: usize,
        /// Object types of a portal's own; none where its plan has no custom objects.
        custom_object_types_max: usize,
        object_type_name_chars_max: usize,
        /// Calculated properties that all object types together may have of a portal's own.
        calculated_properties_max: usize,
        /// Records of one of HubSpot's object types, and of all those of a portal's own together.
        records_max: usize,
        custom_records_max: usize,
        /// From which share of what it may have a record is told as near to its limit of associations,
        /// and how many such are shown.
        near_limit_percent: u32,
        near_limit_samples_max: usize,
        /// Properties of one that `query` may look into, and that are shown beside the first.
        searchable_properties_max: usize,
        secondary_display_properties_max: usize,
        /// Inputs of a batch read that asks for property histories.
        history_batch_inputs_max: usize,
        list_page_default: NonZeroUsize,
        list_page_max: NonZeroUsize,
        history_list_page_max: NonZeroUsize,
        search_page_default: NonZeroUsize,
        search_page_max: NonZeroUsize,
        /// How far `after` and `limit` may reach together.
        search_total_max: usize,
        search_filter_groups_max: usize,
        search_group_filters_max: usize,
        /// Filters of all groups together.
        search_filters_max: usize,
        search_query_chars_max: usize,
        /// How many others one record may have by one association type.
        associations_per_record_max: usize,
        /// Inputs of a batch that makes or ends associations.
        association_inputs_max: usize,
        association_read_inputs_max: usize,
        association_page_max: NonZeroUsize,
        /// Labels of the account's own from one type to another.
        association_labels_max: usize,
        association_ids: AssociationIds,
        association_create_status: CreateStatus,
        property_chars_max: usize,
        /// The greatest length and the most decimal places that a validation rule can set, and the most domains in one.
        rule_length_max: usize,
        rule_decimal_places_max: usize,
        rule_domains_max: usize,
        body_bytes_max: usize,
        /// How long search does not see a write, at least and at most.
        index_lag_min: Millis,
        index_lag_max: Millis,
        search_429: Search429,
        search_headers: SearchHeaders,
        retry_after_on_429: RetryAfter,
        upsert_on_email: UpsertOnEmail,
        batch_read_none_found_status: NoneFound,
        backward_lifecycle_stage: BackwardStage,
        merged_id: MergedId,
        /// Records that may have gone into one, itself included.
        merge_identities_max: usize,
        invalid_option_text: OptionText,
        /// Pipelines of one object type.
        pipelines_max: usize,
        /// Stages of a pipeline of deals, tickets and the account's own types, and of one of any other.
        pipeline_stages_max: usize,
        pipeline_stages_max_elsewhere: usize,
        pipeline_id_chars_max: usize,
        pipeline_stage_id_chars_max: usize,
        owners_page_default: NonZeroUsize,
        owners_page_max: NonZeroUsize,
        /// The account's own currency, and what other currencies it takes.
        account_currency: String,
        account_additional_currencies: Vec<String>,
        oauth_access_token_lifetime: Millis,
        /// Of a code that the authorize page sends, and of the one that the ready line gives.
        oauth_code_lifetime: Millis,
        oauth_given_code_lifetime: Millis,
        /// How long a token is good beside the one that it was rotated to.
        token_grace: Millis,
        /// Subscriptions of one app.
        webhook_subscriptions_max: usize,
        /// Events of one delivery.
        webhook_batch_max: NonZeroUsize,
        /// Deliveries to one app that are under way at once.
        webhook_in_flight_max: NonZeroUsize,
        /// The least `maxConcurrentRequests` that an app may set.
        webhook_in_flight_least: usize,
        /// Whether a target has to be an https address.
        webhook_https_only: bool,
        /// How long until what an app sets by the API holds.
        webhook_settings_lag: Millis,
        /// How long an event waits for others to go with.
        webhook_gather: Millis,
        /// How long a delivery's answer is waited for.
        webhook_deadline: Millis,
        webhook_retries_max: usize,
        /// When an event is tried again, counted from its first failure.
        webhook_retry_after: Vec<Millis>,
        /// By how much of itself each of these may be shorter or longer.
        webhook_retry_jitter_percent: u64,
        /// How many of a hundred events are told twice though they have arrived.
        webhook_duplicate_percent: u64,
        /// Whether events that leave together leave in a drawn order.
        webhook_reorder: bool,
        /// What lies beyond this after the first failure is not tried.
        webhook_retry_within: Millis,
        /// How long events wait for others to go into a file of the journal with.
        journal_gather: Millis,
        /// At how many events or bytes a file of the journal is closed.
        journal_file_events_max: NonZeroUsize,
        journal_file_bytes_max: usize,
        /// How long a file of the journal is there.
        journal_retention: Millis,
        /// How long the address of a file is good.
        journal_url_lifetime: Millis,
        /// Files that one call of the journal may ask for.
        journal_batch_max: usize,
        /// How long a snapshot takes.
        journal_snapshot_time: Millis,
    }
}

choice! {
    /// Which of the two bodies a search over its limit gets.
    Search429 {
        /// With `policyName`, `errorType` and `groupName`.
        Gateway,
        /// With `category` only.
        Service,
    }
}
choice! {
    /// Which rate headers an answer to a search carries.
    SearchHeaders { None, DailyOnly, }
}
choice! {
    /// Whether a 429 says when to come again.
    RetryAfter { Absent, Seconds, }
}
choice! {
    /// What one bad input does to a batch upsert by email.
    UpsertOnEmail { WholeBatch, Each, }
}
choice! {
    /// What becomes of a lifecycle stage that would go back.
    BackwardStage {
        /// 200, and the old stage stays.
        Ignored,
        Refused,
    }
}
choice! {
    /// Which id the record has that two become.
    MergedId {
        /// One of its own.
        New,
        /// That of the first, as the beta of 2026 has it.
        Primary,
    }
}
choice! {
    /// How the allowed options stand in an INVALID_OPTION message.
    OptionText {
        /// Whole options as protobuf text, as answered until 2023.
        Protobuf,
        /// The internal values.
        Values,
    }
}
choice! {
    /// How the fourth version and those after it write the ids of associated records.
    AssociationIds { Number, String, }
}
choice! {
    /// The status of a batch that makes associations.
    CreateStatus {
        #[serde(rename = "201")]
        Created,
        /// As answered from August 2025 on for some time.
        #[serde(rename = "200")]
        Ok,
    }
}
choice! {
    /// The status of a batch read that finds nothing.
    NoneFound {
        #[serde(rename = "207")]
        MultiStatus,
        #[serde(rename = "404")]
        NotFound,
    }
}

/// A time zone that keeps the name it was given by.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedZone {
    pub name: String,
    pub zone: TimeZone,
}

impl<'de> Deserialize<'de> for NamedZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let zone = zone(&name).map_err(serde::de::Error::custom)?;
        Ok(Self { name, zone })
    }
}

impl Settings for HubspotSettings {
    const SYSTEM: SystemName = SystemName::Hubspot;
    const CLASSES: &'static [&'static str] = &[
        SEARCH,
        "ten_secondly_exempt",
        "daily_exempt",
        "associations",
        "oauth_app",
        "oauth_token",
        "forms_public",
        "exports",
        "imports",
    ];
    const WORDINGS: &'static [&'static str] =
        &["ten_secondly_rolling", "ten_secondly_rolling_oauth", "secondly", "search", "daily", "oauth_token"];
    type Draft = HubspotDraft;

    fn shelf() -> &'static [Embedded<Self>] {
        static SHELF: [Embedded<HubspotSettings>; 14] = [
            embedded!("professional", "hubspot.yaml"),
            embedded!("professional-one-increase", "hubspot-professional-one-increase.yaml"),
            embedded!("professional-two-increases", "hubspot-professional-two-increases.yaml"),
            embedded!("free", "hubspot-free.yaml"),
            embedded!("starter", "hubspot-starter.yaml"),
            embedded!("enterprise", "hubspot-enterprise.yaml"),
            embedded!("enterprise-one-increase", "hubspot-enterprise-one-increase.yaml"),
            embedded!("enterprise-two-increases", "hubspot-enterprise-two-increases.yaml"),
            embedded!("older-free", "hubspot-older-free.yaml"),
            embedded!("older-professional", "hubspot-older-professional.yaml"),
            embedded!("older-add-on", "hubspot-older-add-on.yaml"),
            embedded!("bursts-free", "hubspot-bursts-free.yaml"),
            embedded!("bursts-professional", "hubspot-bursts-professional.yaml"),
            embedded!("bursts-add-on", "hubspot-bursts-add-on.yaml"),
        ];
        &SHELF
    }

    fn check(&self) -> Result<(), Misfit> {
        if self.index_lag_min.value > self.index_lag_max.value {
            return Err(Misfit {
                figures: &["index_lag_min", "index_lag_max"],
                what: "search would lag less at most than at least",
                mend: "let `index_lag_min` be no longer than `index_lag_max`",
            });
        }
        Ok(())
    }

    fn shape(&self, gate: &mut GatePolicy) {
        for header in &mut gate.advertise {
            header.unless_classes.retain(|class| class != SEARCH);
            if self.search_headers.value == SearchHeaders::None {
                header.unless_classes.push(SEARCH.to_owned());
            }
        }
    }
}

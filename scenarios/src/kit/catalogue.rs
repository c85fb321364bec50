//! What a receiver has to bear: each case by its name, what it stands for, where it was seen, and what a right receiver
//! does. The one list that commands, scenarios and reports share.

use contracts::Clause;

macro_rules! cases {
    ($($variant:ident = $name:literal, $clause:ident, $judged:ident, $stands:literal, $seen:literal, $right:literal;)*) => {
        /// One case of the kit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Hostile { $(#[doc = $stands] $variant,)* }

        impl Hostile {
            /// All of them, in the order in which a receiver is put through them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The promise that it is about.
            #[must_use]
            pub const fn clause(self) -> Clause {
                match self { $(Self::$variant => Clause::$clause,)* }
            }

            /// What tells whether it was borne.
            #[must_use]
            pub const fn judged(self) -> Judged {
                match self { $(Self::$variant => Judged::$judged,)* }
            }

            /// What it stands for.
            #[must_use]
            pub const fn stands_for(self) -> &'static str {
                match self { $(Self::$variant => $stands,)* }
            }

            /// Where it was seen.
            #[must_use]
            pub const fn seen(self) -> &'static str {
                match self { $(Self::$variant => $seen,)* }
            }

            /// What a right receiver does.
            #[must_use]
            pub const fn right(self) -> &'static str {
                match self { $(Self::$variant => $right,)* }
            }
        }
    };
}

cases! {
    Genuine = "genuine", WebhookSignature, Answer,
        "one event, signed as HubSpot signs it (v3 beside v1), in an array as always",
        "HubSpot's documentation; a body that is an array even for one event: developer Slack 2024-08",
        "answers 2xx within 5 s";
    ReEncoded = "re-encoded-body", WebhookSignature, Answer,
        "a rightly signed body in unusual JSON: blanks, \\u escapes, \\/",
        "hubspot-api-python #263: the signature checked over JSON that was parsed and written again",
        "accepts it: the signature is over the bytes as they came";
    ChangedHost = "changed-host", WebhookSignature, Answer,
        "a proxy calls the receiver by an inner host name; the signature is over the public address",
        "developer Slack 2024-11",
        "accepts it: it checks the address that HubSpot called, from X-Forwarded-* or its own settings";
    QueryString = "query-string", WebhookSignature, Answer,
        "a target URL with a query, which is signed as it is called",
        "HubSpot's documentation of v3: the address with path and query, in their order",
        "accepts it";
    EscapedQuery = "escaped-query", WebhookSignature, Advice,
        "a target URL with escapes in its query, signed with HubSpot's twelve escapes decoded",
        "inferred: HubSpot's documentation of v3 decodes twelve, its official libraries none, and no such signature was seen",
        "accepts it; one that does not has broken nothing";
    NotMine = "not-mine", WebhookSignature, NoEffect,
        "an event of a type, portal and app that the receiver may not know",
        "HubSpot's documentation: any 4xx is tried again for a day; events of uninstalled portals still arrive",
        "accepts it, and does nothing";
    WrongSecret = "wrong-secret", WebhookSignature, NoEffect,
        "signed by somebody who does not know the secret",
        "HubSpot's documentation: why deliveries are signed",
        "turns it away (4xx), and does nothing";
    MissingHeaders = "missing-headers", WebhookSignature, NoEffect,
        "no signature at all",
        "HubSpot's serverless functions strip the headers; anybody can POST",
        "turns it away (4xx), and does nothing";
    TamperedBody = "tampered-body", WebhookSignature, NoEffect,
        "the body was changed after it was signed",
        "HubSpot's documentation: why the body is signed",
        "turns it away (4xx), and does nothing";
    V1Only = "v1-only", WebhookSignature, NoEffect,
        "the first signature alone: once a good one, which may be taken or refused, then one by a wrong secret",
        "HubSpot's documentation: v1 for CRM subscriptions; its Node and PHP libraries check v1 unless told otherwise",
        "turns the wrong one away (4xx), and does nothing on it";
    Stale = "stale-timestamp", WebhookStale, NoEffect,
        "signed well, and stamped 5 min 10 s ago: a replay",
        "HubSpot's documentation: reject what is older than 5 minutes",
        "turns it away (4xx), and does nothing";
    NearlyStale = "nearly-stale", WebhookStale, Answer,
        "signed well, and stamped 4 min 50 s ago: it was long on its way",
        "HubSpot's documentation of the 5 minutes",
        "accepts it";
    Delay = "delay", WebhookStale, Answer,
        "the ninth attempt at an event of 23 hours ago, signed and stamped now",
        "HubSpot's documentation: up to 10 retries over 24 hours",
        "accepts it: the stamp is judged, not occurredAt";
    Hundred = "hundred-event-batch", WebhookDeadline, Answer,
        "100 events in one request",
        "HubSpot's documentation: up to 100 events a request",
        "answers 2xx within 5 s";
    SlowSending = "slow-sending", WebhookDeadline, Answer,
        "a body that arrives in pieces over one second",
        "networks",
        "waits for the whole body, and accepts it";
    SlowReading = "slow-reading", WebhookDeadline, Answer,
        "a caller that takes a second to read the answer, while the next delivery comes",
        "networks; 10 deliveries of an account are under way at once",
        "accepts both within 5 s";
    Duplicates = "duplicates", WebhookOnce, Effect,
        "the same delivery twice",
        "HubSpot's documentation: duplicates come without any failure; developer Slack 2020-05",
        "accepts both, with the effect of one";
    DroppedAfterBody = "dropped-after-body", WebhookOnce, Effect,
        "the caller goes away after the body, and tells the event again as attempt 1",
        "HubSpot's documentation: what is not answered is tried again",
        "accepts the second, with the effect of one";
    RepeatedEventId = "repeated-event-id", WebhookOnce, Effect,
        "two events about two records under one eventId",
        "HubSpot's documentation: eventId is not unique; public traces",
        "accepts both, with the effects of both";
    Reorder = "reorder", WebhookOrder, Effect,
        "a later change of a property arrives before an earlier one",
        "HubSpot's documentation: no order is promised, use occurredAt",
        "accepts both, and stays with the later value";
    ChangeFirst = "property-change-before-creation", WebhookOrder, Effect,
        "a property's change arrives before the creation of its record, which is told as 92 ms later",
        "public traces",
        "accepts both, and keeps the property's value";
    Burst = "burst", WebhookDeadline, Answer,
        "10,000 events: 100 requests of 100, ten at a time",
        "HubSpot's documentation: 10 requests at once for an account; imports and bulk edits",
        "answers each 2xx within 5 s";
}

/// What tells whether a case was borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// What is answered.
    Answer,
    /// What is answered, and that the last delivery has no effect.
    NoEffect,
    /// What effect the deliveries have; no answer shows it.
    Effect,
    /// What is answered, as advice alone: it breaks no clause.
    Advice,
}

impl Hostile {
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|case| case.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_goes_by_its_name_and_says_what_it_is() {
        let names: BTreeSet<_> = Hostile::ALL.iter().map(|case| case.name()).collect();
        assert_eq!(names.len(), Hostile::ALL.len());
        for case in Hostile::ALL {
            assert_eq!(Hostile::find(case.name()), Some(*case));
            assert!(case.clause().as_str().starts_with("webhook."));
            assert!(!case.stands_for().is_empty() && !case.seen().is_empty() && !case.right().is_empty());
        }
    }
    #[test]
    fn the_readme_has_each_case_as_it_is() {
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
        for case in Hostile::ALL {
            let (name, clause) = (case.name(), case.clause().as_str());
            let row = format!("\n| `{name}` | `{clause}` | {} | {} |\n", case.stands_for(), case.right());
            assert!(readme.contains(&row), "{row}");
        }
        assert!(readme.contains(&format!("kit, {} cases", Hostile::ALL.len())));
    }
}

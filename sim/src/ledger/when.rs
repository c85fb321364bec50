//! By which entries of a journal a behaviour is leaned on: a matcher that an entry of the ledger carries. It looks at
//! one entry at a time, and knows neither rooms nor runs.

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::SystemName;
use crate::journal::{Entry, Payload, What};

/// The entries that show that somebody leaned on a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// Any of these.
    Any(Vec<Match>),
    /// No entry can show it, for this reason.
    Never(Never),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Never {
    pub never: String,
}

/// One entry: each member that is there must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// A delivery of the system's, in place of a call to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub delivery: bool,
    /// A delivery that is sent again (`true`), or for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// What was asked, as the journal names it; `objects.*` is all that begin so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operation: Vec<String>,
    /// The answer's: `429`, or `4xx`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub method: Vec<String>,
    /// The limit that refused the call; `*` is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Found in path and query as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Pattern>,
    /// Found in the body of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Pattern>,
    /// Found in the body of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Pattern>,
}

/// A status, or the hundred of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    One(u16),
    Class(u16),
}

/// A regular expression; equal where its text is.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl When {
    /// Whether this entry of the journal leans on a behaviour of this system. Bodies are looked at where they have been
    /// attached.
    #[must_use]
    pub fn fits(&self, system: SystemName, entry: &Entry) -> bool {
        match self {
            Self::Any(any) => entry.system == Some(system) && any.iter().any(|one| one.fits(entry)),
            Self::Never(_) => false,
        }
    }
}

impl Match {
    fn fits(&self, entry: &Entry) -> bool {
        let status = |status: Option<u16>| {
            self.status.is_empty() || status.is_some_and(|told| self.status.iter().any(|own| own.fits(told)))
        };
        let bodies = |sent: &Option<Payload>, answered: &Option<Payload>| {
            found(self.sent.as_ref(), sent.as_ref()) && found(self.answered.as_ref(), answered.as_ref())
        };
        match &entry.what {
            What::Exchange(call) if !self.delivery => {
                (self.operation.is_empty() || self.operation.iter().any(|own| begins(own, &call.operation)))
                    && status(Some(call.status))
                    && (self.method.is_empty() || self.method.contains(&call.method))
                    && self.limit.as_ref().is_none_or(|own| call.limit.as_ref().is_some_and(|by| begins(own, by)))
                    && self.target.as_ref().is_none_or(|pattern| pattern.0.is_match(&call.target))
                    && bodies(&call.request_body, &call.response_body)
            }
            What::Delivery(call) if self.delivery => {
                call.forged.is_none()
                    && self.retry.is_none_or(|again| again == (call.attempt > 0))
                    && status(call.status)
                    && bodies(&call.request_body, &call.response_body)
            }
            _ => false,
        }
    }
}

/// `objects.*` is all that begin with `objects.`.
fn begins(own: &str, name: &str) -> bool {
    own.strip_suffix('*').map_or_else(|| own == name, |start| name.starts_with(start))
}

fn found(pattern: Option<&Pattern>, body: Option<&Payload>) -> bool {
    pattern.is_none_or(|Pattern(pattern)| {
        body.and_then(|Payload(bytes)| std::str::from_utf8(bytes).ok()).is_some_and(|text| pattern.is_match(text))
    })
}

impl Status {
    fn fits(self, status: u16) -> bool {
        match self {
            Self::One(one) => one == status,
            Self::Class(hundred) => hundred == status / 100,
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(status) => serializer.collect_str(status),
            Self::Class(hundred) => serializer.collect_str(&format_args!("{hundred}xx")),
        }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Told {
            Number(u16),
            Text(String),
        }
        let text = match Told::deserialize(deserializer)? {
            Told::Number(number) => number.to_string(),
            Told::Text(text) => text,
        };
        let class =
            text.strip_suffix("xx").and_then(|hundred| hundred.parse().ok()).filter(|hundred| (1..6).contains(hundred));
        let one = || text.parse().ok().filter(|status| (100..600).contains(status)).map(Self::One);
        class
            .map(Self::Class)
            .or_else(one)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no status like 429 or 4xx")))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(more: &str) -> Entry {
        let text = format!(
            r#"{{"n":4,"at":"2026-11-20T00:00:00.000Z","system":"hubspot","account":null,"took_effect":true,{more}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn fits(when: &str, entry: &Entry) -> bool {
        serde_saphyr::from_str::<When>(when).unwrap().fits(SystemName::Hubspot, entry)
    }

    #[test]
    fn each_member_that_is_there_must_fit_a_call() {
        let search = entry(
            r#""kind":"exchange","method":"POST","target":"/crm/v3/objects/contacts/search?a=b","operation":"objects.search","status":400,"app":null,"limit":"search","fault":null,"correlation":null,"user_agent":null,"request_body":"{\"sorts\": [\"a\",\"b\"]}","response_body":"no""#,
        );
        for (when, expected) in [
            ("[{ operation: [objects.search] }]", true),
            ("[{ operation: [objects.list, objects.*] }]", true),
            ("[{ operation: [objects] }]", false),
            ("[{ status: [4xx] }]", true),
            ("[{ status: [429, 400] }]", true),
            ("[{ status: [5xx, 429] }]", false),
            ("[{ method: [GET] }]", false),
            ("[{ limit: search }]", true),
            ("[{ limit: '*' }]", true),
            ("[{ limit: daily }]", false),
            ("[{ target: '[?&]a=b' }]", true),
            ("[{ target: '[?&]a=c' }]", false),
            (r#"[{ sent: '"sorts":\s*\[[^\]]+,' }]"#, true),
            ("[{ sent: filters }]", false),
            ("[{ answered: '^no$', operation: [objects.search], status: [400] }]", true),
            ("[{ answered: '^no$', operation: [objects.search], status: [404] }]", false),
            ("[{ status: [404] }, { status: [400] }]", true),
            ("[{ delivery: true }]", false),
            ("{ never: nothing shows it }", false),
        ] {
            assert_eq!(fits(when, &search), expected, "{when}");
        }
        let when: When = serde_saphyr::from_str("[{}]").unwrap();
        assert!(!when.fits(SystemName::Ords, &search), "another system's behaviour");
    }

    #[test]
    fn a_delivery_fits_by_its_attempt_its_answer_and_what_it_carries() {
        let again = entry(
            r#""kind":"delivery","app":"a","url":"http://a","sent_at":"2026-11-20T00:00:00.000Z","attempt":1,"events":1,"forged":null,"status":null,"failure":"refused","request_body":"[{\"propertyValue\":\"\"}]""#,
        );
        for (when, expected) in [
            ("[{ delivery: true }]", true),
            ("[{ delivery: true, retry: true }]", true),
            ("[{ delivery: true, retry: false }]", false),
            ("[{ delivery: true, status: [3xx] }]", false),
            (r#"[{ delivery: true, sent: '"propertyValue":""' }]"#, true),
            ("[{ status: [2xx] }]", false),
        ] {
            assert_eq!(fits(when, &again), expected, "{when}");
        }
    }

    #[test]
    fn what_is_no_matcher_is_refused() {
        for when in ["[{ statuses: [429] }]", "[{ status: [9xx] }]", "[{ status: [42] }]", "[{ target: '(' }]", "never"]
        {
            assert!(serde_saphyr::from_str::<When>(when).is_err(), "{when}");
        }
    }
}

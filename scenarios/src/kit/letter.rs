//! Deliveries without a world: which events a case of the kit tells, how each is signed, stamped and sent, and what a
//! right receiver answers. It sends nothing and asks no clock.

use serde_json::Value;
use sim::wire::Manner;
use sim::{SampleEvent, encode, envelope};

use super::catalogue::Hostile;
use super::wire::Address;

/// Events of one request (facts/hubspot-limits-webhooks-auth.md §6.3).
pub const BATCH_MAX: usize = 100;
const BURST_EVENTS: u64 = 10_000;
const BURST_AT_ONCE: usize = 10;
/// On either side of the age that is allowed: as much as clocks and networks may take.
const HOUR_MS: i64 = 3_600_000;
/// Another portal and another app, of which no receiver has heard.
const STRANGE: (u64, u64) = (1, 2);

/// With what a delivery is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Signature {
    /// v3 beside v1, as HubSpot signs events of CRM subscriptions
    #[default]
    V3,
    /// v1 alone
    V1,
    /// v3 beside v2, as HubSpot signs workflow actions and cards
    V2,
    /// Not at all
    None,
}

/// Who sends: the secret, where to, and what was called as far as the signature says.
#[derive(Clone, Debug)]
pub struct Sender {
    pub address: Address,
    /// The address that HubSpot would call, where a proxy stands in front of the receiver.
    pub public_url: Option<String>,
    pub secret: String,
    pub signature: Signature,
}

/// How a delivery differs from a plain one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub body: Vec<u8>,
    pub events: usize,
    pub manner: Manner,
    /// How long ago it is stamped.
    pub age_ms: i64,
    pub by_stranger: bool,
    pub signature: Option<Signature>,
    pub tampered: bool,
    /// Called by the inner address, which the proxy does not hide.
    pub inner_host: bool,
    /// To an address with this query in it.
    pub query: Option<&'static str>,
}

/// What a right receiver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Accepted,
    Refused,
    /// Either is right.
    Answered,
    /// Nobody waits for it.
    Nothing,
}

/// A delivery of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub letter: Letter,
    pub wanted: Wanted,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub address: Address,
    /// The address that the signature is over.
    pub signed: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub manner: Manner,
}

impl Letter {
    #[must_use]
    pub fn of(events: &[Value]) -> Self {
        let body = Value::Array(events.to_vec()).to_string().into_bytes();
        Self { body, events: events.len(), ..Self::default() }
    }

    #[must_use]
    pub fn wants(self, wanted: Wanted) -> Part {
        Part { letter: self, wanted }
    }
}

impl Sender {
    /// A letter as a request of a moment, in milliseconds since 1970; `trace` tells requests apart.
    #[must_use]
    pub fn request(&self, letter: &Letter, now_ms: i64, trace: u64) -> Request {
        let mut address = self.address.clone();
        let mut signed = self.public_url.clone().unwrap_or_else(|| address.to_string());
        if let Some(query) = letter.query {
            address.target = envelope::queried(&address.target, query);
            signed = envelope::queried(&signed, query);
        }
        let public = self.public_url.as_deref().and_then(envelope::Public::of);
        let mut headers = envelope::Public::headers(public.as_ref(), &address.authority, letter.inner_host);
        let secret = if letter.by_stranger { format!("not-{}", self.secret) } else { self.secret.clone() };
        let (secret, stamp) = (secret.as_str(), now_ms - letter.age_ms);
        let body = letter.body.as_slice();
        let v3 = || envelope::signed_v3(secret, &signed, body, stamp);
        let signatures = match letter.signature.unwrap_or(self.signature) {
            Signature::V3 => [envelope::signed_v1(secret, body), v3()].concat(),
            Signature::V2 => [envelope::signed_v2(secret, &signed, body), v3()].concat(),
            Signature::V1 => envelope::signed_v1(secret, body),
            Signature::None => Vec::new(),
        };
        let spread = trace.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let front = envelope::envelope((spread, trace, spread.rotate_left(32)));
        headers.extend(front.into_iter().chain(signatures));
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut body = letter.body.clone();
        if letter.tampered {
            body = tampered(&body);
        }
        Request { address, signed, headers, body, manner: letter.manner }
    }
}

/// About another record: still JSON, and no longer what was signed.
fn tampered(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let other = text.replacen("\"objectId\":", "\"objectId\":1", 1);
    if other == text { format!("{text} ").into_bytes() } else { other.into_bytes() }
}

/// What the events of a case are about. Ids are counted from those of `event`.
#[derive(Clone, Debug)]
pub struct Basis {
    pub event: SampleEvent,
    /// The value before `event`'s, where one is told.
    pub earlier: String,
}

impl Basis {
    /// The `n`th event, about a record of its own.
    #[must_use]
    pub fn nth(&self, n: u64) -> SampleEvent {
        let SampleEvent { event_id, object_id, .. } = self.event;
        SampleEvent { event_id: event_id + n, object_id: object_id + n, ..self.event.clone() }
    }

    /// The same record's property, as it was a minute before.
    fn earlier(&self) -> SampleEvent {
        let event = &self.event;
        SampleEvent {
            event_id: event.event_id + 1,
            occurred_at: event.occurred_at - 60_000,
            property_value: self.earlier.clone(),
            ..event.clone()
        }
    }

    fn change(&self) -> SampleEvent {
        SampleEvent { subscription_type: self.of_its_kind("propertyChange"), ..self.event.clone() }
    }

    fn creation(&self) -> SampleEvent {
        SampleEvent {
            subscription_type: self.of_its_kind("creation"),
            event_id: self.event.event_id + 1,
            occurred_at: self.event.occurred_at + 92,
            ..self.event.clone()
        }
    }

    fn of_its_kind(&self, happening: &str) -> String {
        let kind = self.event.subscription_type.split('.').next().unwrap_or_default();
        format!("{kind}.{happening}")
    }

    /// The type of event that a case tells besides and HubSpot does not have, so that there is no such case.
    #[must_use]
    pub fn lacks(&self, case: Hostile) -> Option<String> {
        let told: &[&str] = match case {
            Hostile::Reorder => &["propertyChange"],
            Hostile::ChangeFirst => &["propertyChange", "creation"],
            _ => &[],
        };
        let known = sim::webhook_event_types();
        told.iter().map(|happening| self.of_its_kind(happening)).find(|name| !known.contains(name))
    }

    /// The events of a case, a request each.
    #[must_use]
    pub fn events(&self, case: Hostile) -> Vec<Vec<Value>> {
        let told = |events: &[SampleEvent]| events.iter().filter_map(SampleEvent::event).collect::<Vec<_>>();
        let one = self.event.clone();
        match case {
            Hostile::Duplicates => vec![told(std::slice::from_ref(&one)), told(&[one])],
            Hostile::DroppedAfterBody => {
                let again = SampleEvent { attempt: 1, ..one.clone() };
                vec![told(&[one]), told(&[again])]
            }
            Hostile::SlowReading => vec![told(&[one]), told(&[self.nth(1)])],
            Hostile::RepeatedEventId => {
                let other = SampleEvent { event_id: one.event_id, ..self.nth(1) };
                vec![told(&[one]), told(&[other])]
            }
            Hostile::Reorder => {
                let later = self.change();
                vec![told(&[later]), told(&[Self { event: self.change(), ..self.clone() }.earlier()])]
            }
            Hostile::ChangeFirst => vec![told(&[self.change()]), told(&[self.creation()])],
            Hostile::Delay => {
                vec![told(&[SampleEvent { attempt: 9, occurred_at: one.occurred_at - 23 * HOUR_MS, ..one }])]
            }
            Hostile::NotMine => {
                let kind = "conversation.newMessage".to_owned();
                let (portal_id, app_id) = STRANGE;
                vec![told(&[SampleEvent { subscription_type: kind, portal_id, app_id, ..one }])]
            }
            Hostile::Hundred => vec![told(&(0..BATCH_MAX as u64).map(|n| self.nth(n)).collect::<Vec<_>>())],
            Hostile::Burst => {
                let all: Vec<_> = (0..BURST_EVENTS).map(|n| self.nth(n)).collect();
                all.chunks(BATCH_MAX).map(told).collect()
            }
            Hostile::V1Only => vec![told(&[one]), told(&[self.nth(1)])],
            _ => vec![told(&[one])],
        }
    }

    /// The deliveries of a case, in the order of their sending.
    #[must_use]
    pub fn parts(&self, case: Hostile) -> Vec<Part> {
        let requests = self.events(case);
        let letters = requests.iter().map(|events| Letter::of(events)).enumerate();
        letters.map(|(place, letter)| one(case, place, letter)).collect()
    }
}

/// The `place`th delivery of a case.
fn one(case: Hostile, place: usize, letter: Letter) -> Part {
    match case {
        Hostile::WrongSecret => Letter { by_stranger: true, ..letter }.wants(Wanted::Refused),
        Hostile::MissingHeaders => Letter { signature: Some(Signature::None), ..letter }.wants(Wanted::Refused),
        Hostile::TamperedBody => Letter { tampered: true, ..letter }.wants(Wanted::Refused),
        Hostile::Stale => Letter { age_ms: envelope::STALE_MS, ..letter }.wants(Wanted::Refused),
        Hostile::NearlyStale => Letter { age_ms: envelope::NEARLY_STALE_MS, ..letter }.wants(Wanted::Accepted),
        Hostile::V1Only => {
            let wanted = if place == 0 { Wanted::Answered } else { Wanted::Refused };
            Letter { signature: Some(Signature::V1), by_stranger: place > 0, ..letter }.wants(wanted)
        }
        Hostile::ReEncoded => Letter { body: encode::unusual(&letter.body), ..letter }.wants(Wanted::Accepted),
        Hostile::ChangedHost => Letter { inner_host: true, ..letter }.wants(Wanted::Accepted),
        Hostile::QueryString => Letter { query: Some(envelope::QUERY), ..letter }.wants(Wanted::Accepted),
        Hostile::EscapedQuery => Letter { query: Some(envelope::ESCAPED_QUERY), ..letter }.wants(Wanted::Accepted),
        Hostile::SlowSending => Letter { manner: Manner::SlowSending, ..letter }.wants(Wanted::Accepted),
        Hostile::SlowReading if place == 0 => Letter { manner: Manner::SlowReading, ..letter }.wants(Wanted::Accepted),
        Hostile::DroppedAfterBody if place == 0 => Letter { manner: Manner::Dropped, ..letter }.wants(Wanted::Nothing),
        _ => letter.wants(Wanted::Accepted),
    }
}

impl Hostile {
    /// How many of its deliveries are under way at once.
    #[must_use]
    pub const fn at_once(self) -> usize {
        match self {
            Self::Burst => BURST_AT_ONCE,
            Self::SlowReading => 2,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_225_601_000;

    fn sender(public_url: Option<&str>) -> Sender {
        Sender {
            address: Address::parse("http://127.0.0.1:3000/hs/in").expect("an address"),
            public_url: public_url.map(str::to_owned),
            secret: "rehearse-secret-0001".to_owned(),
            signature: Signature::V3,
        }
    }

    fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
        request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The vectors of facts/hubspot-limits-webhooks-auth.md §6.4.
    #[test]
    fn requests_are_signed_as_the_fact_sheet_has_it() {
        let b1 = r#"[{"eventId":7001,"subscriptionId":311,"portalId":4200001,"appId":9001,"occurredAt":1767225600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":551,"changeFlag":"CREATED","changeSource":"INTEGRATION","sourceId":"9001"}]"#;
        let letter = Letter { body: b1.into(), ..Letter::default() };
        let public = sender(Some("https://hooks.example.test/hs/in"));
        let request = public.request(&letter, NOW, 1);
        assert_eq!(header(&request, "X-HubSpot-Signature-v3"), Some("+Uh2eQCPYSG5Pk7BiPdk6l7f2XIzMMLIVPw7vHusonc="));
        let v1 = "db914d28eb54028e7af4017fe3d88ca8410dbcdf14fd750978207451a3de3d40";
        assert_eq!(header(&request, "X-HubSpot-Signature"), Some(v1));
        assert_eq!(header(&request, "Host"), Some("hooks.example.test"));
        let v2 = public.request(&Letter { signature: Some(Signature::V2), ..letter.clone() }, NOW, 1);
        let hash = "3258550bf30faff71b620ca22d319551ca7f855523e5f89e7aa7d2a76cb65dd2";
        assert_eq!(header(&v2, "X-HubSpot-Signature"), Some(hash));
        let inner = public.request(&Letter { inner_host: true, ..letter }, NOW, 1);
        assert_eq!(header(&inner, "Host"), Some("127.0.0.1:3000"));
        assert_eq!(header(&inner, "X-Forwarded-Host"), Some("hooks.example.test"));
        assert_eq!(header(&inner, "X-HubSpot-Signature-v3"), header(&request, "X-HubSpot-Signature-v3"));
    }

    #[test]
    fn each_case_makes_what_it_says_of_every_type() {
        for name in sim::webhook_event_types() {
            let basis =
                Basis { event: SampleEvent { occurred_at: NOW, ..SampleEvent::of(&name) }, earlier: "old".into() };
            for case in Hostile::ALL.iter().filter(|case| basis.lacks(**case).is_none()) {
                let parts = basis.parts(*case);
                let whole = !parts.is_empty() && parts.iter().all(|part| part.letter.events > 0);
                assert!(whole, "{}: {name}", case.name());
            }
        }
        let of = |name| Basis { event: SampleEvent::of(name), earlier: "old".into() };
        assert_eq!(of("event.completed").lacks(Hostile::Reorder).as_deref(), Some("event.propertyChange"));
        assert_eq!(of("event.completed").lacks(Hostile::Duplicates), None);
        assert_eq!(of("contact.privacyDeletion").lacks(Hostile::ChangeFirst), None);
    }

    #[test]
    fn a_cases_events_differ_as_it_says() {
        let basis = Basis {
            event: SampleEvent { occurred_at: NOW, ..SampleEvent::of("contact.propertyChange") },
            earlier: "old".into(),
        };
        let burst = basis.parts(Hostile::Burst);
        assert_eq!((burst.len(), burst.iter().map(|part| part.letter.events).sum::<usize>()), (100, 10_000));
        let ids = |case| -> Vec<(u64, u64)> {
            let each = basis.events(case).into_iter().flatten();
            each.map(|event| (event["eventId"].as_u64().unwrap_or(0), event["objectId"].as_u64().unwrap_or(0)))
                .collect()
        };
        assert_eq!(ids(Hostile::Duplicates), [(1, 551), (1, 551)]);
        assert_eq!(ids(Hostile::RepeatedEventId), [(1, 551), (1, 552)]);
        let order = basis.events(Hostile::Reorder).concat();
        assert!(order[0]["occurredAt"].as_i64() > order[1]["occurredAt"].as_i64());
        assert_eq!(
            (order[0]["propertyValue"].as_str(), order[1]["propertyValue"].as_str()),
            (Some("Kim"), Some("old"))
        );
        let body = Letter::of(&basis.events(Hostile::TamperedBody).concat());
        let sent = sender(None).request(&Letter { tampered: true, ..body.clone() }, NOW, 1);
        assert!(sent.body != body.body && serde_json::from_slice::<Value>(&sent.body).is_ok());
    }
}

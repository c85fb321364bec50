//! The envelope of HubSpot's deliveries: a JSON array, the headers as seen, and both signatures.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::deliver::{self, Forgery, Rules, Stamp, sign};
use crate::{Seed, SystemName};

/// The app's one target.
pub(super) struct Channel {
    pub(super) portal: String,
    pub(super) app: String,
    /// The address that is called.
    pub(super) url: Uri,
    /// The one that is signed: what the app calls its own.
    pub(super) signed_url: String,
    pub(super) secret: String,
    pub(super) seed: Seed,
    pub(super) rules: Rules,
}

const USER_AGENT: HeaderValue = HeaderValue::from_static(
    "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - WebhooksExecutorDaemon-executor",
);
const SIGNATURE: HeaderName = HeaderName::from_static("x-hubspot-signature");
const SIGNATURE_VERSION: HeaderName = HeaderName::from_static("x-hubspot-signature-version");
const SIGNATURE_V3: HeaderName = HeaderName::from_static("x-hubspot-signature-v3");
const REQUEST_TIMESTAMP: HeaderName = HeaderName::from_static("x-hubspot-request-timestamp");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// How old a stale delivery is: far beyond the five minutes after which a receiver refuses one (§6.4).
const STALE_MS: i64 = 60 * 60_000;

impl deliver::Channel for Channel {
    fn system(&self) -> SystemName {
        SystemName::Hubspot
    }

    fn account(&self) -> &str {
        &self.portal
    }

    fn app(&self) -> &str {
        &self.app
    }

    fn url(&self) -> &Uri {
        &self.url
    }

    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn write(&self, events: &mut dyn Iterator<Item = &dyn deliver::Event>, attempt: u32) -> Vec<u8> {
        let mut out = vec![b'['];
        for event in events {
            if out.len() > 1 {
                out.push(b',');
            }
            event.write(attempt, &mut out);
        }
        out.push(b']');
        out
    }

    fn headers(&self, body: &[u8], stamp: Stamp) -> HeaderMap {
        let Stamp { at, number, forgery } = stamp;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::USER_AGENT, USER_AGENT);
        let draw = |label| self.seed.draw(label, number);
        let trace = format!("00-{:016x}{:016x}-{:016x}-00", draw("trace.a"), draw("trace.b"), draw("trace.c"));
        let mut set = |name, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        set(TRACEPARENT, trace);
        let (secret, body, at) = match forgery {
            None => (self.secret.clone(), body.to_vec(), at),
            Some(Forgery::Unsigned) => return headers,
            Some(Forgery::WrongSecret) => {
                (self.seed.uuid4("hubspot.wrong-secret", number).to_string(), body.to_vec(), at)
            }
            Some(Forgery::Stale) => (self.secret.clone(), body.to_vec(), at.plus(-STALE_MS)),
            // The signature is that of what it was before somebody took a blank out.
            Some(Forgery::Altered) => (self.secret.clone(), [body, b" "].concat(), at),
        };
        set(SIGNATURE, sign::v1(&secret, &body));
        set(SIGNATURE_VERSION, "v1".to_owned());
        set(SIGNATURE_V3, sign::v3(&secret, "POST", &self.signed_url, &body, at.0));
        set(REQUEST_TIMESTAMP, at.0.to_string());
        headers
    }
}

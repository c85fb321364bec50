//! The envelope of HubSpot's deliveries: a JSON array, the headers as seen, and both signatures.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::envelope::{NEARLY_STALE_MS, STALE_MS, envelope, signed_v1, signed_v3};
use crate::deliver::{self, Forgery, Rules, Stamp};
use crate::{Seed, SystemName};

/// The app's one target.
pub(super) struct Channel {
    pub(super) portal: String,
    pub(super) app: String,
    pub(super) app_name: String,
    /// The address that is called.
    pub(super) url: Uri,
    /// Why it is not, where it is not.
    pub(super) barred: Option<&'static str>,
    /// The one that is signed: what the app calls its own.
    pub(super) signed_url: String,
    pub(super) secret: String,
    pub(super) seed: Seed,
    pub(super) rules: Rules,
}

impl deliver::Channel for Channel {
    fn system(&self) -> SystemName {
        SystemName::Hubspot
    }

    fn account(&self) -> &str {
        &self.portal
    }

    fn app(&self) -> (&str, &str) {
        (&self.app, &self.app_name)
    }

    fn url(&self) -> &Uri {
        &self.url
    }

    fn barred(&self) -> Option<&'static str> {
        self.barred
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
        let draw = |label| self.seed.draw(label, number);
        let front = envelope((draw("trace.a"), draw("trace.b"), draw("trace.c")));
        let (secret, body, at) = match forgery {
            None | Some(Forgery::ReEncoded) => (self.secret.clone(), body.to_vec(), at),
            Some(Forgery::Unsigned) => return written(front),
            Some(Forgery::WrongSecret) => {
                (self.seed.uuid4("hubspot.wrong-secret", number).to_string(), body.to_vec(), at)
            }
            Some(Forgery::Stale) => (self.secret.clone(), body.to_vec(), at.plus(-STALE_MS)),
            Some(Forgery::NearlyStale) => (self.secret.clone(), body.to_vec(), at.plus(-NEARLY_STALE_MS)),
            // The signature is that of what it was before somebody took a blank out.
            Some(Forgery::Altered) => (self.secret.clone(), [body, b" "].concat(), at),
        };
        let v3 = signed_v3(&secret, &self.signed_url, &body, at.0);
        written(front.into_iter().chain(signed_v1(&secret, &body)).chain(v3))
    }
}

/// An address as it is called, and so signed (§6.4): a path that is empty is `/`.
pub(super) fn as_called(address: &str) -> String {
    address.parse::<Uri>().map_or_else(|_| address.to_owned(), |url| url.to_string())
}

/// As headers of a request. What was written for one can stand in one.
fn written(named: impl IntoIterator<Item = (&'static str, String)>) -> HeaderMap {
    let pair =
        |(name, value): (&str, String)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
    named.into_iter().filter_map(pair).collect()
}

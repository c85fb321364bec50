//! The envelope of HubSpot's deliveries: a JSON array, the headers as seen, and both signatures.

use http::Uri;

use super::envelope::{
    ESCAPED_QUERY, NEARLY_STALE_MS, Public, QUERY, STALE_MS, envelope, queried, signed_v1, signed_v3,
};
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
    /// What a proxy tells of it, where one stands between.
    pub(super) public: Option<Public>,
    pub(super) secret: String,
    pub(super) seed: Seed,
    pub(super) rules: Rules,
}

/// A public name that no receiver has been told.
const UNKNOWN_HOST: &str = "unknown.example.com";

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

    fn called(&self, forgery: Option<Forgery>) -> String {
        match forgery {
            Some(Forgery::QueryString) => queried(&self.url.to_string(), QUERY),
            Some(Forgery::EscapedQuery) => queried(&self.url.to_string(), ESCAPED_QUERY),
            _ => self.url.to_string(),
        }
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

    fn headers(&self, body: &[u8], stamp: Stamp) -> Vec<(&'static str, String)> {
        let inner = self.url.authority().map_or("", |authority| authority.as_str());
        let unknown = Public { scheme: "https".to_owned(), host: UNKNOWN_HOST.to_owned() };
        let (inner_host, public) = match stamp.forgery {
            Some(Forgery::UnknownHost) => (true, Some(&unknown)),
            Some(Forgery::ChangedHost) => (true, self.public.as_ref()),
            _ => (false, self.public.as_ref()),
        };
        let mut headers = Public::headers(public, inner, inner_host);
        headers.extend(self.signed(body, stamp));
        headers
    }
}

impl Channel {
    /// All that does not depend on how the receiver is called.
    fn signed(&self, body: &[u8], stamp: Stamp) -> Vec<(&'static str, String)> {
        let Stamp { at, number, forgery } = stamp;
        let draw = |label| self.seed.draw(label, number);
        let mut headers = envelope((draw("trace.a"), draw("trace.b"), draw("trace.c")));
        let stranger = matches!(forgery, Some(Forgery::WrongSecret | Forgery::V1WrongSecret));
        let secret = match stranger {
            true => self.seed.uuid4("hubspot.wrong-secret", number).to_string(),
            false => self.secret.clone(),
        };
        let stamped = match forgery {
            Some(Forgery::Stale) => at.plus(-STALE_MS),
            Some(Forgery::NearlyStale) => at.plus(-NEARLY_STALE_MS),
            _ => at,
        };
        let body = match forgery {
            // The signature is that of what it was before somebody took a blank out.
            Some(Forgery::Altered) => [body, b" "].concat(),
            _ => body.to_vec(),
        };
        let v3 = || signed_v3(&secret, &self.signed_address(forgery), &body, stamped.0);
        match forgery {
            Some(Forgery::Unsigned) => {}
            Some(Forgery::V1Only | Forgery::V1WrongSecret) => headers.extend(signed_v1(&secret, &body)),
            _ => headers.extend(signed_v1(&secret, &body).into_iter().chain(v3())),
        }
        headers
    }

    fn signed_address(&self, forgery: Option<Forgery>) -> String {
        match forgery {
            Some(Forgery::QueryString) => queried(&self.signed_url, QUERY),
            Some(Forgery::EscapedQuery) => queried(&self.signed_url, ESCAPED_QUERY),
            Some(Forgery::UnknownHost) => {
                let target = self.url.path_and_query().map_or("/", |target| target.as_str());
                format!("https://{UNKNOWN_HOST}{target}")
            }
            _ => self.signed_url.clone(),
        }
    }
}

/// An address as it is called, and so signed (§6.4): a path that is empty is `/`.
pub(super) fn as_called(address: &str) -> String {
    address.parse::<Uri>().map_or_else(|_| address.to_owned(), |url| url.to_string())
}

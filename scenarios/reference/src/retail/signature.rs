//! Whether a delivery comes from HubSpot (facts/hubspot-limits-webhooks-auth.md §6.4). Knows the arithmetic
//! and the age that is allowed, and asks no clock.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method};
use sha2::{Digest as _, Sha256};

/// A stamp may be so old, to the millisecond.
const AGE_MAX_MS: i64 = 300_000;
/// The escapes that are decoded in an address before it is signed, and no others.
const DECODED: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

/// A delivery, as far as it is signed.
pub(super) struct Delivery<'a> {
    pub(super) method: &'a Method,
    /// The whole address that was called.
    pub(super) uri: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl Delivery<'_> {
    /// Whether it is signed with the secret, by version 3 or else by version 1, and its stamp, if it has
    /// one, is not stale.
    pub(super) fn is_genuine(&self, secret: &str, now_ms: i64) -> bool {
        match self.header("x-hubspot-signature-v3") {
            Some(signature) => self.is_genuine_v3(signature, secret, now_ms),
            None => self.is_genuine_v1(secret),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn is_genuine_v3(&self, signature: &str, secret: &str, now_ms: i64) -> bool {
        let Some(stamp) = self.header("x-hubspot-request-timestamp") else { return false };
        let fresh = stamp.parse().is_ok_and(|stamp: i64| now_ms.saturating_sub(stamp) <= AGE_MAX_MS);
        let (Ok(signature), Some(mut mac)) = (STANDARD.decode(signature), mac(secret)) else { return false };
        mac.update(self.method.as_str().as_bytes());
        mac.update(decoded(self.uri).as_bytes());
        mac.update(self.body);
        mac.update(stamp.as_bytes());
        // Compares in constant time.
        fresh && mac.verify_slice(&signature).is_ok()
    }

    /// A plain hash; it is put through a MAC once more, so that the comparison tells nothing by its time.
    fn is_genuine_v1(&self, secret: &str) -> bool {
        if self.header("x-hubspot-signature-version") != Some("v1") {
            return false;
        }
        let Some(signature) = self.header("x-hubspot-signature") else { return false };
        let expected = hex::encode(Sha256::new().chain_update(secret).chain_update(self.body).finalize());
        let (Some(mut ours), Some(mut theirs)) = (mac(secret), mac(secret)) else { return false };
        ours.update(expected.as_bytes());
        theirs.update(signature.as_bytes());
        ours.verify(&theirs.finalize().into_bytes()).is_ok()
    }
}

/// A key of any length will do.
fn mac(secret: &str) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(secret.as_bytes()).ok()
}

fn decoded(uri: &str) -> String {
    let mut decoded = String::with_capacity(uri.len());
    let mut rest = uri;
    while let Some(place) = rest.find('%') {
        decoded.push_str(&rest[..place]);
        let escape = rest.get(place..place + 3).unwrap_or("%");
        let plain = DECODED.iter().find(|(known, _)| known.eq_ignore_ascii_case(escape));
        let (taken, plain) = plain.map_or((1, "%"), |(known, plain)| (known.len(), *plain));
        decoded.push_str(plain);
        rest = &rest[place + taken..];
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "rehearse-secret-0001";
    const URI: &str = "https://hooks.example.test/hs/in";
    const STAMP: i64 = 1_767_225_601_000;
    const B1: &str = concat!(
        r#"[{"eventId":7001,"subscriptionId":311,"portalId":4200001,"appId":9001,"occurredAt":1767225600000,"#,
        r#""subscriptionType":"contact.creation","attemptNumber":0,"objectId":551,"changeFlag":"CREATED","#,
        r#""changeSource":"INTEGRATION","sourceId":"9001"}]"#
    );

    fn v3(signature: &str, stamp: i64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-hubspot-signature-v3", signature.parse().unwrap());
        headers.insert("x-hubspot-request-timestamp", stamp.to_string().parse().unwrap());
        headers
    }

    fn genuine(headers: &HeaderMap, secret: &str, uri: &str, body: &str, now_ms: i64) -> bool {
        Delivery { method: &Method::POST, uri, headers, body: body.as_bytes() }.is_genuine(secret, now_ms)
    }

    #[test]
    fn version_3_agrees_with_the_vectors() {
        let official = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
        let zoe = r#"[{"eventId":7002,"propertyName":"firstname","propertyValue":"Zoë"}]"#;
        let escaped = "https://hooks.example.test/hs/in?tag=a%3Ab%2Fc&q=%28x%29";
        let plain = "https://hooks.example.test/hs/in?tag=a:b/c&q=(x)";
        for (signature, secret, uri, body, stamp) in [
            (
                "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
                official,
                "https://www.example.com/webhook_uri",
                "{'example_field':'example_value'}",
                1_693_657_560_000,
            ),
            ("+Uh2eQCPYSG5Pk7BiPdk6l7f2XIzMMLIVPw7vHusonc=", SECRET, URI, B1, STAMP),
            ("+frzBawj/pGeZXGBGJoqkraWcIY7WrulA4EQwov4oHk=", SECRET, URI, zoe, STAMP),
            ("gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU=", SECRET, plain, "[]", STAMP),
            ("gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU=", SECRET, escaped, "[]", STAMP),
        ] {
            assert!(genuine(&v3(signature, stamp), secret, uri, body, stamp), "{signature} {uri}");
        }
        let undecoded = v3("iSCN6RjATyuJvjylXHCdT8Jd6z0a4KHivhfSjLew10M=", STAMP);
        assert!(!genuine(&undecoded, SECRET, escaped, "[]", STAMP));
    }

    #[test]
    fn version_3_is_refused_where_anything_differs() {
        let headers = v3("+Uh2eQCPYSG5Pk7BiPdk6l7f2XIzMMLIVPw7vHusonc=", STAMP);
        assert!(genuine(&headers, SECRET, URI, B1, STAMP + AGE_MAX_MS));
        assert!(!genuine(&headers, SECRET, URI, B1, STAMP + AGE_MAX_MS + 1), "stale");
        assert!(!genuine(&headers, "another", URI, B1, STAMP), "another secret");
        assert!(!genuine(&headers, SECRET, URI, &B1.replace("551", "552"), STAMP), "altered");
        assert!(!genuine(&headers, SECRET, "https://hooks.example.test/hs", B1, STAMP), "another address");
        assert!(!genuine(&HeaderMap::new(), SECRET, URI, B1, STAMP), "unsigned");
        assert!(!genuine(&v3("no base64", STAMP), SECRET, URI, B1, STAMP));
    }

    #[test]
    fn version_1_serves_where_there_is_no_version_3() {
        let mut headers = HeaderMap::new();
        let signature = "db914d28eb54028e7af4017fe3d88ca8410dbcdf14fd750978207451a3de3d40";
        headers.insert("x-hubspot-signature", signature.parse().unwrap());
        assert!(!genuine(&headers, SECRET, URI, B1, STAMP), "of no version");
        headers.insert("x-hubspot-signature-version", "v1".parse().unwrap());
        assert!(genuine(&headers, SECRET, URI, B1, STAMP));
        assert!(!genuine(&headers, SECRET, URI, "[]", STAMP));
        headers.extend(v3("AAAA", STAMP));
        assert!(!genuine(&headers, SECRET, URI, B1, STAMP), "a wrong version 3 beside it");
    }
}

//! Signatures over a delivery, by which its receiver knows who sent it
//! (facts/hubspot-limits-webhooks-auth.md §6.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The escapes that are undone in an address before it is signed, and no others.
const UNDONE: [(&str, &str); 12] = [
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

/// Hex of the hash over secret and body.
pub(crate) fn v1(secret: &str, body: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(secret).chain_update(body).finalize())
}

/// Base64 of the keyed hash over method, address, body and the stamp in milliseconds.
pub(crate) fn v3(secret: &str, method: &str, url: &str, body: &[u8], stamp_ms: i64) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    for part in [method.as_bytes(), undone(url).as_bytes(), body, stamp_ms.to_string().as_bytes()] {
        mac.update(part);
    }
    BASE64.encode(mac.finalize().into_bytes())
}

fn undone(url: &str) -> String {
    let mut left = url;
    let mut text = String::with_capacity(url.len());
    while let Some(at) = left.find('%') {
        text.push_str(&left[..at]);
        left = &left[at..];
        let known = UNDONE.iter().find(|(escape, _)| left.starts_with(escape));
        let (plain, len) = known.map_or(("%", 1), |(_, plain)| (*plain, 3));
        text.push_str(plain);
        left = &left[len..];
    }
    text + left
}

#[cfg(test)]
mod tests {
    use super::*;

    const B1: &str = r#"[{"eventId":7001,"subscriptionId":311,"portalId":4200001,"appId":9001,"occurredAt":1767225600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":551,"changeFlag":"CREATED","changeSource":"INTEGRATION","sourceId":"9001"}]"#;
    const SECRET: &str = "rehearse-secret-0001";
    const URL: &str = "https://hooks.example.test/hs/in";
    const STAMP: i64 = 1_767_225_601_000;

    #[test]
    fn signatures_are_those_of_the_fact_sheets_table() {
        assert_eq!(B1.len(), 239);
        assert_eq!(v1(SECRET, B1.as_bytes()), "db914d28eb54028e7af4017fe3d88ca8410dbcdf14fd750978207451a3de3d40");
        let utf8 = "[{\"eventId\":7002,\"propertyName\":\"firstname\",\"propertyValue\":\"Zoë\"}]";
        let query = "https://hooks.example.test/hs/in?tag=a:b/c&q=(x)";
        let escaped = "https://hooks.example.test/hs/in?tag=a%3Ab%2Fc&q=%28x%29";
        for (url, body, wanted) in [
            (URL, B1, "+Uh2eQCPYSG5Pk7BiPdk6l7f2XIzMMLIVPw7vHusonc="),
            (query, "[]", "gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU="),
            (escaped, "[]", "gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU="),
            (URL, utf8, "+frzBawj/pGeZXGBGJoqkraWcIY7WrulA4EQwov4oHk="),
        ] {
            assert_eq!(v3(SECRET, "POST", url, body.as_bytes(), STAMP), wanted, "{url}");
        }
        let official = ("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "https://www.example.com/webhook_uri");
        let body = b"{'example_field':'example_value'}";
        let signed = v3(official.0, "POST", official.1, body, 1_693_657_560_000);
        assert_eq!(signed, "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=");
    }

    #[test]
    fn only_the_known_escapes_are_undone() {
        assert_eq!(undone("http://a/%2F%20b%3D%2fé%C3%AB%"), "http://a//%20b%3D%2fé%C3%AB%");
    }
}

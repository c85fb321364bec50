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

/// Hex of the hash over secret and body: `X-HubSpot-Signature` of CRM subscriptions.
///
/// ```
/// let signature = standin_sim::sign::v1("secret", b"[]");
/// assert_eq!(signature, "e54739419ee05866a0e9d8df6b398edcb6c4e7b4c1e1a8c66b5fc889d024eb54");
/// ```
#[must_use]
pub fn v1(secret: &str, body: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(secret).chain_update(body).finalize())
}

/// Hex of the hash over secret, method, address and body: the same header on workflow actions and cards.
#[must_use]
pub fn v2(secret: &str, method: &str, url: &str, body: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(secret).chain_update(method).chain_update(url).chain_update(body).finalize())
}

/// Base64 of the keyed hash over method, address, body and the stamp in milliseconds: `X-HubSpot-Signature-v3`, beside
/// `X-HubSpot-Request-Timestamp`. Twelve escapes are undone in the address first.
#[must_use]
pub fn v3(secret: &str, method: &str, url: &str, body: &[u8], stamp_ms: i64) -> String {
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
        let official = ("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "https://www.example.com/webhook_uri");
        let sample = r#"[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]"#;
        for (secret, body, wanted) in [
            (official.0, sample, "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"),
            (SECRET, B1, "db914d28eb54028e7af4017fe3d88ca8410dbcdf14fd750978207451a3de3d40"),
        ] {
            assert_eq!(v1(secret, body.as_bytes()), wanted);
        }
        let example = r#"{"example_field":"example_value"}"#;
        for ((secret, url), body, wanted) in [
            (official, example, "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"),
            ((SECRET, URL), B1, "3258550bf30faff71b620ca22d319551ca7f855523e5f89e7aa7d2a76cb65dd2"),
        ] {
            assert_eq!(v2(secret, "POST", url, body.as_bytes()), wanted);
        }
        let utf8 = "[{\"eventId\":7002,\"propertyName\":\"firstname\",\"propertyValue\":\"Zoë\"}]";
        assert_eq!(utf8.len(), 68);
        let query = "https://hooks.example.test/hs/in?tag=a:b/c&q=(x)";
        let escaped = "https://hooks.example.test/hs/in?tag=a%3Ab%2Fc&q=%28x%29";
        let quoted = "{'example_field':'example_value'}";
        for ((secret, url), body, stamp, wanted) in [
            (official, quoted, 1_693_657_560_000, "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
            ((SECRET, URL), B1, STAMP, "+Uh2eQCPYSG5Pk7BiPdk6l7f2XIzMMLIVPw7vHusonc="),
            ((SECRET, query), "[]", STAMP, "gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU="),
            ((SECRET, escaped), "[]", STAMP, "gu+BpA5gYEnkCog3RbJZQGajeslPxQNX5P0HzC1YivU="),
            ((SECRET, URL), utf8, STAMP, "+frzBawj/pGeZXGBGJoqkraWcIY7WrulA4EQwov4oHk="),
        ] {
            assert_eq!(v3(secret, "POST", url, body.as_bytes(), stamp), wanted, "{url}");
        }
        // What one gets who leaves the escapes as they are.
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("POST{escaped}[]{STAMP}").as_bytes());
        assert_eq!(BASE64.encode(mac.finalize().into_bytes()), "iSCN6RjATyuJvjylXHCdT8Jd6z0a4KHivhfSjLew10M=");
    }

    #[test]
    fn only_the_known_escapes_are_undone() {
        assert_eq!(undone("http://a/%2F%20b%3D%2fé%C3%AB%"), "http://a//%20b%3D%2fé%C3%AB%");
    }
}

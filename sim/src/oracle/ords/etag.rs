//! Entity tags: 64 bytes drawn from a fingerprint, written as ORDS writes its secure hashes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Seed;

/// The tag of a fingerprint: 88 base64 characters in quotes (facts/oci-api-gateway.md §12).
pub(crate) fn tag(fingerprint: u64) -> String {
    let mut bytes = [0; 64];
    for (n, lane) in (0..).zip(bytes.chunks_exact_mut(8)) {
        lane.copy_from_slice(&Seed(fingerprint).draw("ords.etag", n).to_be_bytes());
    }
    format!("\"{}\"", STANDARD.encode(bytes))
}

/// A number that stands for a text.
pub(crate) fn fingerprint(text: &str, n: u64) -> u64 {
    Seed(0).draw(text, n)
}

/// Whether an If-Match list names the tag; `None` stands for a resource that is not there.
pub(crate) fn matches(list: &str, tag: Option<&str>) -> bool {
    let Some(tag) = tag else { return false };
    list.split(',').map(str::trim).any(|named| named == "*" || named == tag)
}

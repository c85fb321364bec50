//! Towards which classes of limits an operation counts, by its stable name: asked when a call comes in, and by
//! whoever reads the journal afterwards.

use super::routes::OAUTH_APP;

const EXEMPT: &str = "ten_secondly_exempt";

/// The classes that some call carries. A limit of another stands ahead of its endpoint, and counts nothing.
pub(crate) const CARRIED: [&str; 4] = ["search", "associations", "oauth_token", OAUTH_APP];

/// The limit classes that calls of an operation carry. Of associations, all but those of one record's path are
/// free of the ten-second limit.
pub(crate) fn classes(operation: &str) -> &'static [&'static str] {
    match operation {
        "objects.search" => &["search", EXEMPT],
        "associations.list" | "associations.set-default" | "associations.set" | "associations.remove" => {
            &["associations"]
        }
        // The token endpoint has a limit of its own, and counts towards no other.
        "oauth.token" => &["oauth_token", EXEMPT, "daily_exempt"],
        "oauth.uninstall" => &[],
        other if other.starts_with("oauth.") => &[EXEMPT, "daily_exempt"],
        other if other.starts_with("associations.") => &["associations", EXEMPT],
        _ => &[],
    }
}

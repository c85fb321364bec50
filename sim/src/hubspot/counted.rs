//! Towards which classes of limits an operation counts, by its stable name: asked when a call comes in, and by
//! whoever reads the journal afterwards.

const EXEMPT: &str = "ten_secondly_exempt";

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

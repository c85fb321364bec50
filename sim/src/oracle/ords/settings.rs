//! The figures of ORDS that are no limits of the gate, as its profile gives them.

use crate::policy::OrdsSettings;

/// Lifetimes, sizes and page lengths of one ORDS installation.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long an access token is good, in milliseconds; told to the client in whole seconds.
    /// 3,600,000 where ORDS is left as it comes (facts/oci-api-gateway.md §12).
    pub(crate) token_ttl_ms: i64,
    /// Rows on a page when the call names no `limit`: 25 (facts/oci-api-gateway.md §12).
    pub(crate) page_default: usize,
    /// The longest page; a larger `limit` is cut to it.
    pub(crate) page_max: usize,
    /// Request bodies beyond this many bytes are refused.
    pub(crate) body_bytes_max: usize,
    /// How far back `$asof` can see, in milliseconds: the database's undo retention.
    pub(crate) undo_retention_ms: i64,
    /// How many past versions of a table are kept for `$asof`, whatever their age.
    pub(crate) undo_versions_max: usize,
}

impl From<&OrdsSettings> for Settings {
    fn from(profile: &OrdsSettings) -> Self {
        Self {
            token_ttl_ms: profile.token_ttl.value.0,
            page_default: profile.page_default.value.get(),
            page_max: profile.page_max.value.get(),
            body_bytes_max: profile.body_bytes_max.value,
            undo_retention_ms: profile.undo_retention.value.0,
            undo_versions_max: profile.undo_versions_max.value,
        }
    }
}

//! E-mail addresses: their form, and the one text by which they are compared. Whether a top-level
//! domain exists is not looked up (ledger: `hubspot.values.email-top-level-domain`).

use compact_str::CompactString;

use super::refusal::Refused;
use crate::hubspot::read::fold;

/// Trimmed and in lower case (facts/hubspot-crm.md §2.6).
pub(super) fn canonical(value: &str) -> Result<CompactString, Refused> {
    let folded = fold(value);
    if well_formed(&folded) { Ok(folded) } else { Err(("INVALID_EMAIL", format!("Email address {value} is invalid"))) }
}

/// The address as it is kept, if it is one.
pub(crate) fn address(value: &str) -> Option<CompactString> {
    canonical(value).ok()
}

fn well_formed(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let special = |c: char| matches!(c, '@' | ',' | ';' | ':' | '<' | '>' | '(' | ')' | '[' | ']' | '\\' | '"');
    let plain = |c: char| !special(c) && !c.is_whitespace() && !c.is_control();
    !local.is_empty() && local.chars().all(plain) && self::domain(domain)
}

/// Whether a text has the form of a domain.
pub(super) fn domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top_level = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(label)
        && top_level.chars().count() >= 2
        && !top_level.chars().all(|c| c.is_ascii_digit())
}

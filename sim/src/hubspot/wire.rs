//! Text forms that HubSpot's answers share.

use crate::Moment;

/// ISO 8601 in UTC; three fraction digits, dropped entirely when zero (facts/hubspot-crm.md §1).
pub(crate) fn iso(at: Moment) -> String {
    if at.0.rem_euclid(1000) == 0 { format!("{:.0}", at.timestamp()) } else { format!("{:.3}", at.timestamp()) }
}

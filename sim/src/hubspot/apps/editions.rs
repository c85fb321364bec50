//! Paths that are answered here and of which no document has the scopes: each is another spelling or another edition of one that
//! a document has, and asks for the scopes of that. What stands in no document and not here is not answered.

/// How such a path begins, and how the one does that it is the same as. A pair may build on those before it.
const SAME: &[(&str, &str)] = &[
    // The ties of the third version, under a record, as those of the fourth.
    (
        "/crm/v3/objects/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}/{associationType}",
        "/crm/v4/objects/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}",
    ),
    (
        "/crm/v3/objects/{objectType}/{objectId}/associations/{toObjectType}",
        "/crm/v4/objects/{objectType}/{objectId}/associations/{toObjectType}",
    ),
    // The newest documents have the writing of ties under a record, and not the reading.
    (
        "/crm/objects/2026-09/{objectType}/{objectId}/associations/{toObjectType}",
        "/crm/objects/2026-03/{objectType}/{objectId}/associations/{toObjectType}",
    ),
    // Listed for every type by the newest documents alone (facts/hubspot-crm.md §12).
    ("/crm/v3/objects/{objectType}/gdpr-delete", "/crm/objects/2026-09/{objectType}/gdpr-delete"),
    ("/crm/objects/2026-03/{objectType}/gdpr-delete", "/crm/objects/2026-09/{objectType}/gdpr-delete"),
    // The version before the API's name, or after it.
    ("/crm/objects/v3/", "/crm/v3/objects/"),
    ("/crm/objects/v4/", "/crm/v4/objects/"),
    ("/crm/associations/v3/", "/crm/v3/associations/"),
    ("/crm/associations/v4/", "/crm/v4/associations/"),
    ("/crm/v4/associations/", "/crm/associations/v4/"),
    ("/crm/owners/v3", "/crm/v3/owners"),
    ("/crm/pipelines/v3/", "/crm/v3/pipelines/"),
    ("/crm/v3/schemas", "/crm-object-schemas/v3/schemas"),
    // Its document is silent on what it asks for.
    ("/communication-preferences/2026-09/resubscribe", "/communication-preferences/2026-09/subscribe"),
    // Dated editions.
    ("/account-info/2025-09/", "/account-info/2026-03/"),
    ("/crm-object-schemas/2025-09/", "/crm-object-schemas/2026-03/"),
    ("/crm/associations/2025-09/", "/crm/associations/2026-03/"),
    ("/crm/limits/2025-09/", "/crm/limits/2026-03/"),
    ("/crm/limits/2026-09/", "/crm/limits/2026-03/"),
    ("/crm/object-library/2025-09/", "/crm/object-library/2026-03/"),
    ("/crm/object-library/2026-09/", "/crm/object-library/2026-03/"),
    ("/crm/objects/2025-09/", "/crm/objects/2026-03/"),
    ("/crm/owners/2025-09", "/crm/owners/2026-03"),
    ("/crm/pipelines/2025-09/", "/crm/pipelines/2026-03/"),
    ("/crm/properties/2025-09/", "/crm/properties/2026-03/"),
    ("/crm/property-validations/2025-09/", "/crm/property-validations/2026-03/"),
    ("/appinstalls/2025-09/", "/appinstalls/v3/"),
    ("/appinstalls/2026-03/", "/appinstalls/v3/"),
    ("/appinstalls/2026-09/", "/appinstalls/v3/"),
    // A snapshot's status is told beside the snapshots too.
    ("/webhooks-journal/snapshots/2026-03/crm/status/", "/webhooks-journal/journal/2026-03/status/"),
    ("/webhooks-journal/snapshots/2027-03-beta/crm/status/", "/webhooks-journal/journal/2027-03-beta/status/"),
];

/// The APIs of the webhooks journal, each of which has these editions as it has that of March 2026.
const JOURNAL: [&str; 4] = ["journal", "journal-local", "snapshots", "subscriptions"];
const JOURNAL_EDITIONS: [&str; 2] = ["v4", "2026-09"];

/// An operation's method and path.
type Operation<'a, P> = (&'a str, P);

/// The operations that are the same as documented ones, with what these have.
pub(super) fn alike<'a>(
    documented: impl Iterator<Item = (Operation<'a, &'a str>, usize)>,
) -> Vec<(Operation<'a, String>, usize)> {
    let mut known: Vec<_> = documented.map(|((method, path), row)| ((method, path.to_owned()), row)).collect();
    let given = known.len();
    let own = |to: &str, from: &str| (to.to_owned(), from.to_owned());
    let of_journal = JOURNAL.iter().flat_map(|api| {
        let root = |edition: &str| format!("/webhooks-journal/{api}/{edition}");
        JOURNAL_EDITIONS.map(|edition| (root(edition), root("2026-03")))
    });
    for (to, from) in SAME.iter().map(|(to, from)| own(to, from)).chain(of_journal) {
        let same = |((method, path), row): &(Operation<'a, String>, usize)| {
            let rest = path.strip_prefix(&from)?;
            Some(((*method, format!("{to}{rest}")), *row))
        };
        let more: Vec<_> = known.iter().filter_map(same).collect();
        known.extend(more);
    }
    known.split_off(given)
}

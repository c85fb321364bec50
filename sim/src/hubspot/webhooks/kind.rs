//! The types of events that an app may subscribe to, as HubSpot names them.

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    Creation,
    Deletion,
    Merge,
    Restore,
    Property,
    Association,
    PrivacyDeletion,
    /// Of what there is none of here: conversations and behavioural events.
    Elsewhere,
}

/// Whose records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of the type of this singular name.
    Classic(&'static str),
    /// Of the type that the subscription names.
    Generic,
    Nobodys,
}

use Happening::{Association, Creation, Deletion, Elsewhere, Merge, PrivacyDeletion, Property, Restore};

const CLASSIC: [&str; 6] = ["contact", "company", "deal", "ticket", "product", "line_item"];
const KINDS: [(&str, Happening); 6] = [
    ("creation", Creation),
    ("deletion", Deletion),
    ("merge", Merge),
    ("restore", Restore),
    ("propertyChange", Property),
    ("associationChange", Association),
];
const ELSEWHERE: [&str; 6] = [
    "conversation.creation",
    "conversation.deletion",
    "conversation.newMessage",
    "conversation.privacyDeletion",
    "conversation.propertyChange",
    "event.completed",
];

/// A type of event by its name; none of that name if there is `None`.
pub(super) fn find(name: &str) -> Option<(Whose, Happening)> {
    if name == "contact.privacyDeletion" {
        return Some((Whose::Classic("contact"), PrivacyDeletion));
    }
    if ELSEWHERE.contains(&name) {
        return Some((Whose::Nobodys, if name.ends_with("propertyChange") { Property } else { Elsewhere }));
    }
    let (whose, kind) = name.split_once('.')?;
    let (_, happening) = KINDS.into_iter().find(|(known, _)| *known == kind)?;
    if whose == "object" {
        return Some((Whose::Generic, happening));
    }
    // HubSpot has no event of a product's associations.
    let whose =
        CLASSIC.into_iter().find(|known| *known == whose && (whose, kind) != ("product", "associationChange"))?;
    Some((Whose::Classic(whose), happening))
}

/// Every name, in the order of the alphabet as HubSpot's own list has them.
pub(super) fn names() -> Vec<String> {
    let kinds = || KINDS.iter().map(|(kind, _)| *kind);
    let of = CLASSIC.into_iter().chain(["object"]);
    let mut names: Vec<String> = of.flat_map(|whose| kinds().map(move |kind| format!("{whose}.{kind}"))).collect();
    names.extend(ELSEWHERE.map(str::to_owned));
    names.push("contact.privacyDeletion".to_owned());
    names.retain(|name| find(name).is_some());
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_the_surface_table() {
        let names = names();
        assert_eq!(names.len(), 48);
        assert_eq!(names[0], "company.associationChange");
        for (name, found) in [
            ("contact.creation", Some((Whose::Classic("contact"), Creation))),
            ("line_item.associationChange", Some((Whose::Classic("line_item"), Association))),
            ("object.restore", Some((Whose::Generic, Restore))),
            ("contact.privacyDeletion", Some((Whose::Classic("contact"), PrivacyDeletion))),
            ("conversation.newMessage", Some((Whose::Nobodys, Elsewhere))),
            ("product.associationChange", None),
            ("company.privacyDeletion", None),
            ("contact", None),
            ("quote.creation", None),
        ] {
            assert_eq!(find(name), found, "{name}");
        }
    }
}

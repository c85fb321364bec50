//! Which scopes an operation asks for: alternatives, of which a caller needs one. They are data,
//! `scopes.json` beside this, made from the vendor's API documents; nothing here names a scope but to
//! read its parts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use http::Method;
use percent_encoding::percent_decode_str;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::editions;
use super::set::ScopeSet;
use crate::hubspot::types::ObjectType;

/// What an operation asks for, as its refusal and the journal tell it; nothing if there are no names.
#[derive(Debug)]
pub(crate) struct Needs {
    pub(crate) any_of: ScopeSet,
    pub(crate) names: Vec<&'static str>,
    /// The names with a space between each.
    pub(crate) told: String,
}

#[derive(Deserialize)]
struct Row {
    scopes: Vec<String>,
    operations: Vec<String>,
}

#[derive(Default)]
struct Node {
    literal: FxHashMap<String, Node>,
    any: Option<Box<Node>>,
    /// Whether what stands here in the path is the name of an object type.
    is_type: bool,
    rows: BTreeMap<String, usize>,
}

struct Table {
    names: Vec<String>,
    rows: Vec<ScopeSet>,
    paths: Node,
    /// For each row, each object type and reads and writes apart: what is left of the alternatives.
    narrowed: Vec<OnceLock<Needs>>,
    plain: Vec<OnceLock<Needs>>,
}

/// A portal's own types are `custom` in the names of scopes.
const CUSTOM: &str = "custom";

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
        let rows: Vec<Row> =
            serde_json::from_str(include_str!("scopes.json")).expect("the embedded scopes must be well formed");
        let mut names: Vec<String> = rows.iter().flat_map(|row| row.scopes.iter().cloned()).collect();
        names.sort_unstable();
        names.dedup();
        let place = |name: &String| names.binary_search(name).unwrap_or_default();
        let mut paths = Node::default();
        for (row, said) in rows.iter().enumerate() {
            for (method, path) in said.operations.iter().filter_map(|operation| operation.split_once(' ')) {
                paths.at(path).rows.insert(method.to_owned(), row);
            }
        }
        let documented = rows.iter().enumerate().flat_map(|(row, said)| {
            said.operations.iter().filter_map(move |operation| operation.split_once(' ').map(|of| (of, row)))
        });
        for ((method, path), row) in editions::alike(documented) {
            let known = paths.at(&path).rows.entry(method.to_owned()).or_insert(row);
            if rows[*known].scopes.is_empty() {
                *known = row;
            }
        }
        let sets = rows.iter().map(|row| asked(&row.scopes).map(place).collect()).collect();
        let kinds = rows.len() * types() * 2;
        let narrowed = std::iter::repeat_with(OnceLock::new).take(kinds).collect();
        let plain = std::iter::repeat_with(OnceLock::new).take(rows.len()).collect();
        Table { names, rows: sets, paths, narrowed, plain }
    })
}

/// Whose scopes every app has: it is no alternative to those that one may lack (§4.5).
const EVERYONES: &str = "oauth";

/// The alternatives among what a document names.
fn asked(scopes: &[String]) -> impl Iterator<Item = &String> {
    let others = scopes.iter().any(|scope| scope != EVERYONES && can_be_given(scope));
    scopes.iter().filter(move |scope| *scope != EVERYONES || !others)
}

/// Not those of developers' accounts.
fn can_be_given(scope: &str) -> bool {
    !["ACCEPTANCE_TEST.", "developers-", "private-apps-"].iter().any(|root| scope.starts_with(root))
}

/// How many types scopes are told apart by: the standard ones, and the portals' own as one.
fn types() -> usize {
    ObjectType::standard().len() + 1
}

impl Node {
    fn at(&mut self, path: &str) -> &mut Self {
        path.split('/').filter(|segment| !segment.is_empty()).fold(self, |node, segment| {
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    let next = node.any.get_or_insert_default();
                    next.is_type |= name.to_ascii_lowercase().ends_with("objecttype");
                    next
                }
                None => node.literal.entry(segment.to_owned()).or_default(),
            }
        })
    }

    /// The row of a path, and the first object type in it that the path does not name of itself.
    fn find(&self, method: &str, path: &[&str]) -> Option<(usize, Option<usize>)> {
        let Some((segment, rest)) = path.split_first() else {
            return self.rows.get(method).map(|row| (*row, None));
        };
        if let Some(found) = self.literal.get(*segment).and_then(|next| next.find(method, rest)) {
            return Some(found);
        }
        let any = self.any.as_ref()?;
        if !any.is_type {
            return any.find(method, rest);
        }
        let known = ObjectType::standard().iter().position(|of| of.is_called(segment));
        let by_name = known.and_then(|known| self.literal.get(ObjectType::standard()[known].name.as_str()));
        if let Some(found) = by_name.and_then(|next| next.find(method, rest)) {
            return Some(found);
        }
        let (row, _) = any.find(method, rest)?;
        Some((row, Some(known.unwrap_or(types() - 1))))
    }
}

/// The parts of a scope's name that say what it is about: `deals` of `crm.objects.deals.read`.
fn is_about(scope: &str, of: &str) -> bool {
    scope.split('.').any(|part| part == of)
}

fn reads(scope: &str) -> bool {
    scope.split('.').any(|part| part == "read")
}

impl Table {
    fn needs(&'static self, scopes: ScopeSet) -> Needs {
        let names: Vec<&str> = scopes.places().map(|place| self.names[place].as_str()).collect();
        Needs { any_of: scopes, told: names.join(" "), names }
    }

    /// Of alternatives for all object types those that name this one, and of them those that read or
    /// write as the operation does; all of them where none does. A type that no scope writes has none of
    /// its own: activities go with the records that they are about.
    fn narrow(&self, row: usize, of: usize, reading: bool) -> ScopeSet {
        let of = ObjectType::standard().get(of).map_or(CUSTOM, |of| of.name.as_str());
        let among = |set: ScopeSet, wanted: &dyn Fn(&str) -> bool| -> ScopeSet {
            let picked: ScopeSet = set.places().filter(|place| wanted(&self.names[*place])).collect();
            if picked.is_empty() { set } else { picked }
        };
        let has_own = self.names.iter().any(|scope| is_about(scope, of) && !reads(scope));
        let about = among(self.rows[row], &|scope| !has_own || is_about(scope, of));
        among(about, &|scope| reads(scope) == reading)
    }
}

/// What an operation asks for; `None` where no document has it, nor any that is the same.
pub(crate) fn needs(method: &Method, path: &str) -> Option<&'static Needs> {
    let table = table();
    let path: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let path: Vec<_> = path.into_iter().map(|segment| percent_decode_str(segment).decode_utf8_lossy()).collect();
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let (row, of) = table.paths.find(method, &path)?;
    Some(match of {
        None => table.plain[row].get_or_init(|| table.needs(table.rows[row])),
        Some(of) => {
            let reading = method == "GET" || path.last().is_some_and(|last| ["search", "read"].contains(last));
            let place = (row * types() + of) * 2 + usize::from(reading);
            table.narrowed[place].get_or_init(|| table.needs(table.narrow(row, of, reading)))
        }
    })
}

/// Scopes that developers ask for by other names than the documents of the operations have.
const CALLED: [(&str, &str); 5] = [
    ("developer.webhooks_journal.read", "webhooks-journal-data-access"),
    ("developer.webhooks_journal.snapshots.read", "webhooks-journal-snapshot-management"),
    ("developer.webhooks_journal.snapshots.write", "webhooks-journal-snapshot-management"),
    ("developer.webhooks_journal.subscriptions.read", "webhooks-journal-subscription-read"),
    ("developer.webhooks_journal.subscriptions.write", "webhooks-journal-subscription-management"),
];

/// The scopes of calls that an app makes for itself, beyond any account that installed it. No other token opens
/// what asks for them, and a token for the app itself opens nothing else.
pub(crate) fn of_apps() -> ScopeSet {
    static OF_APPS: OnceLock<ScopeSet> = OnceLock::new();
    *OF_APPS.get_or_init(|| CALLED.iter().filter_map(|(_, name)| place(name)).collect())
}

/// The place of a scope among all that are known.
pub(crate) fn place(name: &str) -> Option<usize> {
    let name = CALLED.iter().find(|(called, _)| *called == name).map_or(name, |(_, name)| name);
    table().names.binary_search_by(|known| known.as_str().cmp(name)).ok()
}

/// The scopes of a set by their names, in the order of these.
pub(crate) fn names(set: ScopeSet) -> impl Iterator<Item = &'static str> {
    set.places().map(|place| table().names[place].as_str())
}

/// Every scope that an app can be given.
pub(crate) fn grantable() -> ScopeSet {
    (0..table().names.len()).filter(|place| can_be_given(&table().names[*place])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: Method, path: &str) -> Vec<&'static str> {
        needs(&method, path).map_or_else(Vec::new, |needs| needs.names.clone())
    }

    #[test]
    fn alternatives_are_those_of_the_object_type() {
        let deals = [
            "crm.objects.deals.highly_sensitive.read.v2",
            "crm.objects.deals.read",
            "crm.objects.deals.sensitive.read.v2",
            "crm.schemas.deals.read",
        ];
        for name in ["deals", "deal", "0-3", "Deals"] {
            assert_eq!(of(Method::GET, &format!("/crm/v3/properties/{name}")), deals, "{name}");
        }
        for (method, path, scopes) in [
            (Method::GET, "/crm/v3/objects/contacts", vec!["crm.objects.contacts.read"]),
            (Method::HEAD, "/crm/objects/v3/0-1/7", vec!["crm.objects.contacts.read"]),
            (Method::POST, "/crm/objects/2025-09/contacts/search", vec!["crm.objects.contacts.read"]),
            (Method::PATCH, "/crm/objects/2026-03/contacts/7", vec!["crm.objects.contacts.write"]),
            (
                Method::PATCH,
                "/crm/objects/2026-09/contacts/7",
                vec![
                    "contacts",
                    "crm.objects.contacts.highly_sensitive.write",
                    "crm.objects.contacts.highly_sensitive.write.v2",
                    "crm.objects.contacts.sensitive.write",
                    "crm.objects.contacts.sensitive.write.v2",
                    "crm.objects.contacts.write",
                ],
            ),
            (Method::POST, "/crm/v3/objects/contacts/batch/%72ead", vec!["crm.objects.contacts.read"]),
            (Method::GET, "/account-info/2025-09/details", vec!["oauth"]),
            (Method::GET, "/crm/v3/objects/leads/7", vec!["crm.objects.leads.read"]),
            (Method::POST, "/crm/v3/objects/leads", vec!["crm.objects.leads.write"]),
            (Method::GET, "/crm/v3/objects/tickets", vec!["tickets"]),
            (Method::PATCH, "/crm/v3/properties/deals/amount", vec!["crm.schemas.deals.write"]),
            (Method::POST, "/oauth/v3/token", vec![]),
        ] {
            assert_eq!(of(method, path), scopes, "{path}");
        }
        assert!(needs(&Method::GET, "/no/such/path").is_none());
        assert!(of(Method::GET, "/crm/v3/objects/p1_boats").iter().all(|scope| is_about(scope, CUSTOM)));
        let notes = of(Method::POST, "/crm/v3/objects/notes");
        for scope in ["crm.objects.contacts.write", "crm.objects.deals.write", "tickets"] {
            assert!(notes.contains(&scope), "{scope}: {notes:?}");
        }
        for scope in ["crm.objects.contacts.read", "oauth"] {
            assert!(!notes.contains(&scope), "{scope}: {notes:?}");
        }
        assert!(of(Method::PATCH, "/crm/v3/properties/leads/x").len() > 20, "none names leads");
    }
}

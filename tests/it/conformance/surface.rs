//! What the documents say: operations with their statuses and types. Nothing of their text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The documents whose operations are here, by the beginning of their names.
const HERE: &[&str] = &[
    "account-info",
    "communication-preferences",
    "crm-app-uninstalls",
    "crm-associations",
    "crm-carts",
    "crm-commerce-payments",
    "crm-commerce-subscriptions",
    "crm-companies",
    "crm-contacts",
    "crm-custom-objects",
    "crm-deals",
    "crm-discounts",
    "crm-fees",
    "crm-invoices",
    "crm-limits-tracking",
    "crm-line-items",
    "crm-object-library",
    "crm-objects-generic",
    "crm-orders",
    "crm-owners",
    "crm-pipelines",
    "crm-products",
    "crm-properties",
    "crm-property-validations",
    "crm-quotes",
    "crm-schemas",
    "crm-taxes",
    "crm-tickets",
    "oauth.",
    "webhooks-journal",
    "webhooks.",
];

/// What is not here, by the beginning of its documents' names, and why.
pub(super) const NOT_HERE: &[(&str, &str)] = &[
    ("crm-exports", "files that are made in the background, for people rather than for integrations"),
    ("crm-imports", "files that are read in the background; records come by batches"),
    ("crm-lists", "segments and their filters"),
    ("files", "the store of files"),
    ("marketing-forms", "definitions of forms"),
    ("settings-multicurrency", "exchange rates; the account's currencies are settings"),
    ("webhooks.2026-03", JOURNAL),
    ("webhooks.2027-03-beta", JOURNAL),
];

const JOURNAL: &str = "the operations of the journal again, which webhooks-journal has; its other operations are here";
/// Where the operations of the journal lie, also in documents whose others are here.
const OF_JOURNAL: &str = "/webhooks-journal/";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Surface {
    /// Documents of which not all is here, with the number of the operations that are not.
    pub(super) elsewhere: BTreeMap<String, usize>,
    pub(super) operations: Vec<Operation>,
    /// By name; by `name@document` where documents differ.
    types: BTreeMap<String, Fields>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) document: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) statuses: Vec<u16>,
    /// The names of its query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) query: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    /// The type of each status's answer; a status without a body is not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) answers: BTreeMap<u16, String>,
}

pub(super) type Fields = BTreeMap<String, Field>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Field {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<String>,
}

/// The whole table of the documents.
pub(super) struct Table(Vec<Document>);

#[derive(Deserialize)]
struct Document {
    document: String,
    operations: Vec<Value>,
    types: BTreeMap<String, TypeOf>,
}

#[derive(Deserialize)]
struct TypeOf {
    #[serde(default)]
    fields: BTreeMap<String, Field>,
}

fn kept_at() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance/surface.json")
}

impl Table {
    pub(super) fn read() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/hubspot-surface.json");
        let text = fs::read(path).ok()?;
        Some(Self(serde_json::from_slice(&text).expect("the table is well formed")))
    }
}

impl Surface {
    pub(super) fn of(table: &Table) -> Self {
        let is_here = |document: &&Document| HERE.iter().any(|here| document.document.starts_with(here));
        let (documents, elsewhere): (Vec<_>, Vec<_>) = table.0.iter().partition(is_here);
        let again = |document: &Document, said: &Value| {
            document.document.starts_with("webhooks.")
                && said["path"].as_str().is_some_and(|path| path.starts_with(OF_JOURNAL))
        };
        let mut elsewhere: BTreeMap<_, _> =
            elsewhere.into_iter().map(|one| (one.document.clone(), one.operations.len())).collect();
        for one in &documents {
            let left_out = one.operations.iter().filter(|said| again(one, said)).count();
            elsewhere.extend((left_out > 0).then(|| (one.document.clone(), left_out)));
        }
        let mut forms: BTreeMap<&str, Vec<(&str, &Fields)>> = BTreeMap::new();
        for document in &documents {
            for (name, kind) in &document.types {
                forms.entry(name).or_default().push((&document.document, &kind.fields));
            }
        }
        let mut types = BTreeMap::new();
        for (name, forms) in forms {
            // The commonest form has the plain name.
            let count = |fields: &Fields| forms.iter().filter(|(_, other)| *other == fields).count();
            let common = forms.iter().map(|(_, fields)| *fields).max_by_key(|fields| count(fields)).unwrap();
            types.insert(name.to_owned(), common.clone());
            for (document, fields) in forms.iter().filter(|(_, fields)| *fields != common) {
                types.insert(format!("{name}@{document}"), (*fields).clone());
            }
        }
        let operations = documents.iter().flat_map(|document| {
            let here = document.operations.iter().filter(|said| !again(document, said));
            here.map(|said| Operation::of(&document.document, said)).collect::<Vec<_>>()
        });
        Self { elsewhere, operations: operations.collect(), types }
    }

    pub(super) fn read() -> Self {
        serde_json::from_slice(&fs::read(kept_at()).expect("surface.json is there"))
            .expect("surface.json is well formed")
    }

    /// A line for each operation and type, so that a change shows where it is.
    pub(super) fn write(&self) {
        let line = |value: &dyn erased::Line| value.line();
        let operations: Vec<_> = self.operations.iter().map(|one| line(one)).collect();
        let types: Vec<_> = self
            .types
            .iter()
            .map(|(name, fields)| format!("{}:{}", Value::from(name.as_str()), line(fields)))
            .collect();
        let (operations, types) = (operations.join(",\n"), types.join(",\n"));
        let elsewhere = line(&self.elsewhere);
        let text =
            format!("{{\"elsewhere\":{elsewhere},\n\"operations\":[\n{operations}\n],\"types\":{{\n{types}\n}}}}\n");
        fs::write(kept_at(), text).unwrap();
    }

    /// The fields of a type as a document means it.
    pub(super) fn fields(&self, document: &str, name: &str) -> Option<&Fields> {
        self.types.get(&format!("{name}@{document}")).or_else(|| self.types.get(name))
    }
}

mod erased {
    pub(super) trait Line {
        fn line(&self) -> String;
    }

    impl<T: serde::Serialize> Line for T {
        fn line(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

impl Operation {
    fn of(document: &str, said: &Value) -> Self {
        let text = |name: &str| said[name].as_str().expect("a text").to_owned();
        let responses = said["responses"].as_object().expect("responses");
        let statuses: Vec<u16> = responses.keys().filter_map(|status| status.parse().ok()).collect();
        let answers = responses
            .iter()
            .filter_map(|(status, kind)| Some((status.parse().ok()?, kind.as_str()?.to_owned())))
            .collect();
        let params = said["params"].as_array().into_iter().flatten();
        let query = params.filter(|param| param["in"] == "query");
        let query = query.map(|param| param["name"].as_str().expect("a name").to_owned()).collect();
        let body = said["body"]["application/json"].as_str().map(str::to_owned);
        let (document, method, path) = (document.to_owned(), text("method"), text("path"));
        Self { document, method, path, statuses, query, body, answers }
    }
}

//! Which records a call would write, and which bad days can meet it for that.

use compact_str::{CompactString, format_compact};

use super::apps::Kind;
use super::batch;
use super::body::{Input, Properties};
use super::read::{fold, key};
use super::room::{At, Hubspot, State};
use super::routes::{Asked, Call};
use super::table::{Key, Table};
use crate::faults::Blow;

/// The calls by which associations are written.
const ASSOCIATION_WRITES: [&str; 7] = [
    "associations.set-default",
    "associations.set",
    "associations.remove",
    "associations.batch-create",
    "associations.batch-default",
    "associations.batch-archive",
    "associations.batch-archive-labels",
];

/// The records that a call would write, each by one name, whether the call names it by its id or by a unique value.
/// One that is to be made is named by the unique values that it is given.
pub(crate) fn names(call: &Call, state: &State) -> Vec<CompactString> {
    let Some(place) = state.place(&call.object_type) else { return Vec::new() };
    let table = &state.tables()[place];
    let keys: Vec<Key> = match &call.asked {
        Asked::Create(Ok(body)) => unique(table, &body.properties).collect(),
        Asked::Update(id, query, _) => key(table, id, query.id_property.as_deref()).into_iter().collect(),
        Asked::Archive(id) => key(table, id, None).into_iter().collect(),
        Asked::BatchCreate(Ok(batch)) => {
            batch.inputs.iter().flat_map(|input| unique(table, &input.properties)).collect()
        }
        Asked::BatchUpdate(Ok(batch)) | Asked::BatchUpsert(Ok(batch)) | Asked::BatchArchive(Ok(batch)) => {
            let named = |input: &Input| key(table, &input.id.0, input.id_property.as_deref()).ok();
            batch.inputs.iter().filter_map(named).collect()
        }
        Asked::Merge(Ok(merge)) => {
            let both = [&merge.primary_object_id.0, &merge.object_id_to_merge.0];
            both.into_iter().filter_map(|id| key(table, id, None).ok()).collect()
        }
        _ => Vec::new(),
    };
    keys.iter().map(|key| name(table, key)).collect()
}

fn unique<'a>(table: &'a Table, properties: &'a Properties) -> impl Iterator<Item = Key> + 'a {
    let told = properties.0.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    told.filter_map(|(name, value)| Some(Key::Unique(table.unique_property(name)?, fold(value))))
}

fn name(table: &Table, key: &Key) -> CompactString {
    let of = &table.of.name;
    match (table.follow(key), key) {
        (Some(record), _) => format_compact!("{of}/{}", record.id),
        (None, Key::Id(id)) => format_compact!("{of}/{id}"),
        (None, Key::Unique(property, value)) => {
            format_compact!("{of}/{}={value}", table.of.property(*property).name)
        }
    }
}

impl Hubspot {
    /// Whether a bad day that not every call can have can be this one's.
    pub(super) fn can_be_struck(&self, call: &Call, blow: Blow, stage: &At<'_>) -> bool {
        match blow {
            Blow::Partial { .. } => batch::can_fail_in_part(self, call),
            Blow::Lock { .. } => !names(call, stage.state).is_empty(),
            Blow::Disown => {
                let writes = matches!(&call.asked, Asked::Other(ask) if ASSOCIATION_WRITES.contains(&ask.operation()));
                writes && self.is_by_private_app(call, stage)
            }
            _ => true,
        }
    }

    /// Whether the token that a call carries is a private app's.
    fn is_by_private_app(&self, call: &Call, stage: &At<'_>) -> bool {
        let grant = call.token.as_deref().and_then(|token| stage.tokens.find(token));
        let app = grant.and_then(|grant| stage.state.portal.apps.get(grant.app));
        app.is_some_and(|app| app.kind == Kind::Private)
    }
}

//! Saved schemas: the portal's own object types with their ids and names, what stands for a record, and how
//! types are associated.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::endpoint::Endpoint;
use super::kept::{Draft, Placed};
use super::places::Step::{Item, Key};
use super::properties;
use super::read::{Answer, List, Rows};
use super::report::some;
use super::rows::{AssociationRow, Row as _, SchemaRow};
use crate::hubspot::schemas::{Definition, SAVED_ID_MAX, Schema};
use crate::hubspot::types::{Group, ObjectType, PropertyId};

/// An id's number, unless it is too great for one.
fn numbered(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= SAVED_ID_MAX)
}

/// Makes the types that schemas tell of, with the properties that stand in them.
pub(super) fn lay(mut answers: Vec<Answer>, draft: &mut Draft) -> Vec<Answer> {
    // The list first: one type's schema, saved beside it, is the same.
    answers.sort_by_key(|answer| matches!(answer.endpoint, Endpoint::Schema(_)));
    let mut laid: BTreeMap<CompactString, (String, SchemaRow)> = BTreeMap::new();
    for answer in &mut answers {
        let Rows::Schemas(rows) = &mut answer.rows else { continue };
        let rows = std::mem::take(rows);
        let mut kept = List::new();
        for (at, row) in rows {
            match laid.get(&row.type_id()) {
                Some((_, other)) if *other == row => answer.report.standard += 1,
                Some((file, _)) => {
                    let what = format!("is the schema of `{}`, and not the one in {file}", row.name());
                    draft.problems.push(answer.wrong(at, &[], &what, "keep the later one and delete the other"));
                }
                None => {
                    if one(at, &row, answer, draft) {
                        laid.insert(row.type_id(), (answer.source.name.clone(), row.clone()));
                        kept.push((at, row));
                    }
                }
            }
        }
        answer.rows = Rows::Schemas(kept);
    }
    answers
}

/// One type; says whether it is simulated.
fn one(at: usize, row: &SchemaRow, answer: &mut Answer, draft: &mut Draft) -> bool {
    let type_id = row.type_id();
    if row.archived == Some(true) {
        answer.report.aside += 1;
        answer.report.notes.push(format!("kept aside, as it is archived: {}", row.name()));
        return false;
    }
    if let Some(place) = draft.place(&type_id) {
        with_properties(at, place, row, answer, draft);
        answer.report.standard += 1;
        return true;
    }
    if type_id.starts_with("0-") {
        answer.report.aside += 1;
        answer.report.notes.push(format!("kept aside: `{}` ({type_id}) are not simulated yet", row.name()));
        return false;
    }
    let Some(number) = type_id.strip_prefix("2-").and_then(numbered) else {
        let what = format!("is no id of an object type: `{type_id}`");
        draft.problems.push(answer.wrong(at, &[Key("objectTypeId")], &what, "an own type's id is like 2-3453932"));
        return false;
    };
    let of = hatched(row, &type_id);
    if let Some(place) = draft.place(&of.name) {
        let what = format!("is called as `{}` is", draft.types[place].type_id);
        draft.problems.push(answer.wrong(at, &[Key("fullyQualifiedName")], &what, "take one of the two out"));
        return false;
    }
    let place = draft.types.len();
    draft.types.push(of);
    draft.portal.schemas.add(
        number,
        Schema {
            name: row.name.clone().unwrap_or_default(),
            place,
            description: row.description.clone(),
            created: row.created_at.unwrap_or_default(),
            updated: row.updated_at.or(row.created_at).unwrap_or_default(),
            archived: false,
            restorable: row.restorable.unwrap_or(true),
            sensitive: row.allows_sensitive_properties.unwrap_or(true),
        },
    );
    with_properties(at, place, row, answer, draft);
    answer.report.new += 1;
    true
}

/// The type with what HubSpot gives to each.
fn hatched(row: &SchemaRow, type_id: &CompactString) -> ObjectType {
    let mut of = ObjectType::custom();
    let name = row.name();
    let short: CompactString = format!("p_{name}").into();
    of.name = row.fully_qualified_name.clone().unwrap_or_else(|| short.clone());
    (of.singular, of.type_id, of.aliases) = (type_id.clone(), type_id.clone(), vec![short]);
    if let Some(labels) = &row.labels {
        of.labels.singular = labels.singular.clone().unwrap_or_default();
        of.labels.plural = labels.plural.clone().unwrap_or_default();
    }
    let group: CompactString = format!("{}_information", name.to_lowercase()).into();
    let label = format!("{} Information", of.labels.singular).into();
    of.groups = vec![Group { name: group.clone(), label, display_order: 0, archived: false }];
    for property in &mut of.properties {
        property.about.group.clone_from(&group);
    }
    of
}

fn with_properties(at: usize, place: usize, row: &SchemaRow, answer: &mut Answer, draft: &mut Draft) {
    let mut rows: Vec<_> = row.properties.iter().flatten().cloned().enumerate().collect();
    rows.retain(|(property, row)| {
        let Some(lacking) = row.lacks() else { return true };
        let path = [Key("properties"), Item(*property)];
        let what = format!("has no `{lacking}`");
        draft.problems.push(answer.wrong(at, &path, &what, "save the answer as it comes"));
        false
    });
    let counts = (answer.report.new, answer.report.changed, answer.report.standard, answer.report.aside);
    let problems = properties::lay_rows(&mut draft.types[place], answer, &rows, Some(at));
    draft.problems.extend(problems);
    let report = &mut answer.report;
    (report.new, report.changed, report.standard, report.aside) = counts;
}

/// Which properties stand for a record, once all are defined.
pub(super) fn describe(answers: &mut [Placed<'_>], draft: &mut Draft) {
    for (_, answer) in answers {
        let Rows::Schemas(rows) = &answer.rows else { continue };
        for (at, row) in rows {
            let own = draft.place(&row.type_id()).filter(|place| draft.types[*place].type_id.starts_with("2-"));
            let Some(place) = own else { continue };
            let of = &mut draft.types[place];
            let mut unknown: Vec<(&'static str, CompactString)> = Vec::new();
            let mut ids = |of: &ObjectType, member, names: &Option<Vec<CompactString>>| -> Option<Vec<PropertyId>> {
                let names = names.as_ref()?;
                let find = |name: &CompactString| {
                    of.find(name).or_else(|| {
                        unknown.push((member, name.clone()));
                        None
                    })
                };
                Some(names.iter().filter_map(find).collect())
            };
            let secondary = ids(of, "secondaryDisplayProperties", &row.secondary_display_properties);
            let required = ids(of, "requiredProperties", &row.required_properties);
            let searchable = ids(of, "searchableProperties", &row.searchable_properties);
            let primary = row.primary_display_property.clone().map(|name| vec![name]);
            let primary = ids(of, "primaryDisplayProperty", &primary);
            of.display.secondary = secondary.unwrap_or_default();
            of.required = required.unwrap_or_default();
            of.display.primary = primary.and_then(|ids| ids.first().copied());
            if let Some(searchable) = searchable.filter(|ids| !ids.is_empty()) {
                of.queried.clone_from(&searchable);
                of.display.searchable = searchable;
            }
            for (member, name) in unknown {
                let mend = format!("save crm/v3/properties/{}.json too, or take the name out", of.type_id);
                let what = format!("names a property that is not there: `{name}`");
                draft.problems.push(answer.wrong(*at, &[Key(member)], &what, mend));
            }
        }
    }
}

/// Lets records be associated as the schemas say, each definition once for both its types.
pub(super) fn associate(answers: &mut [Placed<'_>], draft: &mut Draft) {
    let mut all: BTreeMap<u64, AssociationRow> = BTreeMap::new();
    for (_, answer) in answers.iter_mut() {
        let (mut aside, mut wrong) = (Vec::new(), Vec::new());
        let Rows::Schemas(rows) = &answer.rows else { continue };
        for (at, row) in rows.iter().filter(|(_, row)| row.type_id().starts_with("2-")) {
            for (place, known) in row.associations.iter().flatten().enumerate() {
                let Some(id) = known.id.as_deref().and_then(numbered) else {
                    let path = [Key("associations"), Item(place)];
                    let what = "has no number for an `id`";
                    wrong.push(answer.wrong(*at, &path, what, "save the answer as it comes"));
                    continue;
                };
                let ends = [&known.from_object_type_id, &known.to_object_type_id];
                let ends = ends.map(|name| name.as_deref().unwrap_or_default());
                match ends.into_iter().find(|end| draft.place(end).is_none()) {
                    None => {
                        all.entry(id).or_insert_with(|| known.clone());
                    }
                    Some(end) => aside.push(format!("{} (there is no {end} here)", text(&known.name))),
                }
            }
        }
        draft.problems.extend(wrong);
        if !aside.is_empty() {
            answer.report.notes.push(format!("associations kept aside: {}", some(&aside)));
        }
    }
    let pairs = paired(&all, draft);
    for (id, known) in &all {
        let [from, to] = [&known.from_object_type_id, &known.to_object_type_id].map(text);
        let other = pairs.get(id).copied().unwrap_or(*id);
        let [Some(from), Some(to)] = [draft.place(&from), draft.place(&to)] else { continue };
        let type_id = |place: usize| draft.types[place].type_id.clone();
        draft.portal.schemas.put_definition(Definition {
            id: *id,
            from: type_id(from),
            to: type_id(to),
            name: text(&known.name).into(),
            created: known.created_at.unwrap_or_default(),
            other,
        });
        let [from, to] = [from, to].map(|place| draft.types[place].name.clone());
        let name = text(&known.name);
        draft.portal.associations.define_as(&from, &to, &name, [*id, other]);
        if draft.unnamed.contains(&(from.clone(), to.clone())) {
            draft.portal.associations.call(&from, &to, &name);
        }
    }
}

fn text(text: &Option<CompactString>) -> String {
    text.as_deref().unwrap_or_default().to_owned()
}

/// Each definition's other direction: the nearest id of the other way round.
fn paired(all: &BTreeMap<u64, AssociationRow>, draft: &Draft) -> BTreeMap<u64, u64> {
    let ends = |known: &AssociationRow| {
        [&known.from_object_type_id, &known.to_object_type_id].map(|name| draft.place(&text(name)))
    };
    let mut pairs = BTreeMap::new();
    for (id, known) in all {
        let [from, to] = ends(known);
        if from == to || pairs.contains_key(id) {
            continue;
        }
        let free = all.iter().filter(|(other, row)| ends(row) == [to, from] && !pairs.contains_key(*other));
        if let Some((other, _)) = free.min_by_key(|(other, _)| other.abs_diff(*id)) {
            pairs.insert(*id, *other);
            pairs.insert(*other, *id);
        }
    }
    pairs
}

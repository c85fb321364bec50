//! Saved properties and groups over those of a type. HubSpot's own that are known here keep how they
//! behave and take what the portal says of them; all others are defined as they were saved.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::kept::{Draft, Placed};
use super::places::Step::{Item, Key};
use super::read::{Answer, List, Rows};
use super::report::some;
use super::rows::{GroupRow, OptionRow, PropertyRow};
use crate::hubspot::properties::{is_field_type, json};
use crate::hubspot::types::{About, Choice, Group, Kind, ObjectType, Property, ReadOnly, Rule, last};

pub(super) fn lay(answers: &mut [Placed<'_>], draft: &mut Draft) {
    let mut groups: BTreeMap<usize, List<GroupRow>> = BTreeMap::new();
    for ((place, _), answer) in answers.iter_mut() {
        let of = &draft.types[*place].name;
        answer.report.what = format!("{} of {of}", answer.endpoint.what());
        if let Rows::Groups(rows) = &answer.rows {
            groups.insert(*place, rows.clone());
            count_groups(&draft.types[*place], answer);
        }
    }
    for ((place, _), answer) in answers.iter_mut() {
        let Rows::Properties(rows) = &answer.rows else { continue };
        let rows = rows.clone();
        let of = &mut draft.types[*place];
        let problems = lay_rows(of, answer, &rows, None);
        draft.problems.extend(problems);
        if let Some(saved) = groups.get(place) {
            let known = |name| saved.iter().any(|(_, group)| group.name.as_ref() == Some(name));
            let living = rows.iter().filter(|(_, row)| row.archived != Some(true));
            let strange = living.filter_map(|(_, row)| row.group_name.as_ref().zip(row.name.as_ref()));
            let strange = strange.filter(|(group, _)| !group.is_empty() && !known(group));
            let strange: Vec<_> = strange.map(|(group, name)| format!("{group} ({name})")).collect();
            if !strange.is_empty() {
                let note = format!("in groups that were not saved with the others: {}", some(&strange));
                answer.report.notes.push(note);
            }
        }
        if !groups.contains_key(place) {
            let made = make_groups(of);
            if !made.is_empty() {
                let of = &of.name;
                answer.report.notes.push(format!(
                    "groups without a label: {}; save crm/v3/properties/{of}/groups.json too",
                    some(&made)
                ));
            }
        }
    }
    for (place, rows) in groups {
        put_groups(&mut draft.types[place], &rows);
    }
}

fn count_groups(of: &ObjectType, answer: &mut Answer) {
    let Rows::Groups(rows) = &answer.rows else { return };
    let [mut new, mut changed, mut standard, mut aside] = [0; 4];
    for (_, row) in rows {
        let known = of.groups.iter().find(|group| Some(&group.name) == row.name.as_ref());
        match known {
            _ if row.archived == Some(true) => aside += 1,
            None => new += 1,
            Some(known) if *known == group(row) => standard += 1,
            Some(_) => changed += 1,
        }
    }
    let report = &mut answer.report;
    (report.new, report.changed, report.standard, report.aside) = (new, changed, standard, aside);
    if aside > 0 {
        report.notes.push(format!("kept aside, as they are archived: {aside}"));
    }
}

fn group(row: &GroupRow) -> Group {
    Group {
        name: row.name.clone().unwrap_or_default(),
        label: row.label.clone().unwrap_or_default(),
        display_order: row.display_order.unwrap_or_else(last),
        archived: false,
    }
}

/// The saved groups, and behind them those that a property is in all the same.
fn put_groups(of: &mut ObjectType, rows: &[(usize, GroupRow)]) {
    let saved = rows.iter().filter(|(_, row)| row.archived != Some(true)).map(|(_, row)| group(row));
    let mut groups: Vec<Group> = Vec::new();
    for group in saved {
        if !groups.iter().any(|known| known.name == group.name) {
            groups.push(group);
        }
    }
    let used = |group: &Group| of.properties.iter().any(|property| property.about.group == group.name);
    let kept = of.groups.iter().filter(|group| used(group) && !groups.iter().any(|known| known.name == group.name));
    let kept: Vec<_> = kept.cloned().collect();
    groups.extend(kept);
    of.groups = groups;
    make_groups(of);
}

/// Makes the groups that properties name and nobody has told of.
fn make_groups(of: &mut ObjectType) -> Vec<CompactString> {
    let mut made: Vec<CompactString> = Vec::new();
    for property in &of.properties {
        let name = &property.about.group;
        if !name.is_empty() && !made.contains(name) && !of.groups.iter().any(|group| group.name == *name) {
            made.push(name.clone());
        }
    }
    let group = |name: &CompactString| Group {
        name: name.clone(),
        label: name.clone(),
        display_order: last(),
        archived: false,
    };
    of.groups.extend(made.iter().map(group));
    made
}

/// What is told of a type's properties once, by name.
#[derive(Default)]
struct Notes {
    archived: Vec<CompactString>,
    formulas: Vec<CompactString>,
    unkept: Vec<CompactString>,
    set_by_hubspot: usize,
    retyped: Vec<CompactString>,
    in_portal: Vec<CompactString>,
    fields: Vec<String>,
    optionless: Vec<CompactString>,
}

impl Notes {
    fn tell(self, notes: &mut Vec<String>) {
        let mut tell = |names: &[CompactString], what: &str| {
            if !names.is_empty() {
                notes.push(format!("{what}: {}", some(names)));
            }
        };
        tell(&self.archived, "kept aside, as they are archived");
        tell(&self.formulas, "calculationFormula is told, and not computed");
        tell(&self.unkept, "calculated otherwise than by a formula, and not computed");
        tell(&self.retyped, "of another type or uniqueness in the portal, and as every portal has it here");
        tell(&self.optionless, "enumerations without options");
        tell(&self.in_portal, "the portal's own by the answer, and HubSpot's own here");
        if !self.fields.is_empty() {
            notes.push(format!("of a field type that is unknown here: {}", some(&self.fields)));
        }
        if self.set_by_hubspot > 0 {
            let count = self.set_by_hubspot;
            notes.push(format!("HubSpot's own that are read-only and unknown here, so that they stay empty: {count}"));
        }
    }
}

/// Lays properties over a type; answers what cannot be. `schema` is the place of the schema that they stand
/// in, where they do.
pub(super) fn lay_rows(
    of: &mut ObjectType,
    answer: &mut Answer,
    rows: &[(usize, PropertyRow)],
    schema: Option<usize>,
) -> Vec<super::PortalProblem> {
    let (mut problems, mut notes) = (Vec::new(), Notes::default());
    let [mut new, mut changed, mut standard] = [0; 3];
    let mut seen: BTreeMap<CompactString, usize> = BTreeMap::new();
    let mut laid: Vec<Property> = Vec::new();
    for (place, row) in rows {
        let name = row.name.clone().unwrap_or_default();
        let mut wrong = |member, what: &str, mend: &str| {
            problems.push(match schema {
                Some(at) => answer.wrong(at, &[Key("properties"), Item(*place), Key(member)], what, mend),
                None => answer.wrong(*place, &[Key(member)], what, mend),
            });
        };
        if row.archived == Some(true) {
            notes.archived.push(name);
            continue;
        }
        if name.is_empty() || name.chars().any(|c| c.is_control() || c.is_whitespace() || "\"\\".contains(c)) {
            wrong("name", "is no name of a property", "save the answer as it comes");
            continue;
        }
        if seen.insert(name.clone(), *place).is_some() {
            wrong("name", &format!("is a second property `{name}`"), "take one of the two out");
            continue;
        }
        let kind = row.kind.as_deref().unwrap_or_default();
        let Some(kind) = Kind::parse(kind) else {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            wrong("type", &format!("is no type of a property: `{kind}`"), &format!("the types are {known}"));
            continue;
        };
        if let Some(value) = twice(row.options.as_deref().unwrap_or_default()) {
            let what = format!("have two with the value `{value}`");
            wrong("options", &what, "each option of a property has a value of its own");
        }
        if let Some(field) = row.field_type.as_ref().filter(|field| !is_field_type(field)) {
            notes.fields.push(format!("{name} ({field})"));
        }
        let open = row.external_options == Some(true) || row.hubspot_defined == Some(true);
        let without = row.options.as_ref().is_none_or(Vec::is_empty);
        if kind == Kind::Enumeration && without && !open && of.find(&name).is_none() {
            notes.optionless.push(name.clone());
        }
        match of.find(&name) {
            Some(id) => {
                let before = of.property(id);
                let after = altered(before, row, kind, &mut notes);
                let same = json::property(before) == json::property(&after);
                *if same { &mut standard } else { &mut changed } += 1;
                laid.push(after);
            }
            None => {
                new += 1;
                laid.push(made(name, row, kind, &mut notes));
            }
        }
    }
    let report = &mut answer.report;
    report.new += new;
    report.changed += changed;
    report.standard += standard;
    report.aside += notes.archived.len();
    notes.tell(&mut report.notes);
    if of.properties.len() + laid.len() > usize::from(u16::MAX) {
        let mend = "leave some of them out";
        problems.push(super::PortalProblem::of(&report.name, "more properties than a type can have here", mend));
        return problems;
    }
    of.put_all(laid);
    problems
}

fn twice(options: &[OptionRow]) -> Option<CompactString> {
    let mut values: Vec<_> = options.iter().filter_map(|option| option.value.clone()).collect();
    values.sort_unstable();
    values.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

/// One that every portal has, as this one tells it.
fn altered(before: &Property, row: &PropertyRow, kind: Kind, notes: &mut Notes) -> Property {
    let mut property = before.clone();
    // What follows from other records or from who is there is chosen elsewhere.
    let open = matches!(property.rule, Some(Rule::Stage | Rule::Pipeline | Rule::Owner));
    let (external, unique) = (property.about.external_options, property.unique);
    tell(&mut property, row);
    if open {
        property.about.external_options = external;
    }
    if json::options(&property) == json::options(before) {
        property.options.clone_from(&before.options);
    }
    if kind != before.kind {
        property.field_type.clone_from(&before.field_type);
        property.options.clone_from(&before.options);
        property.about.external_options = external;
    }
    if kind != before.kind || row.has_unique_value.is_some_and(|told| told && !unique) {
        notes.retyped.push(before.name.clone());
    }
    if before.about.hubspot_defined && row.hubspot_defined == Some(false) {
        notes.in_portal.push(before.name.clone());
    }
    if json::property(&property) == json::property(before) { before.clone() } else { property }
}

/// One that no new portal has.
fn made(name: CompactString, row: &PropertyRow, kind: Kind, notes: &mut Notes) -> Property {
    let field_type = row.field_type.clone().unwrap_or_default();
    let about = About { display_order: last(), ..About::default() };
    let mut property = Property::new(name, kind, field_type, about);
    property.about.hubspot_defined = row.hubspot_defined == Some(true);
    tell(&mut property, row);
    property.unique = row.has_unique_value == Some(true);
    let read_only = row.modification_metadata.as_ref().and_then(|told| told.read_only_value) == Some(true);
    property.read_only = match row.calculated {
        Some(true) => Some(ReadOnly::Calculated),
        _ if row.calculation_formula.is_some() => Some(ReadOnly::Calculated),
        _ => read_only.then_some(ReadOnly::ReadOnly),
    };
    match (property.about.hubspot_defined, property.read_only) {
        (true, Some(_)) => notes.set_by_hubspot += 1,
        (false, Some(_)) if row.calculation_formula.is_some() => notes.formulas.push(property.name.clone()),
        (false, Some(ReadOnly::Calculated)) => notes.unkept.push(property.name.clone()),
        _ => {}
    }
    let about = &property.about;
    if about.external_options && about.referenced_object_type.as_deref() == Some("OWNER") {
        property.rule = Some(Rule::Owner);
    }
    property
}

/// What a definition says of itself; what is not told stays.
fn tell(property: &mut Property, row: &PropertyRow) {
    if let Some(options) = &row.options {
        property.options = options.iter().map(choice).collect();
    }
    if let Some(field_type) = &row.field_type {
        property.field_type.clone_from(field_type);
    }
    let about = &mut *property.about;
    let texts = [
        (&mut about.label, &row.label),
        (&mut about.description, &row.description),
        (&mut about.group, &row.group_name),
    ];
    for (kept, told) in texts {
        if let Some(told) = told {
            kept.clone_from(told);
        }
    }
    let flags = [
        (&mut about.hidden, row.hidden),
        (&mut about.form_field, row.form_field),
        (&mut about.external_options, row.external_options),
        (&mut about.currency, row.show_currency_symbol),
    ];
    for (kept, told) in flags {
        *kept = told.unwrap_or(*kept);
    }
    about.display_order = row.display_order.unwrap_or(about.display_order);
    let maybe = [
        (&mut about.referenced_object_type, &row.referenced_object_type),
        (&mut about.currency_property, &row.currency_property_name),
        (&mut about.number_hint, &row.number_display_hint),
        (&mut about.text_hint, &row.text_display_hint),
        (&mut about.calculation_formula, &row.calculation_formula),
    ];
    for (kept, told) in maybe {
        if told.is_some() {
            kept.clone_from(told);
        }
    }
    if let Some(told) = &row.data_sensitivity {
        about.data_sensitivity = Some(told.clone()).filter(|told| told != json::NON_SENSITIVE);
    }
    about.created = row.created_at.or(about.created);
    about.updated = row.updated_at.or(row.created_at).or(about.updated);
}

fn choice(row: &OptionRow) -> Choice {
    Choice {
        label: row.label.clone().unwrap_or_default(),
        value: row.value.clone().unwrap_or_default(),
        hidden: row.hidden == Some(true),
        display_order: row.display_order,
        description: row.description.clone().unwrap_or_default(),
    }
}

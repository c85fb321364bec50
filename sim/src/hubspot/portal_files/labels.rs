//! Saved association labels with their numbers. An answer tells one direction; which label of the other
//! direction belongs to it follows from names where they were saved, else from numbers and wording.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::kept::{Draft, Placed};
use super::places::Step::Key;
use super::read::{Answer, Rows};
use super::report::some;
use super::rows::LabelRow;
use crate::hubspot::associations::{Associations, Category, Put, SavedType, TYPE_ID_MAX};

type Pair = (usize, usize);
/// The names that the third version tells, by number. Each category numbers its own, and it does not tell
/// which one a name is of: a number may have several.
type Names = BTreeMap<u32, Vec<CompactString>>;

pub(super) fn lay(answers: &mut [Placed<'_>], draft: &mut Draft) {
    let mut names: BTreeMap<Pair, Names> = BTreeMap::new();
    let mut labels: BTreeMap<Pair, Vec<SavedType>> = BTreeMap::new();
    // Where each stands in its answer.
    let mut stands: BTreeMap<Pair, Vec<usize>> = BTreeMap::new();
    for (pair, answer) in answers.iter_mut() {
        let [from, to] = [pair.0, pair.1].map(|place| draft.types[place].name.clone());
        answer.report.what = format!("{} from {from} to {to}", answer.endpoint.what());
        if let Rows::Types(rows) = &answer.rows {
            let of_pair = names.entry(*pair).or_default();
            for (_, row) in rows {
                let id = row.id.as_deref().and_then(|id| id.parse().ok());
                if let Some((id, name)) = id.zip(row.name.clone()) {
                    of_pair.entry(id).or_default().push(name);
                }
            }
            count_names(answer, of_pair, &draft.portal.associations, [&from, &to]);
        }
    }
    for (pair, answer) in answers.iter() {
        let Rows::Labels(rows) = &answer.rows else { continue };
        let mut problems = Vec::new();
        let (mut saved, mut at_rows) = (Vec::<SavedType>::new(), Vec::new());
        for (at, row) in rows {
            problems.extend(strange_ends(*at, row, *pair, answer, draft));
            let category = row.category.as_deref().unwrap_or_default();
            let Some(category) = Category::parse(category) else {
                let what = format!("is no category of associations: `{category}`");
                let mend = "they are HUBSPOT_DEFINED, USER_DEFINED, INTEGRATOR_DEFINED and WORK";
                problems.push(answer.wrong(*at, &[Key("category")], &what, mend));
                continue;
            };
            let id = row.type_id.unwrap_or_default();
            if saved.iter().any(|known| known.category == category && known.id == id) {
                let what = format!("is a second type {id}");
                problems.push(answer.wrong(*at, &[Key("typeId")], &what, "take one of the two out"));
                continue;
            }
            if id > TYPE_ID_MAX {
                let what = format!("is no number of an association type: {id}");
                let mend = format!("save the answer as it comes: no number is above {TYPE_ID_MAX}");
                problems.push(answer.wrong(*at, &[Key("typeId")], &what, mend));
                continue;
            }
            saved.push(SavedType { category, id, name: None, label: row.label.clone(), inverse: None });
            at_rows.push(*at);
        }
        if let Some(names) = names.get(pair) {
            let [from, to] = [pair.0, pair.1].map(|place| draft.types[place].name.clone());
            name_all(&mut saved, names, |id| draft.portal.associations.hubspots(&from, &to, id));
        }
        draft.problems.extend(problems);
        labels.insert(*pair, saved);
        stands.insert(*pair, at_rows);
    }
    let guessed = pair_up(&mut labels);
    for (pair, answer) in answers.iter_mut() {
        if !matches!(answer.rows, Rows::Labels(_)) {
            if !labels.contains_key(pair) {
                let report = &mut answer.report;
                (report.new, report.aside) = (0, report.new);
                report.notes.push("names alone: save the labels of the same path beside it".to_owned());
            }
            continue;
        }
        let Some(saved) = labels.get(pair).cloned() else { continue };
        let [from, to] = [pair.0, pair.1].map(|place| draft.types[place].name.clone());
        if !names.contains_key(pair) {
            draft.unnamed.insert((from.clone(), to.clone()));
        }
        let report = &mut answer.report;
        let own = saved.iter().filter(|known| known.category != Category::HubspotDefined);
        let shown = |known: &SavedType| known.label.clone().unwrap_or_else(|| "the one without a label".into());
        let lone: Vec<_> = own.filter(|known| known.inverse.is_none()).map(shown).collect();
        if !lone.is_empty() {
            let back = format!("crm/v4/associations/{to}/{from}/labels.json");
            let why = if labels.contains_key(&(pair.1, pair.0)) { "look at" } else { "save" };
            report.notes.push(format!("set in this direction alone: {}; {why} {back}", some(&lone)));
        }
        if guessed.contains(pair) {
            let types = |from: &str, to: &str| format!("crm/v3/associations/{from}/{to}/types.json");
            let both =
                if from == to { types(&from, &to) } else { format!("{} and {}", types(&from, &to), types(&to, &from)) };
            report.notes.push(format!("which label is whose other side is taken from their numbers; save {both}"));
        }
        let mut wrong = Vec::new();
        let called = [pair.0, pair.1].map(|place| draft.types[place].singular.clone());
        let stands = stands.get(pair).into_iter().flatten().copied();
        for (at, put) in stands.zip(draft.portal.associations.put_all([&from, &to], &called, saved)) {
            match put {
                Put::Same => report.standard += 1,
                Put::Changed => report.changed += 1,
                Put::New => report.new += 1,
                Put::Elsewhere(known) if known.category == Category::HubspotDefined => {
                    report.aside += 1;
                    report.notes.push(format!("type {} is of another pair here and kept aside", known.id));
                }
                Put::Elsewhere(known) => wrong.push((at, known.id)),
            }
        }
        for (at, id) in wrong {
            let what = format!("is a type of another pair too: {id}");
            let mend = "a type has one direction: save both answers again";
            draft.problems.push(answer.wrong(at, &[Key("typeId")], &what, mend));
        }
    }
}

/// How many of the names are those of HubSpot's own types.
fn count_names(answer: &mut Answer, names: &Names, associations: &Associations, [from, to]: [&str; 2]) {
    let [mut new, mut changed, mut standard] = [0; 3];
    for (id, names) in names {
        match associations.hubspots(from, to, *id) {
            Some(known) if names.iter().any(|name| name == known) => {
                standard += 1;
                new += names.len() - 1;
            }
            Some(_) if names.len() == 1 => changed += 1,
            _ => new += names.len(),
        }
    }
    let report = &mut answer.report;
    (report.new, report.changed, report.standard) = (new, changed, standard);
}

/// Gives the saved names to the types of a pair. Of several with one number, a type of HubSpot's own that
/// is known here keeps its name, and what is left goes to the others.
fn name_all<'k>(saved: &mut [SavedType], names: &Names, known: impl Fn(u32) -> Option<&'k str>) {
    for (id, names) in names {
        let mut names = names.clone();
        let mut named: Vec<_> = saved.iter_mut().filter(|saved| saved.id == *id).collect();
        named.sort_by_key(|saved| saved.category);
        if named.len() > 1
            && named[0].category == Category::HubspotDefined
            && let Some(known) = known(*id)
        {
            named.remove(0);
            match names.iter().position(|name| name == known) {
                Some(place) => drop(names.remove(place)),
                // Which of them is HubSpot's cannot be told.
                None => names.truncate(if names.len() > named.len() { 0 } else { names.len() }),
            }
        }
        for (saved, name) in named.into_iter().zip(names) {
            saved.name = Some(name);
        }
    }
}

/// Whether a label says that it is of other types than its file.
fn strange_ends(at: usize, row: &LabelRow, pair: Pair, answer: &Answer, draft: &Draft) -> Vec<super::PortalProblem> {
    let ends =
        [("fromObjectTypeId", &row.from_object_type_id, pair.0), ("toObjectTypeId", &row.to_object_type_id, pair.1)];
    let strange = |(member, told, place): (&'static str, &Option<CompactString>, usize)| {
        let told = told.as_deref()?;
        let (what, mend) = match draft.place(told) {
            Some(known) if known == place => return None,
            Some(_) => (
                format!("is `{told}`, and the file's name says `{}`", draft.types[place].type_id),
                "call the file by the path that was asked",
            ),
            None => (
                format!("names an object type that is not there: `{told}`"),
                "save crm-object-schemas/v3/schemas.json beside it",
            ),
        };
        Some(answer.wrong(at, &[Key(member)], &what, mend))
    };
    ends.into_iter().filter_map(strange).collect()
}

/// Finds for each of the account's own labels the one of the other direction; answers the pairs of types
/// for which numbers alone have said it.
fn pair_up(labels: &mut BTreeMap<Pair, Vec<SavedType>>) -> Vec<Pair> {
    let mut guessed = Vec::new();
    for pair in labels.keys().copied().collect::<Vec<_>>() {
        let back = (pair.1, pair.0);
        if pair == back {
            let Some(own) = labels.get_mut(&pair) else { continue };
            if within(own) {
                guessed.push(pair);
            }
        } else if pair < back && labels.contains_key(&back) {
            let Some(mut one) = labels.remove(&pair) else { continue };
            if let Some(other) = labels.get_mut(&back)
                && across(&mut one, other)
            {
                guessed.push(pair);
            }
            labels.insert(pair, one);
        }
    }
    guessed
}

/// Of one type with itself: two of the same name are a pair, any other is its own other side.
fn within(own: &mut [SavedType]) -> bool {
    for at in 0..own.len() {
        let known = &own[at];
        if known.inverse.is_some() {
            continue;
        }
        let same = |other: &SavedType| other.category == known.category && other.name == known.name;
        let other = (at + 1..own.len()).find(|other| own[*other].name.is_some() && same(&own[*other]));
        let (id, inverse) = (own[at].id, other.map(|other| own[other].id));
        own[at].inverse = inverse.or(Some(id));
        if let Some(other) = other {
            own[other].inverse = Some(id);
        }
    }
    own.iter().filter(|known| known.category != Category::HubspotDefined && known.name.is_none()).count() > 1
}

fn across(one: &mut [SavedType], other: &mut [SavedType]) -> bool {
    type Fits = fn(&SavedType, &SavedType) -> bool;
    let named: Fits = |a, b| a.name.is_some() && a.name == b.name;
    let untold: Fits = |a, b| a.name.is_none() || b.name.is_none();
    let near: Fits = |a, b| a.id.abs_diff(b.id) == 1;
    let worded: Fits = |a, b| a.label == b.label;
    let mut guessed = false;
    // By name; by wording and number; by number; by wording.
    let rules: [[Fits; 3]; 4] = [[named; 3], [untold, near, worded], [untold, near, near], [untold, worded, worded]];
    for rule in rules {
        for a in one.iter_mut().filter(|known| known.inverse.is_none()) {
            let fits = |b: &&mut SavedType| {
                b.inverse.is_none() && a.category == b.category && rule.iter().all(|holds| holds(a, b))
            };
            let Some(b) = other.iter_mut().find(fits) else { continue };
            guessed |= untold(a, b) && !worded(a, b) && a.category != Category::HubspotDefined;
            (a.inverse, b.inverse) = (Some(b.id), Some(a.id));
        }
    }
    guessed
}

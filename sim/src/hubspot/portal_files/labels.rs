//! Saved association labels with their numbers. An answer tells one direction; which label of the other
//! direction belongs to it follows from names where they were saved, else from numbers and wording.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::kept::{Draft, Placed};
use super::places::Step::Key;
use super::read::Rows;
use super::report::some;
use super::rows::LabelRow;
use crate::hubspot::associations::{Category, Put, SavedType};

type Pair = (usize, usize);
/// The names that the third version tells, by number.
type Names = BTreeMap<u32, CompactString>;

pub(super) fn lay(answers: &mut [Placed<'_>], draft: &mut Draft) {
    let mut names: BTreeMap<Pair, Names> = BTreeMap::new();
    let mut labels: BTreeMap<Pair, Vec<SavedType>> = BTreeMap::new();
    for (pair, answer) in answers.iter_mut() {
        let [from, to] = [pair.0, pair.1].map(|place| draft.types[place].name.clone());
        answer.report.what = format!("{} from {from} to {to}", answer.endpoint.what());
        if let Rows::Types(rows) = &answer.rows {
            answer.report.standard = rows.len();
            let of_pair = names.entry(*pair).or_default();
            for (_, row) in rows {
                let id = row.id.as_deref().and_then(|id| id.parse().ok());
                of_pair.extend(id.zip(row.name.clone()));
            }
        }
    }
    for (pair, answer) in answers.iter() {
        let Rows::Labels(rows) = &answer.rows else { continue };
        let mut problems = Vec::new();
        let mut saved: Vec<SavedType> = Vec::new();
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
            let name = names.get(pair).and_then(|names| names.get(&id)).cloned();
            saved.push(SavedType { category, id, name, label: row.label.clone(), inverse: None });
        }
        draft.problems.extend(problems);
        labels.insert(*pair, saved);
    }
    let guessed = pair_up(&mut labels);
    for (pair, answer) in answers.iter_mut() {
        if !matches!(answer.rows, Rows::Labels(_)) {
            if !labels.contains_key(pair) {
                answer.report.notes.push("names alone: save the labels of the same path beside it".to_owned());
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
        for (place, put) in draft.portal.associations.put_all([&from, &to], &called, saved).into_iter().enumerate() {
            match put {
                Put::Same => report.standard += 1,
                Put::Changed => report.changed += 1,
                Put::New => report.new += 1,
                Put::Elsewhere(known) if known.category == Category::HubspotDefined => {
                    report.aside += 1;
                    report.notes.push(format!("type {} is of another pair here and kept aside", known.id));
                }
                Put::Elsewhere(known) => wrong.push((place, known.id)),
            }
        }
        for (place, id) in wrong {
            let what = format!("is a type of another pair too: {id}");
            let mend = "a type has one direction: save both answers again";
            draft.problems.push(answer.wrong(place, &[Key("typeId")], &what, mend));
        }
    }
}

/// Whether a label says that it is of other types than its file.
fn strange_ends(
    at: usize,
    row: &LabelRow,
    pair: Pair,
    answer: &super::read::Answer,
    draft: &Draft,
) -> Vec<super::PortalProblem> {
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

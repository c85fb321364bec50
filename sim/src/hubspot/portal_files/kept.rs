//! Lays what was saved over what a new portal has: types first, then what names them.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;

use super::endpoint::Endpoint;
use super::problem::PortalProblem;
use super::read::{Answer, List, Read, Rows};
use super::report::PortalFile;
use super::rows::Row;
use super::{labels, pipelines, properties, schemas};
use crate::hubspot::portal::Portal;
use crate::hubspot::room::State;
use crate::hubspot::types::ObjectType;
use crate::near::nearest;

/// A portal that is being made.
pub(super) struct Draft {
    /// Pairs of types whose associations nobody has named.
    pub(super) unnamed: BTreeSet<(CompactString, CompactString)>,
    pub(super) types: Vec<ObjectType>,
    pub(super) portal: Portal,
    pub(super) problems: Vec<PortalProblem>,
}

impl Draft {
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.types.iter().position(|of| of.is_called(name))
    }

    /// The type that a file's name has. What HubSpot has and Standin has not is kept aside.
    pub(super) fn named(&mut self, answer: &mut Answer, name: &str) -> Option<usize> {
        if let Some(place) = self.place(name) {
            return Some(place);
        }
        let numbered = name.strip_prefix("0-").is_some_and(|number| number.parse::<u32>().is_ok());
        if numbered || self.portal.associations.knows(name) || OTHERS.contains(&name) {
            let report = &mut answer.report;
            report.aside = report.found;
            report.notes.push(format!("kept aside: `{name}` are not simulated yet"));
            return None;
        }
        let own: Vec<_> = self.types.iter().filter(|of| of.type_id.starts_with("2-")).map(|of| &*of.name).collect();
        let mend = if own.is_empty() {
            "save crm-object-schemas/v3/schemas.json beside it, or name a type that every portal has".to_owned()
        } else {
            format!("the portal's own, by the saved schemas, are {}", own.join(", "))
        };
        let names = self.types.iter().flat_map(|of| [&of.name, &of.singular].into_iter().chain(&of.aliases));
        let mend = match nearest(name, names.map(CompactString::as_str)) {
            Some(meant) => format!("did you mean `{meant}`? If not, {mend}"),
            None => mend,
        };
        let what = format!("there is no object type `{name}`");
        self.problems.push(PortalProblem::of(&answer.source.name, what, mend));
        None
    }
}

/// Types that HubSpot has and that stand in no association here.
const OTHERS: [&str; 7] =
    ["users", "user", "goal_targets", "goals", "marketing_events", "partner_clients", "deal_splits"];

/// What an answer is about once its types are known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Properties(usize),
    Groups(usize),
    Schema(CompactString),
    Pipelines(usize),
    Labels(usize, usize),
    Types(usize, usize),
}

pub(super) fn lay(read: Read) -> (State, Vec<PortalProblem>, Vec<PortalFile>) {
    let Read { answers, others, problems } = read;
    let types = ObjectType::standard().iter().map(|of| (**of).clone()).collect();
    let mut draft = Draft { unnamed: BTreeSet::new(), types, portal: Portal::default(), problems };
    let mut answers = schemas::lay(answers, &mut draft);
    let mut placed: Vec<(About, Answer)> = Vec::new();
    let mut reports: Vec<PortalFile> = others;
    for mut answer in answers.drain(..) {
        match about(&mut answer, &mut draft) {
            Some(about) => match placed.iter().find(|(other, _)| *other == about) {
                Some((_, other)) => {
                    draft.problems.extend(disagreement(&answer, other));
                    answer.report.notes.push(format!("the same endpoint as {}", other.source.name));
                    reports.push(answer.report);
                }
                None => placed.push((about, answer)),
            },
            None => reports.push(answer.report),
        }
    }
    properties::lay(
        &mut placed_by(&mut placed, |about| match about {
            About::Groups(place) | About::Properties(place) => Some((*place, 0)),
            _ => None,
        }),
        &mut draft,
    );
    schemas::describe(
        &mut placed_by(&mut placed, |about| matches!(about, About::Schema(_)).then_some((0, 0))),
        &mut draft,
    );
    pipelines::lay(
        &mut placed_by(&mut placed, |about| match about {
            About::Pipelines(place) => Some((*place, 0)),
            _ => None,
        }),
        &mut draft,
    );
    labels::lay(
        &mut placed_by(&mut placed, |about| match about {
            About::Labels(from, to) | About::Types(from, to) => Some((*from, *to)),
            _ => None,
        }),
        &mut draft,
    );
    schemas::associate(
        &mut placed_by(&mut placed, |about| matches!(about, About::Schema(_)).then_some((0, 0))),
        &mut draft,
    );
    reports.extend(placed.into_iter().map(|(_, answer)| answer.report));
    reports.sort_by(|one, other| one.name.cmp(&other.name));
    draft.problems.sort_by(|one, other| (&one.file, one.at).cmp(&(&other.file, other.at)));
    let Draft { types, portal, problems, .. } = draft;
    (State::of(types.into_iter().map(Arc::new), portal), problems, reports)
}

/// An answer with the types that its name has.
pub(super) type Placed<'a> = ((usize, usize), &'a mut Answer);

fn placed_by(placed: &mut [(About, Answer)], of: impl Fn(&About) -> Option<(usize, usize)>) -> Vec<Placed<'_>> {
    placed.iter_mut().filter_map(|(about, answer)| Some((of(about)?, answer))).collect()
}

fn about(answer: &mut Answer, draft: &mut Draft) -> Option<About> {
    match answer.endpoint.clone() {
        Endpoint::Properties(name) => draft.named(answer, &name).map(About::Properties),
        Endpoint::Groups(name) => draft.named(answer, &name).map(About::Groups),
        Endpoint::Pipelines(name) => draft.named(answer, &name).map(About::Pipelines),
        Endpoint::Labels(from, to) => {
            let (from, to) = (draft.named(answer, &from)?, draft.named(answer, &to)?);
            Some(About::Labels(from, to))
        }
        Endpoint::Types(from, to) => {
            let (from, to) = (draft.named(answer, &from)?, draft.named(answer, &to)?);
            Some(About::Types(from, to))
        }
        // Two of them have been held against each other already, type by type.
        Endpoint::Schemas | Endpoint::Schema(_) => Some(About::Schema(answer.source.name.as_str().into())),
        Endpoint::Lists => None,
    }
}

/// Where two answers of one endpoint are not the same.
pub(super) fn disagreement(one: &Answer, other: &Answer) -> Option<PortalProblem> {
    let differs = match (&one.rows, &other.rows) {
        (Rows::Properties(a), Rows::Properties(b)) => differing(a, b),
        (Rows::Groups(a), Rows::Groups(b)) => differing(a, b),
        (Rows::Schemas(a), Rows::Schemas(b)) => differing(a, b),
        (Rows::Pipelines(a), Rows::Pipelines(b)) => differing(a, b),
        (Rows::Types(a), Rows::Types(b)) => differing(a, b),
        // The latest version tells the types of the two ends no more.
        (Rows::Labels(a), Rows::Labels(b)) => {
            let bare = |list: &List<_>| -> List<super::rows::LabelRow> {
                let bare = list.iter().cloned().map(|(place, mut row): (usize, super::rows::LabelRow)| {
                    (row.from_object_type_id, row.to_object_type_id) = (None, None);
                    (place, row)
                });
                bare.collect()
            };
            differing(&bare(a), &bare(b))
        }
        _ => None,
    }?;
    let what = format!("is the same endpoint as {}, and the two disagree about `{}`", other.source.name, differs.1);
    let mend = "keep the later one and delete the other";
    Some(match differs.0 {
        Some(place) => one.wrong(place, &[], &what, mend),
        None => PortalProblem::of(&one.source.name, what, mend),
    })
}

/// The first definition that differs: its place in the first list, where it is there.
fn differing<T: Row>(one: &List<T>, other: &List<T>) -> Option<(Option<usize>, String)> {
    let find = |list: &List<T>, name: &str| list.iter().position(|(_, row)| row.name() == name);
    for (place, row) in one {
        if find(other, &row.name()).is_none_or(|at| other[at].1 != *row) {
            return Some((Some(*place), row.name()));
        }
    }
    other.iter().find(|(_, row)| find(one, &row.name()).is_none()).map(|(_, row)| (None, row.name()))
}

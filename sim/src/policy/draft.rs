//! The gate as a profile's text has it: parts that are given, laid over those of the profile it
//! extends. Whatever is wrong is told with its place in the text.

use std::num::NonZeroU64;

use http::HeaderName;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::error::Source;
use super::{Advertise, Door, Figure, GatePolicy, Limit, LimitKind, ProfileError, Scope, Shown, Zone};
use crate::nearest;
use crate::yaml::instead;

/// A limit as text has it. One with a known id changes what it gives; another one is new.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitDraft {
    id: Spanned<String>,
    kind: Option<Spanned<LimitKind>>,
    scope: Option<Vec<Scope>>,
    classes: Option<Vec<Spanned<String>>>,
    exempt: Option<Vec<Spanned<String>>>,
    enforced: Option<Figure<bool>>,
    counts_refused: Option<Figure<bool>>,
    slack: Option<Figure<u64>>,
    size: Option<Figure<NonZeroU64>>,
    told_as: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvertiseDraft {
    header: Spanned<String>,
    limit: Spanned<String>,
    shows: Shown,
    at_most: Option<Spanned<String>>,
    #[serde(default)]
    classes: Vec<Spanned<String>>,
    #[serde(default)]
    unless_classes: Vec<Spanned<String>>,
}

/// Lays a text's parts of the gate over a policy.
pub(super) struct Overlay<'a> {
    pub(super) source: Source<'a>,
    /// The classes of call that the system tells apart.
    pub(super) classes: &'static [&'static str],
    /// The wordings in which the system refuses a call over a limit.
    pub(super) wordings: &'static [&'static str],
    pub(super) gate: GatePolicy,
}

impl Overlay<'_> {
    pub(super) fn doors(&mut self, doors: Spanned<Figure<Vec<Door>>>) -> Result<(), ProfileError> {
        let order = doors.value.value;
        let twice = order.iter().enumerate().any(|(i, door)| order[..i].contains(door));
        if twice || order.last() != Some(&Door::Act) {
            let mend = "name each door at most once, and `act` last";
            return Err(self.source.fault(doors.referenced, "these doors are in no order that a call can pass", mend));
        }
        self.gate.doors = order;
        Ok(())
    }

    pub(super) fn limit(&mut self, draft: LimitDraft) -> Result<(), ProfileError> {
        let at = draft.id.referenced;
        let id = draft.id.value;
        let known = self.gate.limit_index(&id);
        let mut limit = match (known, draft.kind.as_ref(), draft.scope.as_ref(), draft.size.as_ref()) {
            (Some(index), ..) => self.gate.limits[index].clone(),
            (None, Some(kind), Some(scope), Some(size)) => {
                Limit::new(id.clone(), kind.value.clone(), scope, size.clone())
            }
            _ => {
                let what = format!("limit `{id}` lacks a kind, a scope or a size");
                let near = nearest(&id, self.limits());
                let mend = match near {
                    Some(near) => format!("did you mean `{near}`? {}", self.mend_limit()),
                    None => self.mend_limit(),
                };
                return Err(self.source.fault(at, what, mend));
            }
        };
        let at_kind = draft.kind.as_ref().map_or(at, |kind| kind.referenced);
        set(&mut limit.kind, draft.kind.map(|kind| kind.value));
        set(&mut limit.scope, draft.scope);
        set(&mut limit.classes, draft.classes.map(|names| self.known_classes(names)).transpose()?);
        set(&mut limit.exempt, draft.exempt.map(|names| self.known_classes(names)).transpose()?);
        set(&mut limit.enforced, draft.enforced.map(Some));
        set(&mut limit.counts_refused, draft.counts_refused.map(Some));
        set(&mut limit.slack, draft.slack.map(Some));
        set(&mut limit.size, draft.size);
        set(&mut limit.told_as, draft.told_as.map(|wording| self.known_wording(wording)).transpose()?.map(Some));
        self.check_kind(&limit, at_kind)?;
        if limit.told_as.is_none() && !self.wordings.is_empty() {
            let what = format!("limit `{}` does not say in which words it refuses", limit.id);
            return Err(self.source.fault(at, what, self.mend_wording()));
        }
        match known {
            Some(index) => self.gate.limits[index] = limit,
            None => self.gate.limits.push(limit),
        }
        Ok(())
    }

    fn check_kind(&self, limit: &Limit, at: Location) -> Result<(), ProfileError> {
        if limit.kind.per().is_some_and(|per| per < 1) {
            return Err(self.source.fault(at, "a window must last", "write `per` as 1ms or more"));
        }
        let of_account =
            matches!(&limit.kind, LimitKind::DailyQuota { time_zone, .. } if time_zone.value == Zone::Account);
        if of_account && !limit.scope.contains(&Scope::Account) {
            let what = "a quota that turns at the account's midnight must count by account";
            return Err(self.source.fault(at, what, "add `account` to `scope`, or name a zone"));
        }
        Ok(())
    }

    /// Takes the headers, once all limits are in.
    pub(super) fn advertise(&mut self, drafts: Vec<AdvertiseDraft>) -> Result<(), ProfileError> {
        self.gate.advertise = drafts
            .into_iter()
            .map(|draft| {
                let header = HeaderName::from_bytes(draft.header.value.as_bytes()).map_err(|_| {
                    let what = format!("`{}` is no header name", draft.header.value);
                    self.source.fault(draft.header.referenced, what, "use letters, digits and hyphens")
                })?;
                Ok(Advertise {
                    header,
                    limit: self.known_limit(&draft.limit)?,
                    shows: draft.shows,
                    constant: None,
                    at_most: draft.at_most.as_ref().map(|id| self.known_limit(id)).transpose()?,
                    classes: self.known_classes(draft.classes)?,
                    unless_classes: self.known_classes(draft.unless_classes)?,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    fn known_limit(&self, id: &Spanned<String>) -> Result<usize, ProfileError> {
        let unknown = || {
            let near = nearest(&id.value, self.limits());
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let mend = format!("{near}{}", self.list_limits());
            self.source.fault(id.referenced, format!("unknown limit `{}`", id.value), mend)
        };
        self.gate.limit_index(&id.value).ok_or_else(unknown)
    }

    fn known_classes(&self, names: Vec<Spanned<String>>) -> Result<Vec<String>, ProfileError> {
        let known = |name: Spanned<String>| {
            if self.classes.contains(&name.value.as_str()) {
                return Ok(name.value);
            }
            Err(self.unknown_class(name.referenced, &name.value))
        };
        names.into_iter().map(known).collect()
    }

    fn unknown_class(&self, at: Location, name: &str) -> ProfileError {
        let mend = match self.classes {
            [] => "this system tells no classes of call apart".to_owned(),
            classes => instead(name, classes, "this system's classes of call are"),
        };
        self.source.fault(at, format!("unknown class of call `{name}`"), mend)
    }

    fn known_wording(&self, wording: Spanned<String>) -> Result<String, ProfileError> {
        if self.wordings.contains(&wording.value.as_str()) {
            return Ok(wording.value);
        }
        let what = format!("unknown wording `{}`", wording.value);
        let near = nearest(&wording.value, self.wordings.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Err(self.source.fault(wording.referenced, what, format!("{near}{}", self.mend_wording())))
    }

    fn limits(&self) -> impl Iterator<Item = &str> {
        self.gate.limits.iter().map(|limit| limit.id.as_str())
    }

    fn mend_wording(&self) -> String {
        match self.wordings {
            [] => "this system words all its refusals alike: leave `told_as` out".to_owned(),
            wordings => format!("write `told_as` as one of: {}", wordings.join(", ")),
        }
    }

    fn mend_limit(&self) -> String {
        format!("a new limit needs all three; {}", self.list_limits())
    }

    fn list_limits(&self) -> String {
        match self.gate.limits.iter().map(|limit| limit.id.as_str()).collect::<Vec<_>>() {
            ids if ids.is_empty() => "no limits are known here".to_owned(),
            ids => format!("the limits known here are: {}", ids.join(", ")),
        }
    }
}

fn set<T>(slot: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *slot = value;
    }
}

//! `auth.least-scope`: an app is granted no scope that its calls could do without. Judged where the scenario says what
//! an app is granted: whatever every world gives it is nobody's choice. A call names scopes of which it needs one.

use std::collections::{BTreeMap, BTreeSet};

use sim::SystemName;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen};

pub(super) const SENTENCE: &str = "An app is granted no scope that none of its calls needs.";

/// What every app has, asked for or not.
const ALWAYS: &str = "oauth";

struct LeastScope<'d> {
    digest: &'d Digest<'d>,
    /// By app: for each list of scopes of which its calls needed one, the first call.
    needed: BTreeMap<&'d str, BTreeMap<BTreeSet<&'d str>, u64>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(LeastScope { digest, needed: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for LeastScope<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let app = call.what.app_name.as_deref().filter(|_| call.system == SystemName::Hubspot);
        if let Some(app) = app.filter(|_| !call.what.scopes.is_empty()) {
            let any_of = call.what.scopes.iter().map(String::as_str).collect();
            self.needed.entry(app).or_default().entry(any_of).or_insert(call.n);
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let granted = self.digest.scopes();
        for (app, granted) in granted {
            let Some(needed) = self.needed.get(app.as_str()) else { continue };
            self.tally.exercise();
            let idle = idle(granted, needed);
            if !idle.is_empty() {
                let what = format!("the app `{app}` is granted {}, which no call of the run needed", idle.join(", "));
                self.tally.broken(needed.values().copied(), what);
            }
        }
        self.tally.verdict(if granted.is_empty() {
            "the scenario sets no app's scopes: every app has those that its world gives it"
        } else {
            "no app whose scopes the scenario sets made a call that needs one"
        })
    }
}

/// The scopes without which every call is covered as it was. Of two that would each do, the one that more calls
/// name is kept, then the shorter.
fn idle<'g>(granted: &'g [String], needed: &BTreeMap<BTreeSet<&str>, u64>) -> Vec<&'g str> {
    let named = |scope: &str| needed.keys().filter(|any_of| any_of.contains(scope)).count();
    let mut kept: Vec<&str> = granted.iter().map(String::as_str).filter(|scope| *scope != ALWAYS).collect();
    kept.sort_by_key(|scope| (named(scope), std::cmp::Reverse(scope.len()), *scope));
    let covered = |any_of: &BTreeSet<&str>, by: &[&str]| by.iter().any(|scope| any_of.contains(scope));
    let mut idle = Vec::new();
    for scope in kept.clone() {
        let without: Vec<&str> = kept.iter().copied().filter(|other| *other != scope).collect();
        if needed.keys().all(|any_of| covered(any_of, &without) || !covered(any_of, &kept)) {
            kept = without;
            idle.push(scope);
        }
    }
    idle.sort_unstable();
    idle
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::AuthLeastScope;
    use crate::clauses::story::{SEARCH, Story, UPSERT};

    const READ: &str = "crm.objects.contacts.read";
    const WRITE: &str = "crm.objects.contacts.write";

    fn granted(scopes: &[&str]) -> Story {
        let mut story = Story::with(&[]);
        story.trace.scopes.insert("private".to_owned(), scopes.iter().map(|scope| (*scope).to_owned()).collect());
        story
    }

    fn calls(story: &mut Story, asked: &str, any_of: &[&str]) {
        story.call(asked, 200, Value::Null);
        story.but("app_name", "private".into()).but("scopes", json!(any_of));
    }

    #[test]
    fn a_scope_that_no_call_needs_breaks_it() {
        let mut story = granted(&[READ, WRITE, "oauth"]);
        story.untested(AuthLeastScope);
        calls(&mut story, UPSERT, &[WRITE]);
        story.broken(AuthLeastScope, &[1], "the app `private` is granted crm.objects.contacts.read, which no call");
        calls(&mut story, SEARCH, &[READ]);
        story.kept(AuthLeastScope);
    }

    #[test]
    fn of_two_that_would_each_do_one_is_too_many() {
        let either = [READ, "crm.objects.contacts.sensitive.read.v2"];
        let mut story = granted(&either);
        calls(&mut story, SEARCH, &either);
        story.broken(AuthLeastScope, &[1], "granted crm.objects.contacts.sensitive.read.v2, which");
        let mut story = granted(&either[..1]);
        calls(&mut story, SEARCH, &either);
        // A call that no scope covers is refused, and shows nothing.
        calls(&mut story, UPSERT, &[WRITE]);
        story.kept(AuthLeastScope);
    }

    #[test]
    fn what_the_scenario_does_not_grant_is_not_judged() {
        let mut story = Story::with(&[]);
        calls(&mut story, UPSERT, &[WRITE]);
        story.untested(AuthLeastScope);
        let mut story = granted(&[READ]);
        calls(&mut story, UPSERT, &[WRITE]);
        story.but("app_name", "narrow".into());
        story.untested(AuthLeastScope);
    }
}

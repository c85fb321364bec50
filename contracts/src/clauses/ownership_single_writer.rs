//! `ownership.single-writer`: each side's own fields are written by that side alone. A new record of the copy may
//! be given what it must have; a new row of the master, anything.

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Call, Change, Digest, Seen, Verb};
use crate::{Mapping, Owner, Verdict};

pub(super) const SENTENCE: &str = "What a side owns, the integration does not write there.";

struct SingleWriter<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(SingleWriter { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for SingleWriter<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Call(call) if call.side == Some(Owner::Copy) && call.verb.writes() && call.took_effect => {
                self.written(call);
            }
            Seen::Change(change) if !change.foreign => {
                self.tally.exercise();
                if change.side == Owner::Master && change.kind == ChangeKind::Updated && change.before.is_some() {
                    self.updated(change);
                }
            }
            _ => {}
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("the integration changed nothing")
    }
}

impl<'d> SingleWriter<'d> {
    fn written(&mut self, call: &'d Call<'d>) {
        let Some((object, mapping)) = call.object.and_then(|object| Some((object, self.digest.mapping(object)?)))
        else {
            return;
        };
        let required = &self.digest.object(object).copy.required;
        let makes = matches!(call.verb, Verb::Create | Verb::Upsert);
        let owned = |name: &&String| {
            let by_copy = mapping.kept_by_copy.contains(name)
                || mapping.fields.iter().any(|field| field.to == **name && field.owner == Owner::Copy);
            by_copy && !(makes && required.contains(name)) && !is_key(mapping, name)
        };
        let Some(property) = call.ops.iter().find_map(|op| op.values.keys().find(owned)) else { return };
        let at = self.digest.hms(call.at);
        self.tally.broken([call.n], format!("at {at} {} set {property}, which the copy owns", call.said()));
    }

    fn updated(&mut self, change: &'d Change<'d>) {
        let Some(mapping) = self.digest.mapping(change.object) else { return };
        let owned = |name: &&str| {
            mapping.kept_by_master.iter().any(|column| column == name)
                || mapping
                    .fields
                    .iter()
                    .any(|field| field.owner == Owner::Master && field.from.names().iter().any(|column| column == name))
        };
        let Some(column) = change.changed().find(owned) else { return };
        let (at, name) = (self.digest.hms(change.at), &self.digest.object(change.object).name);
        let what = format!("at {at} the {column} of {name} {} was changed, which the master owns", change.id);
        self.tally.broken([change.n], what);
    }
}

fn is_key(mapping: &Mapping, property: &str) -> bool {
    let fallback = mapping.keys.fallback.as_ref();
    mapping.keys.key.property == property || fallback.is_some_and(|key| key.property == property)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::OwnershipSingleWriter;
    use crate::clauses::story::{Story, kim, kims};

    #[test]
    fn a_property_of_the_copy_may_not_be_set() {
        let mut story = Story::with(&[kim()]);
        story.untested(OwnershipSingleWriter);
        story.upsert(&[kims()]);
        story.kept(OwnershipSingleWriter);
        story.wait("1s").upsert(&[("101", "kim@example.com", json!({"lifecyclestage": "customer"}))]);
        story.broken(
            OwnershipSingleWriter,
            &[4],
            "at 00:00:01 POST /crm/v3/objects/contacts/batch/upsert set lifecyclestage",
        );
    }

    #[test]
    fn a_column_of_the_master_may_not_be_changed_but_repeated() {
        let mut story = Story::with(&[kim()]);
        story.row("integration", "updated", "1", json!({"first_name": "Kim", "marketing_opt_in": "N"}));
        story.row("integration", "created", "2", json!({"email": "lee@example.com", "first_name": "Lee"}));
        story.kept(OwnershipSingleWriter);
        story.row("integration", "updated", "1", json!({"first_name": "Kimberley"}));
        story.broken(OwnershipSingleWriter, &[4], "the first_name of customer 1 was changed, which the master owns");
    }
}

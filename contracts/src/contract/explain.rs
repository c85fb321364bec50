//! A contract in plain words: each promise a sentence, with the clause that checks it.

use std::fmt::Write;

use super::model::{Contract, Idempotency, Owner, Transform};
use crate::Clause;

impl Contract {
    /// Each promise in a sentence with the id of its clause.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = format!("What the integration `{}` promises.\n", self.contract);
        let topology = &self.topology;
        let through = |through: Option<sim::SystemName>| through.map(|by| format!(" (called through {by})"));
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "\nThe master is {}{}; the copy is {}{}.",
            topology.master.system,
            through(topology.master.through).unwrap_or_default(),
            topology.copy.system,
            through(topology.copy.through).unwrap_or_default(),
        );
        for mapping in &self.mapping {
            let object = self.objects.iter().find(|object| object.name == mapping.object);
            if let Some(object) = object {
                let (from, to) = (&object.master.record_type, &object.copy.record_type);
                let _ = writeln!(text, "\nA {} is a row of {from} and one of {to}.", object.name);
                if object.copy.new_to_master {
                    let _ = writeln!(text, "  One that is made in the copy becomes a row of the master.");
                }
            }
            let _ = writeln!(
                text,
                "  They are one where {} equals {}.",
                mapping.keys.key.column, mapping.keys.key.property
            );
            if let Some(key) = &mapping.keys.fallback {
                let _ = writeln!(text, "  Without it, where {} equals {}.", key.column, key.property);
            }
            for field in &mapping.fields {
                let owner = if field.owner == Owner::Master { "master" } else { "copy" };
                let how = field.transforms.iter().map(said).collect::<Vec<_>>().join(", ");
                let how = if how.is_empty() { how } else { format!(" ({how})") };
                let from = field.from.names().join(" and ");
                let _ = writeln!(text, "  {from} -> {}{how}; the {owner} owns it.", field.to);
            }
        }
        text.push('\n');
        for (clause, promise) in self.promises() {
            let _ = writeln!(text, "{:24} {promise}", clause.as_str());
        }
        text
    }

    fn promises(&self) -> Vec<(Clause, String)> {
        let crate::SourceApi { backoff, batch, token, error_share } = &self.source_api;
        let (within, share) = (self.freshness.within, self.freshness.share);
        let permanent = self.reliability.permanent.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        crate::clauses::ALL
            .iter()
            .filter_map(|(clause, sentence, _)| {
                let figures = match clause {
                    Clause::LimitsRespect => format!("at least {}, where nothing is told", backoff.at_least),
                    Clause::LimitsErrorShare => format!("less than {error_share} %"),
                    Clause::BatchSize => format!("{} at most", batch.max),
                    Clause::BatchUsed => format!("from {} records on", batch.used_from),
                    Clause::RetryTransient => {
                        format!("{} attempts, no wait longer than {}", self.reliability.attempts, backoff.longest)
                    }
                    Clause::RetryPermanentNot => permanent.clone(),
                    Clause::AuthReuse => format!("until {} % of its lifetime are left", token.renewed_at),
                    Clause::OwnershipNoEcho => format!("for {}", self.reliability.suppression),
                    Clause::DataComplete | Clause::DataMapped | Clause::DataNoLostUpdate => {
                        format!("{within} after the last change")
                    }
                    Clause::DataNoDuplicates => match self.reliability.idempotency {
                        Idempotency::MatchKey => {
                            "a new record has the match key where the other side has one".to_owned()
                        }
                        Idempotency::Lookup => "a new record was looked for first".to_owned(),
                    },
                    Clause::FreshnessPromise => format!("{share} % within {within}"),
                    Clause::ConsentOptOut | Clause::ConsentOnlySubscribed => {
                        let consent = self.governance.consent.as_ref()?;
                        format!("{} is {}; {}", consent.column, consent.allows, consent.opt_out)
                    }
                    Clause::PrivacyExcluded if self.governance.excluded.is_empty() => return None,
                    Clause::PrivacyExcluded => self.governance.excluded.join(", "),
                    _ => return Some((*clause, (*sentence).to_owned())),
                };
                Some((*clause, format!("{} ({figures}).", sentence.trim_end_matches('.'))))
            })
            .collect()
    }
}

fn said(transform: &Transform) -> String {
    match transform {
        Transform::Trim => "without white space at its ends".to_owned(),
        Transform::LowerCase => "in lower case".to_owned(),
        Transform::UpperCase => "in upper case".to_owned(),
        Transform::Digits => "its digits".to_owned(),
        Transform::Date => "its day".to_owned(),
        Transform::Join(between) => format!("joined by `{between}`"),
        Transform::Map(to) => to.iter().map(|(from, to)| format!("{from} as {to}")).collect::<Vec<_>>().join(", "),
    }
}

//! What a script says is to hold: records found and compared, now or within a span of world time.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{nearest, out_of_step, wrong_copies};
use serde_json::{Map, Value};
use sim::journal::Kind;
use sim::{SystemName, hubspot_properties};

use super::case::NotPlayed;
use super::stage::{Stage, flat};

/// The longest wait between two looks, in world time.
const LOOK_EVERY_MS: i64 = 1_000;

impl Stage<'_> {
    /// Waits until `check` has nothing against it; `Some` is why that did not come about in time.
    pub(super) async fn until(
        &mut self,
        within_ms: i64,
        mut check: impl FnMut(&Self) -> Result<Option<String>, NotPlayed>,
    ) -> Result<Option<String>, NotPlayed> {
        let deadline = self.world.clock().now().plus(within_ms);
        let shortest = self.shortest_wait_ms();
        let (mut wait, mut seen, mut against) = (shortest, None, None);
        loop {
            // Nothing that a check looks at changes but by an entry, and time alone makes none.
            let news = self.news(seen)?;
            if news.is_some() || seen.is_none() {
                (seen, wait) = (news.or(Some(0)), shortest);
                against = check(self)?;
                if against.is_none() {
                    return Ok(None);
                }
            }
            let left = deadline.since(self.world.clock().now());
            if left <= 0 {
                return Ok(against.map(|why| format!("at {}: {why}", self.clock_text())));
            }
            if let Some(deserted) = self.deserted() {
                return Ok(Some(deserted.0));
            }
            if let Err(stuck) = self.pass(wait.min(left)).await {
                return Ok(Some(stuck.0));
            }
            wait = (wait * 2).min(LOOK_EVERY_MS.max(shortest));
        }
    }

    /// The last entry after `seen` that tells of more than time.
    fn news(&self, seen: Option<u64>) -> Result<Option<u64>, NotPlayed> {
        let reader = self.world.journal();
        let latest = reader.latest();
        let kinds = [Kind::Exchange, Kind::Delivery, Kind::Change].into_iter().collect();
        let found = reader.since(seen.unwrap_or_default(), kinds, 1)?;
        Ok(found.first().map(|_| latest))
    }

    /// What is not brought over yet, in the contract's terms.
    pub(super) fn not_synced(&self) -> Option<String> {
        out_of_step(&self.plan.contract, &self.state()).map(|why| format!("not in step: {why}"))
    }

    /// Records of the copy that are not as the contract asks, by their ids.
    pub(super) fn wrong(&self) -> BTreeMap<String, String> {
        wrong_copies(&self.plan.contract, &self.state())
    }

    /// Records whose values are these.
    pub(super) fn found(
        &self,
        system: SystemName,
        record_type: &str,
        find: &Map<String, Value>,
    ) -> Result<Vec<Value>, String> {
        let records = self.world.records(system, record_type, 0, usize::MAX).map_err(|error| error.to_string())?;
        Ok(among(system, &records.records, find))
    }

    /// Why a record is not as it is to be.
    pub(super) fn not_so(&self, system: SystemName, record_type: &str, what: &Value) -> Result<Option<String>, String> {
        let none = Map::new();
        let members = what.as_object().unwrap_or(&none);
        let record_type = members.get("type").and_then(Value::as_str).unwrap_or(record_type);
        let has = members.get("has").and_then(Value::as_object).unwrap_or(&none);
        let mut find = found_by(members);
        let count = members.get("count").and_then(Value::as_u64);
        let absent = members.get("absent") == Some(&Value::Bool(true));
        if count.is_some() || absent {
            // Those that have it are counted.
            find.extend(has.clone());
        }
        let found = self.found(system, record_type, &find)?;
        let which = if find.is_empty() { record_type.to_owned() } else { Value::from(find).to_string() };
        if let Some(count) = count {
            let is = found.len() as u64;
            return Ok((is != count).then(|| format!("there are {is} of {which}, not {count}")));
        }
        if absent {
            return Ok((!found.is_empty()).then(|| format!("{system} has {which}")));
        }
        if found.is_empty() {
            return Ok(Some(format!("{system} has no {which}")));
        }
        let differs = found.iter().find_map(|record| {
            let (name, value) = has.iter().find(|(name, value)| !equal(record.get(*name), value))?;
            let is = record.get(name).unwrap_or(&Value::Null);
            let one = if found.len() == 1 { String::new() } else { format!("one of {} like ", found.len()) };
            Some(format!("{one}{which} has {name} {is}, not {value}"))
        });
        Ok(differs)
    }

    /// Whether every name is one that records of the type have: by another, nothing is ever found, and
    /// whatever is to be absent is. Where there is no record and no list of names, any may be.
    pub(super) fn names_are_known(&self, system: SystemName, record_type: &str, what: &Value) -> Result<(), String> {
        let none = Map::new();
        let members = what.as_object().unwrap_or(&none);
        let record_type = members.get("type").and_then(Value::as_str).unwrap_or(record_type);
        let mut known: BTreeSet<String> = self
            .found(system, record_type, &none)?
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .cloned()
            .collect();
        if system == SystemName::Hubspot {
            let always = ["id", "createdAt", "updatedAt", "archived"];
            let standard = match self.plan.file.portal() {
                Ok(Some(portal)) => portal.properties(record_type),
                _ => hubspot_properties(record_type),
            };
            known.extend(standard.unwrap_or_default().into_iter().chain(always).map(str::to_owned));
        }
        if known.is_empty() {
            return Ok(());
        }
        let has = members.get("has").and_then(Value::as_object).unwrap_or(&none);
        let find = found_by(members);
        let Some(unknown) = find.keys().chain(has.keys()).find(|name| !known.contains(*name)) else { return Ok(()) };
        let near = nearest(unknown, known.iter().map(String::as_str));
        let mend = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        Err(format!("{record_type} of {system} have no `{unknown}`{mend}"))
    }
}

/// Those of some records whose values are these.
pub(super) fn matching(system: SystemName, records: &[Value], find: &Value) -> Vec<Value> {
    let none = Map::new();
    among(system, records, find.as_object().unwrap_or(&none))
}

fn among(system: SystemName, records: &[Value], find: &Map<String, Value>) -> Vec<Value> {
    let records = records.iter().map(|record| flat(system, record));
    records.filter(|record| find.iter().all(|(name, value)| equal(record.get(name), value))).collect()
}

/// The names and values by which records are found.
fn found_by(members: &Map<String, Value>) -> Map<String, Value> {
    let control = ["has", "absent", "count", "type"];
    let find = members.iter().filter(|(name, _)| !control.contains(&name.as_str()));
    find.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Numbers and texts that look the same are the same: a record's values are texts in one system and
/// numbers in another. What is not there is null.
fn equal(is: Option<&Value>, wanted: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let is = is.unwrap_or(&Value::Null);
    match (is, wanted) {
        (Value::Null, wanted) => wanted.is_null(),
        (is, Value::Null) => is.is_null(),
        (is, wanted) => text(is) == text(wanted),
    }
}

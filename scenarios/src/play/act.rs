//! The tester's hand: what `given` and `when` do to a world. Every failure is a step that is written
//! wrongly, told in a sentence.

use serde_json::{Map, Value, json};
use sim::faults::Arm;
use sim::{AppHand, SystemName};

use super::holds::matching;
use super::stage::Stage;
use crate::script::Action;

pub(super) type Done = Result<(), String>;

/// The record that was found, if it is one alone.
fn one_of(mut found: Vec<Value>, find: &Value, record_type: &str, system: SystemName) -> Result<Value, String> {
    match found.len() {
        1 => Ok(found.remove(0)),
        count => Err(format!("{find} finds {count} of {record_type} in {system}, and is to find one")),
    }
}

impl Stage<'_> {
    pub(super) fn seed(&self, system: SystemName, records: &str, what: &Value) -> Done {
        let steps = json!([{format!("{system}.{records}"): what}]);
        self.world.given(&steps).map(drop).map_err(told)
    }

    pub(super) fn act(&mut self, system: SystemName, action: Action, what: &Value) -> Done {
        let usual = if system == SystemName::Hubspot { "contacts" } else { "customers" };
        let record_type = what["type"].as_str().unwrap_or(usual);
        let none = Map::new();
        let set = what["set"].as_object().unwrap_or(&none);
        match action {
            Action::Create => self.put(system, record_type, record(system, None, set)),
            Action::Update => {
                let before = self.the_one(system, record_type, &what["find"])?;
                if system == SystemName::Ords && record_type != usual {
                    // Its key is whatever its declaration says: the row goes in whole.
                    let mut row = before.as_object().cloned().unwrap_or_default();
                    row.extend(set.clone());
                    return self.put(system, record_type, Value::Object(row));
                }
                self.put(system, record_type, record(system, Some(&before), set))
            }
            Action::Archive => {
                let before = self.the_one(system, record_type, &what["find"])?;
                if before["id"].is_null() {
                    return Err(format!("what {system} has of {record_type} has no `id` to archive it by"));
                }
                let id = before["id"].as_str().map_or_else(|| before["id"].to_string(), str::to_owned);
                self.world.archive(system, record_type, &[id]).map(drop).map_err(told)
            }
            Action::Restore => {
                let archived = self.world.archived_records(record_type).map_err(told)?;
                let before = one_of(matching(system, &archived, &what["find"]), &what["find"], record_type, system)?;
                let id = before["id"].as_str().unwrap_or_default().to_owned();
                self.world.restore_records(record_type, &[id]).map(drop).map_err(told)
            }
            Action::Unsubscribe => {
                let one = what["email"].as_str().map(str::to_owned);
                let emails = one.map_or_else(|| self.addresses(&what["find"]), |email| Ok(vec![email]))?;
                emails.iter().try_for_each(|email| self.world.unsubscribe(email).map(drop)).map_err(told)
            }
            Action::RotateToken => match what["variant"].as_str().unwrap_or("now") {
                "now" => self.app(what, &AppHand::Rotate { later: false }),
                "later" => self.app(what, &AppHand::Rotate { later: true }),
                other => Err(format!("`{other}` is no variant; write now or later")),
            },
            Action::ExpireToken => self.app(what, &AppHand::Expire),
            Action::SetScopes => {
                let scopes = what["scopes"].as_str().unwrap_or_default().split_whitespace().map(str::to_owned);
                let scopes = Some(scopes.collect());
                self.app(what, &AppHand::Set { scopes, optional_scopes: None, redirect_uris: None })
            }
            Action::DeleteApp => self.app(what, &AppHand::Delete),
            Action::UninstallApp => self.app(what, &AppHand::Uninstall),
        }
    }

    pub(super) fn arm(&self, what: &Value) -> Done {
        let arm: Arm = serde_json::from_value(what.clone()).map_err(told)?;
        self.world.arm(arm).map_err(told)
    }

    pub(super) fn spend(&self, what: &Value) -> Done {
        let name = what["system"].as_str().unwrap_or_default();
        let system = SystemName::parse(name).ok_or_else(|| format!("there is no system `{name}`"))?;
        let limit = what["limit"].as_str().unwrap_or_default();
        self.world
            .spend(system, limit, what["app"].as_str(), what["leave"].as_u64().unwrap_or_default())
            .map(drop)
            .map_err(told)
    }

    /// The record that `find` means: one, and only one.
    pub(super) fn the_one(&self, system: SystemName, record_type: &str, find: &Value) -> Result<Value, String> {
        let none = Map::new();
        let found = self.found(system, record_type, find.as_object().unwrap_or(&none))?;
        one_of(found, find, record_type, system)
    }

    /// The addresses of the contacts that `find` means, of which there is one at least.
    fn addresses(&self, find: &Value) -> Result<Vec<String>, String> {
        let found = self.found(SystemName::Hubspot, "contacts", find.as_object().unwrap_or(&Map::new()))?;
        let emails = found.iter().filter_map(|contact| contact["email"].as_str());
        let emails: Vec<String> = emails.map(str::to_owned).collect();
        if emails.is_empty() { Err(format!("{find} finds no contact with an address")) } else { Ok(emails) }
    }

    fn put(&self, system: SystemName, record_type: &str, record: Value) -> Done {
        self.world.put(system, record_type, vec![record]).map(drop).map_err(told)
    }
}

/// A record to put in: its key, where there was one, and the values that are set.
fn record(system: SystemName, before: Option<&Value>, set: &Map<String, Value>) -> Value {
    if system == SystemName::Hubspot {
        let id = before.map(|before| before["id"].clone());
        let mut record = json!({"properties": set});
        if let Some(id) = id {
            record["id"] = id;
        }
        return record;
    }
    let key = if system == SystemName::Ords { "customer_id" } else { "id" };
    let mut record = Map::new();
    if let Some(before) = before {
        record.insert(key.to_owned(), before[key].clone());
    }
    record.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(record)
}

pub(super) fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

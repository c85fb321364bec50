//! A call of the integration: what was asked, of which records, with which values.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::Value;
use sim::journal::{Entry, Exchanged};
use sim::{Moment, SystemName};

use super::reading::{json, text_of, unescaped};
use super::{Digest, Person, Values, person_of, type_of};
use crate::Owner;

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Token,
    Read,
    Search,
    Create,
    Update,
    Upsert,
    Archive,
    Other,
}

impl Verb {
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Upsert | Self::Archive)
    }
}

/// A record in a call that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    /// The record's id, where the call gives it.
    pub(crate) id: Option<String>,
    /// Whom it is about: by the call's own values, else by those the record had.
    pub(crate) person: Option<Person>,
    /// What is written. The key that an existing record is addressed by is not.
    pub(crate) values: BTreeMap<String, String>,
}

impl Op {
    /// Whether two are about the same record.
    pub(crate) fn same_record(&self, other: &Self) -> bool {
        (self.id.is_some() && self.id == other.id) || (self.person.is_some() && self.person == other.person)
    }
}

/// An exchange of the integration with a system.
pub(crate) struct Call<'t> {
    pub(crate) n: u64,
    pub(crate) at: Moment,
    pub(crate) system: SystemName,
    pub(crate) side: Option<Owner>,
    pub(crate) account: Option<&'t str>,
    pub(crate) took_effect: bool,
    pub(crate) what: &'t Exchanged,
    /// The last entry that was answered on its connection before it; 0 where it is the first there.
    pub(crate) follows: u64,
    pub(crate) verb: Verb,
    pub(crate) batch: bool,
    /// The object's place in the contract, where it is one of its.
    pub(crate) object: Option<usize>,
    /// The records of a call that writes.
    pub(crate) ops: Vec<Op>,
    request: OnceCell<Option<Value>>,
    response: OnceCell<Option<Value>>,
}

/// What an address and method ask for.
struct Asked {
    verb: Verb,
    batch: bool,
    record_type: Option<String>,
    id: Option<String>,
}

impl<'t> Call<'t> {
    pub(super) fn read(digest: &Digest<'t>, entry: &'t Entry, what: &'t Exchanged, system: SystemName) -> Self {
        let side = digest.side(system);
        let asked = match system {
            SystemName::Hubspot => of_hubspot(what),
            _ => of_rest(what, digest, side),
        };
        let object = side.zip(asked.record_type.as_deref()).and_then(|(side, name)| {
            digest.contract.objects.iter().position(|object| {
                let known = type_of(object, side);
                // HubSpot takes a type by its singular and by its number too.
                name == known || known.strip_suffix('s') == Some(name) || (known == "contacts" && name == "0-1")
            })
        });
        let mut call = Self {
            n: entry.n,
            at: entry.at,
            system,
            side,
            account: entry.account.as_deref(),
            took_effect: entry.took_effect,
            what,
            follows: 0,
            verb: asked.verb,
            batch: asked.batch,
            object,
            ops: Vec::new(),
            request: OnceCell::new(),
            response: OnceCell::new(),
        };
        if call.verb.writes() {
            call.ops = call.written(digest, asked.id);
        }
        call
    }

    /// The request's body, if it is JSON.
    pub(crate) fn request(&self) -> Option<&Value> {
        self.request.get_or_init(|| json(self.what.request_body.as_ref())).as_ref()
    }

    /// The answer's body, if it is JSON.
    pub(crate) fn response(&self) -> Option<&Value> {
        self.response.get_or_init(|| json(self.what.response_body.as_ref())).as_ref()
    }

    /// Whether its caller could read that it succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        (200..300).contains(&self.what.status) && !self.broke_off()
    }

    /// Whether its caller had no whole answer.
    pub(crate) fn broke_off(&self) -> bool {
        self.what.fault.as_deref().is_some_and(sim::faults::breaks_off)
    }

    /// Whether it failed for the moment: by a 5xx, a 429, a lock (423), a move of the account (477), or for want of an answer.
    pub(crate) fn failed_for_now(&self) -> bool {
        matches!(self.what.status, 423 | 429 | 477 | 500..) || self.broke_off()
    }

    /// How it failed, in words.
    pub(crate) fn failure(&self) -> String {
        if self.broke_off() { "broke off".to_owned() } else { format!("failed with {}", self.what.status) }
    }

    /// Whether it is the same call, to the letter.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.system == other.system
            && self.what.method == other.what.method
            && self.what.target == other.what.target
            && self.what.request_body == other.what.request_body
    }

    /// The inputs of a batch, whether or not they can be read.
    pub(crate) fn inputs(&self) -> Option<usize> {
        self.batch.then(|| self.request()?.get("inputs")?.as_array().map(Vec::len)).flatten()
    }

    /// The call in words: `POST /crm/v3/objects/contacts`.
    pub(crate) fn said(&self) -> String {
        format!("{} {}", self.what.method, self.what.path())
    }

    fn written(&self, digest: &Digest<'t>, id: Option<String>) -> Vec<Op> {
        let Some(body) = self.request() else {
            return id.map(|id| vec![self.op(digest, Some(id), None, BTreeMap::new())]).unwrap_or_default();
        };
        let member = |of: &Value, name: &str| of.get(name).and_then(text_of);
        match (self.batch, self.system) {
            (true, _) => {
                let inputs = body.get("inputs").and_then(Value::as_array);
                let read = |input: &Value| {
                    let by = member(input, "idProperty");
                    self.op(digest, member(input, "id"), by.as_deref(), values(&input["properties"], false))
                };
                inputs.into_iter().flatten().map(read).collect()
            }
            (false, SystemName::Hubspot) => {
                let by = self.what.target.split(['?', '&']).find_map(|part| part.strip_prefix("idProperty="));
                vec![self.op(digest, id, by, values(&body["properties"], false))]
            }
            (false, _) => vec![self.op(digest, id, None, values(body, true))],
        }
    }

    fn op(
        &self,
        digest: &Digest<'t>,
        id: Option<String>,
        by: Option<&str>,
        mut values: BTreeMap<String, String>,
    ) -> Op {
        let (id, by) = match by {
            Some(property) if property != "hs_object_id" => (None, id.map(|id| (property.to_owned(), id))),
            _ => (id, None),
        };
        let mut known = values.clone();
        if let Some((property, text)) = &by {
            known.entry(property.clone()).or_insert_with(|| text.clone());
        }
        let person = self.side.zip(self.object).and_then(|(side, object)| {
            let keys = &digest.mapping(object)?.keys;
            let had = || person_of(keys, side, &digest.life(side, object, id.as_deref()?)?.0.last()?.values);
            let said = person_of(keys, side, &Values::new(known.clone()));
            // An update that names a record and gives it another key is about who it was.
            if id.is_some() { had().or(said) } else { said }
        });
        // A record that is made by an upsert gets the key too.
        let is_there = || {
            let (side, object) = self.side.zip(self.object)?;
            let mut lives = digest.of_person(side, object, person.as_ref()?);
            lives.find(|(_, life)| life.live().is_some())
        };
        if self.verb == Verb::Upsert && by.is_some() && is_there().is_none() {
            values = known;
        }
        Op { id, person, values }
    }
}

/// The members of an object as texts; a null clears where the system reads it so, else it says nothing.
fn values(of: &Value, null_clears: bool) -> BTreeMap<String, String> {
    let members = of.as_object().into_iter().flatten();
    let text = |value: &Value| if null_clears && value.is_null() { Some(String::new()) } else { text_of(value) };
    members.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

fn of_hubspot(what: &Exchanged) -> Asked {
    let operation = what.operation.strip_prefix("objects.").unwrap_or_default();
    let (batch, verb) = match operation {
        "list" | "read" => (false, Verb::Read),
        "search" => (false, Verb::Search),
        "create" => (false, Verb::Create),
        "update" => (false, Verb::Update),
        "archive" => (false, Verb::Archive),
        "batch-read" => (true, Verb::Read),
        "batch-create" => (true, Verb::Create),
        "batch-update" => (true, Verb::Update),
        "batch-upsert" => (true, Verb::Upsert),
        "batch-archive" => (true, Verb::Archive),
        _ => (false, Verb::Other),
    };
    // `/crm/v3/objects/{type}/...` and `/crm/objects/2026-03/{type}/...`: facts/hubspot-crm.md §2.
    let mut segments = what.path().split('/').filter(|segment| !segment.is_empty()).skip(3);
    let record_type = segments.next().map(unescaped);
    let id = matches!(operation, "update" | "archive" | "read").then(|| segments.next().map(unescaped)).flatten();
    Asked { verb, batch, record_type, id }
}

/// Tables as ORDS has them, under whatever prefix: `.../customers/` and `.../customers/17`.
fn of_rest(what: &Exchanged, digest: &Digest<'_>, side: Option<Owner>) -> Asked {
    let none = |verb| Asked { verb, batch: false, record_type: None, id: None };
    let path = what.path();
    if path.ends_with("/oauth/token") {
        return none(Verb::Token);
    }
    let segments: Vec<_> = path.split('/').map(unescaped).collect();
    let types = || side.into_iter().flat_map(|side| digest.contract.objects.iter().map(move |of| type_of(of, side)));
    let Some(at) = segments.iter().rposition(|segment| types().any(|known| known == segment)) else {
        return none(if what.method == "GET" { Verb::Read } else { Verb::Other });
    };
    let id = segments.get(at + 1).filter(|id| !id.is_empty()).cloned();
    let verb = match what.method.as_str() {
        "GET" | "HEAD" => Verb::Read,
        "POST" => Verb::Create,
        "PUT" => Verb::Upsert,
        "PATCH" => Verb::Update,
        "DELETE" => Verb::Archive,
        _ => Verb::Other,
    };
    Asked { verb, batch: false, record_type: segments.get(at).cloned(), id }
}

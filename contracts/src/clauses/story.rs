//! Small traces for tests, written entry by entry: a master row and a contact by a line, calls by theirs.

use serde_json::{Value, json};
use sim::{Moment, parse_span};

use crate::{Clause, Contract, Trace, Verdict, judge};

/// A trace being told. World time stands still until [`Story::wait`].
pub(crate) struct Story {
    entries: Vec<Value>,
    now: Moment,
    pub(crate) trace: Trace,
}

pub(crate) const UPSERT: &str = "POST /crm/v3/objects/contacts/batch/upsert";
pub(crate) const SEARCH: &str = "POST /crm/v3/objects/contacts/search";
pub(crate) const CUSTOMERS: &str = "GET /erp/v1/customers/";
pub(crate) const TOKEN: &str = "POST /erp/v1/oauth/token";

impl Story {
    /// A world at its start, with a tester's rows of the master in it: id, then values.
    pub(crate) fn with(rows: &[(&str, Value)]) -> Self {
        let mut story = Self { entries: Vec::new(), now: Moment::START, trace: Trace::default() };
        for (id, values) in rows {
            story.row("tester", "created", id, values.clone());
        }
        story.trace.began = story.n();
        story
    }

    fn n(&self) -> u64 {
        self.entries.len() as u64
    }

    fn push(&mut self, mut entry: Value) -> u64 {
        let n = self.n() + 1;
        entry["n"] = n.into();
        entry["at"] = self.now.to_string().into();
        self.entries.push(entry);
        n
    }

    pub(crate) fn wait(&mut self, span: &str) -> &mut Self {
        self.now = self.now.plus(parse_span(span).expect("a span"));
        self
    }

    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    pub(crate) fn restart(&mut self) {
        self.trace.restarts.push(self.n());
    }

    /// What happened while a job of the target ran.
    pub(crate) fn job(&mut self, told: impl FnOnce(&mut Self)) {
        let began = self.n();
        told(self);
        self.trace.jobs.push((began, self.n()));
    }

    /// The target's clock did not run with the world's for a span.
    pub(crate) fn apart(&mut self, span: &str) {
        let began = self.now;
        self.wait(span);
        self.trace.apart.push((began, self.now));
    }

    /// The target had been killed for a span.
    pub(crate) fn down(&mut self, span: &str) {
        let began = self.now;
        self.restart();
        self.wait(span);
        self.trace.down.push((began, self.now));
    }

    fn change(&mut self, place: (&str, &str, &str), actor: &str, kind: &str, id: &str, values: Value) -> u64 {
        let (system, account, record_type) = place;
        self.push(json!({
            "kind": "change", "system": system, "account": account, "took_effect": true, "actor": actor,
            "exchange": null, "change": kind, "type": record_type, "id": id, "values": values,
        }))
    }

    /// A change of a customer on the master.
    pub(crate) fn row(&mut self, actor: &str, kind: &str, id: &str, values: Value) -> u64 {
        self.change(("ords", "crm", "customers"), actor, kind, id, values)
    }

    /// A change of a contact in the copy.
    pub(crate) fn contact(&mut self, actor: &str, kind: &str, id: &str, values: Value) -> u64 {
        self.change(("hubspot", "1", "contacts"), actor, kind, id, values)
    }

    /// A call to HubSpot or, under `/erp/v1`, to the gateway: method and target, the answer's status, the body.
    pub(crate) fn call(&mut self, asked: &str, status: u16, body: Value) -> u64 {
        let (method, target) = asked.split_once(' ').expect("a method and a target");
        let path = target.split('?').next().unwrap_or_default();
        let (system, account, operation) = if target.starts_with("/erp/") {
            ("oci_gateway", "/erp/v1", "http_backend")
        } else {
            ("hubspot", "1", operation(method, path))
        };
        self.push(json!({
            "kind": "exchange", "system": system, "account": account, "took_effect": status < 300,
            "method": method, "path": path, "target": target, "operation": operation, "connection": 1,
            "status": status, "app": "1", "limit": null, "fault": null, "correlation": null, "user_agent": null,
            "request_body": if body.is_null() { Value::Null } else { body.to_string().into() },
        }))
    }

    /// Gives the last entry another value.
    pub(crate) fn but(&mut self, name: &str, value: Value) -> &mut Self {
        let value = if name == "response_body" { value.to_string().into() } else { value };
        self.entries.last_mut().expect("there is an entry")[name] = value;
        self
    }

    /// Writes contacts in a batch that takes effect: address, then values. New ones are made.
    pub(crate) fn upsert(&mut self, people: &[(&str, &str, Value)]) -> u64 {
        let inputs: Vec<_> = people
            .iter()
            .map(|(_, email, values)| json!({"idProperty": "email", "id": email, "properties": values}))
            .collect();
        let n = self.call(UPSERT, 200, json!({"inputs": inputs}));
        for (id, email, values) in people {
            let known = self.entries.iter().any(|entry| entry["id"] == *id && entry["type"] == "contacts");
            let mut values = values.as_object().cloned().unwrap_or_default();
            if !known {
                values.insert("email".to_owned(), (*email).into());
            }
            self.contact("integration", if known { "updated" } else { "created" }, id, Value::Object(values));
        }
        n
    }

    /// A grant of a token that lasts an hour.
    pub(crate) fn token(&mut self) -> u64 {
        let n = self.call(TOKEN, 200, Value::Null);
        self.but("response_body", json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600}));
        n
    }

    /// Another program of HubSpot's account used up a limit.
    pub(crate) fn neighbour(&mut self) {
        self.push(json!({
            "kind": "fault", "system": "hubspot", "account": null, "took_effect": true, "name": "neighbour-load",
            "event": "struck",
        }));
    }

    /// A webhook that was sent to the target.
    pub(crate) fn delivery(&mut self, forged: Option<&str>, status: Option<u16>, events: Value) -> u64 {
        let sent_at = self.now.to_string();
        self.push(json!({
            "kind": "delivery", "system": "hubspot", "account": "1", "took_effect": status.is_some_and(|status| status < 300),
            "app": "1", "url": "http://127.0.0.1:1/hubspot/events", "sent_at": sent_at, "attempt": 0,
            "events": events.as_array().map_or(0, Vec::len), "forged": forged, "status": status, "failure": null,
            "request_body": events.to_string(),
        }))
    }

    pub(crate) fn trace(&self) -> Trace {
        let entries = self.entries.iter().map(|entry| serde_json::from_value(entry.clone()).expect("an entry"));
        Trace { entries: entries.collect(), ended: self.now, ..self.trace.clone() }
    }

    /// What a clause says of it, by the retail contract.
    pub(crate) fn verdict(&self, clause: Clause) -> Verdict {
        self.verdict_by(Contract::retail(), clause)
    }

    pub(crate) fn verdict_by(&self, contract: &Contract, clause: Clause) -> Verdict {
        let findings = judge(contract, &self.trace());
        findings.into_iter().find(|finding| finding.clause == clause).expect("it has a rule").verdict
    }

    pub(crate) fn kept(&self, clause: Clause) {
        assert_eq!(self.verdict(clause), Verdict::Kept);
    }

    pub(crate) fn untested(&self, clause: Clause) {
        let verdict = self.verdict(clause);
        assert!(matches!(verdict, Verdict::Untested { .. }), "{verdict:?}");
    }

    /// Untested, for a reason with these words.
    pub(crate) fn untested_for(&self, clause: Clause, words: &str) {
        let verdict = self.verdict(clause);
        assert!(matches!(&verdict, Verdict::Untested { reason } if reason.contains(words)), "{verdict:?}");
    }

    /// Broken by these entries; what it says holds the words.
    pub(crate) fn broken(&self, clause: Clause, evidence: &[u64], words: &str) {
        match self.verdict(clause) {
            Verdict::Broken { evidence: found, what } => {
                assert_eq!(found, evidence, "{what}");
                assert!(what.contains(words), "{what}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A customer who takes marketing.
pub(crate) fn kim() -> (&'static str, Value) {
    ("1", customer("kim@example.com", "Kim", "Y"))
}

pub(crate) fn customer(email: &str, first_name: &str, opt_in: &str) -> Value {
    json!({
        "email": email, "mobile": "", "first_name": first_name, "last_name": "Lee", "loyalty_no": "L00000001",
        "marketing_opt_in": opt_in, "merged_into": "",
    })
}

/// Kim as a contact.
pub(crate) fn kims() -> (&'static str, &'static str, Value) {
    ("101", "kim@example.com", json!({"firstname": "Kim", "lastname": "Lee"}))
}

/// A batch of upserts by address.
pub(crate) fn batch(people: &[&str]) -> Value {
    let inputs: Vec<_> = people
        .iter()
        .map(|email| json!({"idProperty": "email", "id": email, "properties": {"firstname": "Kim"}}))
        .collect();
    json!({"inputs": inputs})
}

fn operation(method: &str, path: &str) -> &'static str {
    let rest: Vec<_> = path.split('/').skip(5).collect();
    match (method, rest.as_slice()) {
        ("GET", []) => "objects.list",
        ("POST", []) => "objects.create",
        (_, ["search"]) => "objects.search",
        (_, ["batch", "read"]) => "objects.batch-read",
        (_, ["batch", "create"]) => "objects.batch-create",
        (_, ["batch", "update"]) => "objects.batch-update",
        (_, ["batch", "upsert"]) => "objects.batch-upsert",
        ("GET", [_]) => "objects.read",
        ("PATCH", [_]) => "objects.update",
        ("DELETE", [_]) => "objects.archive",
        _ => "no-route",
    }
}

#[test]
fn systems_are_called_by_their_fronts() {
    assert_eq!(Contract::retail().topology.master.front(), sim::SystemName::OciGateway);
}

//! What a contract's form cannot say: that its names name something, and that its figures make sense.

use sim::SystemName;

use super::fault::Fault;
use super::model::{Contract, Transform};
use super::near::nearest;
use super::tree::Node;

/// A contract, its text, and what was found.
pub(super) struct Check<'a> {
    pub(super) contract: &'a Contract,
    pub(super) text: &'a str,
    pub(super) tree: &'a Node,
    pub(super) faults: Vec<Fault>,
}

/// A step from a part of the text to a part of it.
#[derive(Clone, Copy)]
enum To<'a> {
    Key(&'a str),
    Item(usize),
}
use To::{Item, Key};

impl Check<'_> {
    pub(super) fn all(mut self) -> Vec<Fault> {
        self.objects();
        self.mappings();
        self.figures();
        self.consent();
        self.faults
    }

    /// Notes a fault at a place, or at the nearest part around it that is there.
    fn note(&mut self, path: &[To<'_>], what: String, mend: Option<String>) {
        let mut node = self.tree;
        for to in path {
            let next = match to {
                Key(key) => node.get(key),
                Item(place) => node.item(*place),
            };
            let Some(next) = next else { break };
            node = next;
        }
        self.faults.push(Fault::at(self.text, node.at, what, mend));
    }

    fn objects(&mut self) {
        let contract = self.contract;
        for (place, object) in contract.objects.iter().enumerate() {
            let path = [Key("objects"), Item(place), Key("name")];
            if contract.objects[..place].iter().any(|other| other.name == object.name) {
                self.note(&path, format!("the object `{}` stands twice", object.name), None);
            }
            if contract.mapping_of(&object.name).is_none() {
                let mend = format!("add `- object: {}` to `mapping`", object.name);
                self.note(&path, format!("the object `{}` has no mapping", object.name), Some(mend));
            }
            if contract.topology.copy.system == SystemName::Hubspot
                && sim::hubspot_properties(&object.copy.record_type).is_none()
            {
                let known = sim::hubspot_object_types();
                let meant = nearest(&object.copy.record_type, known.iter().copied());
                let mend = meant
                    .map_or(format!("known are: {}", known.join(", ")), |meant| format!("did you mean `{meant}`?"));
                let path = [Key("objects"), Item(place), Key("copy"), Key("type")];
                let what = format!("HubSpot has no object type `{}`", object.copy.record_type);
                self.note(&path, what, Some(mend));
            }
            for (at, property) in object.copy.required.iter().enumerate() {
                let path = [Key("objects"), Item(place), Key("copy"), Key("required"), Item(at)];
                self.property(&object.name, property, &path);
            }
        }
    }

    fn mappings(&mut self) {
        let contract = self.contract;
        for (place, mapping) in contract.mapping.iter().enumerate() {
            let here = [Key("mapping"), Item(place)];
            self.object(&mapping.object, &[here[0], here[1], Key("object")]);
            if contract.mapping[..place].iter().any(|other| other.object == mapping.object) {
                let what = format!("the object `{}` has another mapping", mapping.object);
                self.note(&[here[0], here[1], Key("object")], what, None);
            }
            for (name, key) in [("key", Some(&mapping.keys.key)), ("fallback", mapping.keys.fallback.as_ref())] {
                let Some(key) = key else { continue };
                let path = [here[0], here[1], Key("match"), Key(name), Key("property")];
                self.property(&mapping.object, &key.property, &path);
                if key.transforms.iter().any(|transform| matches!(transform, Transform::Join(_))) {
                    let path = [here[0], here[1], Key("match"), Key(name), Key("as")];
                    self.note(&path, "a key is one column: there is nothing to join".to_owned(), None);
                }
            }
            for (at, field) in mapping.fields.iter().enumerate() {
                let path = |key| [here[0], here[1], Key("fields"), Item(at), Key(key)];
                self.property(&mapping.object, &field.to, &path("to"));
                if mapping.fields[..at].iter().any(|other| other.to == field.to) {
                    self.note(&path("to"), format!("`{}` is mapped twice", field.to), None);
                }
                let joined = field.transforms.iter().any(|transform| matches!(transform, Transform::Join(_)));
                if field.from.names().len() != 1 && !joined {
                    let mend = r#"add `as: [{ join: " " }]`"#.to_owned();
                    self.note(
                        &path("from"),
                        "it is not said how these columns become one value".to_owned(),
                        Some(mend),
                    );
                }
                let kept = field.from.names().iter().find(|column| contract.governance.excluded.contains(column));
                if let Some(column) = kept {
                    let what = format!("`{column}` never leaves the master, and is mapped to `{}`", field.to);
                    self.note(
                        &path("from"),
                        what,
                        Some("take it out of here, or out of `governance.excluded`".to_owned()),
                    );
                }
            }
            for (at, property) in mapping.kept_by_copy.iter().enumerate() {
                let path = [here[0], here[1], Key("kept_by_copy"), Item(at)];
                self.property(&mapping.object, property, &path);
                if mapping.fields.iter().any(|field| field.to == *property) {
                    let what = format!("`{property}` is mapped: its field says who owns it");
                    self.note(&path, what, None);
                }
            }
        }
    }

    fn figures(&mut self) {
        let Contract { source_api, reliability, freshness, .. } = self.contract;
        let zero = |what: &str| format!("`{what}` is at least 1");
        if source_api.batch.max == 0 {
            self.note(&[Key("source_api"), Key("batch"), Key("max")], zero("max"), None);
        }
        if source_api.batch.used_from == 0 {
            self.note(&[Key("source_api"), Key("batch"), Key("used_from")], zero("used_from"), None);
        }
        if source_api.backoff.longest < source_api.backoff.at_least {
            let path = [Key("source_api"), Key("backoff"), Key("longest")];
            self.note(&path, "the longest wait is shorter than the least".to_owned(), None);
        }
        if source_api.token.renewed_at > 100 {
            let path = [Key("source_api"), Key("token"), Key("renewed_at")];
            self.note(&path, "a percentage is at most 100".to_owned(), None);
        }
        if reliability.attempts == 0 {
            self.note(&[Key("reliability"), Key("attempts")], zero("attempts"), None);
        }
        for (at, status) in reliability.permanent.iter().enumerate() {
            if !(400..500).contains(status) || *status == 429 || *status == 401 {
                let what = format!("{status} is not a refusal for good: a repetition may help");
                self.note(&[Key("reliability"), Key("permanent"), Item(at)], what, None);
            }
        }
        if freshness.share == 0 || freshness.share > 100 {
            self.note(&[Key("freshness"), Key("share")], "a percentage is 1 to 100".to_owned(), None);
        }
    }

    fn consent(&mut self) {
        let Some(consent) = &self.contract.governance.consent else { return };
        let path = |key| [Key("governance"), Key("consent"), Key(key)];
        self.object(&consent.object, &path("object"));
        self.property(&consent.object, &consent.opt_out, &path("opt_out"));
    }

    fn object(&mut self, name: &str, path: &[To<'_>]) {
        let known = || self.contract.objects.iter().map(|object| object.name.as_str());
        if known().all(|known| known != name) {
            let meant = nearest(name, known()).map(|meant| format!("did you mean `{meant}`?"));
            self.note(path, format!("there is no object `{name}`"), meant);
        }
    }

    fn property(&mut self, object: &str, name: &str, path: &[To<'_>]) {
        let object = self.contract.objects.iter().find(|known| known.name == object);
        let of_hubspot = self.contract.topology.copy.system == SystemName::Hubspot;
        let Some(object) = object.filter(|_| of_hubspot) else { return };
        let Some(known) = sim::hubspot_properties(&object.copy.record_type) else { return };
        if !known.contains(&name) {
            let meant = nearest(name, known).map(|meant| format!("did you mean `{meant}`?"));
            self.note(path, format!("{} have no property `{name}`", object.copy.record_type), meant);
        }
    }
}

//! What a contract's form cannot say: that its names name something, and that its figures make sense.

use sim::{HubspotPortal, OrdsTable, SystemName};

use super::fault::Fault;
use super::model::{Contract, Transform};
use super::tree::Node;
use sim::nearest;

/// A contract, its text, and what was found.
pub(super) struct Check<'a> {
    pub(super) contract: &'a Contract,
    /// The master's tables, where it is known which it has.
    pub(super) tables: Option<&'a [OrdsTable]>,
    /// The portal, where it is another than a new one.
    pub(super) portal: Option<&'a HubspotPortal>,
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

impl<'a> Check<'a> {
    pub(super) fn all(mut self) -> Vec<Fault> {
        self.objects();
        self.mappings();
        self.figures();
        self.consent();
        self.tables();
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
                && self.properties_of(&object.copy.record_type).is_none()
            {
                let known: Vec<&str> = match self.portal {
                    Some(portal) => portal.object_types(),
                    None => sim::hubspot_object_types(),
                };
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
        if source_api.error_share == 0 || source_api.error_share > 100 {
            let path = [Key("source_api"), Key("error_share")];
            self.note(&path, "a percentage is 1 to 100".to_owned(), None);
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

    /// The master's own names: of its tables, and of their columns wherever one is named.
    fn tables(&mut self) {
        let contract = self.contract;
        let Some(tables) = self.tables.filter(|_| contract.topology.master.system == SystemName::Ords) else { return };
        for (place, object) in contract.objects.iter().enumerate() {
            let here = [Key("objects"), Item(place)];
            let name = &object.master.record_type;
            if tables.iter().all(|table| table.name() != name) {
                let known: Vec<_> = tables.iter().map(OrdsTable::name).collect();
                let meant = nearest(name, known.iter().copied());
                let mend = meant
                    .map_or(format!("known are: {}", known.join(", ")), |meant| format!("did you mean `{meant}`?"));
                let path = [here[0], here[1], Key("master"), Key("type")];
                self.note(&path, format!("the master has no table `{name}`"), Some(mend));
                continue;
            }
            self.column(&object.name, &object.master.id, &[here[0], here[1], Key("master"), Key("id")]);
            for (at, only) in object.only.iter().enumerate() {
                let path = [here[0], here[1], Key("only"), Item(at), Key("column")];
                self.column(&object.name, &only.column, &path);
            }
        }
        for (place, mapping) in contract.mapping.iter().enumerate() {
            let here = [Key("mapping"), Item(place)];
            for (name, key) in [("key", Some(&mapping.keys.key)), ("fallback", mapping.keys.fallback.as_ref())] {
                let Some(key) = key else { continue };
                let path = [here[0], here[1], Key("match"), Key(name), Key("column")];
                self.column(&mapping.object, &key.column, &path);
            }
            for (at, field) in mapping.fields.iter().enumerate() {
                for (of, column) in field.from.names().iter().enumerate() {
                    let path = [here[0], here[1], Key("fields"), Item(at), Key("from"), Item(of)];
                    self.column(&mapping.object, column, &path);
                }
            }
            for (at, column) in mapping.kept_by_master.iter().enumerate() {
                self.column(&mapping.object, column, &[here[0], here[1], Key("kept_by_master"), Item(at)]);
            }
        }
        if let Some(consent) = &contract.governance.consent {
            self.column(&consent.object, &consent.column, &[Key("governance"), Key("consent"), Key("column")]);
        }
        for (at, column) in contract.governance.excluded.iter().enumerate() {
            let mut known = contract.objects.iter().filter_map(|object| self.table_of(&object.name)).peekable();
            if known.peek().is_none() || known.clone().any(|table| table.columns().any(|known| known == column)) {
                continue;
            }
            let meant = nearest(column, known.flat_map(OrdsTable::columns));
            let mend = meant.map(|meant| format!("did you mean `{meant}`?"));
            let what = format!("no table of the contract has a column `{column}`");
            self.note(&[Key("governance"), Key("excluded"), Item(at)], what, mend);
        }
    }

    fn table_of(&self, object: &str) -> Option<&OrdsTable> {
        let object = self.contract.objects.iter().find(|known| known.name == object)?;
        self.tables?.iter().find(|table| table.name() == object.master.record_type)
    }

    fn column(&mut self, object: &str, name: &str, path: &[To<'_>]) {
        let Some(table) = self.table_of(object) else { return };
        if table.columns().any(|known| known == name) {
            return;
        }
        let mend = nearest(name, table.columns()).map(|meant| format!("did you mean `{meant}`?"));
        let what = format!("{} has no column `{name}`", table.name());
        self.note(path, what, mend);
    }

    fn object(&mut self, name: &str, path: &[To<'_>]) {
        let known = || self.contract.objects.iter().map(|object| object.name.as_str());
        if known().all(|known| known != name) {
            let meant = nearest(name, known()).map(|meant| format!("did you mean `{meant}`?"));
            self.note(path, format!("there is no object `{name}`"), meant);
        }
    }

    /// The names of a type's properties, where HubSpot has the type.
    fn properties_of(&self, record_type: &str) -> Option<Vec<&'a str>> {
        match self.portal {
            Some(portal) => portal.properties(record_type),
            None => sim::hubspot_properties(record_type),
        }
    }

    fn property(&mut self, object: &str, name: &str, path: &[To<'_>]) {
        let object = self.contract.objects.iter().find(|known| known.name == object);
        let of_hubspot = self.contract.topology.copy.system == SystemName::Hubspot;
        let Some(object) = object.filter(|_| of_hubspot) else { return };
        let Some(known) = self.properties_of(&object.copy.record_type) else { return };
        if !known.contains(&name) {
            let meant = nearest(name, known).map(|meant| format!("did you mean `{meant}`?"));
            self.note(path, format!("{} have no property `{name}`", object.copy.record_type), meant);
        }
    }
}

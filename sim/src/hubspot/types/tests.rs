//! What the files in `objects/` must hold, and what is computed from a record.

use std::borrow::Cow;

use super::*;
use crate::Moment;
use crate::hubspot::record::Source;

fn contacts() -> ObjectType {
    ObjectType::parse(include_str!("../objects/contacts.yaml")).expect("contacts.yaml is a type file")
}

#[test]
fn contacts_have_the_properties_that_the_fact_sheet_names() {
    let contacts = contacts();
    // facts/hubspot-crm.md §2.3, §2.5, §2.6, §3
    let named = "createdate email firstname hs_object_id lastmodifieddate lastname hs_all_contact_vids hs_email_domain \
         hs_full_name_or_email hs_is_contact hs_is_unworked lifecyclestage hs_lifecyclestage_lead_date hs_pipeline \
         hs_object_source hs_object_source_label hs_object_source_id num_notes phone mobilephone fax company \
         hs_additional_emails hs_marketable_until_renewal hs_merged_object_ids hs_email_optout hs_lead_status \
         hubspot_owner_id hs_searchable_calculated_phone_number";
    for name in named.split_whitespace() {
        assert!(contacts.find(name).is_some(), "{name}");
    }
    let names = |ids: &[PropertyId]| -> Vec<_> { ids.iter().map(|id| contacts.property(*id).name.as_str()).collect() };
    assert_eq!(
        names(&contacts.defaults),
        ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]
    );
    assert_eq!(names(&contacts.always), ["createdate", "hs_object_id", "lastmodifieddate"]);
}

#[test]
fn an_enumeration_has_options_unless_they_come_from_elsewhere() {
    for of in ObjectType::standard() {
        for property in &of.properties {
            let Property { name, kind, options, read_only, on_create, about, .. } = property;
            let name = format!("{}.{name}", of.name);
            let elsewhere = read_only.is_some() || about.external_options;
            assert!(*kind != Kind::Enumeration || elsewhere || !options.is_empty(), "{name} has no options");
            assert!(matches!(kind, Kind::Enumeration | Kind::Bool) || options.is_empty(), "{name} has options");
            let mut values: Vec<_> = options.iter().map(|choice| &choice.value).collect();
            values.sort();
            values.dedup();
            assert_eq!(values.len(), options.len(), "{name} has an option twice");
            if *kind == Kind::Enumeration && !about.external_options {
                assert!(
                    on_create.as_ref().is_none_or(|value| values.contains(&value)),
                    "{name} starts as none of its options"
                );
            }
        }
    }
}

#[test]
fn types_go_by_names_that_no_other_has() {
    let all = ObjectType::standard();
    for (place, of) in all.iter().enumerate() {
        let others = all.iter().enumerate().filter(|(other, _)| *other != place);
        for (_, other) in others {
            for name in [&of.name, &of.singular, &of.type_id] {
                assert!(!other.is_called(name), "{name} is {} and {}", of.name, other.name);
            }
        }
        assert!(!of.labels.plural.is_empty() && !of.groups.is_empty() && !of.scopes.read.is_empty(), "{}", of.name);
    }
}

#[test]
fn what_a_value_is_computed_from_is_there() {
    for of in ObjectType::standard() {
        for property in &of.properties {
            let Some(computed) = &property.computed else { continue };
            for name in computed.sources() {
                assert!(of.find(name).is_some(), "{}.{} comes from {name}", of.name, property.name);
            }
        }
    }
}

#[test]
fn a_stage_is_dated_by_the_last_time_it_was_entered() {
    let contacts = contacts();
    let source = Source::CrmUi;
    let stage = contacts.find("lifecyclestage").expect("defined");
    let mut record = Record::created(&contacts, 7, Moment(0), 1, source, Vec::new());
    for (at, text) in [(1_000, "lead"), (2_000, "customer"), (3_000, ""), (4_500, "lead")] {
        record.set(&contacts, Value { property: stage, at: Moment(at), source, text: text.into() });
    }
    let read = |name: &str| contacts.value(&record, contacts.find(name).expect("defined")).map(Cow::into_owned);
    assert_eq!(read("hs_lifecyclestage_lead_date").as_deref(), Some("1970-01-01T00:00:04.500Z"));
    assert_eq!(read("hs_lifecyclestage_customer_date").as_deref(), Some("1970-01-01T00:00:02Z"));
    assert_eq!(read("hs_lifecyclestage_other_date"), None);
}

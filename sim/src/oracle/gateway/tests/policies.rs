//! Every member of the vendor's model that is not enforced, in one specification: each is named with its
//! place, and a member that is added to the model has to stand here too.

use std::collections::BTreeSet;

use miette::Diagnostic as _;

use super::super::model::Standing;
use super::super::{Deployment, Reason, model};

const TEXT: &str = include_str!("every-policy.json");

#[test]
fn each_policy_beyond_is_named_with_its_place() {
    let error = Deployment::load("every-policy.json", "/p", TEXT).unwrap_err();
    let told: Vec<_> = error.findings().iter().map(|finding| (finding.pointer.as_str(), &finding.reason)).collect();
    let tls: Vec<_> = told.iter().filter(|(_, reason)| **reason == Reason::Tls).map(|(pointer, _)| *pointer).collect();
    assert_eq!(tls, ["/routes/1/backend/url"]);
    let not_yet = |members: &model::Model| -> BTreeSet<&str> {
        members.iter().filter(|(_, standing)| *standing == Standing::NotYet).map(|(name, _)| *name).collect()
    };
    let named = |parent: &str| -> BTreeSet<&str> {
        told.iter()
            .filter_map(|(pointer, _)| pointer.rsplit_once('/'))
            .filter(|(above, _)| *above == parent)
            .map(|(_, name)| name)
            .collect()
    };
    assert_eq!(named("/requestPolicies"), not_yet(model::REQUEST_POLICIES));
    let route = &named("/routes/0/requestPolicies") | &named("/routes/1/requestPolicies");
    assert_eq!(route, not_yet(model::ROUTE_REQUEST_POLICIES));
    assert_eq!(named("/routes/1/responsePolicies"), not_yet(model::ROUTE_RESPONSE_POLICIES));
    let backends = told.iter().filter(|(pointer, _)| pointer.ends_with("/backend/type")).count();
    assert_eq!(backends, model::BACKENDS_NOT_YET.len());
    assert_eq!(told.len(), 1 + 5 + 8 + 2 + 4, "nothing else is wrong with it: {error:?}");

    for (label, finding) in error.labels().unwrap().zip(error.findings()) {
        assert!(finding.place.is_some(), "{finding}");
        let marked = &TEXT[label.offset()..label.offset() + label.len()];
        let key = finding.pointer.rsplit('/').next().unwrap();
        match key {
            "url" => assert!(marked.starts_with("\"https://"), "{finding}"),
            "type" => assert!(marked.ends_with("_BACKEND\""), "{finding}"),
            _ => assert_eq!(marked, format!("{key:?}"), "{finding}"),
        }
    }
}

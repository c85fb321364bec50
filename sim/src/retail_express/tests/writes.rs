//! POST and PUT: what they keep, what they ignore, what they refuse.

use http::Method;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::Desk;
use crate::retail_express::customer_of;
use crate::world::seeded::People;
use crate::{Moment, Seed};

fn create(desk: &mut Desk, body: &Value) -> Value {
    let answer = desk.call(Method::POST, "/v2.1/customers", &body.to_string());
    assert_eq!((answer.status, answer.took_effect), (200, true), "{answer}");
    answer.json()
}

fn full() -> Value {
    json!({
        "first_name": "Mika", "last_name": "Sample", "email": "mika@example.test", "mobile": "+61400000000",
        "date_of_birth": "1999-04-30", "customer_type": {"id": 5, "name": "type1"}, "home_outlet": {"id": 3},
        "marketing": {"receive_email": true, "receive_post": true},
        "price_groups": [{"id": 1, "name": "name1", "type": "Standard"}],
        "billing_address": {"suburb": "Sydney", "state": "NSW", "postcode": "2000", "country": "Australia"},
        "delivery_addresses": [{"default": true, "suburb": "Manly"}],
        "account_customer": {"enabled": true, "credit_limit": 100, "credit_remaining": 10},
        "loyalty_program": {"enabled": true, "points_available": 999},
        // The system's own, and a stranger.
        "id": 1, "customer_number": "X", "total_payments": 5, "created_on": "2001-01-01T00:00:00Z", "nickname": "M",
    })
}

#[test]
fn a_created_customer_reads_back_the_same_with_the_systems_members_its_own() {
    let mut desk = Desk::new();
    let created = create(&mut desk, &full());
    assert_json_snapshot!(created, @r#"
    {
      "id": 78439,
      "customer_number": "1-78439",
      "first_name": "Mika",
      "last_name": "Sample",
      "company": null,
      "abn": null,
      "acn": null,
      "email": "mika@example.test",
      "phone": null,
      "mobile": "+61400000000",
      "fax": null,
      "website": null,
      "date_of_birth": "1999-04-30",
      "date_of_birth_withheld": false,
      "customer_type": {
        "id": 5,
        "name": "type1"
      },
      "home_outlet": {
        "id": 3,
        "name": "Melbourne",
        "modified_on": "2024-07-01T00:00:00+10:00"
      },
      "marketing": {
        "receive_email": true,
        "receive_post": true,
        "receive_sms": false
      },
      "price_groups": [
        {
          "id": 1,
          "name": "name1",
          "type": "Standard"
        }
      ],
      "billing_address": {
        "first_name": null,
        "last_name": null,
        "address_line1": null,
        "address_line2": null,
        "suburb": "Sydney",
        "state": "NSW",
        "postcode": "2000",
        "country": "Australia",
        "country_code": null
      },
      "delivery_addresses": [
        {
          "id": 65187,
          "default": true,
          "modified_on": "2026-11-20T11:00:00+11:00",
          "first_name": null,
          "last_name": null,
          "company": null,
          "phone": null,
          "mobile": null,
          "address_line1": null,
          "address_line2": null,
          "suburb": "Manly",
          "state": null,
          "postcode": null,
          "country": null,
          "country_code": null
        }
      ],
      "loyalty_program": {
        "enabled": true,
        "auto_price_group": false,
        "points_to_date": 0,
        "points_redeemed": 0,
        "points_available": 0
      },
      "account_customer": {
        "enabled": true,
        "payment_terms": null,
        "credit_limit": 100,
        "credit_blocked": false,
        "credit_remaining": 100
      },
      "survey_responses": [],
      "sales_channels": [],
      "export_to_web": false,
      "custom_reference": null,
      "total_transactions": 0,
      "total_payments": 0,
      "created_on": "2026-11-20T11:00:00+11:00",
      "modified_on": "2026-11-20T11:00:00+11:00"
    }
    "#);
    let target = format!("/v2/customers/{}", created["id"]);
    assert_eq!(desk.get(&target).json(), created);

    let again = create(&mut desk, &full());
    assert_ne!(again["id"], created["id"], "nothing makes a repeated POST one");
}

#[test]
fn an_update_leaves_alone_what_it_does_not_name() {
    let mut desk = Desk::new();
    let before = create(&mut desk, &full());
    let target = format!("/v2.1/customers/{}", before["id"]);
    desk.at = desk.at.plus(30 * 60_000);
    let body = json!({
        "email": null, "first_name": "Mia", "company": "", "id": 7, "customer_number": "Y",
        "marketing": {"receive_sms": true},
        "loyalty_program": {"auto_price_group": true, "points_to_date": 3},
        "price_groups": [],
        "delivery_addresses": [
            {"id": before["delivery_addresses"][0]["id"], "suburb": "Mosman"}, {"id": 1, "suburb": "Avalon"},
        ],
    });
    let answer = desk.call(Method::PUT, &target, &body.to_string());
    assert_eq!((answer.status, answer.took_effect), (200, true));
    let after = answer.json();
    assert_eq!(desk.get(&target).json(), after);

    let mut expected = before.clone();
    expected["email"] = Value::Null;
    expected["first_name"] = json!("Mia");
    expected["company"] = json!("");
    expected["marketing"] = json!({"receive_email": false, "receive_post": false, "receive_sms": true});
    expected["loyalty_program"]["enabled"] = json!(false);
    expected["loyalty_program"]["auto_price_group"] = json!(true);
    expected["price_groups"] = json!([]);
    expected["modified_on"] = json!("2026-11-20T11:30:00+11:00");
    let addresses = after["delivery_addresses"].as_array().unwrap();
    assert_eq!(addresses[0]["id"], before["delivery_addresses"][0]["id"]);
    assert_ne!(addresses[1]["id"], json!(1), "an id that was not this customer's is not taken over");
    assert_eq!([&addresses[0]["suburb"], &addresses[1]["suburb"]], ["Mosman", "Avalon"]);
    expected["delivery_addresses"] = after["delivery_addresses"].clone();
    assert_eq!(after, expected);
}

#[test]
fn refused_bodies_say_which_member_and_change_nothing() {
    let mut desk = Desk::new();
    let id = create(&mut desk, &full())["id"].clone();
    let before = desk.get(&format!("/v2.1/customers/{id}")).json();
    for (body, member) in [
        ("", ""),
        ("{", "$"),
        ("[]", "$"),
        (r#"{"first_name":5}"#, "$.first_name"),
        (r#"{"email":"mika"}"#, "email"),
        (r#"{"email":"@example.test"}"#, "email"),
        (r#"{"email":"a@b@c"}"#, "email"),
        (r#"{"date_of_birth":"30/04/1999"}"#, "$.date_of_birth"),
        (r#"{"date_of_birth":"1999-02-30"}"#, "$.date_of_birth"),
        (r#"{"marketing":{"receive_email":"yes"}}"#, "$.marketing.receive_email"),
        (r#"{"marketing":[]}"#, "$.marketing"),
        (r#"{"home_outlet":{"id":99}}"#, "home_outlet.id"),
        (r#"{"home_outlet":{"name":"Sydney"}}"#, "home_outlet.id"),
        (r#"{"price_groups":[{"id":1,"type":"Other"}]}"#, "$.price_groups[0].type"),
        (r#"{"delivery_addresses":{}}"#, "$.delivery_addresses"),
        (r#"{"delivery_addresses":[1]}"#, "$.delivery_addresses[0]"),
        (r#"{"account_customer":{"payment_terms":3000000000}}"#, "$.account_customer.payment_terms"),
    ] {
        for (method, target) in
            [(Method::POST, "/v2.1/customers".to_owned()), (Method::PUT, format!("/v2.1/customers/{id}"))]
        {
            let answer = desk.call(method, &target, body);
            assert_eq!((answer.status, answer.took_effect), (400, false), "{body}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json; charset=utf-8"));
            let errors = answer.json()["errors"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(errors, [member], "{body}");
        }
    }
    assert_eq!(desk.state.customers().len(), 1);
    assert_eq!(desk.get(&format!("/v2.1/customers/{id}")).json(), before);
}

#[test]
fn the_services_refusals_are_problem_details() {
    let mut desk = Desk::new();
    let body = r#"{"email":"mika","first_name":5}"#;
    assert_snapshot!(desk.call(Method::POST, "/v2.1/customers", body), @r#"
    400
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.1","title":"One or more validation errors occurred.","status":400,"traceId":"00-cd7e78a5895ad043b2c935281d71ef55-4eadaafb3aac6a88-00","errors":{"$.first_name":["The JSON value could not be converted to System.String. Path: $.first_name."],"email":["The email field is not a valid e-mail address."]}}
    "#);
    assert_snapshot!(desk.get("/v2.1/customers/1"), @r#"
    404
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.4","title":"Not Found","status":404,"traceId":"00-c1bb02d53d367919fa8178f2c1fb01da-9b11379cff9c2e0e-00"}
    "#);
    assert_snapshot!(desk.call(Method::PUT, "/v2.1/customers/1", "{}"), @r#"
    404
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.4","title":"Not Found","status":404,"traceId":"00-b7d3820d733c830e19f1ace30bd9eacc-efbf445b0b10a287-00"}
    "#);
    assert_snapshot!(desk.get("/v2.1/customers/abc"), @r#"
    400
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.1","title":"One or more validation errors occurred.","status":400,"traceId":"00-3db847dc0f8224e55bce33c2d55c35b1-a461ba195520412a-00","errors":{"id":["The value 'abc' is not valid."]}}
    "#);
    assert_snapshot!(desk.get("/v2.1/customers?modified_since=yesterday"), @r#"
    400
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.1","title":"One or more validation errors occurred.","status":400,"traceId":"00-0aefedf7300e9f820a16ef08817eacfe-0e73537c640946b2-00","errors":{"modified_since":["The value 'yesterday' is not valid for modified_since."]}}
    "#);

    let (key, bearer) = (desk.system.credentials.api_key.clone(), format!("Bearer {}", desk.token));
    let no_type = [("x-api-key", &*key), ("authorization", &*bearer)];
    assert_snapshot!(desk.raw(Method::POST, "/v2.1/customers", &no_type, "{}"), @r#"
    415
    content-type: application/problem+json; charset=utf-8
    {"type":"https://tools.ietf.org/html/rfc7231#section-6.5.13","title":"Unsupported Media Type","status":415,"traceId":"00-fb6c5766a7af573da7e8556af31760d2-bca308e92e6cc5c7-00"}
    "#);
}

#[test]
fn stamps_are_sydney_time_on_both_sides_of_the_clock_change() {
    let mut desk = Desk::new();
    for (at, shown) in [
        ("2026-10-03T15:59:59.999Z", "2026-10-04T01:59:59+10:00"),
        ("2026-10-03T16:00:00Z", "2026-10-04T03:00:00+11:00"),
        ("2027-04-03T15:30:00Z", "2027-04-04T02:30:00+11:00"),
        ("2027-04-03T16:30:00Z", "2027-04-04T02:30:00+10:00"),
    ] {
        desk.at = at.parse().unwrap();
        desk.token = desk.system.credentials.issue(1, desk.at, desk.at.plus(1_000), &mut desk.tokens);
        let created = create(&mut desk, &json!({}));
        assert_eq!((&created["created_on"], &created["modified_on"]), (&json!(shown), &json!(shown)));
    }
}

#[test]
fn the_tester_puts_in_whole_records_or_none() {
    let mut desk = Desk::new();
    let people = People::new(Seed(7));
    let records: Vec<Value> = (0..3).map(|n| customer_of(&people.person(n), Moment::START)).collect();
    assert_eq!(desk.put_records(&records), Ok(3));
    let (total, listed) = desk.system.list_records(&desk.state, "customers", 1, 5).unwrap();
    assert_eq!((total, listed.len()), (3, 2));
    assert_eq!(listed[0]["email"], json!(people.person(1).email));
    assert_eq!(listed[0]["home_outlet"]["id"], json!(people.person(1).boutique + 1));
    assert!(listed[0]["created_on"].as_str().unwrap() < "2026-11-20");

    let replaced = json!({"id": listed[0]["id"], "total_payments": 12.5, "modified_on": null});
    assert_eq!(desk.put_records(&[replaced, json!({"id": 9, "last_name": "Low"})]), Ok(2));
    let (total, listed) = desk.system.list_records(&desk.state, "customers", 0, 5).unwrap();
    assert_eq!((total, &listed[0]["id"], &listed[0]["customer_number"]), (4, &json!(9), &json!("1-9")));
    assert_eq!((&listed[2]["total_payments"], &listed[2]["modified_on"]), (&json!(12.5), &Value::Null));

    let refused = desk.put_records(&[json!({}), json!({"home_outlet": {"id": 99}})]).unwrap_err();
    assert!(refused.contains("record 1") && refused.contains("home_outlet.id"), "{refused}");
    assert_eq!(desk.state.customers().len(), 4);
    assert!(desk.system.list_records(&desk.state, "orders", 0, 5).is_none());
}

#[test]
fn a_copy_of_the_state_shares_no_later_write() {
    let mut desk = Desk::new();
    create(&mut desk, &full());
    let fork = desk.state.clone();
    create(&mut desk, &full());
    assert_eq!((fork.customers().len(), desk.state.customers().len()), (1, 2));
}

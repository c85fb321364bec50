//! Every type of rule, on values that keep it and values that do not (the docs' table of rules).

use super::{Check, RuleType, held};
use crate::Moment;

/// 2026-11-20T12:00:00Z, a Friday.
const NOW: Moment = Moment(1_795_176_000_000);

/// A type and its arguments, values that keep it, values that do not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

fn check(kind: &str, arguments: &[&str], normalize: Option<bool>) -> Result<Check, &'static str> {
    Check::new(RuleType::parse(kind).unwrap(), arguments.iter().map(|text| (*text).into()).collect(), normalize)
}

#[test]
fn each_rule_keeps_what_it_should() {
    let cases: &[Case] = &[
        ("ALPHANUMERIC", &["ALPHA_ONLY"], &["Kim", "Zoë"], &["Kim2", "Kim Lee", "a-b"]),
        ("ALPHANUMERIC", &["NUMERIC_ONLY"], &["007"], &["7a", "7.0"]),
        ("ALPHANUMERIC", &["ALPHANUMERIC"], &["a7"], &["a-7", "a 7"]),
        ("FORMAT", &["UPPER"], &["AB 1"], &["Ab"]),
        ("FORMAT", &["LOWER"], &["ab 1"], &["aB"]),
        ("FORMAT", &["CAPITALIZATION"], &["Kim Lee", "McX"], &["kim Lee", "Kim lee"]),
        ("MAX_LENGTH", &["3"], &["äöü"], &["abcd"]),
        ("MIN_LENGTH", &["3"], &["äöü"], &["ab"]),
        ("REGEX", &["^[A-Z]+$", "Must be uppercase"], &["AB"], &["Ab", ""]),
        ("SPECIAL_CHARACTERS", &["NOT_ALLOWED"], &["Kim 2"], &["Kim!", "a_b"]),
        ("WHITESPACE", &[], &["ab"], &["a b", " ab"]),
        ("WHITESPACE", &["TRIM"], &["a b"], &[" ab", "ab "]),
        ("MAX_NUMBER", &["99.99"], &["99.99", "-5"], &["100"]),
        ("MIN_NUMBER", &["-10.5"], &["-10.5", "0"], &["-11"]),
        ("DECIMAL", &["2"], &["1", "1.25"], &["1.255"]),
        ("START_DATE", &["1640995200000"], &["2022-01-01"], &["2021-12-31"]),
        ("END_DATE", &["1640995200000"], &["2022-01-01"], &["2022-01-02"]),
        ("START_DATETIME", &["1640995200000"], &["2022-01-01T00:00:00Z"], &["2021-12-31T23:59:59.999Z"]),
        ("END_DATETIME", &["1640995200000"], &["2022-01-01T00:00:00Z"], &["2022-01-01T00:00:00.001Z"]),
        ("AFTER_DURATION", &["P7D"], &["2026-11-27"], &["2026-11-26"]),
        ("BEFORE_DURATION", &["P30D"], &["2026-10-21"], &["2026-10-22"]),
        ("AFTER_DATETIME_DURATION", &["P1Y"], &["2027-11-20T12:00:00Z"], &["2027-11-20T11:59:59Z"]),
        ("BEFORE_DATETIME_DURATION", &["P1M"], &["2026-10-20T12:00:00Z"], &["2026-10-20T12:00:01Z"]),
        ("DAYS_OF_WEEK", &["MONDAY", "FRIDAY"], &["2026-11-20", "2026-11-23T23:00:00Z"], &["2026-11-21"]),
        ("DOMAIN", &[], &["example.com"], &["example", "ex ample.com", "-a.com"]),
        ("EMAIL", &[], &["kim@example.com"], &["kim@example", "kim"]),
        ("EMAIL_ALLOWED_DOMAINS", &["example.com"], &["k@example.com", "k@Mail.Example.com"], &["k@example.org"]),
        ("EMAIL_BLOCKED_DOMAINS", &["example.com"], &["k@notexample.com"], &["k@example.com", "k"]),
        ("URL", &[], &["https://example.com/a?b", "example.com:80"], &["ftp://example.com", "https://a b.com", "x"]),
        ("URL_ALLOWED_DOMAINS", &["example.com"], &["https://www.example.com"], &["https://example.org"]),
        ("URL_BLOCKED_DOMAINS", &["spam.com"], &["https://example.org"], &["http://spam.com/x"]),
        (
            "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE",
            &[],
            &["+61 491 570 006"],
            &["0491570006", "+61 4", "+999 1234567"],
        ),
        ("PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", &["us"], &["+1 (202) 555-0100"], &["+61491570006"]),
    ];
    for (kind, arguments, fine, bad) in cases {
        let checks = [check(kind, arguments, None).unwrap()];
        for value in *fine {
            assert_eq!(held(&checks, (*value).into(), NOW).unwrap(), *value, "{kind} {arguments:?}");
        }
        for value in *bad {
            assert!(held(&checks, (*value).into(), NOW).is_err(), "{kind} {arguments:?} let `{value}` through");
        }
    }
    let named: std::collections::BTreeSet<_> = cases.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(named.len(), RuleType::ALL.len(), "each type of rule is tried");
}

#[test]
fn arguments_that_are_not_the_rules_own_are_refused() {
    for (kind, arguments) in [
        ("ALPHANUMERIC", &["LETTERS"][..]),
        ("ALPHANUMERIC", &[]),
        ("FORMAT", &["UPPER", "LOWER"]),
        ("MIN_LENGTH", &["few"]),
        ("REGEX", &[]),
        ("REGEX", &["(", "said"]),
        ("SPECIAL_CHARACTERS", &["ALLOWED"]),
        ("WHITESPACE", &["NONE"]),
        ("MAX_NUMBER", &["NaN"]),
        ("START_DATE", &["2022-01-01"]),
        ("AFTER_DURATION", &["7 days"]),
        ("DAYS_OF_WEEK", &[]),
        ("DAYS_OF_WEEK", &["Monday"]),
        ("DOMAIN", &["example.com"]),
        ("EMAIL_ALLOWED_DOMAINS", &[]),
        ("URL_BLOCKED_DOMAINS", &["no domain"]),
        ("PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", &["US"]),
    ] {
        assert!(check(kind, arguments, None).is_err(), "{kind} {arguments:?}");
    }
    assert!(RuleType::parse("NONE").is_none());
}

#[test]
fn a_value_is_brought_into_form_where_the_rule_says_so() {
    for (kind, arguments, value, want) in [
        ("FORMAT", &["UPPER"][..], "ab", "AB"),
        ("FORMAT", &["LOWER"], "AB", "ab"),
        ("FORMAT", &["CAPITALIZATION"], "kim lee", "Kim Lee"),
        ("WHITESPACE", &[], " a b ", "ab"),
        ("WHITESPACE", &["TRIM"], " a b ", "a b"),
    ] {
        let checks = [check(kind, arguments, Some(true)).unwrap()];
        assert_eq!(held(&checks, value.into(), NOW).unwrap(), want, "{kind} {arguments:?}");
    }
}

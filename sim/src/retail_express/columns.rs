//! The names by which a list can be filtered and ordered, and the values behind them.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::Date;

use super::fields::{CUSTOMER, Field, Kind};
use super::record::{Record, Slot};
use super::routes::Version;
use crate::Moment;

/// Where a named value is found in a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Member(usize),
    /// A member of a nested object, or of the first row of a nested list.
    Nested(usize, usize),
    FullName,
}

/// A value that can be compared. Nothing comes before everything.
#[derive(Debug)]
pub(crate) enum Key<'a> {
    Nothing,
    Flag(bool),
    Whole(i64),
    Amount(f64),
    Text(Cow<'a, str>),
    Date(Date),
    Instant(Moment),
}

/// Flat names of nested members: the flat name, the object or list, the member in it.
#[rustfmt::skip]
const NESTED: [(&str, &str, &str); 30] = [
    ("customer_type_id", "customer_type", "id"),
    ("customer_type_name", "customer_type", "name"),
    ("account_customer_enabled", "account_customer", "enabled"),
    ("account_customer_payment_terms", "account_customer", "payment_terms"),
    ("account_customer_credit_blocked", "account_customer", "credit_blocked"),
    ("account_customer_credit_limit", "account_customer", "credit_limit"),
    ("billing_address_line1", "billing_address", "address_line1"),
    ("billing_address_line2", "billing_address", "address_line2"),
    ("billing_address_suburb", "billing_address", "suburb"),
    ("billing_address_state", "billing_address", "state"),
    ("billing_address_postcode", "billing_address", "postcode"),
    ("billing_address_country", "billing_address", "country"),
    ("delivery_first_name", "delivery_addresses", "first_name"),
    ("delivery_last_name", "delivery_addresses", "last_name"),
    ("delivery_company", "delivery_addresses", "company"),
    ("delivery_address_line1", "delivery_addresses", "address_line1"),
    ("delivery_address_line2", "delivery_addresses", "address_line2"),
    ("delivery_suburb", "delivery_addresses", "suburb"),
    ("delivery_state", "delivery_addresses", "state"),
    ("delivery_postcode", "delivery_addresses", "postcode"),
    ("delivery_country", "delivery_addresses", "country"),
    ("delivery_phone", "delivery_addresses", "phone"),
    ("delivery_mobile", "delivery_addresses", "mobile"),
    ("loyalty_program_enabled", "loyalty_program", "enabled"),
    ("loyalty_points_available", "loyalty_program", "points_available"),
    ("loyalty_points_redeemed", "loyalty_program", "points_redeemed"),
    ("loyalty_points_to_date", "loyalty_program", "points_to_date"),
    ("receive_email", "marketing", "receive_email"),
    ("receive_post", "marketing", "receive_post"),
    ("receive_sms", "marketing", "receive_sms"),
];

/// What `order_by` may name, as far as the vendor's pages show it; the two stamps are what callers use.
#[rustfmt::skip]
const ORDER_V2: [&str; 13] = [
    "id", "customer_number", "email", "mobile", "first_name", "last_name", "company", "customer_type_name",
    "receive_email", "receive_post", "receive_sms", "created_on", "modified_on",
];

/// Without `loyalty_points_available_value`, whose worth in money is not simulated.
#[rustfmt::skip]
const ORDER_V2_1: [&str; 45] = [
    "id", "customer_number", "first_name", "last_name", "full_name", "company", "date_of_birth",
    "date_of_birth_withheld", "customer_type_name", "mobile", "phone", "email", "acn", "fax", "website",
    "account_customer_enabled", "account_customer_payment_terms", "account_customer_credit_blocked",
    "account_customer_credit_limit", "billing_address_line1", "billing_address_line2", "billing_address_suburb",
    "billing_address_state", "billing_address_postcode", "billing_address_country", "delivery_first_name",
    "delivery_last_name", "delivery_company", "delivery_address_line1", "delivery_address_line2",
    "delivery_suburb", "delivery_state", "delivery_postcode", "delivery_country", "delivery_phone",
    "delivery_mobile", "loyalty_program_enabled", "loyalty_points_available", "loyalty_points_redeemed",
    "loyalty_points_to_date", "receive_email", "receive_post", "receive_sms", "created_on", "modified_on",
];

/// What `order_by` may name.
pub(crate) const fn ordered_by(version: Version) -> &'static [&'static str] {
    match version {
        Version::V2 => &ORDER_V2,
        Version::V2_1 => &ORDER_V2_1,
    }
}

impl Column {
    /// The value of this name, where there is one that can be compared.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == "full_name" {
            return Some(Self::FullName);
        }
        if let Some(place) = position(CUSTOMER, name) {
            let scalar =
                !matches!(CUSTOMER[place].kind, Kind::Outlet | Kind::Object(_) | Kind::Link(_) | Kind::List(_));
            return scalar.then_some(Self::Member(place));
        }
        let (_, object, member) = NESTED.iter().find(|(flat, ..)| *flat == name)?;
        let object = position(CUSTOMER, object)?;
        Some(Self::Nested(object, position(members(CUSTOMER[object].kind), member)?))
    }

    /// The same, if `order_by` may name it in this version.
    pub(crate) fn ordering(name: &str, version: Version) -> Option<Self> {
        if ordered_by(version).contains(&name) { Self::named(name) } else { None }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Member(place) => CUSTOMER[place].kind,
            Self::Nested(object, member) => members(CUSTOMER[object].kind)[member].kind,
            Self::FullName => Kind::Text,
        }
    }

    pub(crate) fn of(self, record: &Record) -> Key<'_> {
        match self {
            Self::Member(place) => key(record.slot(place)),
            Self::Nested(object, member) => match record.slot(object) {
                Slot::Object(slots) => key(&slots[member]),
                Slot::List(rows) => rows.first().map_or(Key::Nothing, |slots| key(&slots[member])),
                _ => Key::Nothing,
            },
            Self::FullName => full_name(record).map_or(Key::Nothing, |name| Key::Text(name.into())),
        }
    }
}

fn position(members: &[Field], name: &str) -> Option<usize> {
    members.iter().position(|member| member.name == name)
}

fn members(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Object(members) | Kind::Link(members) | Kind::List(members) => members,
        _ => &[],
    }
}

const FIRST_NAME: usize = super::fields::place(CUSTOMER, "first_name");
const LAST_NAME: usize = super::fields::place(CUSTOMER, "last_name");

fn full_name(record: &Record) -> Option<String> {
    match (record.slot(FIRST_NAME), record.slot(LAST_NAME)) {
        (Slot::Text(first), Slot::Text(last)) => Some(format!("{first} {last}")),
        (Slot::Text(only), _) | (_, Slot::Text(only)) => Some(only.to_string()),
        _ => None,
    }
}

fn key(slot: &Slot) -> Key<'_> {
    match slot {
        Slot::Flag(flag) => Key::Flag(*flag),
        Slot::Whole(number) => Key::Whole(*number),
        Slot::Amount(number) => Key::Amount(*number),
        Slot::Text(text) => Key::Text(Cow::Borrowed(text)),
        Slot::Date(date) => Key::Date(*date),
        Slot::Instant(at) => Key::Instant(*at),
        Slot::Null | Slot::Object(_) | Slot::List(_) => Key::Nothing,
    }
}

impl Key<'_> {
    /// Order as a database without regard to case has it. Values of different kinds do not meet.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Key::Flag(a), Key::Flag(b)) => a.cmp(b),
            (Key::Whole(a), Key::Whole(b)) => a.cmp(b),
            (Key::Amount(a), Key::Amount(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => lower(a).cmp(lower(b)),
            (Key::Date(a), Key::Date(b)) => a.cmp(b),
            (Key::Instant(a), Key::Instant(b)) => a.cmp(b),
            (Key::Nothing, Key::Nothing) => Ordering::Equal,
            (Key::Nothing, _) => Ordering::Less,
            (_, Key::Nothing) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

pub(crate) fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

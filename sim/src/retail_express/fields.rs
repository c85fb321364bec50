//! The customer, member by member, in the order in which it is written (retail-express.md §5.1).

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Email,
    /// One of these words.
    Choice(&'static [&'static str]),
    Date,
    Instant,
    /// `false` where nothing was said.
    Flag,
    /// `null` where nothing was said.
    Whole,
    /// `0` where nothing was said.
    Count,
    /// `0.0` where nothing was said.
    Amount,
    /// Kept as the id of a boutique, shown with its name.
    Outlet,
    Object(&'static [Field]),
    /// An object, or `null` where none of its members was said.
    Link(&'static [Field]),
    List(&'static [Field]),
}

/// Who writes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Caller,
    /// Ignored in a caller's body.
    System,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) by: By,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, by: By::Caller }
}

const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

const fn flag(name: &'static str) -> Field {
    field(name, Kind::Flag)
}

const fn system(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, by: By::System }
}

pub(crate) const CUSTOMER: &[Field] = &[
    system("id", Kind::Whole),
    system("customer_number", Kind::Text),
    text("first_name"),
    text("last_name"),
    text("company"),
    text("abn"),
    text("acn"),
    field("email", Kind::Email),
    text("phone"),
    text("mobile"),
    text("fax"),
    text("website"),
    field("date_of_birth", Kind::Date),
    flag("date_of_birth_withheld"),
    field("customer_type", Kind::Link(&[field("id", Kind::Whole), text("name")])),
    field("home_outlet", Kind::Outlet),
    field("marketing", Kind::Object(&[flag("receive_email"), flag("receive_post"), flag("receive_sms")])),
    field("price_groups", Kind::List(PRICE_GROUP)),
    field("billing_address", Kind::Object(BILLING_ADDRESS)),
    field("delivery_addresses", Kind::List(DELIVERY_ADDRESS)),
    field("loyalty_program", Kind::Object(LOYALTY_PROGRAM)),
    field("account_customer", Kind::Object(ACCOUNT_CUSTOMER)),
    field("survey_responses", Kind::List(&[field("id", Kind::Whole), text("question"), text("answer")])),
    field("sales_channels", Kind::List(&[field("id", Kind::Whole), text("name")])),
    flag("export_to_web"),
    text("custom_reference"),
    system("total_transactions", Kind::Count),
    system("total_payments", Kind::Amount),
    system("created_on", Kind::Instant),
    system("modified_on", Kind::Instant),
];

const PRICE_GROUP: &[Field] =
    &[field("id", Kind::Whole), text("name"), field("type", Kind::Choice(&["Standard", "Fixed"]))];

const BILLING_ADDRESS: &[Field] = &[
    text("first_name"),
    text("last_name"),
    text("address_line1"),
    text("address_line2"),
    text("suburb"),
    text("state"),
    text("postcode"),
    text("country"),
    text("country_code"),
];

pub(crate) const DELIVERY_ADDRESS: &[Field] = &[
    field("id", Kind::Whole),
    flag("default"),
    system("modified_on", Kind::Instant),
    text("first_name"),
    text("last_name"),
    text("company"),
    text("phone"),
    text("mobile"),
    text("address_line1"),
    text("address_line2"),
    text("suburb"),
    text("state"),
    text("postcode"),
    text("country"),
    text("country_code"),
];

const LOYALTY_PROGRAM: &[Field] = &[
    flag("enabled"),
    flag("auto_price_group"),
    system("points_to_date", Kind::Amount),
    system("points_redeemed", Kind::Amount),
    system("points_available", Kind::Amount),
];

const ACCOUNT_CUSTOMER: &[Field] = &[
    flag("enabled"),
    field("payment_terms", Kind::Whole),
    field("credit_limit", Kind::Amount),
    flag("credit_blocked"),
    system("credit_remaining", Kind::Amount),
];

/// The place of a member that is known to exist: a wrong name fails the build.
pub(crate) const fn place(fields: &[Field], name: &str) -> usize {
    let mut at = 0;
    while at < fields.len() {
        if same(fields[at].name.as_bytes(), name.as_bytes()) {
            return at;
        }
        at += 1;
    }
    panic!("no such member")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

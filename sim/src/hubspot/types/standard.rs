//! The object types that every portal has, read once in a process.

use std::sync::{Arc, OnceLock};

use super::ObjectType;

macro_rules! objects {
    ($($name:literal,)*) => {
        [$(include_str!(concat!("../objects/", $name, ".yaml")),)*]
    };
}

/// In the order of their type ids.
const FILES: [&str; 23] = objects! {
    "contacts",
    "companies",
    "deals",
    "tickets",
    "products",
    "line_items",
    "quotes",
    "communications",
    "tasks",
    "notes",
    "meetings",
    "calls",
    "emails",
    "invoices",
    "subscriptions",
    "discounts",
    "fees",
    "taxes",
    "commerce_payments",
    "postal_mail",
    "orders",
    "leads",
    "carts",
};

/// What a type of an account's own has before anything is asked for.
const CUSTOM: &str = include_str!("../objects/custom.yaml");

impl ObjectType {
    /// The type that every one of an account's own begins as; it has no name yet.
    pub(crate) fn custom() -> Self {
        static TYPE: OnceLock<ObjectType> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
        TYPE.get_or_init(|| Self::parse(CUSTOM).expect("the embedded object type must be well formed")).clone()
    }

    pub(crate) fn standard() -> &'static [Arc<Self>] {
        static TYPES: OnceLock<Vec<Arc<ObjectType>>> = OnceLock::new();
        TYPES.get_or_init(|| {
            #[expect(clippy::expect_used, reason = "the embedded files are read by a test")]
            FILES
                .iter()
                .map(|text| Arc::new(Self::parse(text).expect("an embedded object type must be well formed")))
                .collect()
        })
    }
}

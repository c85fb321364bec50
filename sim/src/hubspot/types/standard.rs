//! The object types that every portal has, read once in a process.

use std::sync::{Arc, OnceLock};

use super::ObjectType;

macro_rules! objects {
    ($($name:literal,)*) => {
        [$(include_str!(concat!("../objects/", $name, ".yaml")),)*]
    };
}

const FILES: [&str; 8] = objects! {
    "contacts",
    "companies",
    "products",
    "quotes",
    "subscriptions",
    "discounts",
    "fees",
    "taxes",
};

impl ObjectType {
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

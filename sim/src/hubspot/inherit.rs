//! What a line item has of the product that it is made from (facts/hubspot-crm.md §11).

use super::body::Properties;
use super::room::State;
use super::table::Key;

/// The property that names the product, and those that come with it.
const PRODUCT: &str = "hs_product_id";
const INHERITED: [&str; 3] = ["name", "price", "hs_sku"];

/// Adds to what a new line item is given what its product has and the caller does not say.
pub(crate) fn from_product(state: &State, place: usize, properties: &mut Properties) {
    if state.tables()[place].of.name != "line_items" {
        return;
    }
    let sent = |name: &str, properties: &Properties| {
        properties.0.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
    };
    let product = sent(PRODUCT, properties).and_then(|id| id.trim().parse().ok());
    let products = state.place("products").map(|place| &state.tables()[place]);
    let (Some(id), Some(products)) = (product, products) else { return };
    let Some(product) = products.find(&Key::Id(id)) else { return };
    for name in INHERITED {
        if sent(name, properties).is_some() {
            continue;
        }
        let value = products.of.find(name).and_then(|property| product.stored(&products.of, property));
        properties.0.retain(|(known, _)| known != name);
        properties.0.extend(value.map(|value| (name.into(), Some(value.into()))));
    }
}

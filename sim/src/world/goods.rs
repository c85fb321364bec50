//! Made-up watches and what goes with them. Brands are words that no watchmaker uses, as far as we know.

use crate::Seed;

/// An article for sale.
#[derive(Clone, Debug, PartialEq)]
pub struct Good {
    /// Unique: it ends in the article's index.
    pub sku: String,
    pub name: String,
    pub brand: &'static str,
    /// `Watch`, `Strap`, `Clock` or `Care`.
    pub category: &'static str,
    /// Australian cents, GST included.
    pub price_cents: u64,
    /// The share of GST on the price before tax.
    pub gst_rate: f64,
}

/// The articles of one world, found by index.
#[derive(Clone, Copy, Debug)]
pub struct Goods {
    seed: Seed,
}

/// Australia's goods and services tax.
const GST_RATE: f64 = 0.1;

const BRANDS: [(&str, &str); 8] = [
    ("Quillfern", "QUI"),
    ("Ostrander Bay", "OST"),
    ("Velloro", "VEL"),
    ("Tarn & Loom", "TAR"),
    ("Merribrook", "MER"),
    ("Halvane", "HAL"),
    ("Corvessa", "COR"),
    ("Pellwater", "PEL"),
];

const COLOURS: [&str; 8] = ["Black", "Silver", "Navy", "Ivory", "Green", "Rose", "Slate", "Champagne"];

/// A category: its share in twenty articles, its models, and its prices in whole dollars.
struct Category {
    name: &'static str,
    share: u64,
    models: [&'static str; 4],
    dollars: (u64, u64),
}

const CATEGORIES: [Category; 4] = [
    Category {
        name: "Watch",
        share: 14,
        models: ["Diver 300", "Chronograph", "Field Automatic", "Dress Quartz"],
        dollars: (249, 8_990),
    },
    Category {
        name: "Strap",
        share: 3,
        models: ["Leather Strap 20mm", "Steel Bracelet", "Rubber Strap 22mm", "Mesh Bracelet"],
        dollars: (49, 390),
    },
    Category {
        name: "Clock",
        share: 1,
        models: ["Wall Clock", "Carriage Clock", "Travel Alarm", "Desk Clock"],
        dollars: (79, 890),
    },
    Category {
        name: "Care",
        share: 2,
        models: ["Watch Winder", "Travel Roll", "Service Kit", "Display Box"],
        dollars: (29, 450),
    },
];

impl Goods {
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self { seed }
    }

    /// The article with this index; any index has one.
    #[must_use]
    pub fn good(&self, index: u64) -> Good {
        let draw = |what: &str, choices: usize| (self.seed.draw(what, index) % choices as u64) as usize;
        let (brand, code) = BRANDS[draw("good.brand", BRANDS.len())];
        let category = category(self.seed.between("good.category", index, 0, 19));
        let model = category.models[draw("good.model", category.models.len())];
        let colour = COLOURS[draw("good.colour", COLOURS.len())];
        let (low, high) = category.dollars;
        Good {
            sku: format!("{code}-{}-{index:05}", category.name[..1].to_uppercase()),
            name: format!("{brand} {model} {colour}"),
            brand,
            category: category.name,
            price_cents: self.seed.between("good.price", index, low, high) * 100,
            gst_rate: GST_RATE,
        }
    }
}

fn category(mut twentieth: u64) -> &'static Category {
    for category in &CATEGORIES {
        if twentieth < category.share {
            return category;
        }
        twentieth -= category.share;
    }
    &CATEGORIES[0]
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashSet;

    use super::*;

    #[test]
    fn goods_are_the_same_for_the_same_seed_and_have_skus_of_their_own() {
        let goods = Goods::new(Seed(7));
        let skus: FxHashSet<_> = (0..5_000).map(|index| goods.good(index).sku).collect();
        assert_eq!(skus.len(), 5_000);
        assert_eq!(goods.good(99), Goods::new(Seed(7)).good(99));
        assert_ne!(goods.good(99), Goods::new(Seed(8)).good(99));
    }

    #[test]
    fn the_shares_make_twenty() {
        assert_eq!(CATEGORIES.iter().map(|category| category.share).sum::<u64>(), 20);
    }
}

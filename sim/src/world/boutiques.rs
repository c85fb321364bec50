//! The shops of the made-up retailer: a fixed table, the same in every world.

/// A shop, where people are served and which Retail Express calls an outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boutique {
    /// Counted from 1.
    pub id: u64,
    /// The city, and the place in it where a city has two.
    pub name: &'static str,
    pub address_line1: &'static str,
    pub suburb: &'static str,
    /// `NSW`, `VIC`, ...
    pub state: &'static str,
    pub postcode: &'static str,
    /// In national form, from the ranges the ACMA keeps for fiction.
    pub phone: &'static str,
}

/// All shops, in the order of their ids.
#[must_use]
pub const fn boutiques() -> &'static [Boutique] {
    &BOUTIQUES
}

const fn shop(
    id: u64,
    name: &'static str,
    address_line1: &'static str,
    [suburb, state, postcode]: [&'static str; 3],
    phone: &'static str,
) -> Boutique {
    Boutique { id, name, address_line1, suburb, state, postcode, phone }
}

const BOUTIQUES: [Boutique; 12] = [
    shop(1, "Sydney", "Shop 4, 1 Example Arcade", ["Sydney", "NSW", "2000"], "02 5550 0101"),
    shop(2, "Sydney Bondi Junction", "Level 3, 50 Sample Street", ["Bondi Junction", "NSW", "2022"], "02 5550 0102"),
    shop(3, "Melbourne", "Ground Floor, 12 Example Lane", ["Melbourne", "VIC", "3000"], "03 5550 0103"),
    shop(4, "Melbourne Chadstone", "Shop 210, 1 Sample Road", ["Chadstone", "VIC", "3148"], "03 5550 0104"),
    shop(5, "Brisbane", "Shop 7, 80 Example Street", ["Brisbane City", "QLD", "4000"], "07 5550 0105"),
    shop(6, "Gold Coast", "Shop 31, 9 Sample Parade", ["Surfers Paradise", "QLD", "4217"], "07 5550 0106"),
    shop(7, "Perth", "Shop 2, 40 Example Terrace", ["Perth", "WA", "6000"], "08 5550 0107"),
    shop(8, "Adelaide", "Shop 11, 15 Sample Mall", ["Adelaide", "SA", "5000"], "08 5550 0108"),
    shop(9, "Canberra", "Shop 5, 6 Example Walk", ["Canberra", "ACT", "2601"], "02 5550 0109"),
    shop(10, "Hobart", "Shop 1, 22 Sample Street", ["Hobart", "TAS", "7000"], "03 5550 0110"),
    shop(11, "Darwin", "Shop 8, 3 Example Mall", ["Darwin City", "NT", "0800"], "08 5550 0111"),
    shop(12, "Newcastle", "Shop 14, 77 Sample Street", ["Newcastle", "NSW", "2300"], "02 5550 0112"),
];

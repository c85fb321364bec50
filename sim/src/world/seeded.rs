//! Made-up people, goods and boutiques of an Australian watch retailer, the same for the same seed.
//!
//! Every entry is found by its index alone, so the ten-thousandth person costs as little as the
//! first and two systems that seed the same index hold the same person. No one here can be reached:
//! e-mail addresses are on the domains that RFC 2606 reserves, telephone numbers are among those
//! that the ACMA keeps for fiction. Brands and goods are made up; suburbs and their postcodes are real.
//!
//! ```
//! use standin_sim::Seed;
//! use standin_sim::seeded::{Goods, People, boutiques};
//!
//! let people = People::new(Seed(7));
//! let person = people.person(12_345);
//! assert_eq!(person, People::new(Seed(7)).person(12_345));
//! assert!(person.mobile.starts_with("+614"));
//!
//! let home = &boutiques()[person.boutique];
//! let watch = Goods::new(Seed(7)).good(0);
//! println!("{} of {} bought a {} for ${}.{:02}", person.first_name, home.name, watch.name,
//!     watch.price_cents / 100, watch.price_cents % 100);
//! ```

pub use super::boutiques::{Boutique, boutiques};
pub use super::goods::{Good, Goods};
pub use super::people::{People, Person};

//! Made-up customers. A person depends on the seed and an index, never on who was made before.

use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::EN;
use jiff::ToSpan;
use jiff::civil::Date;

use super::boutiques::boutiques;
use crate::Seed;

/// A customer, before any system has given them an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    /// Unique: it holds the person's index. On a domain reserved by RFC 2606.
    pub email: String,
    /// In E.164 form; one of the thirty numbers that the ACMA keeps for fiction, so not unique.
    pub mobile: String,
    pub address_line1: String,
    pub suburb: &'static str,
    /// `NSW`, `VIC`, ...
    pub state: &'static str,
    /// The suburb's own.
    pub postcode: &'static str,
    pub date_of_birth: Date,
    /// Unique: it holds the person's index.
    pub loyalty_no: String,
    /// The shop they were served in: a place in [`boutiques`](super::boutiques()), mostly of their own state.
    pub boutique: usize,
    /// Whether they asked for the newsletter.
    pub subscribed: bool,
    /// How many milliseconds before the world's start they became a customer: up to five years.
    pub created_before_ms: i64,
}

/// The people of one world, found by index.
#[derive(Clone, Copy, Debug)]
pub struct People {
    seed: Seed,
}

const DAY_MS: u64 = 86_400_000;
const MEMBERSHIP_DAYS_MAX: u64 = 5 * 365;
const BORN_FIRST: Date = jiff::civil::date(1940, 1, 1);
const BORN_WITHIN_DAYS: u64 = 66 * 365;
const SUBSCRIBED_PERCENT: u64 = 60;

const MAIL_DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

impl People {
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self { seed }
    }

    /// The person with this index; any index has one.
    #[must_use]
    pub fn person(&self, index: u64) -> Person {
        let own = Seed(self.seed.draw("person", index));
        let mut names = own.rng("names");
        let first_name: &str = FirstName(EN).fake_with_rng(&mut names);
        let last_name: &str = LastName(EN).fake_with_rng(&mut names);
        let street: &str = LastName(EN).fake_with_rng(&mut names);

        let (suburb, state, postcode) = *pick(own, "suburb", &SUBURBS);
        let kind = pick(own, "street", &STREETS);
        let days = i64::try_from(own.between("born", 0, 0, BORN_WITHIN_DAYS)).unwrap_or(0);
        Person {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: format!(
                "{}.{}.{index}@{}",
                mail_word(first_name),
                mail_word(last_name),
                pick(own, "domain", &MAIL_DOMAINS)
            ),
            mobile: format!("+61{}", pick(own, "mobile", &FICTION_MOBILES)),
            address_line1: format!("{} {street} {kind}", own.between("number", 0, 1, 250)),
            suburb,
            state,
            postcode,
            date_of_birth: BORN_FIRST.saturating_add(days.days()),
            loyalty_no: format!("L{:08}", index.saturating_add(1)),
            boutique: nearest_boutique(own, state),
            subscribed: own.between("subscribed", 0, 1, 100) <= SUBSCRIBED_PERCENT,
            created_before_ms: i64::try_from(own.between("created", 0, 1, MEMBERSHIP_DAYS_MAX * DAY_MS)).unwrap_or(0),
        }
    }
}

fn pick<'t, T>(own: Seed, label: &str, table: &'t [T]) -> &'t T {
    &table[(own.draw(label, 0) % table.len() as u64) as usize]
}

/// A shop of the person's state; one in ten was served elsewhere.
fn nearest_boutique(own: Seed, state: &str) -> usize {
    let all = 0..boutiques().len();
    let near: Vec<usize> = match own.between("travels", 0, 1, 10) {
        1 => all.collect(),
        _ => all.filter(|&place| boutiques()[place].state == state).collect(),
    };
    if near.is_empty() { 0 } else { *pick(own, "boutique", &near) }
}

fn mail_word(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

const STREETS: [&str; 8] = ["Street", "Road", "Avenue", "Parade", "Lane", "Crescent", "Terrace", "Place"];

/// The mobile numbers that the ACMA keeps for creative works, in national form without the leading 0.
#[rustfmt::skip]
const FICTION_MOBILES: [&str; 30] = [
    "491570006", "491570156", "491570157", "491570158", "491570159", "491570110", "491570313", "491570737",
    "491571266", "491571491", "491571804", "491572549", "491572665", "491572983", "491573770", "491573087",
    "491574118", "491574632", "491575254", "491575789", "491576398", "491576801", "491577426", "491577644",
    "491578957", "491578148", "491578888", "491579212", "491579760", "491579455",
];

/// Suburbs with their state and postcode.
#[rustfmt::skip]
const SUBURBS: [(&str, &str, &str); 52] = [
    ("Sydney", "NSW", "2000"), ("Surry Hills", "NSW", "2010"), ("Bondi Junction", "NSW", "2022"),
    ("Double Bay", "NSW", "2028"), ("Mosman", "NSW", "2088"), ("Manly", "NSW", "2095"),
    ("Chatswood", "NSW", "2067"), ("Parramatta", "NSW", "2150"), ("Penrith", "NSW", "2750"),
    ("Newtown", "NSW", "2042"), ("Newcastle", "NSW", "2300"), ("Wollongong", "NSW", "2500"),
    ("Orange", "NSW", "2800"), ("Dubbo", "NSW", "2830"), ("Byron Bay", "NSW", "2481"),
    ("Melbourne", "VIC", "3000"), ("Carlton", "VIC", "3053"), ("Fitzroy", "VIC", "3065"),
    ("Richmond", "VIC", "3121"), ("South Yarra", "VIC", "3141"), ("Toorak", "VIC", "3142"),
    ("St Kilda", "VIC", "3182"), ("Brighton", "VIC", "3186"), ("Footscray", "VIC", "3011"),
    ("Geelong", "VIC", "3220"), ("Ballarat Central", "VIC", "3350"), ("Bendigo", "VIC", "3550"),
    ("Brisbane City", "QLD", "4000"), ("Fortitude Valley", "QLD", "4006"), ("West End", "QLD", "4101"),
    ("Toowong", "QLD", "4066"), ("Surfers Paradise", "QLD", "4217"), ("Noosa Heads", "QLD", "4567"),
    ("Townsville City", "QLD", "4810"), ("Cairns City", "QLD", "4870"),
    ("Perth", "WA", "6000"), ("Subiaco", "WA", "6008"), ("Cottesloe", "WA", "6011"),
    ("Fremantle", "WA", "6160"), ("Joondalup", "WA", "6027"), ("Bunbury", "WA", "6230"),
    ("Adelaide", "SA", "5000"), ("North Adelaide", "SA", "5006"), ("Glenelg", "SA", "5045"),
    ("Norwood", "SA", "5067"),
    ("Canberra", "ACT", "2601"), ("Braddon", "ACT", "2612"), ("Belconnen", "ACT", "2617"),
    ("Hobart", "TAS", "7000"), ("Sandy Bay", "TAS", "7005"), ("Launceston", "TAS", "7250"),
    ("Darwin City", "NT", "0800"),
];

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashSet;

    use proptest::prelude::*;

    use super::*;

    /// The blocks of postcodes that Australia Post gives each state for street addresses.
    fn state_of(postcode: &str) -> &'static str {
        match postcode.parse::<u32>().unwrap() {
            800..=899 => "NT",
            2600..=2618 | 2900..=2920 => "ACT",
            2000..=2999 => "NSW",
            3000..=3999 => "VIC",
            4000..=4999 => "QLD",
            5000..=5799 => "SA",
            6000..=6797 => "WA",
            7000..=7799 => "TAS",
            other => panic!("{other} is in no state"),
        }
    }

    #[test]
    fn twenty_thousand_people_have_e_mails_of_their_own() {
        let people = People::new(Seed(7));
        let mut emails = FxHashSet::default();
        let mut names = FxHashSet::default();
        for index in 0..20_000 {
            let person = people.person(index);
            let (_, domain) = person.email.split_once('@').unwrap();
            assert!(MAIL_DOMAINS.contains(&domain), "{}", person.email);
            assert!(emails.insert(person.email.clone()), "{} twice", person.email);
            names.insert((person.first_name, person.last_name));
        }
        assert!(names.len() > 15_000, "only {} different names", names.len());
    }

    #[test]
    fn every_boutique_is_in_its_state() {
        for (place, boutique) in boutiques().iter().enumerate() {
            assert_eq!(boutique.id, place as u64 + 1);
            assert_eq!(state_of(boutique.postcode), boutique.state, "{}", boutique.name);
        }
    }

    proptest! {
        #[test]
        fn a_person_is_the_seed_and_the_index_and_nothing_else(seed: u64, index: u64) {
            let person = People::new(Seed(seed)).person(index);
            prop_assert_eq!(&person, &People::new(Seed(seed)).person(index));
            prop_assert_ne!(&person, &People::new(Seed(seed)).person(index ^ 1));
            prop_assert_eq!(state_of(person.postcode), person.state);
            prop_assert!(person.mobile.starts_with("+614") && person.mobile.len() == 12);
            prop_assert!(boutiques().get(person.boutique).is_some());
            prop_assert!(person.created_before_ms > 0);
        }
    }
}

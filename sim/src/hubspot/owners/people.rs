//! The people of a portal, drawn from its seed: some in a team, one who is gone.

use compact_str::{CompactString, ToCompactString, format_compact};
use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::EN;
use serde_json::{Map, Value, json};

use crate::{Moment, Seed};

/// One owner.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) id: u64,
    pub(super) user: u64,
    pub(super) email: CompactString,
    first_name: CompactString,
    last_name: CompactString,
    created: Moment,
    updated: Moment,
    pub(super) archived: bool,
    team: Option<(u64, &'static str)>,
}

/// All of them, in the order of their ids.
#[derive(Clone, Debug)]
pub(crate) struct Owners {
    all: Vec<Owner>,
    /// The ids that a record may have, as texts.
    pub(crate) live: Vec<CompactString>,
}

/// Who there is: in which of the teams, and whether still here.
const PEOPLE: [(Option<usize>, bool); 5] =
    [(Some(0), false), (Some(0), false), (Some(1), false), (None, false), (Some(1), true)];
const TEAMS: [&str; 2] = ["Sales Team", "Service Team"];
const DAY_MS: u64 = 86_400_000;

impl Owners {
    /// The owners of a portal that was set up at some time within these.
    pub(crate) fn new(seed: Seed, set_up: (u64, u64)) -> Self {
        let (mut id, mut user) = (
            seed.between("hubspot.owner", 0, 20_000_000, 199_000_000),
            seed.between("hubspot.user", 0, 4_000_000, 59_000_000),
        );
        let team = seed.between("hubspot.team", 0, 100_000, 900_000);
        let mut all = Vec::with_capacity(PEOPLE.len());
        for ((place, archived), n) in PEOPLE.into_iter().zip(0..) {
            id += seed.between("hubspot.owner", n + 1, 1, 90_000);
            user += seed.between("hubspot.user", n + 1, 1, 90_000);
            let mut names = Seed(seed.draw("hubspot.owner-name", n)).rng("names");
            let first_name: &str = FirstName(EN).fake_with_rng(&mut names);
            let last_name: &str = LastName(EN).fake_with_rng(&mut names);
            let word = |name: &str| -> String {
                name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
            };
            let created = seed.between("hubspot.owner-since", n, set_up.0, set_up.1);
            let updated = created + seed.between("hubspot.owner-changed", n, 0, 300 * DAY_MS);
            let moment = |ms: u64| Moment(i64::try_from(ms).unwrap_or(0));
            all.push(Owner {
                id,
                user,
                email: format_compact!("{}.{}.{}@example.com", word(first_name), word(last_name), n + 1),
                first_name: first_name.into(),
                last_name: last_name.into(),
                created: moment(created),
                updated: moment(updated),
                archived,
                team: place.map(|place| (team + place as u64, TEAMS[place])),
            });
        }
        let live = all.iter().filter(|owner| !owner.archived).map(|owner| owner.id.to_compact_string()).collect();
        Self { all, live }
    }

    /// The user who made the portal's private app.
    pub(crate) fn user(&self) -> u64 {
        self.installer().0
    }

    /// Who installs apps, a super admin: the user, and the address.
    pub(crate) fn installer(&self) -> (u64, &str) {
        self.all.first().map_or((0, ""), |owner| (owner.user, owner.email.as_str()))
    }

    pub(super) fn iter(&self, archived: bool) -> impl Iterator<Item = &Owner> {
        self.all.iter().filter(move |owner| owner.archived == archived)
    }
}

impl Owner {
    /// As answers have it: no `teams` where there is none, no user where the owner is archived.
    pub(super) fn json(&self) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| {
            shown.insert(name.into(), value);
        };
        put("id", self.id.to_string().into());
        put("email", self.email.as_str().into());
        put("type", "PERSON".into());
        put("firstName", self.first_name.as_str().into());
        put("lastName", self.last_name.as_str().into());
        put("userId", if self.archived { Value::Null } else { self.user.into() });
        put("userIdIncludingInactive", self.user.into());
        put("createdAt", self.created.iso().as_str().into());
        put("updatedAt", self.updated.iso().as_str().into());
        put("archived", self.archived.into());
        if let Some((id, name)) = self.team {
            put("teams", json!([{"id": id.to_string(), "name": name, "primary": true}]));
        }
        Value::Object(shown)
    }
}

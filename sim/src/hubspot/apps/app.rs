//! The apps of a portal and what each was given: a private app, a narrow one, a service key, and a public
//! app that is installed. Whether a token is good is the gate's to say; this knows whose it is.

use compact_str::{CompactString, ToCompactString, format_compact};
use rustc_hash::FxHashMap;

use super::scopes;
use super::set::ScopeSet;
use super::token::Granted;
use crate::gate::{Grant, Tokens};
use crate::{Moment, Seed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Private,
    ServiceKey,
    Public,
}

/// What the gate calls each kind of credential.
pub(crate) const PRIVATE: &str = "private_app";
pub(crate) const SERVICE: &str = "service_key";
pub(crate) const ACCESS: &str = "access_token";
pub(crate) const REFRESH: &str = "refresh_token";
pub(crate) const CODE: &str = "auth_code";

#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: u64,
    /// What the tester calls it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it is granted; of a public app, what it asks of everyone who installs it.
    pub(crate) scopes: ScopeSet,
    /// What a public app may ask for beside.
    pub(crate) optional: ScopeSet,
    /// A public app's.
    pub(crate) client_id: CompactString,
    /// By which its webhooks are signed, and by which a public app says who it is.
    pub(crate) client_secret: CompactString,
    pub(crate) redirect_uris: Vec<CompactString>,
    /// A private app's token or a service key's value.
    pub(crate) token: CompactString,
    /// The value before it, while that is good beside it.
    pub(crate) former: Option<CompactString>,
    /// Deleted by its owner.
    pub(crate) deleted: bool,
}

/// All apps of a portal, and what was given out to them.
#[derive(Clone, Debug)]
pub(crate) struct Apps {
    all: [App; 4],
    /// The key of the developer whose public app it is.
    pub(crate) developer_key: CompactString,
    /// What codes, access tokens and refresh tokens stand for, by their numbers.
    pub(crate) granted: FxHashMap<u64, Granted>,
    /// How much of it there may be until what has ended is forgotten.
    forget_at: usize,
    /// The portal itself is gone.
    pub(crate) closed: bool,
    /// What new credentials are drawn from.
    pub(crate) secret: Seed,
    /// What the ready line gives of the public app's.
    pub(crate) first_code: CompactString,
    pub(crate) first_refresh_token: CompactString,
}

/// Below this many nothing is forgotten.
const FEW: usize = 1_024;
const DAY_MS: i64 = 86_400_000;

/// The names of the apps, in their order.
pub(crate) const NAMES: [&str; 4] = ["private", "narrow", "service_key", "public"];

/// Where the public app has its codes sent unless another address of its list is named.
const REDIRECT_URI: &str = "http://localhost:3000/oauth-callback";

impl Default for Apps {
    /// No portal's: what a state holds before its room has furnished it.
    fn default() -> Self {
        Self::new(Seed(0), Seed(0))
    }
}

impl Apps {
    pub(crate) fn new(seed: Seed, secret: Seed) -> Self {
        let app = |name: &'static str, n: u64, kind: Kind| App {
            id: seed.between("hubspot.app", n, 1_000_000, 29_999_999),
            name,
            kind,
            scopes: scopes::grantable(),
            optional: ScopeSet::default(),
            client_id: CompactString::default(),
            client_secret: secret.uuid4("hubspot.webhook-secret", n).to_compact_string(),
            redirect_uris: Vec::new(),
            token: format_compact!("pat-na1-{}", secret.uuid4("hubspot.token", n)),
            former: None,
            deleted: false,
        };
        let of = |names: &[&str]| names.iter().filter_map(|name| scopes::place(name)).collect::<ScopeSet>();
        let narrow = App { scopes: of(&["crm.objects.contacts.read"]), ..app(NAMES[1], 1, Kind::Private) };
        let public = App {
            scopes: of(&["oauth"]),
            optional: scopes::grantable(),
            client_id: secret.uuid4("hubspot.client-id", 0).to_compact_string(),
            redirect_uris: vec![REDIRECT_URI.into()],
            token: CompactString::default(),
            ..app(NAMES[3], 3, Kind::Public)
        };
        Self {
            all: [app(NAMES[0], 0, Kind::Private), narrow, app(NAMES[2], 2, Kind::ServiceKey), public],
            developer_key: secret.uuid4("hubspot.developer-key", 0).to_compact_string(),
            granted: FxHashMap::default(),
            forget_at: 0,
            closed: false,
            secret,
            first_code: format_compact!("na1-{}", secret.uuid4("hubspot.first-code", 0)),
            first_refresh_token: format_compact!("na1-{}", secret.uuid4("hubspot.first-refresh-token", 0)),
        }
    }

    /// The apps as they stand in another world, with the credentials of this one.
    pub(crate) fn standing_as(mut self, other: &Self) -> Self {
        for (app, other) in self.all.iter_mut().zip(&other.all) {
            (app.scopes, app.optional, app.deleted) = (other.scopes, other.optional, other.deleted);
            app.redirect_uris.clone_from(&other.redirect_uris);
        }
        self.closed = other.closed;
        self
    }

    /// Gives out what the apps begin with.
    pub(crate) fn give_out(&mut self, tokens: &mut Tokens, portal: u64, user: u64, code_ends: Moment) {
        if self.closed {
            return;
        }
        for app in self.all.iter().filter(|app| !app.deleted && app.kind != Kind::Public) {
            let kind = if app.kind == Kind::Private { PRIVATE } else { SERVICE };
            tokens.grant(&app.token, Grant { account: portal, app: app.id, kind, number: 0, expires: None });
        }
        let public = self.public();
        if public.deleted {
            return;
        }
        let app = public.id;
        let scopes = public.scopes.or(public.optional);
        let code = Grant { account: portal, app, kind: CODE, number: 0, expires: Some(code_ends) };
        let redirect_uri = public.redirect_uris.first().cloned().unwrap_or_default();
        let number = tokens.grant(&self.first_code, code);
        self.granted.insert(number, Granted { scopes, user, redirect_uri, ..Granted::default() });
        let refresh = Grant { account: portal, app, kind: REFRESH, number: 0, expires: None };
        let number = tokens.grant(&self.first_refresh_token, refresh);
        self.granted.insert(number, Granted { scopes, user, ..Granted::default() });
    }

    /// Keeps what a credential stands for, and now and then forgets what ended a day ago.
    pub(crate) fn remember(&mut self, number: u64, granted: Granted, at: Moment) {
        if self.granted.len() >= self.forget_at.max(FEW) {
            self.granted.retain(|_, granted| granted.until.is_none_or(|end| at < end.plus(DAY_MS)));
            self.forget_at = self.granted.len() * 2;
        }
        self.granted.insert(number, granted);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &App> {
        self.all.iter()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&App> {
        self.all.iter().find(|app| app.id == id)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&App> {
        self.all.iter().find(|app| app.name == name)
    }

    pub(crate) fn named_mut(&mut self, name: &str) -> Option<&mut App> {
        self.all.iter_mut().find(|app| app.name == name)
    }

    /// The app that most integrations of one portal are: it has every scope, and webhooks.
    pub(crate) fn private(&self) -> &App {
        &self.all[0]
    }

    pub(crate) fn narrow(&self) -> &App {
        &self.all[1]
    }

    pub(crate) fn service_key(&self) -> &App {
        &self.all[2]
    }

    /// The app that is installed by OAuth.
    pub(crate) fn public(&self) -> &App {
        &self.all[3]
    }

    /// The public app that a developer's key and an app's id open, as `hapikey` and `appId` say them.
    pub(crate) fn developed(&self, app_id: &str, hapikey: Option<&str>) -> Option<&App> {
        let app = self.get(app_id.parse().ok()?).filter(|app| app.kind == Kind::Public && !app.deleted)?;
        (hapikey? == self.developer_key).then_some(app)
    }
}

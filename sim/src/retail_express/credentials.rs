//! The account, its API key, and the tokens made for it. Two worlds of one seed share none of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::gate::{Grant, Tokens};
use crate::world::step::Caller;
use crate::{Moment, Seed};

const HEX: &[u8] = b"0123456789abcdef";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a world's Retail Express account is reached by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    seed: Seed,
    pub(crate) account: u64,
    /// The two values of the one named key; either works.
    pub(crate) api_key: String,
    pub(crate) api_key_secondary: String,
}

/// The one named key of the account.
const KEY_ID: u64 = 1;

pub(crate) const API_KEY: &str = "api_key";
pub(crate) const TOKEN: &str = "token";

impl Credentials {
    pub(crate) fn new(seed: Seed, world: &str) -> Self {
        let seed = Seed(seed.draw(&format!("retail_express.credentials.{world}"), 0));
        Self {
            seed,
            account: seed.between("account", 0, 10_000, 99_999),
            api_key: seed.text("api_key", 0, 32, HEX),
            api_key_secondary: seed.text("api_key", 1, 32, HEX),
        }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller { account: self.account, app: KEY_ID, ..Caller::default() }
    }

    /// Makes both values of the API key good.
    pub(crate) fn register(&self, tokens: &mut Tokens) {
        for key in [&self.api_key, &self.api_key_secondary] {
            tokens.grant(key, Grant { account: self.account, app: KEY_ID, kind: API_KEY, number: 0, expires: None });
        }
    }

    /// Makes a bearer token, good until `expires`. Each exchange makes another.
    pub(crate) fn issue(&self, exchange: u64, at: Moment, expires: Moment, tokens: &mut Tokens) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        // The token itself is remembered, so its few claims are put together in the step.
        let claims = format!(
            r#"{{"sub":"{}","jti":"{}","nbf":{},"exp":{}}}"#,
            self.account,
            self.seed.uuid4("token", exchange),
            at.0.div_euclid(1000),
            expires.0.div_euclid(1000),
        );
        let signature = self.seed.text("token.signature", exchange, 43, BASE64_URL);
        let token = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims));
        let grant = Grant { account: self.account, app: KEY_ID, kind: TOKEN, number: 0, expires: Some(expires) };
        tokens.lend(&token, grant, at);
        token
    }
}

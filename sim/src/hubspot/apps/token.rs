//! OAuth's access tokens as texts. Like the vendor's they say when they end (earlier than was told, if a bad
//! day has it so), so that one which was forgotten is still told so; whether one is good is never read off it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::CompactString;

use super::set::ScopeSet;
use crate::hubspot::account::BASE64URL;
use crate::{Moment, Seed};

/// What a code, an access token or a refresh token stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) scopes: ScopeSet,
    /// Who installed the app.
    pub(crate) user: u64,
    /// Of a code: where it was sent.
    pub(crate) redirect_uri: CompactString,
    /// Of a code: what its verifier has to come to.
    pub(crate) challenge: Option<Challenge>,
    /// Of an access token: it was given to the app itself.
    pub(crate) of_client: bool,
    /// Of an access token: the first instant at which it may be forgotten.
    pub(crate) until: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    Plain(CompactString),
    Sha256(CompactString),
}

/// Whose a token is, and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) ends: Moment,
    pub(crate) portal: u64,
    pub(crate) user: u64,
    pub(crate) app: u64,
}

const TAGS: [u8; 4] = [0x08, 0x18, 0x20, 0x28];
const RANDOM_TAG: u8 = 0x42;
const RANDOM_BYTES: usize = 24;

impl Named {
    /// Number `n` of a world's.
    pub(crate) fn write(self, secret: Seed, n: u64) -> String {
        let mut bytes = Vec::with_capacity(64);
        let numbers = [u64::try_from(self.ends.0).unwrap_or(0), self.portal, self.user, self.app];
        for (tag, mut number) in TAGS.into_iter().zip(numbers) {
            bytes.push(tag);
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
        }
        bytes.extend([RANDOM_TAG, RANDOM_BYTES as u8]);
        for part in 0..RANDOM_BYTES as u64 / 8 {
            bytes.extend(secret.draw("hubspot.access-token", n * 8 + part).to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a text of this form says; `None` for any other.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let bytes = BASE64URL.decode(token).ok()?;
        let mut rest = bytes.as_slice();
        let mut numbers = [0_u64; 4];
        for (tag, number) in TAGS.into_iter().zip(&mut numbers) {
            rest = rest.strip_prefix(&[tag])?;
            let end = rest.iter().position(|byte| byte & 0x80 == 0).filter(|end| *end < 9)?;
            let (digits, after) = rest.split_at(end + 1);
            *number = digits.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
            rest = after;
        }
        let random = rest.strip_prefix(&[RANDOM_TAG, RANDOM_BYTES as u8])?;
        let [ends, portal, user, app] = numbers;
        let ends = Moment(i64::try_from(ends).ok()?);
        (random.len() == RANDOM_BYTES).then_some(Self { ends, portal, user, app })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_ends_and_nothing_else_does() {
        let named = Named { ends: Moment(1_795_000_000_000), portal: 4_200_001, user: 77, app: 29_999_999 };
        let token = named.write(Seed(3), 5);
        assert!(token.starts_with('C') && token.len() <= 512, "{token}");
        assert_eq!(Named::read(&token), Some(named));
        assert_ne!(token, named.write(Seed(3), 6));
        for other in ["", "access-token", "CJ-_Yg", &token[1..], &token[..token.len() - 4], "not base64url!"] {
            assert_eq!(Named::read(other), None, "{other}");
        }
    }
}

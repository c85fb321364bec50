//! Where all chance in a world comes from. A draw depends on the seed, a label and a number, never
//! on what was drawn before, so that one system's calls cannot disturb another's.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::Moment;

/// A world's seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// A number that looks random and is the same for the same seed, label and `n`.
    #[must_use]
    pub fn draw(self, label: &str, n: u64) -> u64 {
        let mut hash = mix(self.0 ^ 0x9e37_79b9_7f4a_7c15);
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        mix(mix(hash) ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A draw within `low..=high`.
    #[must_use]
    pub fn between(self, label: &str, n: u64, low: u64, high: u64) -> u64 {
        low + self.draw(label, n) % (high.saturating_sub(low) + 1)
    }

    /// A UUID of version 7 whose time part is `at`.
    #[must_use]
    pub fn uuid7(self, label: &str, n: u64, at: Moment) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.draw(label, n).to_be_bytes());
        random[8..].copy_from_slice(&self.draw(label, !n).to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.0).unwrap_or(0), &random).into_uuid()
    }

    /// A UUID of version 4.
    #[must_use]
    pub fn uuid4(self, label: &str, n: u64) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.draw(label, n).to_be_bytes());
        bytes[8..].copy_from_slice(&self.draw(label, !n).to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// `length` characters drawn from `alphabet`.
    #[must_use]
    pub fn text(self, label: &str, n: u64, length: usize, alphabet: &[u8]) -> String {
        let salt = self.draw(label, n);
        (0..length as u64)
            .map(|i| char::from(alphabet[(Self(salt).draw("char", i) % alphabet.len() as u64) as usize]))
            .collect()
    }

    /// A generator for whole streams of draws, as the `fake` crate wants.
    #[must_use]
    pub fn rng(self, label: &str) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.draw(label, 0))
    }
}

/// The finaliser of splitmix64.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

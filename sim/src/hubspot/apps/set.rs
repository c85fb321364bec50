//! A set of scopes: small, so that a token's can be held against an operation's within the step.

/// Scopes by their places among all that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeSet([u64; WORDS]);

const WORDS: usize = 4;

impl ScopeSet {
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn has(self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    pub(crate) fn holds(self, other: Self) -> bool {
        self.and(other) == other
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & other.0[n]))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] | other.0[n]))
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & !other.0[n]))
    }

    pub(crate) fn bytes(self) -> [u8; WORDS * 8] {
        std::array::from_fn(|n| self.0[n / 8].to_be_bytes()[n % 8])
    }

    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        (0..WORDS * 64).filter(move |place| self.has(*place))
    }
}

impl FromIterator<usize> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::default();
        for place in places {
            if let Some(word) = set.0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
        set
    }
}

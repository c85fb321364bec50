//! Words in texts: tokens with wildcards for filters, beginnings of words for a query.

use compact_str::CompactString;

use super::key::fold;

/// The runs of letters and digits in a text.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty())
}

/// What CONTAINS_TOKEN looks for: as many tokens of a text, one behind the other, as it has itself.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    needles: Vec<CompactString>,
    folds: bool,
}

impl Pattern {
    /// `*` stands for any characters of the token it is written on, and alone for any one token.
    /// `folds` where case does not count.
    pub(super) fn new(value: &str, folds: bool) -> Self {
        let value = if folds { fold(value) } else { value.into() };
        let needles = value.split(|c: char| !c.is_alphanumeric() && c != '*').filter(|needle| !needle.is_empty());
        Self { needles: needles.map(CompactString::from).collect(), folds }
    }

    /// A pattern without a token is in nothing.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text = if self.folds { fold(text) } else { text.into() };
        let tokens: Vec<_> = tokens(&text).collect();
        let fits = |(needle, token): (&CompactString, &&str)| glob(needle.as_bytes(), token.as_bytes());
        !self.needles.is_empty()
            && tokens.windows(self.needles.len()).any(|tokens| self.needles.iter().zip(tokens).all(fits))
    }
}

/// Whether `*` can be filled in so that the two are equal; linear in the token for each star.
fn glob(pattern: &[u8], token: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < token.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
        } else if pattern.get(p) == Some(&token[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after_star, from)) = retry {
            (p, t) = (after_star, from + 1);
            retry = Some((after_star, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// What `query` looks for: every word the beginning of some token.
#[derive(Clone, Debug)]
pub(super) struct Words(Vec<CompactString>);

impl Words {
    /// `None` for a blank query, which asks for nothing.
    pub(super) fn new(query: &str) -> Option<Self> {
        (!query.trim().is_empty()).then(|| Self(tokens(&fold(query)).map(CompactString::from).collect()))
    }

    /// Whether all words begin a token in one or another of these texts. No words are in no text.
    pub(super) fn are_in<T: AsRef<str>>(&self, texts: impl Iterator<Item = T>) -> bool {
        let mut missing: Vec<_> = self.0.iter().collect();
        for text in texts {
            let text = fold(text.as_ref());
            missing.retain(|word| !tokens(&text).any(|token| token.starts_with(word.as_str())));
        }
        missing.is_empty() && !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_whole_tokens_and_stars() {
        for (value, text, is) in [
            ("Clinics", "Borealis Clinics", true),
            ("clin", "Borealis Clinics", false),
            ("Clin*", "Borealis Clinics", true),
            ("*nics", "Borealis Clinics", true),
            ("*lini*", "Borealis Clinics", true),
            ("Cl*cs", "Borealis Clinics", true),
            ("Clin*x", "Borealis Clinics", false),
            ("Clinics*", "Borealis Clinics", true),
            ("borealis clinics", "The Borealis Clinics", true),
            ("clinics borealis", "Borealis Clinics", false),
            ("borealis clinics", "Borealis Day Clinics", false),
            ("borealis * clinics", "Borealis Day Clinics", true),
            ("borealis * clinics", "Borealis Clinics", false),
            ("bore* cl*", "Borealis Clinics", true),
            ("*@example.test", "kim@example.test", true),
            ("*@example.com", "kim@example.test", false),
            ("*@example.com", "com@shop.example.org", false),
            ("*@example.com", "kim.lee@example.com", true),
            ("*@example.com", "example.com", false),
            ("kim*@example.com", "kimberley@example.com", true),
            ("kim*@example.com", "kim@shop.example.com", false),
            ("example.*", "kim@example.com", true),
            ("?linics", "Borealis Clinics", false),
            ("audit", "audit_logging", true),
            ("*", "x", true),
            ("*", "-", false),
            ("?", "?", false),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::new(value, true).is_in(text), is, "{value} in {text}");
        }
        assert!(!Pattern::new("vip", false).is_in("VIP"));
        assert!(!glob(b"a*a*a*a*a*a*a*b", "a".repeat(20_000).as_bytes()));
    }

    #[test]
    fn a_query_is_beginnings_of_words() {
        let words = Words::new("kim EXA").expect("not blank");
        assert!(words.are_in(["Kimberley", "k@example.test"].iter()));
        assert!(!words.are_in(["Kimberley", "k@test.example"].iter().take(1)));
        assert!(Words::new("  ").is_none());
        assert!(!Words::new("+").expect("not blank").are_in(["+"].iter()));
    }
}

//! Paths of prefixes and routes: which are well formed, what they match, and which of two that
//! match is the more exact (facts/oci-api-gateway.md §2). Knows no methods and no back ends.

/// A route's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    rank: Rank,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `{name}`: exactly one segment, not empty.
    One(String),
    /// `{name*}`: what is left, which may be empty.
    Rest(String),
}

/// How exact a pattern is: of the patterns that match a path, the least rank serves it. Compared
/// segment by segment: a literal before `{x}` before `{x*}`. `[inferred]`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(Vec<u8>);

/// What a matching path put into the parameters, as it was sent.
pub(super) type Parameters<'a> = Vec<(&'a str, &'a str)>;

impl Pattern {
    /// Reads a route's path; the error completes "the path ...".
    pub(super) fn parse(path: &str, chars_max: usize) -> Result<Self, String> {
        let inner = well_formed(path, chars_max)?;
        let segments = inner.split('/').map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        if segments.iter().rev().skip(1).any(|segment| matches!(segment, Segment::Rest(_))) {
            return Err("has a wildcard before its last segment".to_owned());
        }
        let rank = Rank(segments.iter().map(Segment::rank).collect());
        let pattern = Self { segments, rank };
        let names: Vec<_> = pattern.names().collect();
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, name)) => Err(format!("has the parameter `{name}` twice")),
            None => Ok(pattern),
        }
    }

    /// The names of the parameters, without their `*`.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::One(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }

    /// Matches what of a request's path follows the deployment's prefix.
    pub(super) fn matches<'a>(&'a self, path: &'a str, wildcard_without_slash: bool) -> Option<Parameters<'a>> {
        let mut left = Some(path.strip_prefix('/')?);
        let mut parameters = Parameters::new();
        for segment in &self.segments {
            let (first, after) = match left.map(|path| path.split_once('/')) {
                Some(Some((first, after))) => (left.map(|_| first), Some(after)),
                Some(None) => (left, None),
                None => (None, None),
            };
            match segment {
                Segment::Literal(literal) if first? != literal => return None,
                Segment::Literal(_) => {}
                Segment::One(name) => parameters.push((name, first.filter(|first| !first.is_empty())?)),
                Segment::Rest(name) => {
                    let rest = if wildcard_without_slash { left.unwrap_or_default() } else { left? };
                    parameters.push((name, rest));
                    return Some(parameters);
                }
            }
            left = after;
        }
        left.is_none().then_some(parameters)
    }

    pub(super) fn rank(&self) -> &Rank {
        &self.rank
    }

    /// Whether both match the very same paths.
    pub(super) fn same_paths(&self, other: &Self) -> bool {
        let same = |pair: (&Segment, &Segment)| match pair {
            (Segment::Literal(one), Segment::Literal(other)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        };
        self.segments.len() == other.segments.len() && self.segments.iter().zip(&other.segments).all(same)
    }
}

impl Segment {
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::One(_) => 1,
            Self::Rest(_) => 2,
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let Some(braced) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return match text.chars().find(|c| !is_path_char(*c)) {
                Some('{' | '}') => Err(format!("has a parameter that is not a whole segment: `{text}`")),
                Some(other) => Err(format!("has the character `{other}`, which no path may have")),
                None => Ok(Self::Literal(text.to_owned())),
            };
        };
        let (name, rest) = match braced.strip_suffix('*') {
            Some(name) => (name, true),
            None => (braced, false),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("has a parameter name that is not of letters, digits and `_`: `{braced}`"));
        }
        Ok(if rest { Self::Rest(name.to_owned()) } else { Self::One(name.to_owned()) })
    }
}

/// Checks a deployment's path prefix; the error completes "the path prefix ...". Answers it without
/// a slash at its end, so that what follows it in a request begins with one.
pub(super) fn prefix(path: &str, chars_max: usize) -> Result<&str, String> {
    well_formed(path, chars_max)?;
    match path.chars().find(|c| !is_path_char(*c) && *c != '/') {
        Some('{' | '}') => Err("has a parameter, which no prefix may have".to_owned()),
        Some(other) => Err(format!("has the character `{other}`, which no path may have")),
        None => Ok(path.strip_suffix('/').unwrap_or(path)),
    }
}

/// The path without its first slash.
fn well_formed(path: &str, chars_max: usize) -> Result<&str, String> {
    let inner = path.strip_prefix('/').ok_or("does not begin with `/`")?;
    if path.contains("//") {
        return Err("has two slashes side by side".to_owned());
    }
    if path.chars().count() > chars_max {
        return Err(format!("is longer than {chars_max} characters"));
    }
    Ok(inner)
}

fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "$-_.+!*'(),%;:@&=".contains(c)
}

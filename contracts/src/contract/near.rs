//! What was perhaps meant by a name that is not known.

/// As many letters may be wrong.
const WRONG_MAX: usize = 3;

/// The known name that is nearest, if it is near at all.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = name.to_lowercase();
    let measured = known.into_iter().map(|known| (distance(&folded, &known.to_lowercase()), known));
    let (wrong, nearest) = measured.min_by_key(|(wrong, _)| *wrong)?;
    (wrong <= WRONG_MAX.min(name.chars().count().div_ceil(2))).then_some(nearest)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut before = None;
    for (line, letter) in one.chars().enumerate() {
        let mut next = vec![line + 1];
        for (place, wanted) in other.iter().enumerate() {
            let changed = row[place] + usize::from(letter != *wanted);
            let mut least = changed.min(row[place + 1] + 1).min(next[place] + 1);
            if place > 0 && before == Some(*wanted) && other[place - 1] == letter {
                least = least.min(above[place - 1] + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
        before = Some(letter);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["firstname", "lastname", "email"];
        assert_eq!(nearest("fristname", known), Some("firstname"));
        assert_eq!(nearest("FirstName", known), Some("firstname"));
        assert_eq!(nearest("first_name", known), Some("firstname"));
        assert_eq!(nearest("e-mail", known), Some("email"));
        assert_eq!(nearest("telephone", known), None);
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn letters_that_changed_places_are_one_slip() {
        assert_eq!(distance("abcd", "abdc"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}

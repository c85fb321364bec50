//! What was perhaps meant by a name that is not known. Judges no name itself.

/// As many letters may be wrong.
const WRONG_MAX: usize = 3;

/// The known name that is nearest, if it is near at all. A number is no slip of another one.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if !name.contains(char::is_alphabetic) {
        return None;
    }
    let folded = name.to_lowercase();
    let measured = known.into_iter().map(|known| (strsim::osa_distance(&folded, &known.to_lowercase()), known));
    let (wrong, nearest) = measured.min_by_key(|(wrong, _)| *wrong)?;
    (wrong <= WRONG_MAX.min(name.chars().count().div_ceil(3))).then_some(nearest)
}

/// ` (did you mean `x`?)`, or nothing: what stands after the word that is not known.
pub(crate) fn meant<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(name, known).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
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
        assert_eq!(nearest("emial", known), Some("email"));
        assert_eq!(nearest("e-mail", known), Some("email"));
        assert_eq!(nearest("telephone", known), None);
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("times", ["name", "count"]), None, "three of five letters are no slip");
        assert_eq!(nearest("200", ["207", "404"]), None);
        assert_eq!(nearest("", known), None);
    }
}

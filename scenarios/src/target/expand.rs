//! `${...}` in target and scenario files: names, members and places in a tree of values. Runs nothing.

use contracts::nearest;
use serde_json::Value;

/// What names stand for.
#[derive(Clone, Debug, Default)]
pub struct Scope(serde_json::Map<String, Value>);

/// A `${...}` that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("`${{{name}}}` in `{text}` stands for nothing")]
#[diagnostic(help("{mend}"))]
pub struct Unexpanded {
    pub name: String,
    pub text: String,
    mend: String,
}

impl Scope {
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The text with every `${...}` filled in.
    ///
    /// # Errors
    /// A name, member or place that is not there.
    pub fn fill(&self, text: &str) -> Result<String, Unexpanded> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.unexpanded(after, text, "close it with }".to_owned()));
            };
            match self.find(name) {
                Ok(Value::String(value)) => filled.push_str(value),
                Ok(value) => filled.push_str(&value.to_string()),
                Err(mend) => return Err(self.unexpanded(name, text, mend)),
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A tree with every `${...}` in its texts filled in. A text that is nothing but one of them becomes
    /// what that stands for, numbers and all.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn fill_all(&self, value: &Value) -> Result<Value, Unexpanded> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
                Some(name) if !name.contains(['$', '}']) => {
                    self.find(name).cloned().map_err(|mend| self.unexpanded(name, text, mend))?
                }
                _ => Value::String(self.fill(text)?),
            },
            Value::Array(values) => values.iter().map(|value| self.fill_all(value)).collect::<Result<_, _>>()?,
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill_all(value)?)))
                    .collect::<Result<_, Unexpanded>>()?,
            ),
            other => other.clone(),
        })
    }

    /// `name`, `name.member`, `name[3].member`.
    fn find(&self, path: &str) -> Result<&Value, String> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, mut rest) = path.split_at(end);
        let mut value = self.0.get(name).ok_or_else(|| or_meant(name, "known are", self.0.keys()))?;
        while !rest.is_empty() {
            if let Some((place, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                let list = value.as_array().ok_or_else(|| format!("before [{place}] there is no list"))?;
                let at: usize = place.parse().map_err(|_| format!("`{place}` is no place in a list"))?;
                let before = &path[..path.len() - rest.len()];
                value = list.get(at).ok_or_else(|| match list.len() {
                    0 => format!("there is none of `{before}` yet"),
                    count => format!(
                        "there are {count} of `{before}`, counted from 0: the last is `{before}[{}]`",
                        count - 1
                    ),
                })?;
                rest = after;
                continue;
            }
            let member = rest.strip_prefix('.').ok_or("write members as .name and places as [3]")?;
            let end = member.find(['.', '[']).unwrap_or(member.len());
            let (member, after) = member.split_at(end);
            let members = value.as_object().ok_or_else(|| format!("before .{member} there is nothing with members"))?;
            value = members.get(member).ok_or_else(|| or_meant(member, "members are", members.keys()))?;
            rest = after;
        }
        Ok(value)
    }

    fn unexpanded(&self, name: &str, text: &str, mend: String) -> Unexpanded {
        Unexpanded { name: name.to_owned(), text: text.to_owned(), mend }
    }
}

/// The name that was meant, and all that there are.
fn or_meant<'k>(name: &str, all: &str, known: impl Iterator<Item = &'k String> + Clone) -> String {
    let near = nearest(name, known.clone().map(String::as_str)).map(|near| format!("did you mean `{near}`? "));
    let known: Vec<_> = known.map(String::as_str).collect();
    format!("{}{all}: {}", near.unwrap_or_default(), known.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_members_and_places_are_filled_in_and_what_is_not_there_is_told() {
        let mut scope = Scope::default();
        scope.set("port", 8080);
        scope.set("customers", json!([{"id": 7, "email": "mia@example.com"}]));
        assert_eq!(scope.fill("http://127.0.0.1:${port}/x").as_deref(), Ok("http://127.0.0.1:8080/x"));
        assert_eq!(scope.fill("${customers[0].email}!").as_deref(), Ok("mia@example.com!"));
        assert_eq!(scope.fill_all(&json!({"id": "${customers[0].id}", "n": [1]})), Ok(json!({"id": 7, "n": [1]})));
        for (text, mend) in [
            ("${prot}", "did you mean `port`? known are: port, customers"),
            ("${customers[1].email}", "there are 1 of `customers`, counted from 0: the last is `customers[0]`"),
            ("${customers[0].mail}", "did you mean `email`? members are: id, email"),
            ("${customers.email}", "before .email there is nothing with members"),
            ("${port", "close it with }"),
        ] {
            assert_eq!(scope.fill(text).expect_err(text).mend, mend, "{text}");
        }
    }
}

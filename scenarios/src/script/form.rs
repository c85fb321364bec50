//! Whether what follows a word is as the list of words says: asked when a file is read, and again once
//! every `${...}` is filled in.

use contracts::{Clause, nearest};
use serde_json::{Map, Value};
use sim::faults::Arm;
use sim::{Forgery, Moment, SystemName, parse_span};

use super::word::{Action, FAULT, Form, Member, Takes, Word};
use crate::kit::Hostile;

/// What does not fit, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) what: String,
    pub(crate) mend: Option<String>,
}

/// All that does not fit. Before it is `filled`, a text with `${...}` may become whatever is wanted.
pub(crate) fn misfits(word: Word, value: &Value, filled: bool) -> Vec<Misfit> {
    let mut check = Check { filled, found: Vec::new() };
    match word.takes() {
        Takes::One(form) => check.form(&word.to_string(), form, value),
        Takes::Clauses => check.clauses(value),
        Takes::Fault => check.fault(value),
        Takes::Members { members, open } => check.members(&word.to_string(), members, open, value),
    }
    if matches!(word, Word::Holds(..)) && !value["count"].is_null() && !value["absent"].is_null() {
        check.wrong("`absent` and `count` say how many in two ways".to_owned(), Some("leave one out".to_owned()));
    }
    if word == Word::Act(SystemName::Hubspot, Action::Unsubscribe)
        && value["email"].is_null() == value["find"].is_null()
    {
        check.wrong(format!("`{word}` takes either `email` or `find`"), None);
    }
    check.found
}

/// Which cases there are, or which was perhaps meant.
fn hostile(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let names = || Hostile::ALL.iter().map(|case| case.name());
    match nearest(text, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the cases are: {}", names().collect::<Vec<_>>().join(", ")),
    }
}

fn forgeries() -> Vec<&'static str> {
    Forgery::ALL.iter().map(|how| how.as_str()).collect()
}

struct Check {
    filled: bool,
    found: Vec<Misfit>,
}

impl Check {
    fn wrong(&mut self, what: String, mend: Option<String>) {
        self.found.push(Misfit { what, mend });
    }

    fn members(&mut self, word: &str, members: &[Member], open: bool, value: &Value) {
        let none = Map::new();
        let Some(given) = value.as_object().or_else(|| value.is_null().then_some(&none)) else {
            let known: Vec<_> = members.iter().map(|member| member.name).collect();
            self.wrong(format!("`{word}` takes a mapping"), Some(format!("with: {}", known.join(", "))));
            return;
        };
        for Member { name, form, optional, .. } in members {
            match given.get(*name) {
                Some(value) => self.form(name, *form, value),
                None if *optional => {}
                None => self.wrong(format!("`{word}` needs `{name}`"), None),
            }
        }
        let known = |name: &String| members.iter().any(|member| member.name == name);
        for name in given.keys().filter(|name| !open && !known(name)) {
            let near = nearest(name, members.iter().map(|member| member.name));
            let all = || format!("it takes: {}", members.iter().map(|m| m.name).collect::<Vec<_>>().join(", "));
            let mend = near.map_or_else(all, |near| format!("did you mean `{near}`?"));
            self.wrong(format!("`{word}` takes no `{name}`"), Some(mend));
        }
    }

    fn form(&mut self, name: &str, form: Form, value: &Value) {
        let to_be_filled = !self.filled && value.as_str().is_some_and(|text| text.contains("${"));
        if to_be_filled && form.may_be_filled() {
            return;
        }
        let fits = match form {
            Form::Members(members) => return self.members(name, members, false, value),
            Form::Span => value.as_str().is_some_and(|text| parse_span(text).is_ok()),
            Form::Instant => value.as_str().is_some_and(|text| text.parse::<Moment>().is_ok()),
            Form::Text | Form::Forgery => value.is_string(),
            Form::Hostile => value.as_str().is_some_and(|text| Hostile::find(text).is_some()),
            Form::System => value.as_str().is_some_and(|text| SystemName::parse(text).is_some()),
            Form::Count => value.is_u64(),
            Form::Flag => value.is_boolean(),
            Form::Share => value.as_f64().is_some_and(|share| share > 0.0 && share <= 1.0),
            Form::Values => value.is_object(),
            Form::Steps => value.as_array().is_some_and(|steps| !steps.is_empty()),
        };
        if fits {
            if let (Form::Forgery, Some(name)) = (form, value.as_str()) {
                self.one_of("forgery", name, &forgeries());
            }
            return;
        }
        if form == Form::Span {
            let mend = "write a whole number and a unit: 500ms, 10s, 5m, 24h or 7d".to_owned();
            return self.wrong(format!("{value} is no span of time"), Some(mend));
        }
        let mend = to_be_filled.then(|| "it is read before there is anything to fill in: write it out".to_owned());
        let systems = || SystemName::ALL.map(SystemName::as_str).join(", ");
        let system = || {
            let named = value.as_str().unwrap_or_default();
            let near = nearest(named, SystemName::ALL.map(SystemName::as_str));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            format!("{near}the systems are: {}", systems())
        };
        let known = match form {
            Form::System => Some(system()),
            Form::Hostile => Some(hostile(value)),
            _ => None,
        };
        self.wrong(format!("`{name}` is {}, and not {value}", form.about()), mend.or(known));
    }

    /// What all bad days can be told is checked as other words are, and the rest by the catalogue.
    fn fault(&mut self, value: &Value) {
        let before = self.found.len();
        self.members("fault", FAULT, true, value);
        let open = !self.filled && value.to_string().contains("${");
        if self.found.len() > before || open {
            return;
        }
        match serde_json::from_value::<Arm>(value.clone()) {
            Ok(arm) => {
                if let Err(wrong) = arm.check() {
                    let said = wrong.to_string();
                    let (what, mend) = said
                        .split_once("; ")
                        .map_or((said.as_str(), None), |(what, mend)| (what, Some(mend.to_owned())));
                    self.wrong(what.to_owned(), mend);
                }
            }
            Err(wrong) => self.wrong(format!("`fault` cannot be read: {wrong}"), None),
        }
    }

    fn one_of(&mut self, what: &str, name: &str, known: &[&str]) {
        if known.contains(&name) {
            return;
        }
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let mend = format!("{near}there is: {}", known.join(", "));
        self.wrong(format!("there is no {what} `{name}`"), Some(mend));
    }

    fn clauses(&mut self, value: &Value) {
        match value {
            Value::String(all) if all == "all" => {}
            Value::Array(ids) if ids.is_empty() => {
                let mend = "name some, write `all`, or leave the step out, which means all".to_owned();
                self.wrong("`clauses` names none".to_owned(), Some(mend));
            }
            Value::Array(ids) => {
                for id in ids {
                    match id.as_str().map(str::parse::<Clause>) {
                        Some(Ok(_)) => {}
                        Some(Err(unknown)) => {
                            let near = nearest(&unknown.0, Clause::ALL.iter().map(|clause| clause.as_str()));
                            self.wrong(unknown.to_string(), near.map(|near| format!("did you mean `{near}`?")));
                        }
                        None => self.wrong(format!("{id} is no clause"), None),
                    }
                }
            }
            other => self.wrong(format!("`clauses` is `all` or a list of ids, and not {other}"), None),
        }
    }
}

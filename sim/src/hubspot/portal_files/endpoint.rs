//! Which endpoint a file is the answer of, by its name: numbered and dated paths alike.

use compact_str::CompactString;

/// An endpoint that is worth saving; object types are named as the path has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Properties(CompactString),
    Groups(CompactString),
    Schemas,
    Schema(CompactString),
    Pipelines(CompactString),
    Labels(CompactString, CompactString),
    Types(CompactString, CompactString),
    Lists,
}

/// What a name says that is none.
pub(super) const NAMING: &str = "call a file by the path of its endpoint, like crm/v3/properties/contacts.json; the README lists the GETs that are \
                                 worth saving";

/// Where a file would be an endpoint's if the folder were the one above or one within: what to do then.
pub(super) fn level(file: &str) -> Option<String> {
    const ABOVE: [&str; 5] = ["crm", "crm/v3", "crm/v4", "crm-object-schemas", "crm-object-schemas/v3"];
    let is = |name: &str| Endpoint::of(name).is_some();
    if let Some(above) = ABOVE.iter().find(|above| is(&format!("{above}/{file}"))) {
        return Some(format!("its files are called as if it were `{above}`: name the folder that `{above}` stands in"));
    }
    let mut within = file.match_indices('/').filter(|(at, _)| is(&file[at + 1..]));
    within.next().map(|(at, _)| format!("its files are a folder deeper: name the folder `{}` in it", &file[..at]))
}

fn is_version(segment: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    segment.strip_prefix('v').is_some_and(digits)
        || segment.split_once('-').is_some_and(|(year, month)| year.len() == 4 && digits(year) && digits(month))
}

impl Endpoint {
    /// The endpoint of a file by its name within the folder.
    pub(super) fn of(file: &str) -> Option<Self> {
        let path = file.strip_suffix(".json")?;
        let path = path.strip_prefix("api.hubapi.com/").unwrap_or(path);
        let segments: Vec<&str> = path.split('/').collect();
        let (area, rest) = match segments[..] {
            ["crm", version, area, ref rest @ ..] if is_version(version) => (area, rest),
            ["crm", area, version, ref rest @ ..] if is_version(version) => (area, rest),
            ["crm-object-schemas", version, "schemas", ref rest @ ..] if is_version(version) => ("schemas", rest),
            _ => return None,
        };
        Some(match (area, rest) {
            ("properties", [of]) => Self::Properties((*of).into()),
            ("properties", [of, "groups"]) => Self::Groups((*of).into()),
            ("schemas", []) => Self::Schemas,
            ("schemas", [of]) => Self::Schema((*of).into()),
            ("pipelines", [of]) => Self::Pipelines((*of).into()),
            ("associations", [from, to, "labels"]) => Self::Labels((*from).into(), (*to).into()),
            ("associations", [from, to, "types"]) => Self::Types((*from).into(), (*to).into()),
            ("lists", _) => Self::Lists,
            _ => return None,
        })
    }

    /// What its answer holds.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Properties(_) => "properties",
            Self::Groups(_) => "property groups",
            Self::Schemas | Self::Schema(_) => "object schemas",
            Self::Pipelines(_) => "pipelines",
            Self::Labels(..) => "association labels",
            Self::Types(..) => "association types",
            Self::Lists => "lists",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn numbered_and_dated_paths_name_the_same_endpoint() {
        let cases = [
            ("crm/v3/properties/contacts", "crm/properties/2026-03/contacts"),
            ("crm/v3/properties/contacts/groups", "crm/properties/2026-09/contacts/groups"),
            ("crm/v3/schemas", "crm-object-schemas/2026-03/schemas"),
            ("crm-object-schemas/v3/schemas/p_car", "crm-object-schemas/2026-09/schemas/p_car"),
            ("crm/v3/pipelines/0-3", "crm/pipelines/2026-03/0-3"),
            ("crm/v4/associations/contact/companies/labels", "crm/associations/2026-03/contact/companies/labels"),
            ("crm/v3/associations/a/b/types", "crm/associations/v3/a/b/types"),
            ("crm/v3/lists", "crm/lists/2026-03/search"),
        ];
        for (numbered, dated) in cases {
            let [one, other] = [numbered, dated].map(|name| Endpoint::of(&format!("{name}.json")));
            assert!(one.is_some() && one == other, "{numbered}: {one:?} {other:?}");
        }
    }

    #[test]
    fn other_names_are_none() {
        for name in
            ["crm/v3/objects/contacts.json", "contacts.json", "crm/v3/properties/contacts", "crm/properties.json"]
        {
            assert_eq!(Endpoint::of(name), None, "{name}");
        }
    }
}

//! What a caller asks of search, read from the body's bytes and held against the policy's figures.
//! Whether its properties exist is the view's to say.

use compact_str::CompactString;

use super::json::{Document, Node, What};
use crate::hubspot::errors::Problem;

/// A search, as far as it can be checked without the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SearchRequest {
    /// A record is found when all filters of one group hold. No groups: every record.
    pub(crate) groups: Vec<Vec<Filter>>,
    /// Words to look for; empty where none were given.
    pub(crate) query: CompactString,
    pub(crate) sort: Option<Sort>,
    /// The properties to show; empty for the defaults.
    pub(crate) properties: Vec<CompactString>,
    pub(crate) limit: usize,
    /// How many results to pass over.
    pub(crate) after: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) property: CompactString,
    pub(crate) operator: Operator,
    pub(crate) value: Option<CompactString>,
    pub(crate) high_value: Option<CompactString>,
    pub(crate) values: Vec<CompactString>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) property: CompactString,
    pub(crate) descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

/// The policy's figures (facts/hubspot-crm.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SearchLimits {
    pub(crate) groups_max: usize,
    pub(crate) filters_per_group_max: usize,
    pub(crate) filters_max: usize,
    pub(crate) query_chars_max: usize,
    pub(crate) page_default: usize,
    pub(crate) page_max: usize,
    /// How far paging reaches.
    pub(crate) total_max: usize,
}

impl Operator {
    /// In the order of the vendor's specification, which is taken for the order of their numbers.
    pub(crate) const ALL: [(Self, &'static str); 13] = [
        (Self::Eq, "EQ"),
        (Self::Neq, "NEQ"),
        (Self::Lt, "LT"),
        (Self::Lte, "LTE"),
        (Self::Gt, "GT"),
        (Self::Gte, "GTE"),
        (Self::Between, "BETWEEN"),
        (Self::In, "IN"),
        (Self::NotIn, "NOT_IN"),
        (Self::HasProperty, "HAS_PROPERTY"),
        (Self::NotHasProperty, "NOT_HAS_PROPERTY"),
        (Self::ContainsToken, "CONTAINS_TOKEN"),
        (Self::NotContainsToken, "NOT_CONTAINS_TOKEN"),
    ];

    /// A name, or the number of one.
    fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let number = plain.then(|| text.parse::<usize>().ok()).flatten();
        let found = Self::ALL.iter().find(|(_, name)| *name == text).or_else(|| Self::ALL.get(number?));
        found.map(|(operator, _)| *operator)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, name)| name)
    }
}

/// What the vendor names when it does not know an operator, in its own order.
const OPERATORS: &str = "Enum type must be one of: [IN, NOT_HAS_PROPERTY, LT, EQ, GT, NOT_IN, GTE, CONTAINS_TOKEN, \
     HAS_PROPERTY, LTE, NOT_CONTAINS_TOKEN, BETWEEN, NEQ]";
const DIRECTIONS: &str = "Enum type must be one of: [ASCENDING, DESCENDING]";
const FILTER: &str = "com.hubspot.inbounddb.publicobject.core.v3.search.Filter";

/// The answer to a search that cannot be carried out.
pub(super) fn refused() -> Problem {
    Problem::bare("There was a problem with the request.")
}

/// Reads a search, outside the world's lock.
///
/// # Errors
/// The vendor's answer: 400 with the place of what could not be read, or 400 for a search beyond
/// the policy's figures or past the last result that paging reaches.
pub(crate) fn parse(body: &[u8], limits: &SearchLimits) -> Result<SearchRequest, Problem> {
    let (document, node) = Document::read(body)?;
    let mut request = SearchRequest { limit: limits.page_default, ..SearchRequest::default() };
    let mut alone = Vec::new();
    // In the order of the body: the first thing that cannot be read is the one that is answered.
    for (name, value) in document.map(&node, "com.hubspot.inbounddb.publicobject.core.v3.search.SearchRequest")? {
        match &**name {
            "filterGroups" => request.groups = groups(&document, value)?,
            "filters" => alone = filters(&document, value, "filters")?,
            "query" => request.query = document.text(value)?.unwrap_or_default(),
            "sorts" => request.sort = sort(&document, value)?,
            "properties" => {
                let names = document.list(value, "java.util.ArrayList<java.lang.String>")?;
                let names: Result<Vec<_>, _> = names.iter().map(|name| document.text(name)).collect();
                request.properties = names?.into_iter().flatten().collect();
            }
            "limit" => request.limit = number(&document, value)?.unwrap_or(limits.page_default),
            "after" => request.after = number(&document, value)?.unwrap_or(0),
            _ => {}
        }
    }
    if !alone.is_empty() {
        request.groups.push(alone);
    }
    within(&request, limits)?;
    Ok(request)
}

fn within(request: &SearchRequest, limits: &SearchLimits) -> Result<(), Problem> {
    let most = |what: &str, max: usize, is: usize| {
        if is > max {
            return Err(Problem::validation(format!("A search can have at most {max} {what}, was {is}")));
        }
        Ok(())
    };
    most("filter groups", limits.groups_max, request.groups.len())?;
    for group in &request.groups {
        most("filters in a group", limits.filters_per_group_max, group.len())?;
    }
    most("filters", limits.filters_max, request.groups.iter().map(Vec::len).sum())?;
    most("characters in its query", limits.query_chars_max, request.query.chars().count())?;
    most("results on a page", limits.page_max, request.limit)?;
    if request.after >= limits.total_max || request.after.saturating_add(request.limit) > limits.total_max {
        return Err(refused());
    }
    Ok(())
}

/// A whole number, as number or text; none for null and the empty text.
fn number(document: &Document<'_>, node: &Node<'_>) -> Result<Option<usize>, Problem> {
    match document.text(node)? {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => text.trim().parse().map(Some).map_err(|_| refused()),
    }
}

fn groups(document: &Document<'_>, node: &Node<'_>) -> Result<Vec<Vec<Filter>>, Problem> {
    let items = document.list(node, "java.util.HashSet")?;
    let group = |(place, item): (usize, &Node<'_>)| {
        let mut found = Vec::new();
        for (name, value) in document.map(item, "com.hubspot.inbounddb.publicobject.core.v3.search.FilterGroup")? {
            if name == "filters" {
                found = filters(document, value, &format!("filterGroups[{place}].filters"))?;
            }
        }
        Ok(found)
    };
    items.iter().enumerate().map(group).collect()
}

fn filters(document: &Document<'_>, node: &Node<'_>, path: &str) -> Result<Vec<Filter>, Problem> {
    let items = document.list(node, "java.util.HashSet")?;
    items.iter().enumerate().map(|(place, item)| filter(document, item, &format!("{path}[{place}]"))).collect()
}

fn filter(document: &Document<'_>, node: &Node<'_>, path: &str) -> Result<Filter, Problem> {
    let (mut property, mut operator) = (None, None);
    let (mut value, mut high_value, mut values) = (None, None, Vec::new());
    for (name, member) in document.map(node, FILTER)? {
        match &**name {
            "propertyName" => property = document.text(member)?,
            "operator" => operator = self::operator(document, member, path)?,
            "value" => value = document.text(member)?,
            "highValue" => high_value = document.text(member)?,
            "values" => {
                let items = document.list(member, "java.util.ArrayList<java.lang.String>")?;
                let texts: Result<Vec<_>, _> = items.iter().map(|item| document.text(item)).collect();
                values = texts?.into_iter().flatten().collect();
            }
            _ => {}
        }
    }
    let property = property.filter(|name| !name.is_empty());
    let (Some(property), Some(operator)) = (property.clone(), operator) else {
        let missing: Vec<_> = [("propertyName", property.is_none()), ("operator", operator.is_none())]
            .into_iter()
            .filter_map(|(name, is)| is.then_some(name))
            .collect();
        let said = format!("Cannot build Filter, some of required attributes are not set [{}]", missing.join(", "));
        return Err(document.wrong_at(node.end, &said));
    };
    let filter = Filter { property, operator, value, high_value, values };
    match filter.lacks() {
        None => Ok(filter),
        Some(what) => {
            let name = operator.name();
            let said = format!("Cannot construct instance of `{FILTER}`, problem: operator {name} {what}");
            Err(document.wrong_at(node.end, &said))
        }
    }
}

impl Filter {
    /// What its operator needs and has not, or has and may not.
    fn lacks(&self) -> Option<&'static str> {
        let set = |text: &Option<CompactString>| text.as_ref().is_some_and(|text| !text.is_empty());
        match self.operator {
            Operator::In | Operator::NotIn => self.values.is_empty().then_some("requires values"),
            Operator::Between => {
                (!set(&self.value) || !set(&self.high_value)).then_some("requires value and highValue")
            }
            Operator::HasProperty | Operator::NotHasProperty => {
                let any = self.value.is_some() || self.high_value.is_some() || !self.values.is_empty();
                any.then_some("does not allow a value")
            }
            _ => (!set(&self.value)).then_some("requires a value"),
        }
    }
}

fn operator(document: &Document<'_>, node: &Node<'_>, path: &str) -> Result<Option<Operator>, Problem> {
    let Some(text) = document.text(node)? else { return Ok(None) };
    let text = text.trim_matches(|c: char| c <= ' ');
    if text.is_empty() {
        let said = format!("Invalid input JSON: unable to deserialize field \"{path}.operator\". Invalid value: ");
        return Err(Problem::validation(said));
    }
    Operator::parse(text).map(Some).ok_or_else(|| unknown_name(document, node, OPERATORS))
}

/// Unlike other bodies that cannot be read, this one has a category.
fn unknown_name(document: &Document<'_>, node: &Node<'_>, said: &str) -> Problem {
    Problem { category: Some("VALIDATION_ERROR"), ..document.wrong_at(node.start, said) }
}

fn sort(document: &Document<'_>, node: &Node<'_>) -> Result<Option<Sort>, Problem> {
    let items = document.list(node, "java.util.ArrayList")?;
    let sorts: Vec<_> = items.iter().map(|item| one_sort(document, item)).collect::<Result<_, _>>()?;
    let mut sorts = sorts.into_iter().flatten();
    let first = sorts.next();
    if sorts.next().is_some() {
        return Err(Problem::validation(format!("A search can have one sort, was {}", items.len())));
    }
    Ok(first)
}

/// `{"propertyName":"createdate","direction":"DESCENDING"}`, that object as a text, or `-createdate`.
fn one_sort(document: &Document<'_>, node: &Node<'_>) -> Result<Option<Sort>, Problem> {
    let members = match &node.what {
        What::Map(members) => members,
        What::Text(text) if text.starts_with('{') => {
            let (inner, node) = Document::read(text.as_bytes())?;
            return one_sort(&inner, &node);
        }
        _ => {
            let text = document.text(node)?.unwrap_or_default();
            let (property, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
            return Ok((!property.is_empty()).then(|| Sort { property: property.into(), descending }));
        }
    };
    let (mut property, mut descending) = (None, false);
    for (name, member) in members {
        match &**name {
            "propertyName" => property = document.text(member)?,
            "direction" => {
                descending = match document.text(member)?.as_deref() {
                    None | Some("ASCENDING") => false,
                    Some("DESCENDING") => true,
                    Some(_) => return Err(unknown_name(document, member, DIRECTIONS)),
                }
            }
            _ => {}
        }
    }
    let said = "Cannot build Sort, some of required attributes are not set [propertyName]";
    let property = property.ok_or_else(|| document.wrong_at(node.end, said))?;
    Ok(Some(Sort { property, descending }))
}

//! Rules that a portal sets for the values of a property: which there are, which properties they fit,
//! what their arguments must be, and what they say of a value. One file for each family.
//! HubSpot tells one refusal (`INVALID_ALPHA`); all other codes and texts are ours
//! (ledger: `hubspot.validations.refusals`).

mod dates;
mod letters;
mod numbers;
mod phone;
mod web;

#[cfg(test)]
mod tests;

use compact_str::CompactString;

use super::refusal::Refused;
use crate::Moment;
use crate::hubspot::types::{Kind, Property};
use crate::policy::HubspotSettings;

/// A rule as it was set, and what it comes to.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) kind: RuleType,
    pub(crate) arguments: Vec<CompactString>,
    /// Whether a value is brought into form before it is looked at; none where nothing was said.
    pub(crate) normalize: Option<bool>,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Letters(letters::Test),
    Number(numbers::Test),
    Date(dates::Test),
    Web(web::Test),
    Phone(phone::Test),
}

macro_rules! rule_types {
    ($($name:ident = $text:literal,)*) => {
        /// As paths have it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum RuleType { $($name,)* }

        impl RuleType {
            const ALL: &[Self] = &[$(Self::$name,)*];

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

rule_types! {
    AfterDatetimeDuration = "AFTER_DATETIME_DURATION",
    AfterDuration = "AFTER_DURATION",
    Alphanumeric = "ALPHANUMERIC",
    BeforeDatetimeDuration = "BEFORE_DATETIME_DURATION",
    BeforeDuration = "BEFORE_DURATION",
    DaysOfWeek = "DAYS_OF_WEEK",
    Decimal = "DECIMAL",
    Domain = "DOMAIN",
    Email = "EMAIL",
    EmailAllowedDomains = "EMAIL_ALLOWED_DOMAINS",
    EmailBlockedDomains = "EMAIL_BLOCKED_DOMAINS",
    EndDate = "END_DATE",
    EndDatetime = "END_DATETIME",
    Format = "FORMAT",
    MaxLength = "MAX_LENGTH",
    MaxNumber = "MAX_NUMBER",
    MinLength = "MIN_LENGTH",
    MinNumber = "MIN_NUMBER",
    PhoneNumber = "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE",
    Regex = "REGEX",
    SpecialCharacters = "SPECIAL_CHARACTERS",
    StartDate = "START_DATE",
    StartDatetime = "START_DATETIME",
    Url = "URL",
    UrlAllowedDomains = "URL_ALLOWED_DOMAINS",
    UrlBlockedDomains = "URL_BLOCKED_DOMAINS",
    Whitespace = "WHITESPACE",
}

impl RuleType {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether HubSpot offers the rule for properties of this type and field type.
    pub(crate) fn fits(self, property: &Property) -> bool {
        let text = |fields: &[&str]| property.kind == Kind::String && fields.contains(&&*property.field_type);
        match self {
            Self::AfterDatetimeDuration | Self::BeforeDatetimeDuration | Self::StartDatetime | Self::EndDatetime => {
                property.kind == Kind::Datetime
            }
            Self::AfterDuration | Self::BeforeDuration | Self::StartDate | Self::EndDate => property.kind == Kind::Date,
            Self::DaysOfWeek => matches!(property.kind, Kind::Date | Kind::Datetime),
            Self::Decimal | Self::MaxNumber | Self::MinNumber => property.kind == Kind::Number,
            Self::Alphanumeric | Self::Format | Self::Regex | Self::SpecialCharacters => text(&["text", "textarea"]),
            Self::MaxLength | Self::MinLength => text(&["text", "textarea", "phonenumber"]),
            Self::PhoneNumber => text(&["phonenumber"]) || property.kind == Kind::PhoneNumber,
            Self::Domain
            | Self::Email
            | Self::EmailAllowedDomains
            | Self::EmailBlockedDomains
            | Self::Url
            | Self::UrlAllowedDomains
            | Self::UrlBlockedDomains
            | Self::Whitespace => text(&["text"]),
        }
    }
}

impl Check {
    /// A rule with its arguments.
    ///
    /// # Errors
    /// What the arguments should have been.
    pub(crate) fn new(
        kind: RuleType,
        arguments: Vec<CompactString>,
        normalize: Option<bool>,
    ) -> Result<Self, &'static str> {
        let test = match kind {
            RuleType::Alphanumeric
            | RuleType::Format
            | RuleType::MaxLength
            | RuleType::MinLength
            | RuleType::Regex
            | RuleType::SpecialCharacters
            | RuleType::Whitespace => Test::Letters(letters::Test::new(kind, &arguments)?),
            RuleType::Decimal | RuleType::MaxNumber | RuleType::MinNumber => {
                Test::Number(numbers::Test::new(kind, &arguments)?)
            }
            RuleType::Domain
            | RuleType::Email
            | RuleType::EmailAllowedDomains
            | RuleType::EmailBlockedDomains
            | RuleType::Url
            | RuleType::UrlAllowedDomains
            | RuleType::UrlBlockedDomains => Test::Web(web::Test::new(kind, &arguments)?),
            RuleType::PhoneNumber => Test::Phone(phone::Test::new(&arguments)?),
            RuleType::AfterDatetimeDuration
            | RuleType::AfterDuration
            | RuleType::BeforeDatetimeDuration
            | RuleType::BeforeDuration
            | RuleType::DaysOfWeek
            | RuleType::EndDate
            | RuleType::EndDatetime
            | RuleType::StartDate
            | RuleType::StartDatetime => Test::Date(dates::Test::new(kind, &arguments)?),
        };
        Ok(Self { kind, arguments, normalize, test })
    }

    /// Whether its arguments are as great, or as many, as they may be.
    ///
    /// # Errors
    /// What they should have been.
    pub(crate) fn fits(&self, settings: &HubspotSettings) -> Result<(), String> {
        let (given, least, max) = match &self.test {
            Test::Letters(letters::Test::Longest(length) | letters::Test::Shortest(length)) => {
                (*length, 1, settings.rule_length_max.value)
            }
            Test::Number(numbers::Test::Places(places)) => (*places, 0, settings.rule_decimal_places_max.value),
            Test::Web(test) => (test.domains(), 0, settings.rule_domains_max.value),
            _ => return Ok(()),
        };
        if (least..=max).contains(&given) {
            return Ok(());
        }
        Err(match &self.test {
            Test::Web(_) => format!("one to {max} domains"),
            _ => format!("a number from {least} to {max}"),
        })
    }

    /// The text in the form that the rule asks for, where the rule is one that brings it about.
    fn normalized(&self, text: CompactString) -> CompactString {
        match &self.test {
            Test::Letters(test) if self.normalize == Some(true) => test.normalized(text),
            _ => text,
        }
    }

    fn refuses(&self, text: &str, at: Moment) -> Option<Refused> {
        match &self.test {
            Test::Letters(test) => test.refuses(text),
            Test::Number(test) => test.refuses(text),
            Test::Date(test) => test.refuses(text, at),
            Test::Web(test) => test.refuses(text),
            Test::Phone(test) => test.refuses(text),
        }
    }
}

/// Holds a text that is to be kept against a property's rules; it comes back in the form they ask for.
pub(super) fn held(checks: &[Check], text: CompactString, at: Moment) -> Result<CompactString, Refused> {
    let text = checks.iter().fold(text, |text, check| check.normalized(text));
    match checks.iter().find_map(|check| check.refuses(&text, at)) {
        Some(refused) => Err(refused),
        None => Ok(text),
    }
}

/// The only argument, where there is one.
fn sole(arguments: &[CompactString]) -> Option<&str> {
    match arguments {
        [one] => Some(one),
        _ => None,
    }
}

//! Rules about addresses: of e-mail, of pages, of domains, and which domains they may be of.

use compact_str::CompactString;

use super::RuleType;
use crate::hubspot::read::fold;
use crate::hubspot::validate::email;
use crate::hubspot::validate::refusal::Refused;

#[derive(Clone, Debug)]
pub(super) struct Test {
    what: What,
    only: Option<Only>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Email,
    Url,
    Domain,
}

#[derive(Clone, Debug)]
enum Only {
    Of(Vec<CompactString>),
    NotOf(Vec<CompactString>),
}

impl Test {
    pub(super) fn new(kind: RuleType, arguments: &[CompactString]) -> Result<Self, &'static str> {
        let what = match kind {
            RuleType::Email | RuleType::EmailAllowedDomains | RuleType::EmailBlockedDomains => What::Email,
            RuleType::Url | RuleType::UrlAllowedDomains | RuleType::UrlBlockedDomains => What::Url,
            _ => What::Domain,
        };
        let only = match kind {
            RuleType::EmailAllowedDomains | RuleType::UrlAllowedDomains => Some(Only::Of(domains(arguments)?)),
            RuleType::EmailBlockedDomains | RuleType::UrlBlockedDomains => Some(Only::NotOf(domains(arguments)?)),
            _ if arguments.is_empty() => None,
            _ => return Err("none"),
        };
        Ok(Self { what, only })
    }

    /// How many domains it names.
    pub(super) fn domains(&self) -> usize {
        match &self.only {
            Some(Only::Of(domains) | Only::NotOf(domains)) => domains.len(),
            None => 0,
        }
    }

    pub(super) fn refuses(&self, text: &str) -> Option<Refused> {
        let Some(domain) = self.what.domain(text) else {
            return Some(match self.what {
                What::Email => ("INVALID_EMAIL", format!("Email address {text} is invalid")),
                What::Url => ("INVALID_URL", format!("URL {text} is invalid")),
                What::Domain => ("INVALID_DOMAIN", format!("Domain {text} is invalid")),
            });
        };
        let of = |domains: &[CompactString]| domains.iter().any(|known| is_of(&domain, known));
        let (code, said) = match (&self.only, self.what) {
            (Some(Only::Of(domains)), What::Email) if !of(domains) => ("INVALID_EMAIL_DOMAIN", "is not allowed"),
            (Some(Only::NotOf(domains)), What::Email) if of(domains) => ("INVALID_EMAIL_DOMAIN", "is not allowed"),
            (Some(Only::Of(domains)), _) if !of(domains) => ("INVALID_URL_DOMAIN", "is not allowed"),
            (Some(Only::NotOf(domains)), _) if of(domains) => ("INVALID_URL_DOMAIN", "is not allowed"),
            _ => return None,
        };
        Some((code, format!("Domain {domain} {said}")))
    }
}

impl What {
    /// The domain that a text names, if it is well formed.
    fn domain(self, text: &str) -> Option<CompactString> {
        match self {
            Self::Email => email::address(text)?.rsplit_once('@').map(|(_, domain)| domain.into()),
            Self::Url => {
                let rest = match text.split_once("://") {
                    Some((scheme, rest)) if ["http", "https"].iter().any(|one| scheme.eq_ignore_ascii_case(one)) => {
                        rest
                    }
                    Some(_) => return None,
                    None => text,
                };
                let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
                let host = host
                    .rsplit_once(':')
                    .filter(|(_, port)| port.parse::<u16>().is_ok())
                    .map_or(host, |(host, _)| host);
                (!rest.contains(char::is_whitespace))
                    .then(|| host.into())
                    .filter(|host: &CompactString| email::domain(host))
            }
            Self::Domain => Some(fold(text)).filter(|text| email::domain(text)),
        }
    }
}

fn domains(arguments: &[CompactString]) -> Result<Vec<CompactString>, &'static str> {
    let fine = !arguments.is_empty() && arguments.iter().all(|domain| email::domain(&fold(domain)));
    if fine { Ok(arguments.iter().map(|domain| fold(domain)).collect()) } else { Err("one domain or more") }
}

/// A domain is also of those above it.
fn is_of(domain: &str, known: &str) -> bool {
    let domain = fold(domain);
    domain == known || domain.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
}

//! The members of a deployment specification as the vendor's model has them, and which of them are
//! enforced here (facts/oci-api-gateway.md §1, §5, §7). Moving a member from `NotYet` to `Enforced`
//! is how a new policy arrives.

use Standing::{Enforced, NotYet};

/// How far a member of the vendor's model is honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Enforced,
    NotYet,
}

/// The members of one kind of object.
pub(super) type Model = [(&'static str, Standing)];

pub(super) const SPECIFICATION: &Model =
    &[("requestPolicies", Enforced), ("loggingPolicies", Enforced), ("routes", Enforced)];

pub(super) const REQUEST_POLICIES: &Model = &[
    ("authentication", NotYet),
    ("rateLimiting", Enforced),
    ("cors", NotYet),
    ("mutualTls", NotYet),
    ("usagePlans", NotYet),
    ("dynamicAuthentication", NotYet),
];

pub(super) const RATE_LIMITING: &Model = &[("rateInRequestsPerSecond", Enforced), ("rateKey", Enforced)];

/// Logs leave the gateway by a channel that no caller sees: these are checked and have no effect.
pub(super) const LOGGING_POLICIES: &Model = &[("accessLog", Enforced), ("executionLog", Enforced)];
pub(super) const ACCESS_LOG: &Model = &[("isEnabled", Enforced)];
pub(super) const EXECUTION_LOG: &Model = &[("isEnabled", Enforced), ("logLevel", Enforced)];
pub(super) const LOG_LEVELS: &[&str] = &["INFO", "WARN", "ERROR"];

pub(super) const ROUTE: &Model = &[
    ("path", Enforced),
    ("methods", Enforced),
    ("backend", Enforced),
    ("requestPolicies", Enforced),
    ("responsePolicies", Enforced),
    ("loggingPolicies", Enforced),
];

pub(super) const ROUTE_REQUEST_POLICIES: &Model = &[
    ("authorization", NotYet),
    ("cors", NotYet),
    ("headerValidations", NotYet),
    ("queryParameterValidations", NotYet),
    ("bodyValidation", NotYet),
    ("headerTransformations", NotYet),
    ("queryParameterTransformations", NotYet),
    ("responseCacheLookup", NotYet),
];

pub(super) const ROUTE_RESPONSE_POLICIES: &Model = &[("headerTransformations", NotYet), ("responseCacheStore", NotYet)];

pub(super) const HTTP_BACKEND: &Model = &[
    ("type", Enforced),
    ("url", Enforced),
    ("connectTimeoutInSeconds", Enforced),
    ("readTimeoutInSeconds", Enforced),
    ("sendTimeoutInSeconds", Enforced),
    ("isSslVerifyDisabled", Enforced),
];

pub(super) const STOCK_RESPONSE_BACKEND: &Model =
    &[("type", Enforced), ("status", Enforced), ("body", Enforced), ("headers", Enforced)];
pub(super) const STOCK_HEADER: &Model = &[("name", Enforced), ("value", Enforced)];

/// Back ends of the vendor's model that are not served yet.
pub(super) const BACKENDS_NOT_YET: &[&str] =
    &["ORACLE_FUNCTIONS_BACKEND", "DYNAMIC_ROUTING_BACKEND", "OAUTH2_LOGOUT_BACKEND", "OAUTH2_LOGIN_BACKEND"];

/// Names that the vendor's prose or older versions use, and the model's own (§1).
const ALSO_WRITTEN: &[(&str, &str)] = &[
    ("responseCacheStorage", "responseCacheStore"),
    ("mutualTLS", "mutualTls"),
    ("isSSLVerifyDisabled", "isSslVerifyDisabled"),
    ("authorizeScope", "authorization"),
];

/// How a key was recognised.
pub(super) enum Named {
    Member(&'static str, Standing),
    /// By a name that is not the model's.
    Alias(&'static str, Standing),
}

/// The member that a key names: in camelCase as on the wire, in kebab-case as the vendor's command
/// line prints it, or in the snake_case that it lets pass.
pub(super) fn named(model: &Model, key: &str) -> Option<Named> {
    let find = |name: &str| model.iter().copied().find(|(member, _)| *member == name);
    let name = camel(key);
    if let Some((member, standing)) = find(&name) {
        return Some(Named::Member(member, standing));
    }
    let (_, member) = ALSO_WRITTEN.iter().find(|(written, _)| *written == name)?;
    find(member).map(|(member, standing)| Named::Alias(member, standing))
}

fn camel(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut words = key.split(['-', '_']);
    name.extend(words.next());
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.extend(letters);
    }
    name
}

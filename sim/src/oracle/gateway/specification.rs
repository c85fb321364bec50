//! From a specification's text to a deployment: the vendor's rules for each member, every breach
//! a finding (facts/oci-api-gateway.md §1, §2, §5, §7). All of them are collected before it is refused.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::deployment::{
    Backend, Deployment, HttpBackend, Methods, RateKey, RateLimit, Route, StockResponse, Timeouts,
};
use super::document::{Document, Object, Spot};
use super::pattern::{self, Pattern};
use super::refusal::{Finding, Reason, SpecificationError};
use super::template::{Rejected, Template};
use super::{json, model};
use crate::SystemName;
use crate::policy::{GatewaySettings, Millis};

pub(super) fn load(
    name: &str,
    prefix: &str,
    text: &str,
    figures: &GatewaySettings,
    backends: &[(&str, &str)],
) -> Result<Deployment, SpecificationError> {
    let mut document = Document::new(text, figures, backends);
    let root = match json::read(text) {
        Ok(root) => root,
        Err(error) => {
            let place = Some(document.place(error.offset..error.offset));
            let reason = Reason::Invalid(format!("is not JSON: {}", error.message));
            let finding = Finding { pointer: String::new(), place, reason };
            return Err(SpecificationError::new(name, text, vec![finding]));
        }
    };
    let root = Spot { node: &root, pointer: String::new() };
    let bytes_max = figures.specification_bytes_max.value;
    if text.len() > bytes_max {
        document.refuse(&root, format!("is larger than {bytes_max} bytes"));
    }
    let (rate_limit, mut routes) = specification(&mut document, &root);
    let kept_prefix = pattern::prefix(prefix, figures.prefix_chars_max.value).unwrap_or_else(|why| {
        let reason = Reason::Invalid(format!("the path prefix `{prefix}` {why}"));
        document.refused.insert(0, Finding { pointer: String::new(), place: None, reason });
        ""
    });
    if !document.refused.is_empty() {
        document.refused.sort_by_key(position);
        return Err(SpecificationError::new(name, text, document.refused));
    }
    routes.sort_by(|one, other| one.pattern.rank().cmp(other.pattern.rank()));
    document.notes.sort_by_key(position);
    let prefix = kept_prefix.to_owned();
    Ok(Deployment { name: name.to_owned(), prefix, rate_limit, routes, notes: document.notes })
}

/// The prefix, which has no place, before the text in its order.
fn position(finding: &Finding) -> Option<usize> {
    finding.place.as_ref().map(|place| place.span.start)
}

fn specification(document: &mut Document<'_>, spot: &Spot<'_>) -> (Option<RateLimit>, Vec<Route>) {
    let Some(root) = document.object(spot, model::SPECIFICATION) else { return (None, Vec::new()) };
    let policies = root.get("requestPolicies").and_then(|spot| document.object(spot, model::REQUEST_POLICIES));
    let rate_limit =
        policies.as_ref().and_then(|policies| policies.get("rateLimiting")).and_then(|spot| rate(document, spot));
    logging(document, &root);
    let Some(spot) = root.get("routes") else {
        document.refuse(spot, "has no `routes`, so nothing would be served");
        return (rate_limit, Vec::new());
    };
    let spots = document.list(spot);
    if spots.is_empty() && matches!(spot.node.value, json::Value::List(_)) {
        document.refuse(spot, "names no route, so nothing would be served");
    }
    let routes_max = document.figures.routes_max.value;
    if spots.len() > routes_max {
        document.refuse(spot, format!("has more than {routes_max} routes"));
    }
    let mut routes: Vec<Route> = Vec::new();
    for spot in spots {
        let Some(route) = route(document, &spot) else { continue };
        let mut same = routes.iter().filter(|other| other.pattern.same_paths(&route.pattern));
        if same.clone().any(|other| other.methods.same(&route.methods)) {
            document.refuse(&spot, "is there already: an earlier route has the same path and methods");
        } else if same.any(|other| other.methods.meet(&route.methods)) {
            document.note(&spot, "shares its path and a method with an earlier route, which serves that method");
        }
        routes.push(route);
    }
    (rate_limit, routes)
}

fn rate(document: &mut Document<'_>, spot: &Spot<'_>) -> Option<RateLimit> {
    let limit = document.object(spot, model::RATE_LIMITING)?;
    let rate = document.required(&limit, "rateInRequestsPerSecond").and_then(|spot| {
        let rate = document.whole(spot)?;
        if rate == 0 {
            document.refuse(spot, "lets no request through");
        }
        Some(rate)
    });
    let key = document
        .required(&limit, "rateKey")
        .and_then(|spot| document.word(spot, &["CLIENT_IP", "TOTAL"]))
        .map(|word| if word == "TOTAL" { RateKey::Total } else { RateKey::ClientIp });
    Some(RateLimit { requests_per_second: rate?, key: key? })
}

/// Checked for form only: logs are not part of what a caller sees.
fn logging(document: &mut Document<'_>, owner: &Object<'_>) {
    let Some(spot) = owner.get("loggingPolicies") else { return };
    let Some(policies) = document.object(spot, model::LOGGING_POLICIES) else { return };
    for (name, model) in [("accessLog", model::ACCESS_LOG), ("executionLog", model::EXECUTION_LOG)] {
        let Some(log) = policies.get(name).and_then(|spot| document.object(spot, model)) else { continue };
        if let Some(spot) = log.get("isEnabled") {
            document.flag(spot);
        }
        if let Some(spot) = log.get("logLevel") {
            document.word(spot, model::LOG_LEVELS);
        }
    }
}

fn route(document: &mut Document<'_>, spot: &Spot<'_>) -> Option<Route> {
    let route = document.object(spot, model::ROUTE)?;
    let pattern = document.required(&route, "path").and_then(|spot| {
        let path = document.text(spot)?;
        Pattern::parse(path, document.figures.route_path_chars_max.value).map_err(|why| document.refuse(spot, why)).ok()
    });
    let methods = methods(document, &route);
    for (name, model) in
        [("requestPolicies", model::ROUTE_REQUEST_POLICIES), ("responsePolicies", model::ROUTE_RESPONSE_POLICIES)]
    {
        if let Some(spot) = route.get(name) {
            document.object(spot, model);
        }
    }
    logging(document, &route);
    let backend = document.required(&route, "backend").and_then(|spot| backend(document, spot, pattern.as_ref()));
    Some(Route { pattern: pattern?, methods: methods?, backend: backend? })
}

fn methods(document: &mut Document<'_>, route: &Object<'_>) -> Option<Methods> {
    const WORDS: &[&str] = &["ANY", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let Some(spot) = route.get("methods") else {
        document.note(&route.spot, "names no methods and is taken to serve any");
        return Some(Methods::Any);
    };
    let spots = document.list(spot);
    if spots.is_empty() {
        document.refuse(spot, "names no method");
    }
    let words: Option<Vec<_>> = spots.iter().map(|spot| document.word(spot, WORDS)).collect();
    let words = words?;
    if words.contains(&"ANY") {
        return Some(Methods::Any);
    }
    Some(Methods::These(words.into_iter().filter_map(|word| Method::from_bytes(word.as_bytes()).ok()).collect()))
}

fn backend(document: &mut Document<'_>, spot: &Spot<'_>, pattern: Option<&Pattern>) -> Option<Backend> {
    let json::Value::Object(members) = &spot.node.value else {
        document.refuse(spot, "is no object");
        return None;
    };
    // The type first: it says which members there are.
    let Some(member) = members.iter().find(|member| member.key == "type") else {
        document.refuse(spot, "lacks `type`");
        return None;
    };
    let kind_spot = Spot { node: &member.node, pointer: format!("{}/type", spot.pointer) };
    match document.text(&kind_spot)? {
        "HTTP_BACKEND" => {
            let backend = document.object(spot, model::HTTP_BACKEND)?;
            http_backend(document, &backend, pattern).map(Backend::Http)
        }
        "STOCK_RESPONSE_BACKEND" => {
            let backend = document.object(spot, model::STOCK_RESPONSE_BACKEND)?;
            stock_response(document, &backend).map(Backend::Stock)
        }
        kind if model::BACKENDS_NOT_YET.contains(&kind) => {
            document.not_enforced(&kind_spot);
            None
        }
        _ => {
            document.refuse(&kind_spot, "is no kind of back end that the vendor has");
            None
        }
    }
}

fn http_backend(document: &mut Document<'_>, backend: &Object<'_>, route: Option<&Pattern>) -> Option<HttpBackend> {
    let url = document.required(backend, "url").and_then(|spot| {
        let template = match Template::parse(document.text(spot)?) {
            Ok(template) => template,
            Err(Rejected::NotEnforced) => {
                document.not_enforced(spot);
                return None;
            }
            Err(Rejected::Invalid(why)) => {
                document.refuse(spot, why);
                return None;
            }
        };
        let template = match template.moved(document.backends) {
            Ok(moved) => moved.unwrap_or(template),
            Err(bad) => {
                document.refuse(spot, format!("would become unusable: {bad}"));
                return None;
            }
        };
        if template.is_https() {
            document.needs_tls(spot);
        } else if let Some(host) = template.bare_host() {
            let known = SystemName::ALL.map(SystemName::as_str).join(", ");
            document.refuse(
                spot,
                format!("has the host `{host}`, which is no system ({known}); give its full name, or its port"),
            );
        }
        for key in template.path_keys().filter(|key| route.is_some_and(|route| route.names().all(|name| name != *key)))
        {
            document.note(spot, format!("reads `{key}`, which its route's path does not have: always empty"));
        }
        Some(template)
    });
    if let Some(spot) = backend.get("isSslVerifyDisabled")
        && document.flag(spot) == Some(true)
    {
        document.not_enforced(spot);
    }
    let figures = document.figures;
    let (default, most) = (&figures.connect_timeout_default, &figures.connect_timeout_max);
    let connect = timeout(document, backend, "connectTimeoutInSeconds", default.value, most.value);
    let (default, most) = (&figures.read_timeout_default, &figures.read_timeout_max);
    let read = timeout(document, backend, "readTimeoutInSeconds", default.value, most.value);
    let (default, most) = (&figures.send_timeout_default, &figures.send_timeout_max);
    let send = timeout(document, backend, "sendTimeoutInSeconds", default.value, most.value);
    let timeouts = Timeouts { connect: connect?, send: send?, read: read? };
    Some(HttpBackend { url: url?, timeouts })
}

fn timeout(
    document: &mut Document<'_>,
    backend: &Object<'_>,
    name: &str,
    default: Millis,
    most: Millis,
) -> Option<Duration> {
    let span = |span: Millis| Duration::from_millis(span.0.unsigned_abs());
    let Some(spot) = backend.get(name) else { return Some(span(default)) };
    let seconds = document.number(spot)?;
    let (least, most) = (span(document.figures.timeout_min.value).as_secs_f64(), span(most).as_secs_f64());
    if !(least..=most).contains(&seconds) {
        document.refuse(spot, format!("is not within {least} to {most} seconds"));
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn stock_response(document: &mut Document<'_>, backend: &Object<'_>) -> Option<StockResponse> {
    let status = document.required(backend, "status").and_then(|spot| {
        let status = u16::try_from(document.whole(spot)?).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let (least, most) = (document.figures.stock_status_min.value.0, document.figures.stock_status_max.value.0);
        let status = status.filter(|status| (least..=most).contains(status));
        if status.is_none() {
            document.refuse(spot, "is no status that an answer can have");
        }
        status
    });
    let body = match backend.get("body") {
        None => Some(Bytes::new()),
        Some(spot) => document.text(spot).map(|body| {
            let bytes_max = document.figures.stock_body_bytes_max.value;
            if body.len() > bytes_max {
                document.refuse(spot, format!("is longer than {bytes_max} bytes"));
            }
            Bytes::copy_from_slice(body.as_bytes())
        }),
    };
    let headers = match backend.get("headers") {
        None => Some(Vec::new()),
        Some(spot) => stock_headers(document, spot),
    };
    Some(StockResponse { status: status?, headers: headers?, body: body? })
}

fn stock_headers(document: &mut Document<'_>, spot: &Spot<'_>) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let spots = document.list(spot);
    let headers_max = document.figures.stock_headers_max.value;
    if spots.len() > headers_max {
        document.refuse(spot, format!("has more than {headers_max} headers"));
    }
    let mut bytes = 0;
    let mut headers = Some(Vec::new());
    for spot in &spots {
        let header = document.object(spot, model::STOCK_HEADER).and_then(|header| {
            let name = document.required(&header, "name").and_then(|spot| {
                let name = document.text(spot)?;
                bytes += name.len();
                name.parse::<HeaderName>().map_err(|_| document.refuse(spot, "is no header name")).ok()
            });
            let value = document.required(&header, "value").and_then(|spot| {
                let value = document.text(spot)?;
                bytes += value.len();
                HeaderValue::from_str(value).map_err(|_| document.refuse(spot, "is no header value")).ok()
            });
            Some((name?, value?))
        });
        match (header, &mut headers) {
            (Some(header), Some(headers)) => headers.push(header),
            _ => headers = None,
        }
    }
    let bytes_max = document.figures.stock_header_bytes_max.value;
    if bytes > bytes_max {
        document.refuse(spot, format!("has more than {bytes_max} bytes of headers"));
    }
    headers
}

//! Which route serves a request.

use http::Method;
use proptest::prelude::*;
use serde_json::json;

use super::super::deployment::{Backend, Deployment, Routed};
use super::profile;
use crate::policy::GatewaySettings;

/// A deployment whose back ends tell which route it was: `http://b.example/INDEX`.
fn deployment(routes: &[(&str, &[&str])]) -> Deployment {
    let route = |(index, (path, methods)): (usize, &(&str, &[&str]))| json!({ "path": path, "methods": methods, "backend": { "type": "HTTP_BACKEND", "url": format!("http://b.example/{index}") } });
    let routes: Vec<_> = routes.iter().enumerate().map(route).collect();
    Deployment::load("test.json", "/p", &json!({ "routes": routes }).to_string()).unwrap()
}

/// `INDEX name=value ...`, `405` or `404`.
fn routed(deployment: &Deployment, method: &str, path: &str, figures: &GatewaySettings) -> String {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    match deployment.route(path, &method, figures) {
        Routed::WrongMethod => "405".to_owned(),
        Routed::NoRoute => "404".to_owned(),
        Routed::To(route, parameters) => {
            let Backend::Http(backend) = &route.backend else { panic!("no stock back ends here") };
            let request = super::request("GET", "/", &[]);
            let url = backend.url.fill(&request, &parameters).unwrap();
            let parameters = parameters.iter().map(|(name, value)| format!(" {name}={value}"));
            url.path().trim_start_matches('/').to_owned() + &parameters.collect::<String>()
        }
    }
}

fn published() -> GatewaySettings {
    profile().settings.clone()
}

/// The overlaps of a real customer API: one path in two routes, a parameter beside literals, a wildcard.
const CUSTOMER_API: &[(&str, &[&str])] = &[
    ("/{resource}/{key}", &["GET"]),
    ("/status", &["GET"]),
    ("/customers/", &["GET"]),
    ("/customers/", &["POST"]),
    ("/customers/{customer_id}", &["GET", "PUT"]),
    ("/products/{path_rest*}", &["GET"]),
    ("/echo", &["ANY"]),
];

#[test]
fn the_most_exact_path_serves() {
    let api = deployment(CUSTOMER_API);
    for (method, path, expected) in [
        ("GET", "/status", "1"),
        ("HEAD", "/status", "405"),
        ("OPTIONS", "/status", "405"),
        ("GET", "/status/", "404"),
        ("GET", "/customers", "404"),
        ("GET", "/customers/", "2"),
        ("POST", "/customers/", "3"),
        ("PUT", "/customers/", "405"),
        ("GET", "/customers/7", "4 customer_id=7"),
        ("PUT", "/customers/a%2Fb", "4 customer_id=a%2Fb"),
        ("DELETE", "/customers/7", "405"),
        ("GET", "/customers/7/", "404"),
        ("GET", "/orders/9", "0 resource=orders key=9"),
        ("PUT", "/orders/9", "405"),
        ("GET", "/orders/", "404"),
        ("GET", "/products/a", "5 path_rest=a"),
        ("GET", "/products/", "5 path_rest="),
        ("GET", "/products/a/b+c/", "5 path_rest=a/b+c/"),
        ("GET", "/products", "404"),
        ("POST", "/products/a/b", "405"),
        ("BREW", "/echo", "6"),
        ("GET", "/", "404"),
        ("GET", "/CUSTOMERS/", "404"),
    ] {
        assert_eq!(routed(&api, method, path, &published()), expected, "{method} {path}");
    }
}

#[test]
fn the_ways_that_were_not_established_are_settings() {
    let api = deployment(&[("/crm/{rest*}", &["GET", "POST"]), ("/crm/search", &["POST"])]);
    let (mut falls_through, mut without_slash) = (published(), published());
    falls_through.method_falls_through.value = true;
    without_slash.wildcard_without_slash.value = true;
    let published = published();
    for (method, path, figures, expected) in [
        ("POST", "/crm/search", &published, "1"),
        ("GET", "/crm/search", &published, "405"),
        ("GET", "/crm/search", &falls_through, "0 rest=search"),
        ("DELETE", "/crm/search", &falls_through, "405"),
        ("GET", "/crm", &published, "404"),
        ("GET", "/crm", &without_slash, "0 rest="),
        ("GET", "/crm/", &without_slash, "0 rest="),
        ("GET", "/crmx", &without_slash, "404"),
    ] {
        assert_eq!(routed(&api, method, path, figures), expected, "{method} {path}");
    }
}

/// The definition, read aloud: a path matches by cutting it up; of all that match, no other may be
/// more exact at the first segment where they differ in kind; the first such with the method serves.
mod brute_force {
    pub(super) fn cut(path: &str) -> Vec<&str> {
        path[1..].split('/').collect()
    }

    fn kind(segment: &str) -> u8 {
        if !segment.starts_with('{') {
            0
        } else if !segment.ends_with("*}") {
            1
        } else {
            2
        }
    }

    fn matches(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern, path) {
            ([], []) => true,
            ([last], [_, ..]) if kind(last) == 2 => true,
            ([one, more @ ..], [sent, rest @ ..]) => {
                let fits = if kind(one) == 0 { one == sent } else { !sent.is_empty() };
                fits && matches(more, rest)
            }
            _ => false,
        }
    }

    fn more_exact(one: &[&str], other: &[&str]) -> bool {
        let differing = one.iter().zip(other).find(|(a, b)| kind(a) != kind(b));
        differing.is_some_and(|(a, b)| kind(a) < kind(b))
    }

    pub(super) fn route(routes: &[(String, Vec<&'static str>)], method: &str, path: &str) -> String {
        let matching: Vec<_> = routes.iter().enumerate().filter(|(_, (p, _))| matches(&cut(p), &cut(path))).collect();
        let best: Vec<_> = matching
            .iter()
            .filter(|(_, (p, _))| matching.iter().all(|(_, (q, _))| !more_exact(&cut(q), &cut(p))))
            .collect();
        match best.iter().find(|(_, (_, methods))| methods.contains(&"ANY") || methods.contains(&method)) {
            Some((index, _)) => index.to_string(),
            None if best.is_empty() => "404".to_owned(),
            None => "405".to_owned(),
        }
    }
}

fn any_pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => "[ab]", 2 => Just("{}".to_owned())];
    let end = prop_oneof![Just(""), Just("/"), Just("/{z*}")];
    (prop::collection::vec(segment, 0..4), end).prop_map(|(segments, end)| {
        let named = segments.iter().enumerate().map(|(at, segment)| match segment.as_str() {
            "{}" => format!("/{{p{at}}}"),
            literal => format!("/{literal}"),
        });
        let path = named.collect::<String>() + end;
        if path.is_empty() { "/".to_owned() } else { path }
    })
}

proptest! {
    #[test]
    fn routing_agrees_with_its_definition(
        routes in prop::collection::vec((any_pattern(), prop::sample::subsequence(vec!["GET", "PUT", "ANY"], 1..=2)), 1..8),
        path in "(/[abc]{0,1}){1,4}",
        method in prop::sample::select(vec!["GET", "PUT", "POST"]),
    ) {
        // The same route twice is refused when it is loaded.
        let mut kept: Vec<(String, Vec<&str>)> = Vec::new();
        for (path, methods) in routes {
            let methods = if methods.contains(&"ANY") { vec!["ANY"] } else { methods };
            if !kept.contains(&(path.clone(), methods.clone())) {
                kept.push((path, methods));
            }
        }
        let routes = kept;
        let borrowed: Vec<(&str, &[&str])> = routes.iter().map(|(path, methods)| (path.as_str(), methods.as_slice())).collect();
        let found = routed(&deployment(&borrowed), method, &path, &published());
        let index = found.split(' ').next().unwrap_or_default();
        prop_assert_eq!(index, brute_force::route(&routes, method, &path), "{} {} in {:?}", method, path, routes);
    }
}

//! What a request puts into a back end's URL.

use super::super::deployment::{Backend, Routed};
use super::{one_route, profile, request};

fn url(template: &str, target: &str, headers: &[(&str, &str)]) -> Option<String> {
    let deployment = one_route("/{x}/{rest*}", template);
    let request = request("GET", target, headers);
    let path = deployment.below(request.path()).unwrap();
    let Routed::To(route, parameters) = deployment.route(path, &request.method, &profile().settings) else {
        panic!("{target} has no route")
    };
    let Backend::Http(backend) = &route.backend else { panic!("no stock back ends here") };
    backend.url.fill(&request, &parameters).map(|uri| uri.to_string())
}

#[test]
fn variables_take_what_was_sent_as_it_was_sent() {
    let sent = [("Host", "shop.api.example.com:8080"), ("X-A", "one"), ("x-a", "two"), ("X-Space", "a b")];
    for (template, target, expected) in [
        ("http://b.example/y", "/p/1/", Some("http://b.example/y")),
        ("http://b.example", "/p/1/?q=1", Some("http://b.example/?q=1")),
        (
            "http://b.example/${request.path[x]}-${request.path[rest]}",
            "/p/a%20b+c/d/e",
            Some("http://b.example/a%20b+c-d/e"),
        ),
        ("http://b.example/${request.path[rest]}", "/p/1/", Some("http://b.example/")),
        ("http://b.example/${request.path[none]}/c", "/p/1/", Some("http://b.example//c")),
        (
            "http://b.example/${request.query[k]}",
            "/p/1/?K=0&k=a%2Fb+c&k=2",
            Some("http://b.example/a%2Fb+c?K=0&k=a%2Fb+c&k=2"),
        ),
        ("http://b.example/${request.query[a.b]}", "/p/1/?a%2Eb=1", Some("http://b.example/1?a%2Eb=1")),
        ("http://b.example/${request.query[k]}", "/p/1/?k", Some("http://b.example/?k")),
        ("http://b.example/c?d=e", "/p/1/?f=g&h", Some("http://b.example/c?d=e&f=g&h")),
        ("http://b.example/${request.headers[x-A]}", "/p/1/", Some("http://b.example/one")),
        ("http://b.example/${request.headers[gone]}", "/p/1/", Some("http://b.example/")),
        ("http://b.example/${request.headers[X-Space]}", "/p/1/", None),
        ("http://b.example/${request.host}", "/p/1/", Some("http://b.example/shop.api.example.com:8080")),
        ("http://b.example/${request.subdomain[api.example.com]}", "/p/1/", Some("http://b.example/shop")),
        ("http://b.example/${request.subdomain[.example.com]}", "/p/1/", Some("http://b.example/shop.api")),
        ("http://b.example/${request.subdomain[other.com]}", "/p/1/", Some("http://b.example/")),
    ] {
        assert_eq!(url(template, target, &sent).as_deref(), expected, "{template} for {target}");
    }
}

#[test]
fn other_addresses_take_the_place_of_back_ends_at_boundaries_only() {
    for (from, expected) in [
        ("http://b.example", "http://127.0.0.1:9/ords/x"),
        ("http://b.example/ords", "http://127.0.0.1:9/x"),
        ("http://b.example/ords/", "http://127.0.0.1:9x"),
        ("http://b.example/or", "http://b.example/ords/x"),
        ("http://c", "http://b.example/ords/x"),
    ] {
        let moved = one_route("/", "http://b.example/ords/x").with_backends(&[(from, "http://127.0.0.1:9/")]);
        let shown = format!("{:?}", moved.unwrap().routes[0].backend);
        assert!(shown.contains(&format!("{expected:?}")), "{from}: {shown}");
    }
    assert!(one_route("/", "http://b.example/ords/x").with_backends(&[("http://b.example", "nowhere")]).is_err());
}

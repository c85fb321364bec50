//! What `standin receive` makes of answers alone.

use serde_json::Value;

use super::{SECRET, Trial, rust, trial};

const PUBLIC: &str = "https://hooks.example.com/configured/hs";

fn case<'r>(report: &'r Value, name: &str) -> &'r Value {
    let mut cases = report["cases"].as_array().unwrap().iter();
    cases.find(|case| case["case"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"))
}

/// What one case came to with one receiver: the verdict, and what was said.
fn told(trial: Trial, name: &str) -> (String, String) {
    let (_, _, report) = trial.broken();
    let case = case(&report, name);
    let said = ["what", "reason", "unseen"].iter().find_map(|member| case[*member].as_str());
    (case["verdict"].as_str().unwrap().to_owned(), said.unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_shows_what_it_shows_and_no_more() {
    let port = rust::serve(SECRET).await;
    let cases: &[(&str, &str, &[&str], &str, &str)] = &[
        (
            "crashes",
            "wrong-secret",
            &[],
            "broken",
            "it broke the receiver, which turns nothing away: answered with 500",
        ),
        ("crashes", "stale-timestamp", &[], "broken", "answered with 500"),
        ("crashes", "v1-only", &[], "broken", "answered with 500"),
        ("redirects", "missing-headers", &[], "broken", "it was not turned away: answered with 302"),
        ("too-often", "tampered-body", &[], "untested", "it came to nothing: 429"),
        ("right", "wrong-secret", &[], "kept", "whether it had an effect is not seen: --observe"),
        // HubSpot's own libraries decode nothing: what they refuse is no fault.
        ("undecoded", "query-string", &[], "kept", ""),
        ("undecoded", "escaped-query", &[], "untested", "advice alone: 401"),
        ("right", "escaped-query", &[], "kept", ""),
        ("drops-query", "query-string", &[], "broken", "/drops-query/hs?tag=a&q=x. If the receiver checks one address"),
        (
            "drops-query",
            "query-string",
            &["--public-url", "https://hooks.example.com/drops-query/hs"],
            "untested",
            "POST https://hooks.example.com/drops-query/hs?",
        ),
        ("configured", "changed-host", &["--public-url", PUBLIC], "kept", ""),
        ("configured", "query-string", &["--public-url", PUBLIC], "untested", "one address of its settings"),
        ("right", "reorder", &["--event", "event.completed"], "untested", "HubSpot has no event.propertyChange"),
        ("path-only", "genuine", &[], "broken", "here of POST, http://127.0.0.1:"),
        ("path-only", "genuine", &["--public-url", PUBLIC], "broken", "X-Forwarded-Host and X-Forwarded-Proto"),
    ];
    tokio::task::spawn_blocking(move || {
        let trials: Vec<_> = cases
            .iter()
            .map(|(defect, case, more, ..)| trial(port, defect, &[&["--only", case], *more].concat()))
            .collect();
        for ((defect, case, _, verdict, words), trial) in cases.iter().zip(trials) {
            let (came, said) = told(trial, case);
            assert_eq!(came, *verdict, "{defect}, {case}: {said}");
            assert!(said.contains(words), "{defect}, {case}: {said}");
        }
    })
    .await
    .unwrap();
}

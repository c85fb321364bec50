//! What `standin receive --observe` makes of what a receiver shows: of those that answer first and work later, too.

use serde_json::Value;

use super::{OBSERVED, SECRET, Trial, rust, trial};

/// Those that are to have no effect.
const IDLE: &str = "not-mine,wrong-secret,missing-headers,tampered-body,v1-only,stale-timestamp";

fn observed(port: u16, defect: &str, only: &str) -> Trial {
    let state = format!("http://127.0.0.1:{port}/{defect}/state");
    trial(port, defect, &["--only", only, "--observe", &state])
}

fn unseen(report: &Value) -> Vec<&str> {
    let cases = report["cases"].as_array().unwrap().iter();
    let without = |case: &&Value| case["verdict"] == "untested" || case["unseen"].is_string();
    cases.filter(without).map(|case| case["case"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effects_are_waited_for_as_long_as_they_take() {
    let port = rust::serve(SECRET).await;
    tokio::task::spawn_blocking(move || {
        let mixed = "re-encoded-body,not-mine,wrong-secret,nearly-stale,duplicates,reorder";
        let table: [(&str, &str, Vec<&str>); 6] = [
            ("later-700", mixed, vec![]),
            ("later-900", mixed, vec![]),
            ("counts-all", OBSERVED, vec![]),
            ("again-1200", "duplicates", vec!["duplicates"]),
            ("acts-on-forgeries", IDLE, IDLE.split(',').filter(|case| *case != "not-mine").collect()),
            ("right", "duplicates,wrong-secret", vec![]),
        ];
        let trials: Vec<_> = table.iter().map(|(defect, only, _)| observed(port, defect, only)).collect();
        for ((defect, _, breaks), trial) in table.iter().zip(trials) {
            let (_, broken, report) = trial.broken();
            let broken: Vec<_> = broken.iter().filter_map(|one| one.split(':').next()).collect();
            assert_eq!(&broken, breaks, "{defect}: {report:#}");
            assert_eq!(unseen(&report), Vec::<&str>::new(), "{defect}: {report:#}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_seen_is_kept_by_the_answer_alone_or_untested() {
    let port = rust::serve(SECRET).await;
    tokio::task::spawn_blocking(move || {
        let idle = format!("http://127.0.0.1:{port}/another/state");
        let only = "wrong-secret,v1-only,duplicates";
        for (trial, why) in [
            (observed(port, "moves", only), "what --observe shows changes by itself"),
            (trial(port, "right", &["--only", only, "--observe", &idle]), "did not change with the genuine delivery"),
        ] {
            let (code, broken, report) = trial.broken();
            assert_eq!((code, broken), (Some(0), Vec::new()), "{report:#}");
            assert_eq!(unseen(&report), ["wrong-secret", "v1-only", "duplicates"], "{report:#}");
            for case in report["cases"].as_array().unwrap().iter().skip(1) {
                let said = case["unseen"].as_str().or(case["reason"].as_str()).unwrap_or_default();
                assert!(said.contains(why), "{case:#}");
            }
        }
    })
    .await
    .unwrap();
}

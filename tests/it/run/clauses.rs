//! The clauses prove themselves: taken out of its scenario, what exercises a clause leaves it untested
//! with a reason; the correct integration is never accused; no bug's name is known below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::{Clause, Contract, Verdict};
use standin::library;
use standin::matrix::BUGS;
use standin::play::{Case, Outcome, Plan};
use standin::run::{Grounds, Options};
use standin::script::Script;

const JOBS: Options = Options { jobs: 4, fail_fast: false };

fn plan() -> Plan {
    Plan {
        file: library::reference().unwrap(),
        target: Some("reference".to_owned()),
        contract: Contract::retail().clone(),
        standin: PathBuf::from(env!("CARGO_BIN_EXE_standin")),
        env: Vec::new(),
        client: reqwest::Client::new(),
        keep_worlds: false,
    }
}

async fn outcomes(cases: Vec<Case>) -> Vec<Outcome> {
    let plan = Arc::new(plan());
    let grounds = Grounds::open().await.unwrap();
    grounds.run(cases.into_iter().map(|case| (plan.clone(), case)).collect(), JOBS, |_, _| {}).await
}

/// A scenario of the library with some of its lines replaced.
fn changed(name: &str, lines: &[(&str, &str)]) -> Arc<Script> {
    let file = format!("scenarios/library/retail/{name}.yaml");
    let mut text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
    for (from, to) in lines {
        assert!(text.contains(from), "{name} has no `{from}`");
        text = text.replace(from, to);
    }
    Arc::new(Script::parse(&file, &text).unwrap())
}

/// For each clause: a scenario in which a bug breaks it, and what in it is taken out or made harmless.
fn without_what_exercises() -> Vec<(Clause, Arc<Script>)> {
    let no_token =
        "  - fault: { name: 5xx-burst, count: 10000, where: { system: oci_gateway, path: /erp/v1/oauth } }\nthen:";
    let none_subscribed = ("{ count: 250 }", "{ count: 250, subscribed: false }");
    let all_subscribed = ("{ count: 250 }", "{ count: 250, subscribed: true }");
    let few = ("{ count: 250 }", "{ count: 20 }");
    let addresses = ("email: null, ", "");
    let no_loyalty = ("{ count: 250 }", "{ count: 250, set: { loyalty_no: null } }");
    let changed_only = "  - ords.update: { find: { id: \"${customers[3].id}\" }, set: { first_name: Mirabel } }\n";
    let holds =
        "  - within: 5m\n    hubspot.contact: { email: \"${customers[3].email}\", has: { firstname: Mirabel } }\n";
    let burst =
        ("  - fault: { name: 5xx-burst, count: 2, where: { system: hubspot, path: /crm/v3/objects/contacts } }\n", "");
    let no_opt_out = [
        ("  - hubspot.unsubscribe: { email: \"${customers[3].email}\" }\n", "  - advance: 1m\n"),
        ("has: { marketing_opt_in: N }", "has: { marketing_opt_in: \"Y\" }"),
    ];
    vec![
        (
            Clause::LimitsRespect,
            changed("burst-429", &[("  - spend: { system: hubspot, limit: ten_secondly, leave: 1 }\n", "")]),
        ),
        (Clause::LimitsSearch, changed("search-lag", &[addresses])),
        (Clause::BatchSize, changed("initial-load", &[none_subscribed])),
        (Clause::BatchUsed, changed("initial-load", &[few])),
        (Clause::RetryTransient, changed("error-burst", &[burst])),
        (
            Clause::RetryPermanentNot,
            changed("bad-record", &[("set: { email: \"no address at all\" }", "set: { email: an@example.com }")]),
        ),
        (Clause::AuthRefresh, changed("token-end", &[("  - advance: 62m\n", "")])),
        (Clause::AuthReuse, changed("initial-load", &[("then:", no_token)])),
        (Clause::DataComplete, changed("initial-load", &[none_subscribed])),
        (Clause::DataMapped, changed("initial-load", &[none_subscribed])),
        (Clause::DataNoDuplicates, changed("initial-load", &[none_subscribed])),
        (Clause::DataNoLostUpdate, changed("delta", &[(changed_only, ""), (holds, "")])),
        (Clause::OwnershipSingleWriter, changed("initial-load", &[none_subscribed])),
        (Clause::OwnershipNoEcho, changed("initial-load", &[none_subscribed])),
        (Clause::ConsentOnlySubscribed, changed("initial-load", &[all_subscribed])),
        (Clause::ConsentOptOut, changed("opt-out", &no_opt_out)),
        (Clause::WebhookSignature, changed("opt-out", &[])),
        (Clause::FreshnessPromise, changed("initial-load", &[])),
        (Clause::PrivacyExcluded, changed("initial-load", &[no_loyalty])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clause_whose_exercise_is_taken_out_is_untested_and_says_why() {
    let cases = without_what_exercises();
    let mut left: Vec<_> = BUGS.iter().map(|declared| declared.clause).collect();
    left.retain(|clause| !cases.iter().any(|(tried, _)| tried == clause));
    assert!(left.is_empty(), "not tried: {left:?}");
    let played = outcomes(cases.iter().map(|(_, script)| Case::new(script.clone(), 7)).collect()).await;
    for ((clause, script), outcome) in cases.iter().zip(&played) {
        match outcome.verdict(*clause) {
            Some(Verdict::Untested { reason }) => assert!(!reason.is_empty(), "{clause}"),
            other => panic!("{clause} is {other:?} in {} without what exercises it", script.name),
        }
    }
}

/// `standin demo --seeds 1000` plays as many as one has time for.
#[tokio::test(flavor = "multi_thread")]
async fn the_correct_integration_is_never_accused_over_fifty_seeds() {
    let library = library::retail().unwrap();
    let cases = (1..=50).flat_map(|seed| library.iter().map(move |script| Case::new(script.clone(), seed)));
    for outcome in outcomes(cases.collect()).await {
        let broken: Vec<_> = outcome.broken().collect();
        let failed: Vec<_> = outcome.failed().collect();
        assert!(outcome.kept(), "{} {broken:#?} {failed:#?}", outcome.replay());
    }
}

#[test]
fn no_name_of_a_bug_is_known_to_the_systems_or_the_clauses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("sim"), root.join("contracts")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            read += 1;
            for declared in BUGS {
                let name = declared.bug;
                assert!(!text.contains(name), "{} knows `{name}`", path.display());
            }
        }
    }
    assert!(read > 150, "{read}");
}

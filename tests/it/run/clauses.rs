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

/// A clause, what is taken out of the scenario in which a bug breaks it or made harmless there, and a part
/// of the reason that is left.
struct Without {
    clause: Clause,
    lines: &'static [(&'static str, &'static str)],
    reason: &'static str,
}

impl Without {
    const fn new(clause: Clause, lines: &'static [(&'static str, &'static str)], reason: &'static str) -> Self {
        Self { clause, lines, reason }
    }

    /// The scenario that the declared bug names, without.
    fn script(&self) -> Arc<Script> {
        let declared = BUGS.iter().find(|declared| declared.clause == self.clause).expect("each clause has a bug");
        let file = format!("scenarios/library/retail/{}.yaml", declared.scenario);
        let mut text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
        for (from, to) in self.lines {
            assert!(text.contains(from), "{file} has no `{from}`");
            text = text.replace(from, to);
        }
        Arc::new(Script::parse(&file, &text).unwrap())
    }
}

const NONE_SUBSCRIBED: (&str, &str) = ("{ count: 250 }", "{ count: 250, subscribed: false }");

const WITHOUT: &[Without] = &[
    Without::new(
        Clause::LimitsBurst,
        &[("{ count: 60, subscribed: true }", "{ count: 1, subscribed: true }")],
        "no ten calls were made to one system within ten seconds",
    ),
    Without::new(
        Clause::LimitsErrorShare,
        &[("{ count: 250 }", "{ count: 50 }")],
        "no system was called a hundred times in a day",
    ),
    Without::new(
        Clause::BatchPartial,
        &[("  - fault: { name: 207-partial, inputs: 3, where: { system: hubspot } }\n", "")],
        "no batch was answered with a 207",
    ),
    Without::new(
        Clause::RetryBackoff,
        &[("  - fault: { name: 477-migration, for: 2m, retry_after: 30s, where: { system: hubspot } }\n", "")],
        "no call that failed for the moment was repeated",
    ),
    Without::new(
        Clause::DataMergeFollowed,
        &[(
            "  - fault: { name: merge-under-your-feet, where: { system: hubspot, path: /crm/v3/objects/contacts/batch } }\n",
            "",
        )],
        "nobody merged a copy",
    ),
    Without::new(
        Clause::LimitsRespect,
        &[("  - spend: { system: hubspot, limit: ten_secondly, leave: 1 }\n", "")],
        "no call was refused with 429",
    ),
    Without::new(Clause::LimitsSearch, &[("email: null, ", "")], "nothing was searched"),
    Without::new(Clause::BatchSize, &[NONE_SUBSCRIBED], "no batch was sent"),
    Without::new(Clause::BatchUsed, &[("{ count: 250 }", "{ count: 20 }")], "fewer than 50 records"),
    Without::new(
        Clause::RetryTransient,
        &[(
            "  - fault: { name: 5xx-burst, count: 2, where: { system: hubspot, path: /crm/v3/objects/contacts } }\n",
            "",
        )],
        "no call failed",
    ),
    Without::new(
        Clause::RetryPermanentNot,
        &[("set: { email: \"no address at all\" }", "set: { email: an@example.com }")],
        "no write was refused for good",
    ),
    Without::new(Clause::AuthRefresh, &[("  - advance: 62m\n", "")], "no token came to its end"),
    Without::new(
        Clause::AuthSingleFlight,
        &[("  - advance: 3595s\n", "")],
        "refused together because a token was over",
    ),
    Without::new(
        Clause::AuthRotation,
        &[
            ("  - hubspot.rotate_token: { app: private, variant: later }\n", ""),
            ("  - hubspot.expire_token: { app: private }\n", ""),
        ],
        "no token was rotated",
    ),
    Without::new(
        Clause::AuthLeastScope,
        &[(
            "  - hubspot.set_scopes: { app: private, scopes: \"crm.objects.contacts.read crm.objects.contacts.write\" }\n",
            "",
        )],
        "the scenario sets no app's scopes",
    ),
    Without::new(
        Clause::AuthReuse,
        &[(
            "  - synced: { within: 10m }\n",
            "  - fault: { name: 5xx-burst, count: 10000, where: { system: oci_gateway, path: /erp/v1/oauth } }\n",
        )],
        "no token could have been used twice",
    ),
    Without::new(Clause::DataComplete, &[NONE_SUBSCRIBED], "no row that is to have a copy"),
    Without::new(Clause::DataMapped, &[NONE_SUBSCRIBED], "no row had a copy"),
    Without::new(
        Clause::DataNoDuplicates,
        &[("subscribed: true", "subscribed: false")],
        "fewer than two records were made",
    ),
    Without::new(
        Clause::DataNoLostUpdate,
        &[
            ("  - ords.update: { find: { id: \"${customers[7].id}\" }, set: { last_name: Quince } }\n", ""),
            (", has: { lastname: Quince }", ""),
        ],
        "no row was changed on the master",
    ),
    Without::new(
        Clause::OwnershipSingleWriter,
        &[
            ("subscribed: true", "subscribed: false"),
            ("marketing_opt_in: Y", "marketing_opt_in: N"),
            (
                "    hubspot.contact: { email: \"${customers[3].email}\", has: { firstname: Mirabel } }",
                "    hubspot.contact: { count: 0 }",
            ),
            (
                "    hubspot.contact: { email: new.customer@example.com, has: { firstname: Nell, lastname: Ives } }",
                "    hubspot.contact: { count: 0 }",
            ),
        ],
        "the integration changed nothing",
    ),
    Without::new(
        Clause::OwnershipNoEcho,
        &[
            ("subscribed: true", "subscribed: false"),
            ("  - hubspot.unsubscribe: { email: \"${customers[1].email}\" }\n", ""),
            (
                "  - hubspot.create:\n      set: { email: boutique.lead@example.com, firstname: Ines, lastname: Roth, mobilephone: \"+61255501030\" }\n",
                "",
            ),
            ("boutique.lead@example.com, count: 1", "boutique.lead@example.com, count: 0"),
        ],
        "no change was carried from one side to the other",
    ),
    Without::new(
        Clause::ConsentOnlySubscribed,
        &[("{ count: 250 }", "{ count: 250, subscribed: true }")],
        "every row of the master allows a copy",
    ),
    Without::new(
        Clause::ConsentOptOut,
        &[
            ("  - hubspot.unsubscribe: { email: \"${customers[3].email}\" }\n", "  - advance: 1m\n"),
            ("has: { marketing_opt_in: N }", "has: { marketing_opt_in: \"Y\" }"),
        ],
        "opted out in the copy",
    ),
    Without::new(
        Clause::WebhookSignature,
        &[
            (", forged: wrong-secret", ""),
            (", forged: unsigned", ""),
            (", forged: stale", ""),
            (", hostile: v1-only", ""),
            ("customers[2].id}\", has: { marketing_opt_in: Y }", "customers[2].id}\""),
            ("customers[3].id}\", has: { marketing_opt_in: Y }", "customers[3].id}\""),
            ("customers[4].id}\", has: { marketing_opt_in: Y }", "customers[4].id}\""),
        ],
        "no forged delivery was answered",
    ),
    Without::new(
        Clause::WebhookStale,
        &[(", forged: stale", ""), ("customers[4].id}\", has: { marketing_opt_in: Y }", "customers[4].id}\"")],
        "no stale delivery was answered",
    ),
    Without::new(
        Clause::WebhookDeadline,
        &[
            ("subscribed: true", "subscribed: false"),
            ("  - hubspot.unsubscribe: { email: \"${customers[3].email}\" }\n", "  - advance: 1m\n"),
            (
                concat!(
                    "  - deliver:\n      { event: contact.propertyChange, find: { email: \"${customers[4].email}\" }, ",
                    "property: hs_email_optout, value: \"false\", hostile: slow-sending }\n"
                ),
                "",
            ),
            (
                concat!(
                    "  - deliver:\n      { event: contact.propertyChange, find: { email: \"${customers[4].email}\" }, ",
                    "property: hs_email_optout, value: \"false\", hostile: slow-reading }\n"
                ),
                "",
            ),
        ],
        "no delivery was answered",
    ),
    Without::new(
        Clause::WebhookOnce,
        &[("hostile: duplicates", "hostile: delay"), ("hostile: dropped-after-body", "hostile: delay")],
        "no event was told twice and taken both times",
    ),
    Without::new(
        Clause::WebhookOrder,
        &[("hostile: reorder", "hostile: duplicates")],
        "no event came after a later one and was taken",
    ),
    Without::new(
        Clause::FreshnessPromise,
        &[
            (
                "  - ords.create: { set: { email: fresh@example.com, first_name: Ada, last_name: Frost, marketing_opt_in: Y } }\n",
                "",
            ),
            (
                "hubspot.contact: { email: fresh@example.com }",
                "hubspot.contact: { email: fresh@example.com, absent: true }",
            ),
        ],
        "no change was made on the master while the target ran",
    ),
    Without::new(
        Clause::PrivacyExcluded,
        &[("{ count: 250 }", "{ count: 250, set: { loyalty_no: null } }")],
        "no row with an excluded field was read",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_clause_whose_exercise_is_taken_out_is_untested_and_says_why() {
    let mut left: Vec<_> = BUGS.iter().map(|declared| declared.clause).collect();
    left.retain(|clause| !WITHOUT.iter().any(|without| without.clause == *clause));
    assert!(left.is_empty(), "not tried: {left:?}");
    let played = outcomes(WITHOUT.iter().map(|without| Case::new(without.script(), 7)).collect()).await;
    assert_eq!(played.len(), WITHOUT.len());
    for (Without { clause, reason, .. }, outcome) in WITHOUT.iter().zip(&played) {
        assert!(outcome.error.is_none(), "{clause}: {:?}", outcome.error);
        match outcome.verdict(*clause) {
            Some(Verdict::Untested { reason: told }) => assert!(told.contains(reason), "{clause}: {told}"),
            other => panic!("{clause} is {other:?} in {} without what exercises it", outcome.name),
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

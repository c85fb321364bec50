//! A run in JUnit's form: a suite a case, a test a clause and a test for each thing that was to hold.

use contracts::{Finding, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::play::Outcome;

/// The report's XML.
///
/// # Errors
/// A text that cannot stand in XML.
pub fn junit(outcomes: &[Outcome]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("standin");
    report.add_test_suites(outcomes.iter().map(suite));
    report.to_string()
}

fn suite(outcome: &Outcome) -> TestSuite {
    let mut suite = TestSuite::new(format!("{} (seed {})", outcome.name, outcome.seed));
    suite.set_time(outcome.took);
    if !outcome.leaned_on.is_empty() {
        let ids: Vec<_> = outcome.leaned_on.iter().map(|leaned| leaned.entry.id.as_str()).collect();
        suite.add_property(("leaned_on", ids.join(" ").as_str()));
    }
    if let Some(fault) = &outcome.error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(fault.what.clone());
        status.set_description(format!("{}\nreplay: {}", fault.what, outcome.replay()));
        let mut case = TestCase::new("setup", status);
        case.set_classname(outcome.name.clone());
        suite.add_test_case(case);
    }
    if let Some(interrupted) = outcome.interrupted {
        let mut status = TestCaseStatus::skipped();
        status.set_message(interrupted.as_str());
        let mut case = TestCase::new("played", status);
        case.set_classname(outcome.name.clone());
        suite.add_test_case(case);
    }
    for Finding { clause, verdict } in &outcome.findings {
        let status = match verdict {
            Verdict::Kept => TestCaseStatus::success(),
            Verdict::Broken { what, .. } => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(what.clone());
                status.set_description(format!("{what}\n{verdict}\nreplay: {}", outcome.replay()));
                status
            }
            Verdict::Untested { reason } => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(reason.clone());
                status
            }
        };
        let mut case = TestCase::new(clause.as_str(), status);
        case.set_classname(outcome.name.clone());
        suite.add_test_case(case);
    }
    for expectation in &outcome.expectations {
        let status = match &expectation.failed {
            None => TestCaseStatus::success(),
            Some(why) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(why.clone());
                status.set_description(format!("{why}\nreplay: {}", outcome.replay()));
                status
            }
        };
        let mut case = TestCase::new(format!("line {}: {}", expectation.line, expectation.text), status);
        case.set_classname(outcome.name.clone());
        suite.add_test_case(case);
    }
    suite
}

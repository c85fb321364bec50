//! A receiver's verdicts in JUnit's form: one suite, a test a case.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::verdict::{ReceiveReport, Sent};

/// The report's XML.
///
/// # Errors
/// A text that cannot stand in XML.
pub fn junit(report: &ReceiveReport) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new(format!("receive {}", report.url));
    for case in &report.cases {
        let status = match case.verdict {
            "kept" => TestCaseStatus::success(),
            "broken" => {
                let what = case.what.clone().unwrap_or_default();
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let sent: Vec<_> = case.sent.iter().map(exchange).collect();
                status.set_description(format!("{what}\na right receiver {}\n\n{}", case.right, sent.join("\n\n")));
                status.set_message(what);
                status
            }
            _ => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(case.reason.clone().unwrap_or_default());
                status
            }
        };
        let mut test = TestCase::new(case.case, status);
        test.set_classname(case.clause);
        test.set_time(std::time::Duration::from_millis(case.took_ms));
        suite.add_test_case(test);
    }
    let mut junit = Report::new("standin");
    junit.add_test_suite(suite);
    junit.to_string()
}

fn exchange(sent: &Sent) -> String {
    format!("{}\n=> {}\n{}", sent.request, sent.answered(), sent.answer)
}

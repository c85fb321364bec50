//! An integration under its quota: the figures are the journal's, the same for the same seed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{report, said, standin};

/// A tier of two calls in ten seconds, so that a few hundred customers meet it.
const TIGHT: &str = "extends: professional
limits:
  - { id: ten_secondly, size: { value: 2, source: this test, date: 2026-11-20 } }
";

fn system<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["systems"].as_array().unwrap().iter().find(|system| system["system"] == name).unwrap()
}

fn limit<'a>(system: &'a Value, id: &str) -> &'a Value {
    system["limits"].as_array().unwrap().iter().find(|limit| limit["limit"] == id).unwrap()
}

/// The reference's target file, with a bug.
fn with_bug(bug: &str) -> String {
    let target = include_str!("../../../scenarios/library/retail.yaml");
    let party = "    STANDIN_PARTY: \"${party}\"\n";
    assert!(target.contains(party));
    target.replace(party, &format!("{party}    REFERENCE_BUG: {bug}\n"))
}

#[test]
fn the_reference_spreads_its_calls_by_the_limit_that_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tight.yaml"), TIGHT).unwrap();
    let args = ["load", "--records", "300", "--profile", "tight.yaml", "--report", "json=load.json"];
    let output = standin(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = report(folder.path());
    let limit = limit(system(&report, "hubspot"), "ten_secondly");
    assert_eq!((&limit["peak"], &limit["refused"]), (&2.into(), &0.into()));
    assert_eq!((&report["ideal_ms"], &report["drain_ms"]), (&10_000.into(), &10_001.into()));
}

#[test]
fn a_population_is_moved_and_the_tightest_limit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tight.yaml"), TIGHT).unwrap();
    std::fs::write(folder.path().join("unpaced.yaml"), with_bug("unpaced")).unwrap();
    let args = ["load", "--target", "unpaced.yaml", "--records", "300", "--profile", "tight.yaml", "--seed", "7"];
    let args = [&args[..], &["--report", "json=load.json"]].concat();
    let mut reports = Vec::new();
    let mut told = Vec::new();
    for _ in 0..2 {
        let output = standin(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        told.push(String::from_utf8(output.stdout).unwrap());
        reports.push(report(folder.path()));
    }
    for report in &mut reports {
        report["took_ms"] = 0.into();
    }
    assert_eq!(reports[0], reports[1], "the same seed, other figures");
    assert_eq!(told[0], told[1]);
    insta::assert_snapshot!(told[0].trim_end(), @r#"
    300 customers, HubSpot tight.yaml, seed 7; the target's time: cooperating

    moved 300 in 10 s of world time: 30 records a second
    the limits allow it in 10 s at the least: it took 1.0 times that

    system             calls              429     other errors   writes  of which useful
    hubspot                4         1 (25 %)                0        3  3, 75 %: ceil(300 records / 100 in a call)
    oci_gateway            5                0                0           2, 40 %: a token, and ceil(300 records / 10000 on a page)

    limit                                         lets through   counted     429  at peak   over all
    hubspot ten_secondly                             2 in 10 s         3       1    100 %       75 %
    hubspot daily                                625,000 a day         3       0      0 %        0 %
    hubspot secondly (told only)                     19 in 1 s         3       0     11 %      1.4 %
    oci_gateway rateLimiting /erp/v1                100 in 1 s         5       0    5.0 %      0.4 %

    tightest: hubspot ten_secondly: 100 % of what it allows at its peak, 75 % over the whole drain

    429 over time, in spans of 1 s:
      from        0.0 s       1 of      8 calls  ##############################
    "#);

    let report = &reports[0];
    assert_eq!((&report["drained"], &report["moved"]), (&true.into(), &300.into()));
    let hubspot = system(report, "hubspot");
    assert_eq!((&hubspot["writes"], &hubspot["useful"]["calls"]), (&3.into(), &3.into()));
    // Two at once, and the third when the first has gone out of the window.
    assert_eq!((&report["ideal_ms"], &report["drain_ms"]), (&10_000.into(), &10_000.into()));
    let limit = limit(hubspot, "ten_secondly");
    assert_eq!((&limit["peak"], &limit["peak_share"]), (&2.into(), &1.0.into()));
    assert_eq!(limit["refused"], hubspot["refused"]);
    assert_eq!(limit["counted"].as_u64().unwrap() + hubspot["refused"].as_u64().unwrap(), hubspot["calls"]);
    let over_time = report["over_time"].as_array().unwrap();
    let sum = |name: &str| over_time.iter().map(|span| span[name].as_u64().unwrap()).sum::<u64>();
    let all = |name: &str| {
        let systems = report["systems"].as_array().unwrap().iter();
        systems.map(|system| system[name].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((sum("calls"), sum("refused")), (all("calls"), all("refused")));
    assert_eq!(format!("{report:#}"), include_str!("tight.json").trim_end(), "tight.json tells other figures");
}

#[test]
fn calls_that_do_no_work_show() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("standin.yaml"), with_bug("one-by-one")).unwrap();
    let args = ["load", "--target", "standin.yaml", "--records", "120", "--report", "json=load.json"];
    let output = standin(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = report(folder.path());
    let hubspot = system(&report, "hubspot");
    assert_eq!((&hubspot["writes"], &hubspot["records_per_write"]), (&120.into(), &1.0.into()));
    assert_eq!(hubspot["useful"]["calls"], 2);
    assert!(hubspot["useful"]["share"].as_f64().unwrap() < 0.02, "{hubspot}");
}

#[test]
fn a_target_of_the_machines_time_is_measured_for_as_long_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // It writes to nobody.
    std::fs::write(folder.path().join("standin.yaml"), "target: { start: [sleep, '100'] }\n").unwrap();
    let args = ["load", "--target", "standin.yaml", "--records", "3", "--for", "50ms", "--report", "json=load.json"];
    let output = standin(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report = report(folder.path());
    assert_eq!((&report["time"], &report["moved"], &report["drained"]), (&"real".into(), &0.into(), &false.into()));
    assert!(report["lacks"].as_str().unwrap().contains("has no copy"), "{report}");
    assert!(said(&output).contains("NOT ALL of it"), "{}", said(&output));
}

/// The reference by the machine's time, with its first and last names the wrong way round.
#[test]
fn what_was_moved_wrongly_is_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let of_the_machine: String = with_bug("swaps-names")
        .replace("time: cooperating", "time: real")
        .lines()
        .filter(|line| !line.contains("STANDIN_"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(folder.path().join("standin.yaml"), of_the_machine).unwrap();
    let args = ["load", "--target", "standin.yaml", "--records", "20", "--for", "7s", "--report", "json=load.json"];
    let output = standin(folder.path(), &args);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report = report(folder.path());
    assert_eq!((&report["moved"], &report["wrong"]), (&0.into(), &20.into()), "{report}");
    assert!(said.contains("moved 0 in") && said.contains("WRONG 20 more"), "{said}");
    assert!(said.contains("20 of 20 records written after"), "{said}");
}

#[test]
fn a_load_that_is_interrupted_tells_how_far_it_came() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("standin.yaml"), "target: { start: [sleep, '100'] }\n").unwrap();
    let mut load = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["load", "--target", "standin.yaml", "--records", "3", "--for", "1m", "--report", "json=load.json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(load.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("standin: 0 of 3 records written after"), "{line}");
    assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
    let output = load.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("BROKE OFF as it was interrupted") && said.contains("NOT ALL of it"), "{said}");
    told.read_to_string(&mut line).unwrap();
    assert!(line.contains("interrupted; every target has been ended"), "{line}");
    let report = report(folder.path());
    assert_eq!((&report["interrupted"], &report["moved"]), (&true.into(), &0.into()));
}

#[test]
fn a_target_that_leaves_has_not_done_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("standin.yaml"), "target: { start: [sh, -c, 'echo enough; exit 4'] }\n").unwrap();
    let output = standin(folder.path(), &["load", "--target", "standin.yaml", "--records", "3"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("BROKE OFF") && said.contains("the target said last: enough"), "{said}");
}

#[test]
fn what_is_asked_for_wrongly_is_told_with_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let table = "name: things\nkey: [id]\ncolumns:\n  - { name: id, type: number(9) }\n";
    std::fs::write(folder.path().join("things.yaml"), table).unwrap();
    std::fs::write(
        folder.path().join("own.yaml"),
        "world: { ords: { tables: [{ columns: things.yaml }] } }\ntarget: { start: [sleep, '100'] }\n",
    )
    .unwrap();
    for (args, wanted) in [
        (&["--records", "0"][..], "0 is not in 1"),
        (&["--records", "5", "--receiver", "http://127.0.0.1:1/"], "cannot be used with"),
        (&["--profile", "free", "--receiver", "http://127.0.0.1:1/"], "cannot be used with"),
        (&["--events", "5"], "--receiver <URL>"),
        (&["--for", "0s"], "a whole number above 0"),
        (&["--target", "none.yaml"], "none.yaml cannot be read"),
        (&["--profile", "platinum"], "hubspot has no profile `platinum`"),
        (&["--profile", "none.yaml"], "none.yaml cannot be read"),
        (&["--report", "junit=x.xml"], "write json=FILE"),
        (&["--target", "own.yaml", "--records", "1"], "the master takes no such population"),
        (&["--records", "1", "--report", "json=none/load.json"], "cannot be written"),
    ] {
        let output = standin(folder.path(), &[&["load"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
    }
}

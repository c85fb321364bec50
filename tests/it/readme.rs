//! What the README says of the program: it leaves nothing out, and its samples run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;
use sim::journal::Kind;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

fn standin(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(args).stdin(Stdio::null());
    command
}

#[test]
fn the_readme_has_every_option_and_every_kind_of_entry() {
    let readme = readme();
    for command in ["serve", "tail"] {
        let help = String::from_utf8(standin(&["help", command]).output().unwrap().stdout).unwrap();
        let options = help.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help");
        let options: Vec<_> = options.map(|word| word.trim_end_matches([',', ')'])).collect();
        assert!(options.len() > 4, "{help}");
        for option in options {
            assert!(readme.contains(&format!("`{option}")), "{command} {option}");
        }
    }
    for kind in Kind::ALL {
        assert!(readme.contains(&format!("\n| `{}` | ", kind.as_str())), "{kind:?}");
    }
}

#[test]
fn the_readmes_client_of_an_auto_clock_sleeps_on_it() {
    let python = std::env::var("STANDIN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if Command::new(&python).arg("--version").output().is_err() {
        let skipped = format!("\nskipped: the README's client is not tried: there is no {python}\n");
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        return;
    }
    let readme = readme();
    let (_, rest) = readme.split_once("```python\n").expect("a sample");
    let (script, _) = rest.split_once("```").expect("its end");
    let serve = ["serve", "--json", "--ports", "auto", "--clock", "auto"];
    let mut served = standin(&serve).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(served.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let control = ready["control"].as_str().unwrap();
    let ran = Command::new(python).args(["-c", script]).env("STANDIN", control).env("no_proxy", "*").output().unwrap();
    served.kill().unwrap();
    served.wait().unwrap();
    let told = "2026-11-20T00:00:10.000Z\n2026-11-20T00:00:20.000Z\n2026-11-20T00:00:30.000Z\n";
    assert_eq!(String::from_utf8_lossy(&ran.stdout), told, "{}", String::from_utf8_lossy(&ran.stderr));
}

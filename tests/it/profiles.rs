//! The profiles: those that come with the program, and what a user is told of a broken one.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use sim::SystemName;
use sim::policy::{
    Door, GatewaySettings, HubspotSettings, OrdsSettings, Profile, ProfileError, RetailExpressSettings, profile_names,
};

fn files() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sim/profiles");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// Loads a system's profile by name and tells its name, its doors and how many limits it has.
fn load(system: SystemName, name: &str) -> (String, Vec<Door>, usize) {
    macro_rules! told {
        ($settings:ty) => {{
            let profile = Profile::<$settings>::embedded(Some(name)).unwrap();
            (profile.name.clone(), profile.gate.doors.clone(), profile.gate.limits.len())
        }};
    }
    match system {
        SystemName::Hubspot => told!(HubspotSettings),
        SystemName::OciGateway => told!(GatewaySettings),
        SystemName::Ords => told!(OrdsSettings),
        SystemName::RetailExpress => told!(RetailExpressSettings),
    }
}

#[test]
fn every_profile_file_is_embedded_and_loads_under_its_name() {
    let mut embedded = 0;
    for system in SystemName::ALL {
        for name in profile_names(system) {
            let (told, doors, limits) = load(system, name);
            assert_eq!(told, name, "{system}");
            assert_eq!(doors.last(), Some(&Door::Act), "{system} {name}");
            let expected = match system {
                SystemName::Hubspot => 12,
                SystemName::RetailExpress => 2,
                SystemName::OciGateway | SystemName::Ords => 0,
            };
            assert_eq!(limits, expected, "{system} {name}");
            embedded += 1;
        }
    }
    assert_eq!(embedded, files().len());
}

/// Read as plain text, so that no figure can hide from it: each line that holds a number, a span or
/// a switch holds its source and date.
#[test]
fn every_figure_has_a_source_and_a_date() {
    let mut figures = 0;
    for (file, text) in files() {
        for (index, line) in text.lines().enumerate() {
            let outside: String = line.split('"').step_by(2).collect();
            let bare = outside.split('#').next().unwrap();
            let values = bare.matches("value:").count();
            // A list is one figure.
            let single: String = bare.split('[').map(|part| part.rsplit(']').next().unwrap()).collect();
            let numbers =
                single.split([' ', ',', '{', '}']).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            let undated = numbers.filter(|word| !word.starts_with("2026-")).count();
            assert!(undated <= values, "{file}:{}: a bare number: {line}", index + 1);
            assert_eq!(values, line.matches(", date: 2026-").count(), "{file}:{}: {line}", index + 1);
            let sourced = ["hubspot-", "oci-api-gateway.md §", "retail-express.md §"];
            let sources =
                sourced.iter().map(|sheet| line.matches(&format!("source: \"{sheet}")).count()).sum::<usize>();
            assert_eq!(values, sources, "{file}:{}: {line}", index + 1);
            figures += values;
        }
    }
    assert!(figures > 100, "{figures}");
}

#[test]
fn a_tier_is_its_base_but_for_the_figures_it_gives() {
    let base = Profile::<HubspotSettings>::embedded(None).unwrap();
    let sizes = |name: &str| {
        let profile = Profile::<HubspotSettings>::embedded(Some(name)).unwrap();
        assert_eq!(profile.gate.doors, base.gate.doors);
        assert_eq!(profile.gate.advertise.len(), base.gate.advertise.len());
        assert_eq!(profile.settings.batch_inputs_max, base.settings.batch_inputs_max);
        let sizes: Vec<_> = profile.gate.limits.iter().map(|limit| limit.size.value.get()).collect();
        sizes
    };
    for (name, burst, daily, search, associations) in [
        ("free", 100, 250_000, 5, (100, 500_000)),
        ("starter", 100, 250_000, 5, (100, 500_000)),
        ("professional", 190, 625_000, 5, (150, 500_000)),
        ("professional-one-increase", 250, 1_625_000, 5, (200, 1_000_000)),
        ("professional-two-increases", 250, 2_625_000, 5, (200, 1_000_000)),
        ("enterprise", 190, 1_000_000, 5, (150, 500_000)),
        ("enterprise-one-increase", 250, 2_000_000, 5, (200, 1_000_000)),
        ("enterprise-two-increases", 250, 3_000_000, 5, (200, 1_000_000)),
        ("older-free", 100, 250_000, 4, (100, 500_000)),
        ("older-professional", 150, 500_000, 4, (150, 500_000)),
        ("older-add-on", 200, 1_000_000, 4, (200, 1_000_000)),
        ("bursts-free", 100, 250_000, 4, (100, 500_000)),
        ("bursts-professional", 150, 500_000, 4, (150, 500_000)),
        ("bursts-add-on", 200, 1_000_000, 4, (200, 1_000_000)),
    ] {
        let oauth = if search == 4 { 100 } else { 110 };
        let (day, of_day) = associations;
        let expected = [burst, daily, search, burst / 10, oauth, oauth / 10, day, of_day, 50, 30, 80_000_000, 10];
        assert_eq!(sizes(name), expected, "{name}");
    }
    let slack = |name: &str| {
        let profile = Profile::<HubspotSettings>::embedded(Some(name)).unwrap();
        profile.gate.limits[0].room()
    };
    assert_eq!(["bursts-free", "bursts-professional", "bursts-add-on"].map(slack), [150, 200, 250]);
}

#[test]
fn profiles_are_read_once() {
    let one = Profile::<HubspotSettings>::embedded(None).unwrap();
    let other = Profile::<HubspotSettings>::embedded(Some("professional")).unwrap();
    assert!(std::sync::Arc::ptr_eq(&one, &other));
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = Profile::<HubspotSettings>::embedded(Some("platinum")).unwrap_err();
    insta::assert_snapshot!(error, @"hubspot has no profile `platinum`; it has professional, professional-one-increase, professional-two-increases, free, starter, enterprise, enterprise-one-increase, enterprise-two-increases, older-free, older-professional, older-add-on, bursts-free, bursts-professional, bursts-add-on");
}

const HEAD: &str = "name: mine\nsystem: hubspot\nextends: professional\n";

fn refused(text: &str) -> ProfileError {
    Profile::<HubspotSettings>::parse("mine.yaml", text).unwrap_err()
}

/// A list of settings, cut after the first.
fn cut(text: &str) -> String {
    const FIRST: &str = "account_time_zone, ";
    let Some((before, list)) = text.split_once(FIRST) else { return text.to_owned() };
    let rest = list.trim_start_matches(|c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | ','));
    assert!(list.len() - rest.len() > 500, "it names the others too");
    format!("{before}{FIRST}... {rest}")
}

/// What a user sees of a broken profile.
fn shown(rest: &str) -> String {
    let mut shown = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(100);
    handler.render_report(&mut shown, &refused(&format!("{HEAD}{rest}"))).unwrap();
    cut(&shown)
}

/// The same in one line: the place, what is wrong, how to mend it.
fn told(text: &str) -> String {
    let error = refused(text);
    let label = error.labels().and_then(|mut labels| labels.next()).expect("a place");
    let before = &text[..label.offset()];
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    let mend = error.help().map_or(String::new(), |help| format!(" ({help})"));
    cut(&format!("{}:{column} {error}{mend}", before.matches('\n').count() + 1))
}

#[test]
fn a_malformed_profile_is_told_where_what_and_how_to_mend() {
    insta::assert_snapshot!(shown("settings:\n  batch_size: { value: 100, source: mine, date: 2026-11-20 }\n"), @r#"
     x there is no `batch_size` here
      ,-[mine.yaml:5:3]
    4 | settings:
    5 |   batch_size: { value: 100, source: mine, date: 2026-11-20 }
      :   ^^^^^|^^^^
      :        `-- here
      `----
     help: known here: account_time_zone, ...
    "#);
    insta::assert_snapshot!(shown("settings:\n  index_lag_min: { value: 10 sec, source: mine, date: 2026-11-20 }\n"), @r#"
     x `10 sec` is not a span of time; write a whole number and a unit, like 1ms, 10s, 61m, 24h or 7d
      ,-[mine.yaml:5:27]
    4 | settings:
    5 |   index_lag_min: { value: 10 sec, source: mine, date: 2026-11-20 }
      :                           ^^^|^^
      :                              `-- here
      `----
    "#);
    insta::assert_snapshot!(
        shown("settings:\n  account_time_zone: { value: Sydney, source: mine, date: 2026-11-20 }\n"), @r#"
     x unknown time zone `Sydney`; write an IANA name, like Australia/Sydney
      ,-[mine.yaml:5:31]
    4 | settings:
    5 |   account_time_zone: { value: Sydney, source: mine, date: 2026-11-20 }
      :                               ^^^|^^
      :                                  `-- here
      `----
    "#);
    insta::assert_snapshot!(shown("limits:\n  - id: search\n    classes: [lookup]\n"), @r#"
     x unknown class of call `lookup`
      ,-[mine.yaml:6:15]
    5 |   - id: search
    6 |     classes: [lookup]
      :               ^^^|^^
      :                  `-- here
      `----
     help: this system's classes of call are: search, ten_secondly_exempt, daily_exempt,
           associations, oauth_app, oauth_token, forms_public, exports, imports
    "#);
    insta::assert_snapshot!(shown("settings:\n  list_page_max: { value: 100 }\n"), @r#"
     x `source` is missing
      ,-[mine.yaml:5:20]
    4 | settings:
    5 |   list_page_max: { value: 100 }
      :                    ^^|^^
      :                      `-- here
      `----
     help: a figure is written `{ value: ..., source: "...", date: YYYY-MM-DD }`
    "#);
}

/// The example of the README works as it stands there.
#[test]
fn the_readmes_own_profile_is_read() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").expect("an example");
    let (text, _) = rest.split_once("```").expect("its end");
    assert_eq!(text.lines().count(), 3, "{text}");
    let mine = Profile::<HubspotSettings>::parse("profiles/mine.yaml", text).unwrap();
    let base = Profile::<HubspotSettings>::embedded(None).unwrap();
    let sizes = |profile: &Profile<HubspotSettings>| -> Vec<_> {
        profile.gate.limits.iter().map(|limit| (limit.id.clone(), limit.size.value.get())).collect()
    };
    let mut expected = sizes(&base);
    expected[0].1 = 50;
    assert_eq!((mine.name.as_str(), sizes(&mine)), ("mine", expected));
    assert_eq!(mine.settings.list_page_max, base.settings.list_page_max);
}

#[test]
fn each_kind_of_mistake_has_its_own_words() {
    let under = [
        "settings:\n  list_page_max: 100\n",
        "settings:\n  search_429: { value: both, source: mine, date: 2026-11-20 }\n",
        "settings:\n  index_lag_max: { value: 7d, source: mine, date: yesterday }\n",
        "limits:\n  - id: daily\n    size: { value: 0, source: mine, date: 2026-11-20 }\n",
        "limits:\n  - id: hourly\n    scope: [account]\n",
        "limits:\n  - id: search\n    kind: { rolling_window: { per: { value: 0s, source: mine, date: 2026-11-20 } } }\n",
        "limits:\n  - id: daily\n    scope: [app]\n",
        "limits:\n  - id: search\n    kind: { token_bucket: {} }\n",
        "doors: { value: [act, limit], source: mine, date: 2026-11-20 }\n",
        "advertise:\n  - { header: X-Left, limit: hourly, shows: remaining }\n",
        "advertise:\n  - { header: X Left, limit: daily, shows: remaining }\n",
        "settings:\n  list_page_max: { value: 0, source: mine, date: 2026-11-20 }\n",
        "settings:\n  batch_read_none_found_status: { value: 200, source: mine, date: 2026-11-20 }\n",
        "settings:\n  index_lag_min: { value: 4s, source: mine, date: 2026-11-20 }\n",
        "settings:\n  index_lag_max: { value: 0s, source: mine, date: 2026-11-20 }\n",
        "limits:\n  - id: daily\n    told_as: hourly\n",
        "limits:\n  - id: hourly\n    scope: [account]\n    kind: { rolling_window: { per: { value: 1h, source: mine, date: 2026-11-20 } } }\n    size: { value: 9, source: mine, date: 2026-11-20 }\n",
        "settings: [\n",
    ];
    let whole = [
        "name: mine\nsystem: hubspot\nextends: platinum\n",
        "name: mine\nsystem: ords\n",
        "name: mine\nsystem: hubspot\n",
        "system: hubspot\nextends: professional\nsetings: {}\n",
        "name: mine\n",
        "settings: {}\n",
        "name: mine\nsystem: hubspot\ndoors: { value: [act], source: mine, date: 2026-11-20 }\nsettings: {}\n",
    ];
    let texts = under.iter().map(|rest| format!("{HEAD}{rest}")).chain(whole.iter().map(|text| (*text).to_owned()));
    let lines: Vec<_> = texts.map(|text| told(&text)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    5:18 a mapping belongs here (a figure is written `{ value: ..., source: "...", date: YYYY-MM-DD }`)
    5:24 `both` is none of the known ones (write one of: gateway, service)
    5:51 `yesterday` is not a date; write one like 2026-11-20
    6:13 `0` does not fit here; it is to be a whole number, 1 or more (a figure is written `{ value: ..., source: "...", date: YYYY-MM-DD }`)
    5:9 limit `hourly` lacks a kind, a scope or a size (a new limit needs all three; the limits known here are: ten_secondly, daily, search, secondly, ten_secondly_oauth, secondly_oauth, associations, associations_daily, forms_public, exports, imports, oauth_token)
    6:11 a window must last (write `per` as 1ms or more)
    5:9 a quota that turns at the account's midnight must count by account (add `account` to `scope`, or name a zone)
    6:13 `token_bucket` is none of the known ones (write one of: rolling_window, fixed_window, daily_quota)
    4:8 these doors are in no order that a call can pass (name each door at most once, and `act` last)
    5:30 unknown limit `hourly` (the limits known here are: ten_secondly, daily, search, secondly, ten_secondly_oauth, secondly_oauth, associations, associations_daily, forms_public, exports, imports, oauth_token)
    5:15 `X Left` is no header name (use letters, digits and hyphens)
    5:20 `0` does not fit here; it is to be a whole number, 1 or more (a figure is written `{ value: ..., source: "...", date: YYYY-MM-DD }`)
    5:42 `200` is none of the known ones (write one of: 207, 404)
    5:18 search would lag less at most than at least (let `index_lag_min` be no longer than `index_lag_max`)
    5:18 search would lag less at most than at least (let `index_lag_min` be no longer than `index_lag_max`)
    6:14 unknown wording `hourly` (write `told_as` as one of: ten_secondly_rolling, ten_secondly_rolling_oauth, secondly, search, daily, oauth_token)
    5:9 limit `hourly` does not say in which words it refuses (write `told_as` as one of: ten_secondly_rolling, ten_secondly_rolling_oauth, secondly, search, daily, oauth_token)
    4:11 unclosed bracket '[' (a profile is YAML, two blanks deeper for what is inside; `extends: NAME` and what differs will do)
    3:10 hubspot has no profile `platinum` to extend (it has: professional, professional-one-increase, professional-two-increases, free, starter, enterprise, enterprise-one-increase, enterprise-two-increases, older-free, older-professional, older-add-on, bursts-free, bursts-professional, bursts-add-on)
    2:9 this is a profile of ords, not of hubspot (write `system: hubspot`, or use it for ords)
    1:7 `doors` is missing (name their order, such as [fault, authenticate, limit, size, act])
    3:1 there is no `setings` here (did you mean `settings`?)
    1:1 `system` is missing (write it here: `system: ...`)
    1:1 this profile has neither `extends` nor `name` (begin with what it differs from: `extends: professional`)
    4:11 settings are missing: account_time_zone, ... (give them, or take the rest of another profile: `extends: professional`)
    "#);
}

//! The profiles: those that come with the program, and what a user is told of a broken one.

use miette::{GraphicalReportHandler, GraphicalTheme};
use sim::SystemName;
use sim::policy::{
    Door, GatewaySettings, HubspotSettings, OrdsSettings, Profile, ProfileError, RetailExpressSettings, Tier,
    profile_names,
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
                SystemName::Hubspot => 4,
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
            let numbers = bare.split([' ', ',', '{', '}']).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            let undated = numbers.filter(|word| !word.starts_with("2026-")).count();
            assert!(undated <= values, "{file}:{}: a bare number: {line}", index + 1);
            assert_eq!(values, line.matches(", date: 2026-").count(), "{file}:{}: {line}", index + 1);
            let sourced = ["hubspot-", "oci-api-gateway.md §", "retail-express.md §"];
            let sources = sourced.iter().map(|sheet| line.matches(&format!("source: \"{sheet}")).count()).sum::<usize>();
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
        assert_eq!(profile.gate.advertise, base.gate.advertise);
        assert_eq!(profile.settings.batch_inputs_max, base.settings.batch_inputs_max);
        let sizes: Vec<_> = profile.gate.limits.iter().map(|limit| limit.size.value.get()).collect();
        (sizes, profile.settings.tier.value)
    };
    for (name, burst, daily, tier) in [
        ("free", 100, 250_000, Tier::Free),
        ("starter", 100, 250_000, Tier::Starter),
        ("professional", 190, 625_000, Tier::Professional),
        ("professional-one-increase", 250, 1_625_000, Tier::Professional),
        ("professional-two-increases", 250, 2_625_000, Tier::Professional),
        ("enterprise", 190, 1_000_000, Tier::Enterprise),
        ("enterprise-one-increase", 250, 2_000_000, Tier::Enterprise),
        ("enterprise-two-increases", 250, 3_000_000, Tier::Enterprise),
    ] {
        assert_eq!(sizes(name), (vec![burst, daily, 5, burst / 10], tier), "{name}");
    }
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
    insta::assert_snapshot!(error, @"");
}

/// What a user sees of a profile that is not right.
fn shown(text: &str) -> String {
    let error: ProfileError = Profile::<HubspotSettings>::parse("mine.yaml", text).unwrap_err();
    let mut shown = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(100);
    handler.render_report(&mut shown, &error).unwrap();
    shown
}

const HEAD: &str = "name: mine\nsystem: hubspot\nextends: professional\n";

#[test]
fn malformed_profiles_are_told_where_what_and_how_to_mend() {
    let under = |rest: &str| shown(&format!("{HEAD}{rest}"));
    insta::assert_snapshot!(under("settings:\n  batch_size: { value: 100, source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("settings:\n  index_lag_min: { value: 10 sec, source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("settings:\n  account_time_zone: { value: Sydney, source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("limits:\n  - id: search\n    classes: [lookup]\n"), @"");
    insta::assert_snapshot!(under("limits:\n  - id: daily\n    size: { value: 0, source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("limits:\n  - id: hourly\n    scope: [account]\n"), @"");
    insta::assert_snapshot!(under("settings:\n  list_page_max: { value: 100 }\n"), @"");
    insta::assert_snapshot!(under("settings:\n  list_page_max: 100\n"), @"");
    insta::assert_snapshot!(under("settings:\n  search_429: { value: both, source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("limits:\n  - id: search\n    kind: { rolling_window: { per: { value: 0s, source: mine, date: 2026-11-20 } } }\n"), @"");
    insta::assert_snapshot!(under("doors: { value: [act, limit], source: mine, date: 2026-11-20 }\n"), @"");
    insta::assert_snapshot!(under("advertise:\n  - { header: X-Left, limit: hourly, shows: remaining }\n"), @"");
    insta::assert_snapshot!(under("settings: [\n"), @"");
    insta::assert_snapshot!(shown("name: mine\nsystem: hubspot\nextends: platinum\n"), @"");
    insta::assert_snapshot!(shown("name: mine\nsystem: ords\n"), @"");
    insta::assert_snapshot!(shown("name: mine\nsystem: hubspot\ndoors: { value: [act], source: mine, date: 2026-11-20 }\n"), @"");
}

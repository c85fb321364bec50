//! What is wrong with a target file though it can be read: each with its place and how to mend it.

use serde_saphyr::Location;

use super::either::Reset;
use super::faketime;
use super::file::{TargetFile, TimeMode};
use crate::text::{Places, Source, Wrong};

/// Words that are known, and not played yet.
pub(super) fn not_there_yet(source: Source<'_>, places: &Places) -> Vec<Wrong> {
    let mend = || Some("take it out".to_owned());
    let systems = places.names(&["world"]).into_iter().filter(|(name, _)| name.split('.').next() == Some("upstream"));
    systems
        .map(|(name, at)| source.wrong(at, format!("`{name}`: stubs of other systems are not there yet"), mend()))
        .collect()
}

pub(super) fn wrong(file: &TargetFile, source: Source<'_>, places: &Places) -> Vec<Wrong> {
    let mut checks = Checks { source, places, wrong: Vec::new() };
    checks.start(file);
    checks.time(file);
    checks.hubspot(file);
    checks.addresses(file);
    checks.wrong
}

struct Checks<'a> {
    source: Source<'a>,
    places: &'a Places,
    wrong: Vec<Wrong>,
}

impl Checks<'_> {
    fn at(&mut self, path: &[&str], what: impl Into<String>, mend: impl Into<String>) {
        let at: Location = self.places.of(path);
        self.wrong.push(self.source.wrong(at, what, Some(mend.into())));
    }

    fn start(&mut self, file: &TargetFile) {
        let target = &file.target;
        let as_list = |what: &str| format!("write it as a list: [node, {what}.js]");
        if target.start.as_ref().is_some_and(Vec::is_empty) {
            self.at(&["target", "start"], "`start` names no program", as_list("server"));
        }
        if matches!(&target.reset, Some(Reset::Command(command)) if command.is_empty()) {
            self.at(&["target", "reset"], "`reset` names no program", as_list("reset"));
        }
        if matches!(&target.reload, Some(Reset::Command(command)) if command.is_empty()) {
            self.at(&["target", "reload"], "`reload` names no program", as_list("reload"));
        }
        for (name, _) in target.jobs.iter().filter(|(_, job)| job.0.is_empty()) {
            self.at(&["target", "jobs", name], format!("the job `{name}` names no program"), as_list(name));
        }
    }

    fn time(&mut self, file: &TargetFile) {
        let target = &file.target;
        let most = sim::ClockMode::SCALE_MAX;
        if target.scale.is_some_and(|scale| !(1.0..=most).contains(&scale)) {
            let what = format!("`scale` is a number from 1 to {most}");
            self.at(
                &["target", "scale"],
                what,
                "leave it out for the greatest that `shortest_timeout` leaves room for",
            );
        }
        if target.time == TimeMode::Faketime && target.start.is_none() {
            let mend = "name its command in `start`, or write `time: real`";
            self.at(&["target", "time"], "a program that runs already cannot be given another time", mend);
        }
    }

    fn hubspot(&mut self, file: &TargetFile) {
        let hubspot = &file.world.hubspot;
        if !hubspot.webhooks.is_empty() && file.target.receivers.hubspot.is_none() {
            let mend = "add target.receivers.hubspot, the address that takes the events";
            self.at(&["world", "hubspot", "webhooks"], "there are webhooks, but no receiver for them", mend);
        }
        let own =
            hubspot.profile.as_ref().is_some_and(|profile| profile.ends_with(".yaml") || profile.ends_with(".yml"));
        if hubspot.time_zone.is_some() && own {
            let mend = "write it there: `settings: { account_time_zone: { value: Australia/Sydney, source: ours, date: 2026-11-01 } }`";
            self.at(&["world", "hubspot", "time_zone"], "a profile of your own says the time zone itself", mend);
        }
    }

    /// Whether what is to be called can be.
    fn addresses(&mut self, file: &TargetFile) {
        let target = &file.target;
        let told = |by: &'_ Option<Reset>| match by {
            Some(Reset::Url(address)) => Some(address.clone()),
            _ => None,
        };
        let (reset, reload) = (told(&target.reset), told(&target.reload));
        for (path, address) in [
            (&["target", "ready"][..], target.ready.as_ref()),
            (&["target", "reset"], reset.as_ref()),
            (&["target", "reload"], reload.as_ref()),
            (&["target", "receivers", "hubspot"], target.receivers.hubspot.as_ref()),
            (&["target", "observe", "dead_letters"], target.observe.dead_letters.as_ref()),
        ] {
            let is_one = |address: &String| {
                let known = ["http://", "https://", "${"];
                known.iter().any(|begins| address.starts_with(begins))
            };
            if let Some(address) = address.filter(|address| !is_one(address)) {
                self.at(path, format!("`{address}` is no address"), "write it like http://127.0.0.1:${port}/path");
            }
        }
        if target.observe.logs.as_ref().is_some_and(String::is_empty) {
            self.at(&["target", "observe", "logs"], "`logs` names no files", "write a pattern, like logs/*.log");
        }
    }
}

/// What a target may be accused of that is ours: told, as only its owner knows which time-outs count.
pub(super) fn doubtful(file: &TargetFile) -> Option<String> {
    let target = &file.target;
    let (scale, shortest) = (target.scale?, target.shortest_timeout?.0);
    let most = faketime::scale(Some(shortest));
    (target.time == TimeMode::Faketime && scale > most).then(|| {
        let real_ms = shortest as f64 / scale;
        format!(
            "{}: at `scale: {scale}` the shortest time-out, {shortest} ms, is {real_ms:.0} ms of real time, and may pass \
             through no fault of the program's; at most `scale: {most}` leaves it 300 ms",
            file.name
        )
    })
}

//! The journal against a plain list of what was told to it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sim::journal::{
    Actor, ChangeKind, Changed, Changes, ClockMoved, Delivered, Delivery, Entry, Exchange, Exchanged, FaultEvent,
    Faulted, Journal, Kind, Kinds, Payload, What, WorldChanged, WorldEvent,
};
use sim::{Moment, SystemName};

use super::{UUID, tiny};

type Step = Vec<(ChangeKind, String, String, Vec<(String, String)>)>;

#[derive(Clone, Debug)]
enum Told {
    Exchange {
        at: i64,
        system: SystemName,
        texts: [String; 9],
        options: [Option<String>; 2],
        took_effect: bool,
        step: Step,
    },
    Delivery {
        at: i64,
        texts: [String; 3],
        options: [Option<String>; 2],
        status: Option<u16>,
        events: u64,
    },
    Changes {
        at: i64,
        by_system: bool,
        account: String,
        step: Step,
    },
    Clock {
        from: i64,
        to: i64,
        mode: String,
    },
    Fault {
        at: i64,
        system: Option<SystemName>,
        name: String,
        event: FaultEvent,
    },
    World {
        at: i64,
        event: WorldEvent,
        snapshot: Option<String>,
    },
    Bodies {
        n: u64,
        request: Vec<u8>,
        response: Vec<u8>,
    },
    ReadBodies {
        n: u64,
    },
    Read {
        since: u64,
        kinds: Kinds,
        limit: usize,
    },
}

#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    bodies: BTreeMap<u64, (Vec<u8>, Vec<u8>)>,
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Model {
    fn add(&mut self, at: i64, system: Option<SystemName>, account: &str, took_effect: bool, what: What) -> u64 {
        let (n, at, account) = (self.entries.len() as u64 + 1, Moment(at), given(account));
        self.entries.push(Entry { n, at, system, account, took_effect, what });
        n
    }

    fn add_step(
        &mut self,
        at: i64,
        system: SystemName,
        account: &str,
        (actor, exchange): (Actor, Option<u64>),
        step: &Step,
    ) {
        for (change, record_type, id, values) in step.iter().cloned() {
            let values = values.into_iter().collect();
            let what = What::Change(Changed { actor, exchange, change, record_type, id, values });
            self.add(at, Some(system), account, true, what);
        }
    }
}

fn push(changes: &mut Changes, step: &Step) {
    for (kind, record_type, id, values) in step {
        changes.push(*kind, record_type, id, values.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
}

fn tell(journal: &mut Journal, changes: &mut Changes, model: &mut Model, told: &Told) -> std::io::Result<()> {
    match told {
        Told::Exchange { at, system, texts, options, took_effect, step } => {
            let [account, app, app_name, scopes, operation, method, target, user_agent, correlation] =
                texts.each_ref().map(|text| text.as_str());
            let [limit, fault] = options;
            push(changes, step);
            let n = journal.book(
                &Exchange {
                    at: Moment(*at),
                    system: *system,
                    account,
                    app,
                    app_name,
                    credential: *at as u64 % 3,
                    scopes,
                    operation,
                    method,
                    target,
                    connection: *at as u64 % 1_000,
                    user_agent,
                    status: 207,
                    took_effect: *took_effect,
                    limit: limit.as_deref(),
                    fault: fault.as_deref(),
                    correlation,
                },
                changes,
            );
            let what = What::Exchange(Exchanged {
                method: method.to_owned(),
                target: target.to_owned(),
                operation: operation.to_owned(),
                connection: *at as u64 % 1_000,
                status: 207,
                app: given(app),
                app_name: given(app_name),
                credential: Some(*at as u64 % 3).filter(|number| *number > 0),
                scopes: scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
                limit: limit.clone(),
                fault: fault.clone(),
                correlation: given(correlation),
                user_agent: given(user_agent),
                request_body: None,
                response_body: None,
            });
            assert_eq!(model.add(*at, Some(*system), account, *took_effect, what), n);
            model.add_step(*at, *system, account, (Actor::Integration, Some(n)), step);
        }
        Told::Delivery { at, texts, options, status, events } => {
            let [account, app, url] = texts.each_ref().map(|text| text.as_str());
            let [forged, failure] = options;
            let (at, sent_at, attempt) = (Moment(*at), Moment(*at / 2), *events as u32);
            let n = journal.delivery(&Delivery {
                at,
                sent_at,
                system: SystemName::Hubspot,
                account,
                app,
                url,
                attempt,
                events: *events,
                forged: forged.as_deref(),
                status: *status,
                failure: failure.as_deref(),
            });
            let what = What::Delivery(Delivered {
                app: app.to_owned(),
                url: url.to_owned(),
                sent_at,
                attempt,
                events: *events,
                forged: forged.clone(),
                status: *status,
                failure: failure.clone(),
                request_body: None,
                response_body: None,
            });
            let took_effect = status.is_some_and(|status| status / 100 == 2);
            assert_eq!(model.add(at.0, Some(SystemName::Hubspot), account, took_effect, what), n);
        }
        Told::Changes { at, by_system, account, step } => {
            push(changes, step);
            let actor = if *by_system {
                journal.system_changes(Moment(*at), SystemName::Ords, account, changes);
                Actor::System
            } else {
                journal.tester_changes(Moment(*at), SystemName::Ords, account, changes);
                Actor::Tester
            };
            model.add_step(*at, SystemName::Ords, account, (actor, None), step);
        }
        Told::Clock { from, to, mode } => {
            let n = journal.clock_move(Moment(*from), Moment(*to), mode);
            let what = What::Clock(ClockMoved { from: Moment(*from), to: Moment(*to), mode: mode.clone() });
            assert_eq!(model.add(*to, None, "", true, what), n);
        }
        Told::Fault { at, system, name, event } => {
            let n = journal.fault(Moment(*at), *system, name, *event);
            let what = What::Fault(Faulted { name: name.clone(), event: *event });
            assert_eq!(model.add(*at, *system, "", true, what), n);
        }
        Told::World { at, event, snapshot } => {
            let n = journal.world(Moment(*at), *event, snapshot.as_deref());
            let snapshot = snapshot.clone().filter(|id| !id.is_empty());
            assert_eq!(model.add(*at, None, "", true, What::World(WorldChanged { event: *event, snapshot })), n);
        }
        Told::Bodies { n, request, response } => {
            journal.bodies().attach(*n, request, response);
            model.bodies.insert(*n, (request.clone(), response.clone()));
        }
        Told::ReadBodies { n } => assert_eq!(journal.bodies().read(*n)?, model.bodies.get(n).cloned()),
        Told::Read { since, kinds, limit } => {
            let wanted = model.entries.iter().filter(|entry| entry.n > *since && kinds.contains(entry.kind()));
            let wanted = wanted.take(*limit).cloned().collect::<Vec<_>>();
            assert_eq!(journal.reader().since(*since, *kinds, *limit)?, wanted);
        }
    }
    assert!(changes.is_empty());
    Ok(())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,2}",
        2 => "\\PC{0,12}",
        1 => Just(UUID.to_owned()),
        1 => Just(UUID.to_uppercase()),
        1 => Just(UUID.replace('-', "")),
        1 => "[a-z]{200,700}",
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![ChangeKind::Created, ChangeKind::Updated, ChangeKind::Archived]);
    let values = prop::collection::vec((text(), text()), 0..4);
    prop_oneof![Just(Vec::new()), prop::collection::vec((kind, text(), text(), values), 0..6)]
}

fn told() -> impl Strategy<Value = Told> {
    let at = || prop_oneof![Just(Moment::START.0), -5i64..5, -62_135_596_800_000i64..253_402_000_000_000];
    let system = || prop::sample::select(SystemName::ALL.to_vec());
    let event = prop::sample::select(vec![FaultEvent::Armed, FaultEvent::Struck, FaultEvent::Cleared]);
    let world = prop::sample::select(vec![WorldEvent::Reset, WorldEvent::Snapshot, WorldEvent::Restored]);
    let body = || prop_oneof![4 => prop::collection::vec(any::<u8>(), 0..300), 1 => prop::collection::vec(any::<u8>(), 400..9000)];
    let n = || prop_oneof![1u64..60, 1u64..4, any::<u64>()];
    let options = || [prop::option::of(text()), prop::option::of(text())];
    let texts = || prop::array::uniform9(text());
    prop_oneof![
        4 => (at(), system(), texts(), options(), any::<bool>(), step()).prop_map(|(at, system, texts, options, took_effect, step)| {
            Told::Exchange { at, system, texts, options, took_effect, step }
        }),
        1 => (at(), prop::array::uniform3(text()), options(), prop::option::of(100u16..600), 0u64..200)
            .prop_map(|(at, texts, options, status, events)| Told::Delivery { at, texts, options, status, events }),
        1 => (at(), any::<bool>(), text(), step()).prop_map(|(at, by_system, account, step)| Told::Changes { at, by_system, account, step }),
        1 => (at(), at(), text()).prop_map(|(from, to, mode)| Told::Clock { from, to, mode }),
        1 => (at(), prop::option::of(system()), text(), event).prop_map(|(at, system, name, event)| Told::Fault { at, system, name, event }),
        1 => (at(), world, prop::option::of(text())).prop_map(|(at, event, snapshot)| Told::World { at, event, snapshot }),
        4 => (n(), body(), body()).prop_map(|(n, request, response)| Told::Bodies { n, request, response }),
        2 => n().prop_map(|n| Told::ReadBodies { n }),
        2 => (0u64..80, prop::collection::vec(prop::sample::select(Kind::ALL.to_vec()), 0..4), 0usize..50)
            .prop_map(|(since, kinds, limit)| Told::Read { since, kinds: kinds.into_iter().collect(), limit }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_says_what_a_plain_list_says(history in prop::collection::vec(told(), 1..160)) {
        let mut journal = Journal::new(tiny());
        let (mut changes, mut model) = (Changes::default(), Model::default());
        for told in &history {
            tell(&mut journal, &mut changes, &mut model, told).unwrap();
            let health = journal.health();
            prop_assert!(health.memory_bytes <= 4096, "{health:?} after {told:?}");
            prop_assert_eq!(journal.last(), model.entries.len() as u64);
        }
        for (&n, bodies) in &model.bodies {
            let read = journal.bodies().read(n).unwrap();
            prop_assert_eq!(read.as_ref(), Some(bodies));
        }
        for entry in &mut model.entries {
            let Some((request, response)) = model.bodies.get(&entry.n) else { continue };
            let [request, response] = [request, response].map(|body| Some(Payload(body.clone())));
            match &mut entry.what {
                What::Exchange(exchange) => (exchange.request_body, exchange.response_body) = (request, response),
                What::Delivery(delivery) => {
                    delivery.request_body = request;
                    delivery.response_body = response.filter(|_| delivery.status.is_some());
                }
                _ => {}
            }
        }
        let mut entries = journal.reader().since(0, Kinds::ALL, usize::MAX).unwrap();
        journal.reader().fill_bodies(&mut entries).unwrap();
        prop_assert_eq!(&entries, &model.entries);
        for (entry, model) in entries.iter().zip(&model.entries) {
            let line = serde_json::to_string(entry).unwrap();
            let back: Entry = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&back, entry, "{}", line);
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), line);
            if let (What::Change(back), What::Change(model)) = (&back.what, &model.what) {
                prop_assert!(back.values.keys().eq(model.values.keys()), "the order of the values is kept");
            }
        }
    }
}

//! The journal far past its memory, under many hands, and the form of its lines.

mod model;

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use sim::journal::{
    ChangeKind, Changes, Exchange, FaultEvent, Journal, JournalOptions, Kinds, Parent, What, WorldEvent,
};
use sim::{Moment, SystemName};

const UUID: &str = "0197f9d2-7c00-7abc-8def-0123456789ab";

/// A GET of one contact, as a client of HubSpot sends it.
fn get_of_a_contact(correlation: &str) -> Exchange<'_> {
    Exchange {
        at: Moment::START,
        system: SystemName::Hubspot,
        account: "4200001",
        app: "2100001",
        app_name: "private",
        credential: 1,
        scopes: "crm.objects.contacts.read",
        operation: "crm.objects.read",
        method: "GET",
        target: "/crm/v3/objects/contacts/30457123401?properties=email,firstname,lastname,phone",
        connection: 3,
        user_agent: "hubspot-api-client-python; 12.0.0",
        status: 200,
        took_effect: false,
        limit: None,
        fault: None,
        correlation,
    }
}

fn tiny() -> JournalOptions {
    JournalOptions { memory_bytes_max: 4096, spill_dir: None }
}

// ---- far past the memory ----

/// Two bodies of 2 kB together, different for every number.
fn bodies_of(n: u64, out: &mut [u8; 2048]) {
    let mut word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for chunk in out.as_chunks_mut::<8>().0 {
        word = word.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(n);
        *chunk = word.to_le_bytes();
    }
}

fn checksum(sum: u64, bytes: &[u8]) -> u64 {
    bytes.as_chunks::<8>().0.iter().fold(sum, |sum, &word| sum.rotate_left(5) ^ u64::from_le_bytes(word))
}

#[test]
fn far_past_its_memory_a_journal_drops_nothing() {
    const EXCHANGES: u64 = 200_000;
    const BUDGET: usize = 8 * 1024 * 1024;
    let mut journal = Journal::new(JournalOptions { memory_bytes_max: BUDGET, spill_dir: None });
    let (reader, bodies, mut changes) = (journal.reader(), journal.bodies(), Changes::default());
    let (mut buffer, mut sum) = ([0; 2048], 0);
    for i in 0..EXCHANGES {
        let exchange = Exchange { at: Moment(i as i64), ..get_of_a_contact(UUID) };
        let n = journal.book(&exchange, &mut changes);
        assert_eq!(n, i + 1);
        // Answers leave in another order than their steps were made.
        let n = n ^ 1;
        bodies_of(n, &mut buffer);
        sum = checksum(sum, &buffer);
        bodies.attach(n, &buffer[..512], &buffer[512..]);
        if i % 64 == 0 {
            assert!(journal.health().memory_bytes <= BUDGET, "{:?}", journal.health());
        }
    }
    let health = journal.health();
    assert_eq!(health.error, None);
    assert!(health.spilled_bytes > EXCHANGES * 2048 - BUDGET as u64, "{health:?}");
    assert!(health.index_bytes < EXCHANGES as usize * 8 / 4, "far below 8 bytes an entry: {health:?}");

    let (mut n, mut read) = (0, 0);
    while n < EXCHANGES {
        for entry in reader.since(n, Kinds::ALL, 4096).unwrap() {
            n += 1;
            assert_eq!((entry.n, entry.at), (n, Moment(n as i64 - 1)));
            let (request, response) = bodies.read(n ^ 1).unwrap().expect("it was attached");
            read = checksum(checksum(read, &request), &response);
        }
    }
    assert_eq!(read, sum);
}

#[test]
fn bodies_spill_first_and_entries_after_them() {
    let mut journal = Journal::new(JournalOptions { memory_bytes_max: 64 * 1024, spill_dir: None });
    let (bodies, mut changes) = (journal.bodies(), Changes::default());
    let mut attached = 0;
    while journal.health().spilled_bytes < 200_000 {
        let n = journal.book(&get_of_a_contact(UUID), &mut changes);
        bodies.attach(n, &[7; 2000], &[8; 2000]);
        attached += 4000;
    }
    let entries = 150 * usize::try_from(journal.last()).unwrap();
    assert!(entries < 16 * 1024, "entries never needed to leave");
    let only_bodies = journal.health().spilled_bytes;
    assert!(only_bodies < attached + 20 * journal.last(), "nothing but bodies and their index was spilled");

    // Entries alone, far beyond what memory holds: now they follow.
    for _ in 0..5_000 {
        journal.book(&get_of_a_contact(UUID), &mut changes);
    }
    assert!(journal.health().spilled_bytes > only_bodies + 100_000, "{:?}", journal.health());
    assert!(journal.health().memory_bytes <= 64 * 1024);
    assert_eq!(journal.reader().since(0, Kinds::ALL, usize::MAX).unwrap().len() as u64, journal.last());
}

#[test]
fn an_exchange_of_a_contact_read_costs_less_than_300_bytes() {
    // By the journal's own account of its memory, with everything in it, per entry over many.
    let mut journal = Journal::new(JournalOptions { memory_bytes_max: 1 << 30, spill_dir: None });
    let mut changes = Changes::default();
    let count = 100_000;
    for _ in 0..count {
        journal.book(&get_of_a_contact(UUID), &mut changes);
    }
    let health = journal.health();
    let bytes = (health.memory_bytes + health.index_bytes) as f64 / f64::from(count);
    assert!(bytes < 150.0, "{bytes} B");
    assert_eq!(health.spilled_bytes, 0);

    // A caller with a new user agent each time cannot fill memory with names.
    for n in 0..20_000 {
        let user_agent = format!("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/{n:06}");
        journal.book(&Exchange { user_agent: &user_agent, ..get_of_a_contact(UUID) }, &mut changes);
    }
    let bytes = (journal.health().memory_bytes - health.memory_bytes) as f64 / 20_000.0;
    assert!(bytes < 300.0, "{bytes} B");
}

#[test]
fn a_disk_that_fails_loses_nothing_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("not-yet");
    let mut journal = Journal::new(JournalOptions { memory_bytes_max: 4096, spill_dir: Some(missing.clone()) });
    let (bodies, mut changes) = (journal.bodies(), Changes::default());
    let mut go_on = |journal: &mut Journal, count: u64| {
        for _ in 0..count {
            let n = journal.book(&get_of_a_contact(UUID), &mut changes);
            bodies.attach(n, &n.to_le_bytes(), &[9; 5000]);
        }
    };
    go_on(&mut journal, 100);
    let health = journal.health();
    assert!(health.error.is_some() && health.spilled_bytes == 0 && health.memory_bytes > 500_000, "{health:?}");
    for n in 1..=100u64 {
        assert_eq!(journal.bodies().read(n).unwrap().unwrap(), (n.to_le_bytes().to_vec(), vec![9; 5000]));
    }

    std::fs::create_dir(&missing).unwrap();
    go_on(&mut journal, 100);
    let health = journal.health();
    assert!(health.error.is_none() && health.spilled_bytes > 1_000_000 && health.memory_bytes <= 4096, "{health:?}");
    for n in 1..=200u64 {
        assert_eq!(journal.bodies().read(n).unwrap().unwrap(), (n.to_le_bytes().to_vec(), vec![9; 5000]));
    }
    assert_eq!(std::fs::read_dir(&missing).unwrap().count(), 0, "the file has no name");
}

// ---- many hands ----

#[test]
fn readers_see_whole_steps_while_many_hands_write() {
    const STEPS: u64 = 3_000;
    let mut journal = Journal::new(JournalOptions { memory_bytes_max: 64 * 1024, spill_dir: None });
    let (mut reader, bodies) = (journal.reader(), journal.bodies());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (steps, hands) = mpsc::channel();
    let hands = Mutex::new(hands);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (hands, bodies) = (&hands, bodies.clone());
            scope.spawn(move || {
                let next = || hands.lock().unwrap().recv();
                while let Ok(n) = next() {
                    bodies.attach(n, &n.to_le_bytes(), &vec![n as u8; (n % 900) as usize]);
                }
            });
        }
        scope.spawn(move || {
            let mut changes = Changes::default();
            for step in 0..STEPS {
                for id in ["1", "2", "3"] {
                    changes.push(ChangeKind::Updated, "contacts", id, [("phone", "0400 000 000")].into_iter());
                }
                let n = journal.book(&Exchange { at: Moment(step as i64), ..get_of_a_contact(UUID) }, &mut changes);
                steps.send(n).unwrap();
            }
        });
        let follow = async {
            let mut seen = 0;
            while reader.beyond(seen).await {
                for entry in reader.since(seen, Kinds::ALL, usize::MAX).unwrap() {
                    seen += 1;
                    assert_eq!(entry.n, seen);
                    if let What::Change(change) = &entry.what {
                        assert_eq!(change.exchange, Some(seen - (seen - 1) % 4));
                    }
                }
                assert_eq!(seen % 4, 0, "an exchange comes with all its changes");
            }
            seen
        };
        let seen = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), follow).await });
        assert_eq!(seen.expect("the end of the journal ends a follower"), STEPS * 4);
    });
    for n in (1..=STEPS * 4).step_by(4) {
        let wanted = (n.to_le_bytes().to_vec(), vec![n as u8; (n % 900) as usize]);
        assert_eq!(bodies.read(n).unwrap(), Some(wanted), "{n}");
    }
    assert_eq!(bodies.read(2).unwrap(), None);
}

// ---- the form of a line ----

#[test]
fn lines_have_their_members_in_order() {
    let mut journal = Journal::forked(tiny(), Parent { world: "a".to_owned(), n: 12 });
    assert_eq!(journal.parent(), Some(&Parent { world: "a".to_owned(), n: 12 }));
    assert_eq!(journal.reader().since(0, Kinds::ALL, 10).unwrap(), [], "a fork's journal starts empty");
    let mut changes = Changes::default();
    changes.push(ChangeKind::Created, "contacts", "101", [("lastname", "Ng"), ("email", "a@example.com")].into_iter());
    let (at, to) = (Moment::START, Moment::START.plus(61_000));
    let timed_out = Exchange {
        target: "/crm/v3/objects/contacts?x=1",
        status: 504,
        took_effect: true,
        fault: Some("commit-then-timeout"),
        app: "",
        app_name: "",
        credential: 0,
        scopes: "",
        ..get_of_a_contact(UUID)
    };
    journal.fault(at, Some(SystemName::Hubspot), "commit-then-timeout", FaultEvent::Armed);
    let n = journal.book(&timed_out, &mut changes);
    journal.clock_move(at, to, "manual");
    let refused = Exchange {
        at: to,
        system: SystemName::RetailExpress,
        account: "",
        target: "/v2.1/customers",
        status: 429,
        limit: Some("minute"),
        user_agent: "",
        ..get_of_a_contact("")
    };
    journal.book(&refused, &mut changes);
    journal.world(to, WorldEvent::Snapshot, Some("snapshot-1"));
    journal.world(to, WorldEvent::Reset, None);
    journal.bodies().attach(n, b"{}", &[0xff, 0]);
    let mut entries = journal.reader().since(0, Kinds::ALL, 10).unwrap();
    journal.reader().fill_bodies(&mut entries).unwrap();
    let lines = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect::<Vec<_>>();
    let wanted = [
        r#"{"n":1,"at":"2026-11-20T00:00:00.000Z","kind":"fault","system":"hubspot","account":null,"took_effect":true,"name":"commit-then-timeout","event":"armed"}"#,
        r#"{"n":2,"at":"2026-11-20T00:00:00.000Z","kind":"exchange","system":"hubspot","account":"4200001","took_effect":true,"method":"GET","path":"/crm/v3/objects/contacts","target":"/crm/v3/objects/contacts?x=1","operation":"crm.objects.read","connection":3,"status":504,"app":null,"limit":null,"fault":"commit-then-timeout","correlation":"0197f9d2-7c00-7abc-8def-0123456789ab","user_agent":"hubspot-api-client-python; 12.0.0","request_body":"{}","response_body":{"base64":"/wA="}}"#,
        r#"{"n":3,"at":"2026-11-20T00:00:00.000Z","kind":"change","system":"hubspot","account":"4200001","took_effect":true,"actor":"integration","exchange":2,"change":"created","type":"contacts","id":"101","values":{"lastname":"Ng","email":"a@example.com"}}"#,
        r#"{"n":4,"at":"2026-11-20T00:01:01.000Z","kind":"clock","system":null,"account":null,"took_effect":true,"from":"2026-11-20T00:00:00.000Z","to":"2026-11-20T00:01:01.000Z","mode":"manual"}"#,
        r#"{"n":5,"at":"2026-11-20T00:01:01.000Z","kind":"exchange","system":"retail_express","account":null,"took_effect":false,"method":"GET","path":"/v2.1/customers","target":"/v2.1/customers","operation":"crm.objects.read","connection":3,"status":429,"app":"2100001","app_name":"private","credential":1,"scopes":["crm.objects.contacts.read"],"limit":"minute","fault":null,"correlation":null,"user_agent":null}"#,
        r#"{"n":6,"at":"2026-11-20T00:01:01.000Z","kind":"world","system":null,"account":null,"took_effect":true,"event":"snapshot","snapshot":"snapshot-1"}"#,
        r#"{"n":7,"at":"2026-11-20T00:01:01.000Z","kind":"world","system":null,"account":null,"took_effect":true,"event":"reset","snapshot":null}"#,
    ];
    assert_eq!(lines, wanted);
}

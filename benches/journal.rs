//! What booking costs, under the world's lock and outside it, and how many bytes an entry takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sim::journal::{ChangeKind, Changes, Exchange, Journal, JournalOptions};
use sim::{Moment, SystemName};

const GET: Exchange<'static> = Exchange {
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
    connection: 1,
    user_agent: "hubspot-api-client-python; 12.0.0",
    status: 200,
    took_effect: false,
    limit: None,
    fault: None,
    correlation: "0197f9d2-7c00-7abc-8def-0123456789ab",
};

const VALUES: [(&str, &str); 8] = [
    ("email", "mia.nguyen@example.com"),
    ("firstname", "Mia"),
    ("lastname", "Nguyen"),
    ("phone", "+61 400 000 000"),
    ("city", "Fitzroy"),
    ("state", "VIC"),
    ("zip", "3065"),
    ("lifecyclestage", "customer"),
];

/// Runs on a journal that stays within its memory: it is made anew before it would spill.
fn in_memory(iterations: u64, each: u64, mut run: impl FnMut(&mut Journal)) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let count = left.min(each);
        let mut journal = Journal::new(JournalOptions::default());
        let start = Instant::now();
        for _ in 0..count {
            run(&mut journal);
        }
        took += start.elapsed();
        left -= count;
    }
    took
}

fn book(c: &mut Criterion) {
    let mut changes = Changes::default();
    c.bench_function("journal/book one exchange", |b| {
        b.iter_custom(|n| in_memory(n, 400_000, |journal| _ = journal.book(black_box(&GET), &mut changes)));
    });

    let ids = (0..100).map(|i| (30_457_123_401u64 + i).to_string()).collect::<Vec<_>>();
    let mut batch = |journal: &mut Journal| {
        for id in &ids {
            changes.push(ChangeKind::Created, "contacts", id, black_box(VALUES).into_iter());
        }
        journal.book(black_box(&GET), &mut changes);
    };
    c.bench_function("journal/book one exchange with 100 changes of 8 values", |b| {
        b.iter_custom(|n| in_memory(n, 3_000, &mut batch));
    });
}

fn attach(c: &mut Criterion) {
    let response = [b'x'; 2048];
    c.bench_function("journal/attach 2 kB", |b| {
        b.iter_custom(|n| in_memory(n, 25_000, |journal| journal.bodies().attach(1, b"", black_box(&response))));
    });

    let journal = Journal::new(JournalOptions::default());
    let (bodies, mut n) = (journal.bodies(), 0);
    c.bench_function("journal/attach 2 kB, past the budget", |b| {
        b.iter(|| {
            n += 1;
            bodies.attach(n, b"", black_box(&response));
        });
    });
}

fn empty(c: &mut Criterion) {
    c.bench_function("journal/new", |b| {
        b.iter_batched(JournalOptions::default, Journal::new, BatchSize::SmallInput);
    });
}

/// By the journal's own account of its memory, over enough entries that segments are full.
#[expect(clippy::print_stdout, reason = "a figure that criterion cannot hold")]
fn bytes(_: &mut Criterion) {
    let count = 100_000;
    let held = |values: Option<[(&str, &str); 8]>| {
        let mut journal = Journal::new(JournalOptions { memory_bytes_max: 1 << 30, spill_dir: None });
        let mut changes = Changes::default();
        for _ in 0..count {
            if let Some(values) = values {
                changes.push(ChangeKind::Created, "contacts", "30457123401", values.into_iter());
            }
            journal.book(&GET, &mut changes);
        }
        let health = journal.health();
        (health.memory_bytes + health.index_bytes) as f64 / f64::from(count)
    };
    let (exchange, both) = (held(None), held(Some(VALUES)));
    println!("journal/bytes: {exchange:.1} B an exchange, {:.1} B a change of 8 values", both - exchange);
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = book, attach, empty, bytes
}
criterion_main!(benches);

//! What a call costs through everything (sockets, authentication, every limit, records, indexes, journal),
//! as a multiple of what a bare axum handler spends on the same bytes in the same run.
//!
//! Each server is a process with one thread. Rounds alternate between the two, and processor time is read
//! from the kernel before and after each, so that a busy machine weighs on both alike. A round of ours
//! starts from ten thousand contacts; searches go over a million. Ratios of
//! processor time can be trusted there; throughput is told for what it is.
//!
//! `cargo bench --bench side_by_side [-- read|batch|search]`

mod client;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod process;
mod servers;

use std::rc::Rc;
use std::time::Duration;

use client::{drive, once};
// Links the allocator that the program has.
use standin as _;

use process::{Process, Result};
use serde_json::{Value, json};

const ROUNDS: usize = 9;
const RECORDS: u64 = 1_000_000;

type Request = Rc<dyn Fn(u64) -> Vec<u8>>;

/// One kind of call, how often it is made in a round, and what the ratio is to be.
struct Kind {
    name: &'static str,
    count: u64,
    goal: f64,
    limit: f64,
    address: String,
    request: Request,
}

/// One round of one server.
struct Round {
    cpu_us: f64,
    per_second: f64,
}

fn main() -> Result<()> {
    if let Some(role) = process::role() {
        return servers::serve(&role);
    }
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let records = if wanted("search") { RECORDS } else { 1_000 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(wanted, records))
}

#[expect(clippy::print_stdout, reason = "its figures are what a benchmark is for")]
async fn measure(wanted: impl Fn(&str) -> bool, records: u64) -> Result<()> {
    let mut standin = Process::in_role("standin", &json!({"records": records}))?;
    let ready = standin.hear()?;
    let (small, small_token) = peer(&ready["small"])?;
    let (large, large_token) = peer(&ready["large"])?;
    let id = ready["contact"].as_str().ok_or("no contact to read")?.to_owned();
    let base = std::process::id();
    let companies = records / servers::COMPANY as u64;

    let batch_token = small_token.clone();
    let kinds = [
        Kind {
            name: "read",
            count: 20_000,
            goal: 1.8,
            limit: 3.0,
            address: small.clone(),
            request: Rc::new(move |_| get(&id, &small_token)),
        },
        Kind {
            name: "batch",
            count: 400,
            goal: 10.0,
            limit: 20.0,
            address: small,
            request: Rc::new(move |n| post("contacts/batch/create", &batch_token, &batch(base, n))),
        },
        Kind {
            name: "search",
            count: 10_000,
            goal: 4.0,
            limit: 8.0,
            address: large,
            request: Rc::new(move |n| post("contacts/search", &large_token, &search(n * 7_919 % companies))),
        },
    ];

    // Numbers that no round has: unique values must be new in each.
    let mut fresh = 1_u64 << 32;
    let mut bodies = json!({});
    for kind in &kinds {
        if kind.name == "search" && !wanted("search") {
            continue;
        }
        let request = (kind.request)(fresh);
        fresh += 1;
        let answer = once(&kind.address, &request).await?;
        let limits: Vec<_> = answer.head.lines().filter(|line| line.contains("ratelimit")).collect();
        println!("{}: {} B in, status {}, {} B out", kind.name, sent(&request), answer.status, answer.body.len());
        if kind.name == "read" {
            println!("  {}", limits.join(", "));
        }
        bodies[kind.name] = String::from_utf8(answer.body)?.into();
    }
    let mut bare = Process::in_role("bare", &bodies)?;
    let (bare_address, _) = peer(&bare.hear()?["small"])?;

    println!(
        "\n{:8} {:>12} {:>14} {:>10} {:>14} {:>14} {:>11}",
        "call", "bare us", "standin us", "ratio", "bare a second", "standin", "ratio"
    );
    for kind in kinds.iter().filter(|kind| wanted(kind.name)) {
        let (mut bares, mut standins) = (Vec::new(), Vec::new());
        // The first round warms both and is not counted.
        for round in 0..=ROUNDS {
            if kind.name != "search" {
                standin.say(&json!({}))?;
                standin.hear()?;
            }
            let (make, from) = (kind.request.clone(), fresh);
            let request: Request = Rc::new(move |n| make(from + n));
            let theirs = run(&bare, &bare_address, kind.count, request.clone()).await?;
            let ours = run(&standin, &kind.address, kind.count, request).await?;
            fresh += kind.count;
            if round > 0 {
                bares.push(theirs);
                standins.push(ours);
            }
        }
        let ratio = |figure: fn(&Round) -> f64| {
            median(standins.iter().zip(&bares).map(|(ours, theirs)| figure(ours) / figure(theirs)))
        };
        let cpu = ratio(|round| round.cpu_us);
        println!(
            "{:8} {:>12.1} {:>14.1} {:>10.2} {:>14.0} {:>14.0} {:>11.2}   goal {}, at most {}: {}",
            kind.name,
            median(bares.iter().map(|round| round.cpu_us)),
            median(standins.iter().map(|round| round.cpu_us)),
            cpu,
            median(bares.iter().map(|round| round.per_second)),
            median(standins.iter().map(|round| round.per_second)),
            ratio(|round| round.per_second),
            kind.goal,
            kind.limit,
            if cpu <= kind.goal {
                "kept"
            } else if cpu <= kind.limit {
                "missed, within the limit"
            } else {
                "MISSED"
            },
        );
    }
    Ok(())
}

async fn run(server: &Process, address: &str, count: u64, request: Request) -> Result<Round> {
    let before = server.cpu()?;
    let took: Duration = drive(address, count, request).await?;
    let cpu = server.cpu()? - before;
    Ok(Round { cpu_us: cpu.as_secs_f64() * 1e6 / count as f64, per_second: count as f64 / took.as_secs_f64() })
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Address and token of a system, as its ready line has them.
fn peer(system: &Value) -> Result<(String, String)> {
    let url = system["url"].as_str().ok_or("no url")?;
    Ok((url.trim_start_matches("http://").to_owned(), system["token"].as_str().unwrap_or_default().to_owned()))
}

/// What is read of a contact, so that the answer has some 1.2 kB.
const SHOWN: &str = "address,city,company,country,email,fax,firstname,gender,hs_language,industry,jobtitle,\
lastname,lifecyclestage,message,mobilephone,phone,salutation,seniority,start_date,state,website,work_email,zip";

fn get(id: &str, token: &str) -> Vec<u8> {
    format!(
        "GET /crm/v3/objects/contacts/{id}?properties={SHOWN} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer \
         {token}\r\naccept: application/json\r\nuser-agent: hubspot-api-client-python; 12.0.0\r\n\r\n"
    )
    .into_bytes()
}

fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /crm/v3/objects/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\naccept: \
         application/json\r\nuser-agent: hubspot-api-client-python; 12.0.0\r\ncontent-type: \
         application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A hundred contacts that are not there yet, some 200 B each.
fn batch(base: u32, n: u64) -> String {
    use std::fmt::Write as _;
    let mut body = String::with_capacity(24_000);
    body.push_str(r#"{"inputs":["#);
    for i in 0..100 {
        let comma = if i == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            r#"{comma}{{"properties":{{"email":"mia.{base}.{n}.{i}@example.com","firstname":"Mia","lastname":"Nguyen","phone":"+61 3 5550 0100","city":"Chadstone","state":"VIC","zip":"3148","company":"Example Timepieces"}}}}"#
        );
    }
    body.push_str("]}");
    body
}

/// The ten contacts of one company.
fn search(company: u64) -> String {
    format!(
        r#"{{"filterGroups":[{{"filters":[{{"propertyName":"company","operator":"EQ","value":"Company {company}"}}]}}],"properties":["email","firstname","lastname","company"],"limit":10}}"#
    )
}

/// Bytes of a request's body.
fn sent(request: &[u8]) -> usize {
    request.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| request.len() - end - 4)
}

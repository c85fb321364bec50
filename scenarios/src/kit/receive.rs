//! Puts a receiver through the kit, case by case, by the machine's clock. What it judges by is what was answered and,
//! where its owner shows it, what the receiver has come to; what neither shows is untested.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use contracts::Clause;
use sim::SampleEvent;
use sim::wire::Failure;
use tokio::task::JoinSet;

use super::catalogue::Hostile;
use super::letter::{Basis, Part, Request, Sender, Wanted};
use super::observe::Observer;
use super::verdict::{CaseResult, Sent, millis};
use super::wire::{Answer, send};

/// How long an effect may take to show, and how long one that is not to be is waited for.
const EFFECT: Duration = Duration::from_secs(2);
const NO_EFFECT: Duration = Duration::from_millis(600);
const SENT_MAX: usize = 4;
/// How much of what was observed is quoted, and how much of it from before the difference.
const SHOWN: usize = 120;
const BEFORE: usize = 40;
/// Between the first ids of two cases; the burst, which has more, is the last.
const IDS_OF_A_CASE: u64 = 200;

/// A receiver to be tried, and how.
#[derive(Clone, Debug)]
pub struct Trial {
    pub sender: Sender,
    /// What the events are about; its ids are the first, and values that are empty are made up.
    pub basis: Basis,
    pub observer: Option<Observer>,
}

/// What the genuine delivery, which comes first, has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Untried,
    Believed,
    /// Nothing that follows shows anything; why.
    Hopeless(String),
    /// What is turned away shows nothing; why.
    Refuses(String),
}

/// What a case came to.
enum Came {
    Kept,
    Broken(Clause, String),
    Untested(String),
}

/// A delivery that was sent, and what was to be seen afterwards.
struct Posted {
    request: Request,
    part: Part,
    answer: Answer,
}

/// Milliseconds since 1970, by the machine's clock.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Plays the cases in their order; `told` hears of each.
pub async fn receive(trial: &Trial, cases: &[Hostile], mut told: impl FnMut(&CaseResult)) -> Vec<CaseResult> {
    let mut standing = Standing::Untried;
    let mut results = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let began = Instant::now();
        let (came, posted) = trial.case(*case, place as u64, &mut standing).await;
        let result = result(*case, came, &posted, began.elapsed());
        told(&result);
        results.push(result);
    }
    results
}

fn result(case: Hostile, came: Came, posted: &[Posted], took: Duration) -> CaseResult {
    let sent = posted.iter().map(|Posted { request, part, answer }| Sent::new(request, part.wanted, answer));
    let mut sent: Vec<_> = sent.collect();
    if sent.len() > SENT_MAX && sent.iter().any(|sent| !sent.well) {
        sent.retain(|sent| !sent.well);
    }
    sent.truncate(SENT_MAX);
    let (verdict, clause, what, reason) = match came {
        Came::Kept => ("kept", case.clause(), None, None),
        Came::Broken(clause, what) => ("broken", clause, Some(what), None),
        Came::Untested(reason) => ("untested", case.clause(), None, Some(reason)),
    };
    CaseResult {
        case: case.name(),
        clause: clause.as_str(),
        verdict,
        what,
        reason,
        stands_for: case.stands_for(),
        seen: case.seen(),
        right: case.right(),
        took_ms: millis(took),
        requests: posted.len(),
        sent,
    }
}

impl Trial {
    async fn case(&self, case: Hostile, place: u64, standing: &mut Standing) -> (Came, Vec<Posted>) {
        if case == Hostile::ChangedHost && self.sender.public_url.is_none() {
            let why = "it needs --public-url: the address that HubSpot calls, where a proxy stands in front";
            return (Came::Untested(why.to_owned()), Vec::new());
        }
        let basis = self.basis(place);
        let parts = basis.parts(case);
        let turned_away = parts.iter().all(|part| !matches!(part.wanted, Wanted::Accepted));
        match standing {
            Standing::Hopeless(why) => return (Came::Untested(why.clone()), Vec::new()),
            Standing::Refuses(why) if !turned_away => return (Came::Untested(why.clone()), Vec::new()),
            _ => {}
        }
        let seen = match &self.observer {
            Some(observer) if observes(case) => Some(Seen::begin(observer).await),
            _ => None,
        };
        let (posted, seen) = self.posted(case, parts, seen).await;
        let came = answers(case, &posted).unwrap_or_else(|| match seen {
            Some(seen) => seen.came(case, &basis),
            None if needs_eyes(case) => {
                let what = unseen(case);
                Came::Untested(format!(
                    "whether {what} is not seen from outside: --observe URL or COMMAND would show it"
                ))
            }
            None => Came::Kept,
        });
        let came = stand(case, came, &posted, standing);
        (came, posted)
    }

    /// What a case's events are about: records of its own, unless a record is given.
    fn basis(&self, place: u64) -> Basis {
        let first = self.basis.event.event_id + place * IDS_OF_A_CASE;
        let given = self.basis.event.object_id;
        let made_up = |value: &str, word: &str| match value {
            "" => format!("standin-{word}-{first}"),
            given => given.to_owned(),
        };
        let event = SampleEvent {
            event_id: first,
            object_id: if given == 0 { first } else { given },
            occurred_at: now_ms(),
            property_value: made_up(&self.basis.event.property_value, "later"),
            ..self.basis.event.clone()
        };
        Basis { event, earlier: made_up(&self.basis.earlier, "earlier") }
    }

    async fn posted<'o>(
        &self,
        case: Hostile,
        parts: Vec<Part>,
        mut seen: Option<Seen<'o>>,
    ) -> (Vec<Posted>, Option<Seen<'o>>) {
        let trace = trace(case);
        if case.at_once() > 1 {
            let all = post_all(&self.sender, &parts, case.at_once(), trace).await;
            let posted = parts.into_iter().zip(all);
            return (posted.map(|(part, (request, answer))| Posted { request, part, answer }).collect(), seen);
        }
        let count = parts.len();
        let mut posted = Vec::with_capacity(count);
        for (place, part) in parts.into_iter().enumerate() {
            let request = self.sender.request(&part.letter, now_ms(), trace + place as u64);
            let answer = post(&request).await;
            let is_late = answer.is_late();
            posted.push(Posted { request, part, answer });
            if is_late {
                break;
            }
            if let Some(seen) = &mut seen {
                seen.after(case, place, count).await;
            }
        }
        (posted, seen)
    }
}

/// Sends deliveries, so many at once, in their order, each signed when it leaves. One that has no answer in time ends
/// it: HubSpot's other deliveries would wait for it too.
pub async fn post_all(sender: &Sender, parts: &[Part], at_once: usize, trace: u64) -> Vec<(Request, Answer)> {
    let mut waiting = parts.iter().enumerate();
    let mut flying = JoinSet::new();
    let mut landed = Vec::with_capacity(parts.len());
    let mut lost = false;
    loop {
        while !lost
            && flying.len() < at_once
            && let Some((place, part)) = waiting.next()
        {
            let request = sender.request(&part.letter, now_ms(), trace + place as u64);
            flying.spawn(async move {
                let answer = post(&request).await;
                (place, request, answer)
            });
        }
        match flying.join_next().await {
            None => break,
            Some(Ok((place, request, answer))) => {
                lost |= answer.is_late();
                landed.push((place, request, answer));
            }
            // It was cut off together with all that runs.
            Some(Err(_)) => {}
        }
    }
    landed.sort_by_key(|(place, ..)| *place);
    landed.into_iter().map(|(_, request, answer)| (request, answer)).collect()
}

/// Sends one request.
async fn post(request: &Request) -> Answer {
    send(&request.address, &request.headers, &request.body, request.manner).await
}

/// The first of the numbers by which a case's requests are told apart.
fn trace(case: Hostile) -> u64 {
    let of = Hostile::ALL.iter().position(|known| *known == case).unwrap_or_default();
    of as u64 * 1_000 + 1
}

/// Whether what the receiver shows tells something about a case.
fn observes(case: Hostile) -> bool {
    needs_eyes(case) || matches!(case.right(), right if right.contains("does nothing"))
}

/// Whether nothing else does.
fn needs_eyes(case: Hostile) -> bool {
    matches!(case.clause(), Clause::WebhookOnce | Clause::WebhookOrder)
}

fn unseen(case: Hostile) -> &'static str {
    match case {
        Hostile::RepeatedEventId => "both have their effects",
        Hostile::Reorder => "the later value stays",
        Hostile::ChangeFirst => "the value is kept",
        _ => "both have the effect of one",
    }
}

/// What the answers alone say: that it is broken, or that it shows nothing.
fn answers(case: Hostile, posted: &[Posted]) -> Option<Came> {
    let unmet: Vec<_> = posted.iter().filter(|one| !one.part.wanted.is_met_by(&one.answer)).collect();
    let first = unmet.first()?;
    let (answer, wanted) = (&first.answer, first.part.wanted);
    let which = match (posted.len(), posted.iter().position(|one| std::ptr::eq(one, *first))) {
        (1, _) | (_, None) => "it".to_owned(),
        (_, Some(place)) if unmet.len() == 1 => format!("delivery {} of {}", place + 1, posted.len()),
        (count, Some(_)) => format!("{} of {count} deliveries, and the first of them", unmet.len()),
    };
    let tells_nothing = match wanted {
        // HubSpot has not sent it, and nobody waits.
        Wanted::Refused | Wanted::Answered => answer.status().is_none(),
        _ => case == Hostile::QueryString && matches!(answer.status(), Some(404 | 405)),
    };
    if tells_nothing {
        return Some(Came::Untested(format!("{which} came to nothing: {answer}")));
    }
    let retried = "; HubSpot would try it again for a day";
    Some(match (wanted, answer.status()) {
        (Wanted::Refused, Some(status)) => {
            Came::Broken(case.clause(), format!("{which} was believed: answered with {status}"))
        }
        (_, Some(status)) if case == Hostile::Genuine && matches!(status, 400 | 401 | 403) => {
            let signed = &first.request.signed;
            let what = format!(
                "it was answered with {status}; it is signed over POST {signed}: is that the address, and this the \
                 secret, by which the receiver checks?"
            );
            Came::Broken(case.clause(), what)
        }
        (_, Some(status)) => Came::Broken(case.clause(), format!("{which} was answered with {status}{retried}")),
        (_, None) if answer.is_late() => {
            Came::Broken(Clause::WebhookDeadline, format!("{which} had no answer within 5 s{retried}"))
        }
        (_, None) => Came::Broken(case.clause(), format!("{which} had no answer: {answer}{retried}")),
    })
}

/// Holds a case against what the genuine one has shown, and notes what it shows for those that follow.
fn stand(case: Hostile, came: Came, posted: &[Posted], standing: &mut Standing) -> Came {
    let gone = posted.iter().find(|one| matches!(one.answer.got, Err(Failure::Unreachable(_))));
    if gone.is_some() {
        *standing = Standing::Hopeless(format!("the receiver cannot be reached since {}", case.name()));
        return came;
    }
    if case == Hostile::Genuine {
        let answer = posted.first().map(|one| &one.answer);
        *standing = match (&came, answer) {
            (Came::Broken(..), Some(answer)) if answer.status().is_none() => {
                Standing::Hopeless(format!("nothing was tried after the genuine delivery: {answer}"))
            }
            (Came::Broken(..), Some(answer)) => Standing::Refuses(format!(
                "the genuine delivery was refused with {}: mend that first",
                answer.status().unwrap_or_default()
            )),
            _ => Standing::Believed,
        };
        return came;
    }
    match (came, &*standing) {
        (Came::Kept, Standing::Refuses(_)) => Came::Untested(
            "the genuine delivery was refused too, so that turning this one away shows nothing".to_owned(),
        ),
        (came, _) => came,
    }
}

/// What the receiver showed: before the case, and after each of its deliveries.
struct Seen<'o> {
    observer: &'o Observer,
    states: Result<Vec<String>, String>,
}

impl<'o> Seen<'o> {
    async fn begin(observer: &'o Observer) -> Self {
        let states = match observer.calm(EFFECT).await {
            Ok(Some(state)) => Ok(vec![state]),
            Ok(None) => Err("what --observe shows changes by itself".to_owned()),
            Err(why) => Err(why),
        };
        Self { observer, states }
    }

    async fn after(&mut self, case: Hostile, place: usize, count: usize) {
        let Ok(states) = &mut self.states else { return };
        let before = states.last().cloned().unwrap_or_default();
        // What is to have an effect is given the time for one; what is not to have any, a moment.
        let within = match case {
            Hostile::RepeatedEventId => EFFECT,
            Hostile::DroppedAfterBody if states.first() == states.last() => EFFECT,
            _ if place == 0 && count > 1 => EFFECT,
            _ => NO_EFFECT,
        };
        match self.observer.changed(&before, within).await {
            Ok(state) => states.push(state),
            Err(why) => self.states = Err(why),
        }
    }

    fn came(self, case: Hostile, basis: &Basis) -> Came {
        let states = match self.states {
            Ok(states) => states,
            // What needs no eyes has been answered rightly.
            Err(_) if !needs_eyes(case) => return Came::Kept,
            Err(why) => return Came::Untested(why),
        };
        let broken = |what: &str| Came::Broken(case.clause(), format!("{what}; --observe showed {}", brief(&states)));
        let [before, first, rest @ ..] = &states[..] else { return Came::Kept };
        if !needs_eyes(case) {
            let last = states.last().unwrap_or(first);
            return if last == before {
                Came::Kept
            } else {
                broken("it was turned away and had an effect all the same")
            };
        }
        let Some(last) = rest.last() else {
            return Came::Untested("nothing was seen after the second delivery".to_owned());
        };
        let idle = || {
            Came::Untested(
                "what --observe shows did not change with the first delivery: name an event that has an effect by --event, --property and --value"
                    .to_owned(),
            )
        };
        let (later, earlier) = (basis.event.property_value.as_str(), basis.earlier.as_str());
        match case {
            // Gone before the answer, the first may have been dropped or not.
            Hostile::DroppedAfterBody if first == before && last != before => Came::Kept,
            _ if first == before => idle(),
            Hostile::Duplicates | Hostile::DroppedAfterBody if last == first => Came::Kept,
            Hostile::Duplicates | Hostile::DroppedAfterBody => broken("the second had an effect of its own"),
            Hostile::RepeatedEventId if last != first => Came::Kept,
            Hostile::RepeatedEventId => broken("the second, about another record, had no effect"),
            _ if last == first => Came::Kept,
            Hostile::Reorder if first.contains(later) && last.contains(earlier) && !last.contains(later) => {
                broken("the earlier value took the place of the later")
            }
            Hostile::ChangeFirst if first.contains(later) && !last.contains(later) => {
                broken("the creation took the property's value away")
            }
            Hostile::ChangeFirst if last.contains(later) => Came::Kept,
            _ => Came::Untested("what --observe shows changed, and shows no value by which to judge".to_owned()),
        }
    }
}

/// Texts, or where they are long, what stands about the first letter in which they differ.
fn brief(states: &[String]) -> String {
    let letters: Vec<Vec<char>> = states.iter().map(|state| state.chars().collect()).collect();
    let first = letters.first().map_or(&[][..], Vec::as_slice);
    let same = |other: &Vec<char>| first.iter().zip(other).take_while(|(one, other)| one == other).count();
    let from = letters.iter().skip(1).map(same).min().unwrap_or_default().saturating_sub(BEFORE);
    let short = letters.iter().map(|letters| {
        let middle: String = letters.iter().skip(from).take(SHOWN).collect();
        let (before, after) = (from > 0, letters.len() > from + SHOWN);
        format!("`{}{middle}{}`", if before { "..." } else { "" }, if after { "..." } else { "" })
    });
    short.collect::<Vec<_>>().join(", then ")
}

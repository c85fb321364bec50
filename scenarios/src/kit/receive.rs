//! Puts a receiver through the kit, case by case, by the machine's clock, and says what each came to.

use std::time::{Duration, Instant};

use sim::SampleEvent;
use sim::wire::Failure;

use super::catalogue::{Hostile, Judged};
use super::eyes::{Eyes, Told};
use super::judge::{Came, Posted, answers, seen};
use super::letter::{Basis, Part, Sender, Wanted};
use super::observe::Observer;
use super::post::{now_ms, post, post_all};
use super::verdict::{CaseResult, Sent, millis};
use super::wire::Answer;

const SENT_MAX: usize = 4;
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

/// Plays the cases in their order; `told` hears of each.
pub async fn receive(trial: &Trial, cases: &[Hostile], mut told: impl FnMut(&CaseResult)) -> Vec<CaseResult> {
    let mut standing = Standing::Untried;
    let watched = cases.iter().any(|case| is_watched(*case));
    let mut eyes = trial.observer.as_ref().filter(|_| watched).map(Eyes::on);
    let mut results = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let began = Instant::now();
        let (came, posted) = trial.case(*case, place as u64, &mut standing, eyes.as_mut()).await;
        let result = result(*case, came, &posted, began.elapsed());
        told(&result);
        results.push(result);
    }
    results
}

fn is_watched(case: Hostile) -> bool {
    matches!(case.judged(), Judged::NoEffect | Judged::Effect)
}

fn result(case: Hostile, came: Came, posted: &[Posted], took: Duration) -> CaseResult {
    let sent = posted.iter().map(|Posted { request, part, answer }| Sent::new(request, part.wanted, answer));
    let mut sent: Vec<_> = sent.collect();
    if sent.len() > SENT_MAX && sent.iter().any(|sent| !sent.well) {
        sent.retain(|sent| !sent.well);
    }
    sent.truncate(SENT_MAX);
    let (verdict, clause, what, reason, unseen) = match came {
        Came::Kept(unseen) => ("kept", case.clause(), None, None, unseen),
        Came::Broken(clause, what) => ("broken", clause, Some(what), None, None),
        Came::Untested(reason) => ("untested", case.clause(), None, Some(reason), None),
    };
    CaseResult {
        case: case.name(),
        clause: clause.as_str(),
        verdict,
        what,
        reason,
        unseen,
        stands_for: case.stands_for(),
        seen: case.seen(),
        right: case.right(),
        took_ms: millis(took),
        requests: posted.len(),
        sent,
    }
}

impl Trial {
    async fn case(
        &self,
        case: Hostile,
        place: u64,
        standing: &mut Standing,
        mut eyes: Option<&mut Eyes<'_>>,
    ) -> (Came, Vec<Posted>) {
        let basis = self.basis(place);
        let parts = basis.parts(case);
        if let Some(why) = self.cannot(case, &basis).or_else(|| standing.shows_nothing_by(&parts)) {
            return (Came::Untested(why), Vec::new());
        }
        let mut states = Err("--observe URL or COMMAND would show it".to_owned());
        if let Some(eyes) = eyes.as_deref_mut() {
            eyes.catch_up().await;
            if is_watched(case) || case == Hostile::Genuine {
                states = eyes.rest().await.map(|state| vec![state]);
            }
        }
        let posted = self.posted(&basis, case, parts, eyes, &mut states).await;
        let proxied = self.sender.public_url.is_some();
        let came = answers(case, &posted, proxied).unwrap_or_else(|| seen(case, &basis, states));
        (standing.after(case, came, &posted), posted)
    }

    /// Why there is no such case for this receiver.
    fn cannot(&self, case: Hostile, basis: &Basis) -> Option<String> {
        if case == Hostile::ChangedHost && self.sender.public_url.is_none() {
            let why = "it needs --public-url: the address that HubSpot calls, where a proxy stands in front";
            return Some(why.to_owned());
        }
        let lacking = basis.lacks(case)?;
        Some(format!("HubSpot has no {lacking}: name another event by --event"))
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

    /// Sends a case's deliveries, and after each adds to what is to be seen.
    async fn posted(
        &self,
        basis: &Basis,
        case: Hostile,
        parts: Vec<Part>,
        mut eyes: Option<&mut Eyes<'_>>,
        states: &mut Result<Vec<String>, String>,
    ) -> Vec<Posted> {
        let trace = basis.event.event_id;
        let count = parts.len();
        let told = |place: usize, part: &Part, answer: &Answer| {
            let acts = !is_watched(case) || (place == 0 && count > 1) || case == Hostile::RepeatedEventId;
            let owes = acts && answer.is_success();
            Told { at: tokio::time::Instant::now(), owes, events: part.letter.events }
        };
        if case.at_once() > 1 {
            let all = post_all(&self.sender, &parts, case.at_once(), trace).await;
            let posted = parts.into_iter().zip(all);
            let posted: Vec<_> = posted.map(|(part, (request, answer))| Posted { request, part, answer }).collect();
            if let (Some(eyes), Some(last)) = (eyes, posted.last()) {
                eyes.pass(told(0, &last.part, &last.answer));
            }
            return posted;
        }
        let mut posted = Vec::with_capacity(count);
        for (place, part) in parts.into_iter().enumerate() {
            let request = self.sender.request(&part.letter, now_ms(), trace + place as u64);
            let answer = post(&request).await;
            let (is_late, told) = (answer.is_late(), told(place, &part, &answer));
            posted.push(Posted { request, part, answer });
            match (eyes.as_deref_mut(), states.as_mut()) {
                (Some(eyes), _) if is_late => eyes.pass(told),
                (Some(eyes), _) if case == Hostile::Genuine => eyes.learn(told).await,
                (Some(eyes), Ok(seen)) => match eyes.after(told).await {
                    Ok(state) => seen.push(state),
                    Err(why) => *states = Err(why),
                },
                (Some(eyes), Err(_)) => eyes.pass(told),
                (None, _) => {}
            }
            if is_late {
                break;
            }
        }
        posted
    }
}

impl Standing {
    /// Why these deliveries would show nothing.
    fn shows_nothing_by(&self, parts: &[Part]) -> Option<String> {
        let turned_away = parts.iter().all(|part| !matches!(part.wanted, Wanted::Accepted));
        match self {
            Self::Hopeless(why) => Some(why.clone()),
            Self::Refuses(why) if !turned_away => Some(why.clone()),
            _ => None,
        }
    }

    /// Holds a case against what the genuine one has shown, and notes what it shows for those that follow.
    fn after(&mut self, case: Hostile, came: Came, posted: &[Posted]) -> Came {
        if posted.iter().any(|one| matches!(one.answer.got, Err(Failure::Unreachable(_)))) {
            *self = Self::Hopeless(format!("the receiver cannot be reached since {}", case.name()));
            return came;
        }
        if case == Hostile::Genuine {
            let answer = posted.first().map(|one| &one.answer);
            *self = match (&came, answer) {
                (Came::Broken(..), Some(answer)) if answer.status().is_none() => {
                    Self::Hopeless(format!("nothing was tried after the genuine delivery: {answer}"))
                }
                (Came::Broken(..), Some(answer)) => Self::Refuses(format!(
                    "the genuine delivery was refused with {}: mend that first",
                    answer.status().unwrap_or_default()
                )),
                _ => Self::Believed,
            };
            return came;
        }
        match (came, &*self) {
            (Came::Kept(_), Self::Refuses(_)) => Came::Untested(
                "the genuine delivery was refused too, so that turning this one away shows nothing".to_owned(),
            ),
            (came, _) => came,
        }
    }
}

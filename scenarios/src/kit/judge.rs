//! What became of a case: by what was answered, and by what the receiver showed afterwards. What neither shows is
//! untested, or kept by the answer alone, and says so.

use contracts::Clause;

use super::catalogue::{Hostile, Judged};
use super::letter::{Basis, Part, Request, Wanted};
use super::wire::Answer;

/// How much of what was observed is quoted, and how much of it from before the difference.
const SHOWN: usize = 120;
const BEFORE: usize = 40;

/// What a case came to.
pub(super) enum Came {
    /// Where it is kept by its answers alone, what was not seen.
    Kept(Option<String>),
    Broken(Clause, String),
    Untested(String),
}

/// A delivery that was sent, and its answer.
pub(super) struct Posted {
    pub(super) request: Request,
    pub(super) part: Part,
    pub(super) answer: Answer,
}

/// What the answers alone say: that it is broken, or that it shows nothing. `proxied` where the address that is signed
/// is told by the tester.
pub(super) fn answers(case: Hostile, posted: &[Posted], proxied: bool) -> Option<Came> {
    let unmet: Vec<_> = posted.iter().filter(|one| !one.part.wanted.is_met_by(&one.answer)).collect();
    let first = unmet.first()?;
    let (answer, wanted, signed) = (&first.answer, first.part.wanted, &first.request.signed);
    let which = match (posted.len(), posted.iter().position(|one| std::ptr::eq(one, *first))) {
        (1, _) | (_, None) => "it".to_owned(),
        (_, Some(place)) if unmet.len() == 1 => format!("delivery {} of {}", place + 1, posted.len()),
        (count, Some(_)) => format!("{} of {count} deliveries, and the first of them", unmet.len()),
    };
    let queried = matches!(case, Hostile::QueryString | Hostile::EscapedQuery);
    let tells_nothing = match wanted {
        // HubSpot has not sent it, and nobody waits; who is asked too often has not looked.
        Wanted::Refused | Wanted::Answered => matches!(answer.status(), None | Some(429)),
        _ => queried && matches!(answer.status(), Some(404 | 405)),
    };
    if tells_nothing {
        return Some(Came::Untested(format!("{which} came to nothing: {answer}")));
    }
    if case.judged() == Judged::Advice {
        return Some(Came::Untested(format!(
            "advice alone: {answer}; it is signed over POST {signed}, which is inferred"
        )));
    }
    let broken = |what: String| Some(Came::Broken(case.clause(), what));
    let retried = "; HubSpot would try it again for a day";
    match (wanted, answer.status()) {
        (Wanted::Refused, Some(status @ 200..300)) => broken(format!("{which} was believed: answered with {status}")),
        (Wanted::Refused | Wanted::Answered, Some(status @ 500..)) => {
            broken(format!("{which} broke the receiver, which turns nothing away: answered with {status}"))
        }
        (Wanted::Refused | Wanted::Answered, Some(status)) => {
            broken(format!("{which} was not turned away: answered with {status}"))
        }
        (_, Some(status @ (400 | 401 | 403))) if case == Hostile::Genuine => {
            broken(format!("{which} was answered with {status}. {}", by_what(first, proxied)))
        }
        (_, Some(status @ (400 | 401 | 403))) if case == Hostile::QueryString => {
            let what = format!("{which} was answered with {status}; it is signed over POST {signed}");
            if proxied {
                return Some(Came::Untested(format!(
                    "{what}, which may be nobody's target: a receiver that checks the one address of its settings is \
                     right to refuse it"
                )));
            }
            broken(format!("{what}. If the receiver checks one address of its settings, name that by --public-url"))
        }
        (_, Some(status)) => broken(format!("{which} was answered with {status}{retried}")),
        (_, None) if answer.is_late() => {
            Some(Came::Broken(Clause::WebhookDeadline, format!("{which} had no answer within 5 s{retried}")))
        }
        (_, None) => broken(format!("{which} had no answer: {answer}{retried}")),
    }
}

/// What a receiver has to check that turns a genuine delivery away.
fn by_what(posted: &Posted, proxied: bool) -> String {
    let request = &posted.request;
    let stamp = request.headers.iter().find(|(name, _)| name == "X-HubSpot-Request-Timestamp");
    let stamp = stamp.map_or("", |(_, stamp)| stamp.as_str());
    let proxy = if proxied {
        " Does it take the address from X-Forwarded-Host and X-Forwarded-Proto, or from its settings?"
    } else {
        ""
    };
    format!(
        "X-HubSpot-Signature-v3 is the base64 HMAC-SHA256, with the secret as key, of method, URI, body and \
         X-HubSpot-Request-Timestamp with nothing between them: here of POST, {}, the {} bytes of the body as they came, and \
         {stamp}. Does the receiver check this header, over these four, with this secret?{proxy}",
        request.signed,
        request.body.len(),
    )
}

/// What the receiver showed says, once the answers are as wanted: before the case, and after each of its deliveries. An
/// error is why that was not seen.
pub(super) fn seen(case: Hostile, basis: &Basis, states: Result<Vec<String>, String>) -> Came {
    let broken = |what: &str, states: &[String]| {
        Came::Broken(case.clause(), format!("{what}; --observe showed {}", brief(states)))
    };
    match (case.judged(), states) {
        (Judged::Answer | Judged::Advice, _) => Came::Kept(None),
        (Judged::NoEffect, Err(why)) => Came::Kept(Some(format!("whether it had an effect is not seen: {why}"))),
        (Judged::NoEffect, Ok(states)) => match states.as_slice() {
            [.., before, last] if before != last => broken(effect_of(case), &states),
            _ => Came::Kept(None),
        },
        (Judged::Effect, Err(why)) => Came::Untested(format!("whether {} is not seen: {why}", unseen(case))),
        (Judged::Effect, Ok(states)) => {
            let [before, first, .., last] = states.as_slice() else {
                return Came::Untested("nothing was seen after the second delivery".to_owned());
            };
            let (later, earlier) = (basis.event.property_value.as_str(), basis.earlier.as_str());
            let stays = last.contains(later);
            match case {
                // Gone before the answer, the first may have been dropped or not.
                Hostile::DroppedAfterBody if first == before && last != before => Came::Kept(None),
                _ if first == before => {
                    Came::Untested("the first delivery had no effect in time, by which to judge".to_owned())
                }
                Hostile::Duplicates | Hostile::DroppedAfterBody if last == first => Came::Kept(None),
                Hostile::Duplicates | Hostile::DroppedAfterBody => {
                    broken("the second had an effect of its own", &states)
                }
                Hostile::RepeatedEventId if last != first => Came::Kept(None),
                Hostile::RepeatedEventId => broken("the second, about another record, had no effect", &states),
                _ if last == first => Came::Kept(None),
                Hostile::Reorder if stays && !last.contains(earlier) => Came::Kept(None),
                Hostile::Reorder if first.contains(later) && last.contains(earlier) && !stays => {
                    broken("the earlier value took the place of the later", &states)
                }
                Hostile::ChangeFirst if first.contains(later) && !stays => {
                    broken("the creation took the property's value away", &states)
                }
                Hostile::ChangeFirst if stays => Came::Kept(None),
                _ => Came::Untested("what --observe shows changed, and shows no value by which to judge".to_owned()),
            }
        }
    }
}

/// What was wrong with having one.
const fn effect_of(case: Hostile) -> &'static str {
    match case {
        Hostile::NotMine => "its type, portal and app are none that the receiver knows, and it had an effect",
        Hostile::V1Only => "the second, signed by a wrong secret, was turned away and had an effect all the same",
        _ => "it was turned away and had an effect all the same",
    }
}

const fn unseen(case: Hostile) -> &'static str {
    match case {
        Hostile::RepeatedEventId => "both have their effects",
        Hostile::Reorder => "the later value stays",
        Hostile::ChangeFirst => "the value is kept",
        _ => "both have the effect of one",
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

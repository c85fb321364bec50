//! The way of a delivery outside the world's lock: written, sent, landed, and what follows from that.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::oneshot;

use super::channel::{Event, Stamp};
use super::forgery::Forgery;
use super::post::{Booked, ByHand, Errands, Letter};
use super::send::{Outcome, patience, send};
use crate::Moment;
use crate::world::Inner;

/// How a delivery by the tester's hand ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Landed {
    /// The number of its entry in the journal.
    pub journal: u64,
    /// The answer's; none where there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer: `refused`, `broken`, `deadline`; `left` where nobody waited for one.
    pub failure: Option<&'static str>,
}

/// Sends what leaves an app's line at an instant.
pub(super) fn depart(world: &Arc<Inner>, line: u64, at: Moment) {
    let mut memory = world.core.memory();
    let now = memory.tick(world.core.clock.now());
    memory.post.close_window(line, at, world.core.seed);
    let letters = memory.post.launch(now, &world.core.clock);
    drop(memory);
    run(world, Errands { letters, booked: Vec::new() });
}

/// Sends an app's events by the tester's hand; resolves when that has landed. `None` without a receiver.
pub(crate) fn deliver(
    world: &Arc<Inner>,
    line: u64,
    events: Vec<Arc<dyn Event>>,
    forgery: Option<Forgery>,
) -> Option<oneshot::Receiver<Landed>> {
    by_hand(world, ByHand::Fresh { line, events, forgery })
}

/// Sends a delivery once more by the tester's hand. `None` if there is none of that number, or no receiver now.
pub(crate) fn redeliver(world: &Arc<Inner>, id: u64) -> Option<oneshot::Receiver<Landed>> {
    by_hand(world, ByHand::Again(id))
}

fn by_hand(world: &Arc<Inner>, what: ByHand) -> Option<oneshot::Receiver<Landed>> {
    let (told, landed) = oneshot::channel();
    let mut memory = world.core.memory();
    let now = memory.tick(world.core.clock.now());
    let letter = memory.post.launch_by_hand(what, (now, told), &world.core.clock)?;
    drop(memory);
    run(world, Errands { letters: vec![letter], booked: Vec::new() });
    Some(landed)
}

/// Takes note of how a delivery ended, books it in its turn, and sends what waited for its place.
pub(super) fn landed(world: &Arc<Inner>, number: u64, outcome: Outcome) {
    let clock = &world.core.clock;
    let mut memory = world.core.memory();
    let now = memory.tick(clock.now());
    memory.post.land(number, outcome);
    let crate::world::Memory { post, journal, .. } = &mut *memory;
    let booked = post.book(journal, now, clock, world.core.seed);
    let letters = post.launch(now, clock);
    drop(memory);
    run(world, Errands { letters, booked });
}

/// The clock waits for what was booked until its bodies are kept.
fn run(world: &Arc<Inner>, errands: Errands) {
    for letter in errands.letters {
        fly(world, letter);
    }
    for Booked { n, letter, outcome, told, _open: open } in errands.booked {
        world.core.bodies.attach(n, letter.body(), &outcome.answer);
        let Outcome { status, failure, .. } = outcome;
        if let Some(told) = told {
            // Whoever asked may have gone.
            let _ = told.send(Landed { journal: n, status, failure });
        }
        drop(open);
    }
}

/// Sends one letter. The world may end meanwhile.
fn fly(world: &Arc<Inner>, letter: Arc<Letter>) {
    let scale = world.core.clock.status().mode.scale();
    let patience = patience(letter.channel.rules().deadline_ms, scale);
    let world = Arc::downgrade(world);
    tokio::spawn(async move {
        let Letter { number, at, forgery, source, ref channel, .. } = *letter;
        let outcome = send(&**channel, letter.body(), Stamp { at, number, forgery }, (source, patience)).await;
        if let Some(world) = world.upgrade() {
            landed(&world, number, outcome);
        }
    });
}

//! The hostile delivery kit: what a receiver of HubSpot's webhooks has to bear, as a catalogue; deliveries made and
//! sent without a world; and the verdicts on a receiver that is put through it.

mod catalogue;
mod eyes;
mod judge;
mod junit;
mod letter;
mod observe;
mod post;
mod receive;
mod verdict;
mod wire;

pub use catalogue::{Hostile, Judged};
pub use junit::junit;
pub use letter::{BATCH_MAX, Basis, Letter, Part, Request, Sender, Signature, Wanted};
pub use observe::Observer;
pub use post::{now_ms, post_all};
pub use receive::{Trial, receive};
pub use sim::wire::{Failure, Manner};
pub use verdict::{CaseResult, ClauseResult, ReceiveReport, Sent};
pub use wire::{Address, Answer, BadAddress, DEADLINE};

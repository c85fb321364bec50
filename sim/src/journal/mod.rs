//! The record, in one total order, of all that crossed a world's boundary.
//!
//! A [`Journal`] is written by its world, under the world's lock: an entry is a few dozen bytes
//! copied into a segment. Bodies are attached afterwards ([`Bodies`]), and a [`Reader`] looks on
//! without the world. Memory is bounded ([`JournalOptions`]): beyond the budget the oldest bodies, then
//! the oldest entries move to an unnamed file, and read back all the same. Nothing is ever dropped.
//!
//! ```
//! use standin_sim::journal::{ChangeKind, Changes, Exchange, Journal, JournalOptions, Kind, Kinds};
//! use standin_sim::{Moment, SystemName};
//!
//! let mut journal = Journal::new(JournalOptions::default());
//! let mut changes = Changes::default();
//! changes.push(ChangeKind::Created, "contacts", "101", [("email", "a@example.com")].into_iter());
//! let exchange = Exchange {
//!     at: Moment::START,
//!     system: SystemName::Hubspot,
//!     account: "4200001",
//!     app: "1",
//!     app_name: "private",
//!     credential: 1,
//!     scopes: "crm.objects.contacts.write",
//!     operation: "contacts.create",
//!     method: "POST",
//!     target: "/crm/v3/objects/contacts",
//!     connection: 1,
//!     user_agent: "example/1.0",
//!     status: 201,
//!     took_effect: true,
//!     limit: None,
//!     fault: None,
//!     correlation: "0197f9d2-7c00-7abc-8def-0123456789ab",
//! };
//! let n = journal.book(&exchange, &mut changes);
//! journal.bodies().attach(n, br#"{"properties":{"email":"a@example.com"}}"#, br#"{"id":"101"}"#);
//!
//! let entries = journal.reader().since(0, Kinds::ALL, 100)?;
//! assert_eq!(entries.iter().map(|entry| (entry.n, entry.kind())).collect::<Vec<_>>(), [
//!     (1, Kind::Exchange),
//!     (2, Kind::Change),
//! ]);
//! println!("{}", serde_json::to_string(&entries[1]).expect("an entry is plain JSON"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod bodies;
mod book;
mod booking;
mod budget;
mod changes;
mod coding;
mod entries;
mod entry;
mod kinds;
mod log;
mod names;
mod reader;
mod record;
mod spill;
mod store;

pub use bodies::Bodies;
pub use book::Journal;
pub use booking::{Actor, ChangeKind, Delivery, Exchange, FaultEvent, Parent, WorldEvent};
pub(crate) use budget::Budget;
pub use changes::Changes;
pub use entry::{Changed, ClockMoved, Delivered, Entry, Exchanged, Faulted, Payload, What, WorldChanged};
pub use kinds::{Kind, Kinds};
pub use reader::Reader;
pub(crate) use spill::OnTrouble;
pub use store::{Health, JournalOptions};

//! What the journal remembers: subscriptions with their filters, the files that may be fetched, and the events that
//! wait for theirs. Time comes in with each call: a file is closed when somebody looks after it was due.

use std::sync::Arc;

use compact_str::CompactString;
use imbl::{OrdMap, Vector};
use uuid::Uuid;

use super::body::{Condition, Kind};
use super::event::Event;
use super::snapshot::Snapshot;
use crate::policy::HubspotSettings;
use crate::{Moment, Seed};

#[derive(Clone, Default)]
pub(crate) struct Journal {
    pub(super) subscriptions: Vector<Arc<Subscription>>,
    pub(super) filters: Vector<Arc<Filter>>,
    /// In the order of their asking.
    pub(super) snapshots: Vector<Snapshot>,
    /// Ids given so far, to subscriptions and filters alike.
    made: u64,
    /// In the order of their events.
    files: Vector<Arc<File>>,
    /// How many were published before each of those.
    numbers: OrdMap<Uuid, u64>,
    /// Files published so far.
    published: u64,
    /// The file that events are gathered for.
    open: Option<Open>,
    /// Files begun so far.
    begun: u64,
}

/// What an app wants to be told. Empty lists narrow nothing.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) id: u64,
    pub(super) kind: Kind,
    /// `0-1`; of an app's lifecycle the type of its event.
    pub(super) type_id: CompactString,
    pub(super) portal: Option<u64>,
    pub(super) actions: Vec<CompactString>,
    pub(super) properties: Vec<CompactString>,
    pub(super) object_ids: Vec<u64>,
    pub(super) associated_type_ids: Vec<CompactString>,
    pub(super) list_ids: Vec<u64>,
    pub(super) created: Moment,
    pub(super) updated: Moment,
}

/// Conditions on a record, all of which have to hold.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) id: u64,
    pub(super) subscription: u64,
    pub(super) conditions: Vec<Condition>,
    pub(super) created: Moment,
}

/// A file of events, as it was published.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) offset: Uuid,
    pub(super) published: Moment,
    pub(super) events: Vector<Arc<Event>>,
}

#[derive(Clone)]
struct Open {
    offset: Uuid,
    from: Moment,
    bytes: usize,
    events: Vector<Arc<Event>>,
}

/// First ids are not small, as those in the vendor's samples are not.
const BEFORE_THE_FIRST: u64 = 60_000_000;

impl Journal {
    pub(super) fn next_id(&mut self) -> u64 {
        self.made += 1;
        BEFORE_THE_FIRST + self.made
    }

    /// Puts an event behind all others.
    pub(super) fn add(&mut self, event: Event, (at, seed): (Moment, Seed), figures: &HubspotSettings) {
        self.settle(at, figures);
        let begun = &mut self.begun;
        let open = self.open.get_or_insert_with(|| {
            *begun += 1;
            let offset = seed.uuid4("hubspot.journal-offset", *begun);
            Open { offset, from: at, bytes: 0, events: Vector::new() }
        });
        open.bytes += event.length();
        open.events.push_back(event.into());
        let full = open.events.len() >= figures.journal_file_events_max.value.get()
            || open.bytes >= figures.journal_file_bytes_max.value;
        if full {
            self.close(at);
        }
    }

    fn close(&mut self, published: Moment) {
        if let Some(Open { offset, events, .. }) = self.open.take() {
            self.numbers.insert(offset, self.published);
            self.published += 1;
            self.files.push_back(File { offset, published, events }.into());
        }
    }

    /// Publishes what is due, and drops what is too old.
    pub(super) fn settle(&mut self, at: Moment, figures: &HubspotSettings) {
        let due = self.open.as_ref().map(|open| open.from.plus(figures.journal_gather.value.0));
        if let Some(due) = due.filter(|due| *due <= at) {
            self.close(due);
        }
        let kept = figures.journal_retention.value.0;
        while let Some(file) = self.files.front().filter(|file| file.published.plus(kept) <= at) {
            self.numbers.remove(&file.offset);
            self.files.pop_front();
        }
        while self.snapshots.front().is_some_and(|snapshot| snapshot.initiated.plus(kept) <= at) {
            self.snapshots.pop_front();
        }
    }

    pub(super) fn files(&self) -> &Vector<Arc<File>> {
        &self.files
    }

    /// The place of the file that an offset names.
    pub(super) fn place(&self, offset: &str) -> Option<usize> {
        let number = self.numbers.get(&Uuid::try_parse(offset).ok()?)?;
        let gone = self.published - self.files.len() as u64;
        usize::try_from(number - gone).ok()
    }
}

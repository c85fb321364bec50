//! What must outlive the process, in one file that survives being killed: every write is on disk when it
//! returns, unless it says otherwise. Knows tables and rows, not what they mean to a poll or an event.

use std::path::Path;

use redb::backends::InMemoryBackend;
use redb::{
    Database, Durability, MultimapTableDefinition, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::content::Content;
use crate::Error;

/// How far the master was read: the stamp, as ORDS writes it, under the empty name.
const WATERMARK: TableDefinition<&str, &str> = TableDefinition::new("watermark");
/// By customer: what HubSpot was told of them.
const KNOWN: TableDefinition<u64, &str> = TableDefinition::new("known");
/// By contact: whose it is.
const CONTACTS: TableDefinition<u64, u64> = TableDefinition::new("contacts");
/// By customer: the hash of what HubSpot refused.
const ASIDE: TableDefinition<u64, &str> = TableDefinition::new("aside");
/// By match key: the customers who were seen with it. May name some who have another by now.
const KEYS: MultimapTableDefinition<&str, u64> = MultimapTableDefinition::new("keys");
/// By match key: a contact that is being made a customer.
const ARRIVING: TableDefinition<&str, &str> = TableDefinition::new("arriving");
/// Customers whose contact is being created where no key keeps a second one out.
const CREATING: TableDefinition<u64, ()> = TableDefinition::new("creating");
/// By contact and property: the instant of the latest event about it.
const HEARD: TableDefinition<&str, i64> = TableDefinition::new("heard");
/// Accepted events, in their order.
const INBOX: TableDefinition<u64, &str> = TableDefinition::new("inbox");

/// What HubSpot was last told of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) hash: String,
    pub(super) contact: u64,
    /// The match key it was written by.
    pub(super) key: String,
    /// The properties that had a value.
    pub(super) filled: Vec<String>,
}

impl Known {
    pub(super) fn new(content: &Content, contact: u64) -> Self {
        let filled = content.properties.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { hash: content.hash(), contact, key: content.key.to_string(), filled }
    }
}

/// What came of a customer's write.
#[derive(Debug)]
pub(super) enum Fate {
    Written(Known),
    /// Refused for what it holds, of which this is the hash.
    Aside(String),
}

#[derive(Debug)]
pub(super) struct Store(Database);

fn kept(error: impl Into<redb::Error>) -> Error {
    Error::Store(Box::new(error.into()))
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(Error::State)
}

fn text_of(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::State)
}

impl Store {
    /// The state in a folder, which is made if need be; in memory alone without one.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, Error> {
        let database = match folder {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(Error::Folder)?;
                Database::create(folder.join("retail.redb")).map_err(kept)?
            }
            None => Database::builder().create_with_backend(InMemoryBackend::new()).map_err(kept)?,
        };
        let store = Self(database);
        store.write(|txn| {
            txn.open_table(WATERMARK).map_err(kept)?;
            txn.open_table(KNOWN).map_err(kept)?;
            txn.open_table(CONTACTS).map_err(kept)?;
            txn.open_table(ASIDE).map_err(kept)?;
            txn.open_multimap_table(KEYS).map_err(kept)?;
            txn.open_table(ARRIVING).map_err(kept)?;
            txn.open_table(CREATING).map_err(kept)?;
            txn.open_table(HEARD).map_err(kept)?;
            txn.open_table(INBOX).map_err(kept)?;
            Ok(())
        })?;
        Ok(store)
    }

    fn write<T>(&self, change: impl FnOnce(&WriteTransaction) -> Result<T, Error>) -> Result<T, Error> {
        self.write_with(Durability::Immediate, change)
    }

    fn write_with<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut txn = self.0.begin_write().map_err(kept)?;
        txn.set_durability(durability).map_err(kept)?;
        let done = change(&txn)?;
        txn.commit().map_err(kept)?;
        Ok(done)
    }

    fn text<K: redb::Key>(
        &self,
        table: TableDefinition<'_, K, &'static str>,
        key: K::SelfType<'_>,
    ) -> Result<Option<String>, Error> {
        let table = self.0.begin_read().map_err(kept)?.open_table(table).map_err(kept)?;
        Ok(table.get(key).map_err(kept)?.map(|text| text.value().to_owned()))
    }

    pub(super) fn watermark(&self) -> Result<Option<String>, Error> {
        self.text(WATERMARK, "")
    }

    pub(super) fn set_watermark(&self, stamp: &str) -> Result<(), Error> {
        self.write(|txn| {
            txn.open_table(WATERMARK).map_err(kept)?.insert("", stamp).map_err(kept)?;
            Ok(())
        })
    }

    pub(super) fn known(&self, customer: u64) -> Result<Option<Known>, Error> {
        self.text(KNOWN, customer)?.as_deref().map(parsed).transpose()
    }

    pub(super) fn aside(&self, customer: u64) -> Result<Option<String>, Error> {
        self.text(ASIDE, customer)
    }

    /// The customer whom a contact was made for, or made into.
    pub(super) fn customer_of(&self, contact: u64) -> Result<Option<u64>, Error> {
        let table = self.0.begin_read().map_err(kept)?.open_table(CONTACTS).map_err(kept)?;
        Ok(table.get(contact).map_err(kept)?.map(|customer| customer.value()))
    }

    /// Notes what came of writes, all or none.
    pub(super) fn settle(&self, fates: impl IntoIterator<Item = (u64, Fate)>) -> Result<(), Error> {
        self.write(|txn| {
            let mut known = txn.open_table(KNOWN).map_err(kept)?;
            let mut contacts = txn.open_table(CONTACTS).map_err(kept)?;
            let mut aside = txn.open_table(ASIDE).map_err(kept)?;
            let mut arriving = txn.open_table(ARRIVING).map_err(kept)?;
            let mut creating = txn.open_table(CREATING).map_err(kept)?;
            let mut keys = txn.open_multimap_table(KEYS).map_err(kept)?;
            for (customer, fate) in fates {
                creating.remove(customer).map_err(kept)?;
                match fate {
                    Fate::Written(told) => {
                        known.insert(customer, text_of(&told)?.as_str()).map_err(kept)?;
                        contacts.insert(told.contact, customer).map_err(kept)?;
                        keys.insert(told.key.as_str(), customer).map_err(kept)?;
                        arriving.remove(told.key.as_str()).map_err(kept)?;
                        aside.remove(customer).map_err(kept)?;
                    }
                    Fate::Aside(hash) => drop(aside.insert(customer, hash.as_str()).map_err(kept)?),
                }
            }
            Ok(())
        })
    }

    /// Forgets what HubSpot was told of a customer: their contact is gone, or another's.
    pub(super) fn forget(&self, customer: u64) -> Result<(), Error> {
        let Some(known) = self.known(customer)? else { return Ok(()) };
        self.write(|txn| {
            txn.open_table(KNOWN).map_err(kept)?.remove(customer).map_err(kept)?;
            txn.open_table(CONTACTS).map_err(kept)?.remove(known.contact).map_err(kept)?;
            Ok(())
        })
    }

    /// The customers who were seen with a key, in the order of their ids.
    pub(super) fn with_key(&self, key: &str) -> Result<Vec<u64>, Error> {
        let table = self.0.begin_read().map_err(kept)?.open_multimap_table(KEYS).map_err(kept)?;
        let customers = redb::ReadableMultimapTable::get(&table, key).map_err(kept)?;
        customers.map(|customer| customer.map(|id| id.value()).map_err(kept)).collect()
    }

    /// Notes which customers have which keys; costs no write where all are noted.
    pub(super) fn index(&self, keys: &[(String, u64)]) -> Result<(), Error> {
        let mut fresh = Vec::new();
        for (key, customer) in keys {
            if !self.with_key(key)?.contains(customer) {
                fresh.push((key, customer));
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        self.write(|txn| {
            let mut table = txn.open_multimap_table(KEYS).map_err(kept)?;
            for (key, customer) in fresh {
                table.insert(key.as_str(), customer).map_err(kept)?;
            }
            Ok(())
        })
    }

    /// Notes that a contact is being made a customer.
    pub(super) fn arriving(&self, told: &Known) -> Result<(), Error> {
        let text = text_of(told)?;
        self.write(|txn| {
            txn.open_table(ARRIVING).map_err(kept)?.insert(told.key.as_str(), text.as_str()).map_err(kept)?;
            Ok(())
        })
    }

    pub(super) fn arrival(&self, key: &str) -> Result<Option<Known>, Error> {
        self.text(ARRIVING, key)?.as_deref().map(parsed).transpose()
    }

    /// Notes that contacts are about to be created.
    pub(super) fn creating(&self, customers: &[u64]) -> Result<(), Error> {
        self.write(|txn| {
            let mut table = txn.open_table(CREATING).map_err(kept)?;
            for &customer in customers {
                table.insert(customer, ()).map_err(kept)?;
            }
            Ok(())
        })
    }

    /// Whether a contact was about to be created, and it is not known what came of it.
    pub(super) fn was_creating(&self, customer: u64) -> Result<bool, Error> {
        let table = self.0.begin_read().map_err(kept)?.open_table(CREATING).map_err(kept)?;
        Ok(table.get(customer).map_err(kept)?.is_some())
    }

    /// Notes when an event about something happened. Whether it is the latest that is known. It is on disk with the next
    /// write: the event that is struck then.
    pub(super) fn heard(&self, about: &str, at: i64) -> Result<bool, Error> {
        self.write_with(Durability::None, |txn| {
            let mut heard = txn.open_table(HEARD).map_err(kept)?;
            let latest = heard.get(about).map_err(kept)?.is_none_or(|known| known.value() <= at);
            if latest {
                heard.insert(about, at).map_err(kept)?;
            }
            Ok(latest)
        })
    }

    /// Takes events in, after all that are there.
    pub(super) fn accept(&self, events: &[impl Serialize]) -> Result<(), Error> {
        self.write(|txn| {
            let mut inbox = txn.open_table(INBOX).map_err(kept)?;
            let next = inbox.last().map_err(kept)?.map_or(0, |(place, _)| place.value() + 1);
            for (place, event) in (next..).zip(events) {
                inbox.insert(place, text_of(event)?.as_str()).map_err(kept)?;
            }
            Ok(())
        })
    }

    /// The first events that wait, with their places.
    pub(super) fn waiting<T: DeserializeOwned>(&self, most: usize) -> Result<Vec<(u64, T)>, Error> {
        let inbox = self.0.begin_read().map_err(kept)?.open_table(INBOX).map_err(kept)?;
        let events = inbox.iter().map_err(kept)?.take(most).map(|entry| {
            let (place, text) = entry.map_err(kept)?;
            Ok((place.value(), parsed(text.value())?))
        });
        events.collect()
    }

    /// Strikes events that are done with.
    pub(super) fn done(&self, places: &[u64]) -> Result<(), Error> {
        if places.is_empty() {
            return Ok(());
        }
        self.write(|txn| {
            let mut inbox = txn.open_table(INBOX).map_err(kept)?;
            for place in places {
                inbox.remove(place).map_err(kept)?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(contact: u64, key: &str) -> Known {
        Known { hash: "h".to_owned(), contact, key: key.to_owned(), filled: vec!["email".to_owned()] }
    }

    #[test]
    fn all_of_it_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let written = known(501, "email:a@b.c");
        {
            let store = Store::open(Some(folder.path())).unwrap();
            assert_eq!(store.watermark().unwrap(), None);
            store.set_watermark("2026-11-20T00:00:00Z").unwrap();
            store.creating(&[1, 2]).unwrap();
            store.settle([(1, Fate::Written(written.clone())), (3, Fate::Aside("bad".to_owned()))]).unwrap();
            store.arriving(&known(502, "email:new@b.c")).unwrap();
            store.accept(&["one", "two"]).unwrap();
        }
        let store = Store::open(Some(&folder.path().join("."))).unwrap();
        assert_eq!(store.watermark().unwrap().as_deref(), Some("2026-11-20T00:00:00Z"));
        assert_eq!(store.known(1).unwrap(), Some(written));
        assert_eq!(store.customer_of(501).unwrap(), Some(1));
        assert_eq!(store.with_key("email:a@b.c").unwrap(), [1]);
        assert_eq!((store.was_creating(1).unwrap(), store.was_creating(2).unwrap()), (false, true));
        assert_eq!(store.aside(3).unwrap().as_deref(), Some("bad"));
        assert_eq!(store.arrival("email:new@b.c").unwrap().map(|known| known.contact), Some(502));
        assert_eq!(store.waiting::<String>(9).unwrap(), [(0, "one".to_owned()), (1, "two".to_owned())]);
    }

    #[test]
    fn a_later_word_takes_the_place_of_an_earlier_one() {
        let store = Store::open(None).unwrap();
        store.settle([(1, Fate::Aside("bad".to_owned()))]).unwrap();
        store.arriving(&known(501, "mobile:1")).unwrap();
        store.settle([(1, Fate::Written(known(501, "mobile:1")))]).unwrap();
        assert_eq!((store.aside(1).unwrap(), store.arrival("mobile:1").unwrap()), (None, None));
        store.forget(1).unwrap();
        assert_eq!((store.known(1).unwrap(), store.customer_of(501).unwrap()), (None, None));
        store.index(&[("mobile:1".to_owned(), 2), ("mobile:1".to_owned(), 1)]).unwrap();
        assert_eq!(store.with_key("mobile:1").unwrap(), [1, 2]);
    }

    #[test]
    fn an_event_is_the_latest_until_a_later_one_is_heard_of() {
        let store = Store::open(None).unwrap();
        let heard = |about, at| store.heard(about, at).unwrap();
        assert!(heard("7 optout", 5) && heard("7 optout", 5) && heard("7 optout", 6));
        assert!(!heard("7 optout", 5));
        assert!(heard("8 optout", 5));
    }

    #[test]
    fn events_leave_in_the_order_in_which_they_came() {
        let store = Store::open(None).unwrap();
        store.accept(&["one", "two"]).unwrap();
        store.done(&[0]).unwrap();
        store.accept(&["three"]).unwrap();
        assert_eq!(store.waiting::<String>(1).unwrap(), [(1, "two".to_owned())]);
        store.done(&[1]).unwrap();
        assert_eq!(store.waiting::<String>(9).unwrap(), [(2, "three".to_owned())]);
    }
}

//! A journal as a body that is written while it is read, a piece at a time, so that one of any
//! length costs little memory, and a follower who falls behind waits for nobody and is waited for
//! by nobody.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::journal::{Entry, Kinds, Reader, What};

/// How many entries are read at once.
const PIECE: usize = 256;
/// How many pieces are ready before the reader of the body has taken them.
const AHEAD: usize = 4;
/// An answer's bodies are kept just after its entry is booked; a reader who is quicker waits for them. Those that
/// have not come by then are not waited for: the entry is told without them.
const BODIES_AWAITED: (u32, Duration) = (200, Duration::from_millis(5));

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) since: u64,
    pub(super) kinds: Kinds,
    pub(super) limit: u64,
    pub(super) bodies: bool,
    pub(super) follow: bool,
}

/// The body of the answer.
pub(super) struct Lines(mpsc::Receiver<io::Result<Bytes>>);

impl Lines {
    pub(super) fn of(reader: Reader, wanted: Wanted) -> Self {
        let (out, lines) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            if let Err(error) = copy(reader, wanted, &out).await {
                // Breaks the body off, so that nobody takes a part for the whole.
                let _ = out.send(Err(error)).await;
            }
        });
        Self(lines)
    }
}

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

async fn copy(mut reader: Reader, wanted: Wanted, out: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let (mut after, mut left) = (wanted.since, wanted.limit);
    // Who does not follow reads what there was when they asked, however fast more is written.
    let end = if wanted.follow { u64::MAX } else { reader.latest() };
    let mut waits = 0;
    while left > 0 && after < end {
        let seen = reader.latest();
        let count = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let waited = waits >= BODIES_AWAITED.0;
        let Piece { lines, last, entries, whole } = piece(&reader, after, count, end, wanted, waited).await?;
        if !whole && entries == 0 {
            waits += 1;
            tokio::select! {
                () = tokio::time::sleep(BODIES_AWAITED.1) => continue,
                () = out.closed() => return Ok(()),
            }
        }
        if entries > 0 {
            waits = 0;
            left -= entries as u64;
            after = last;
            if out.send(Ok(lines)).await.is_err() {
                return Ok(());
            }
        }
        if !whole || entries == count {
            continue;
        }
        after = after.max(seen);
        if !wanted.follow {
            break;
        }
        tokio::select! {
            more = reader.beyond(after) => if !more { break },
            () = out.closed() => break,
        }
    }
    Ok(())
}

struct Piece {
    lines: Bytes,
    /// The number of the last entry in it.
    last: u64,
    entries: usize,
    /// Whether it has all that was asked for; if not, bodies were still to come.
    whole: bool,
}

/// Reads on a thread that may wait for the disk. The first entry is told without its bodies if they were `waited` for.
async fn piece(reader: &Reader, after: u64, count: usize, end: u64, wanted: Wanted, waited: bool) -> io::Result<Piece> {
    let reader = reader.clone();
    let read = move || {
        let mut entries = reader.since(after, wanted.kinds, count)?;
        entries.retain(|entry| entry.n <= end);
        let found = entries.len();
        if wanted.bodies {
            reader.fill_bodies(&mut entries)?;
            let told = usize::from(waited);
            let filled = entries.iter().skip(told).position(lacks_bodies).map_or(found, |place| place + told);
            entries.truncate(filled);
        }
        let mut lines = Vec::with_capacity(entries.len() * 256);
        for entry in &entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let last = entries.last().map_or(after, |entry| entry.n);
        Ok(Piece { lines: lines.into(), last, entries: entries.len(), whole: entries.len() == found })
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

fn lacks_bodies(entry: &Entry) -> bool {
    match &entry.what {
        What::Exchange(exchange) => exchange.request_body.is_none(),
        What::Delivery(delivery) => delivery.request_body.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::journal::{Changes, Exchange, Journal, JournalOptions};
    use crate::{Moment, SystemName};

    fn book(journal: &mut Journal) -> u64 {
        let exchange = Exchange {
            at: Moment::START,
            system: SystemName::Hubspot,
            account: "1",
            app: "1",
            app_name: "",
            credential: 0,
            scopes: "",
            operation: "objects.list",
            method: "GET",
            target: "/crm/v3/objects/contacts",
            connection: 1,
            user_agent: "",
            status: 200,
            took_effect: false,
            limit: None,
            fault: None,
            correlation: "",
        };
        journal.book(&exchange, &mut Changes::default())
    }

    const ALL: Wanted = Wanted { since: 0, kinds: Kinds::ALL, limit: u64::MAX, bodies: true, follow: false };

    #[tokio::test]
    async fn bodies_that_never_come_keep_no_reader_for_ever() {
        let mut journal = Journal::new(JournalOptions::default());
        let (lost, kept) = (book(&mut journal), book(&mut journal));
        journal.bodies().attach(kept, b"", b"there");
        let read = Lines::of(journal.reader(), ALL).collect();
        let read = tokio::time::timeout(Duration::from_secs(60), read).await.expect("it ends");
        let text = String::from_utf8(read.unwrap().to_bytes().to_vec()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().map(|line| (line["n"].as_u64().unwrap(), &line["response_body"])).collect();
        assert_eq!(told, [(lost, &serde_json::Value::Null), (kept, &"there".into())]);
    }

    #[tokio::test]
    async fn who_goes_away_while_bodies_are_awaited_ends_the_reading() {
        let mut journal = Journal::new(JournalOptions::default());
        book(&mut journal);
        let (out, lines) = mpsc::channel(1);
        drop(lines);
        let read = copy(journal.reader(), Wanted { follow: true, ..ALL }, &out);
        tokio::time::timeout(Duration::from_secs(60), read).await.expect("it ends").unwrap();
    }
}

//! What may be asked of the journal: paths and bodies (facts/hubspot-limits-webhooks-auth.md §7). Calls are free of the
//! day and of the ten seconds; a file's address says itself who may fetch it.

use std::str::FromStr;

use compact_str::CompactString;
use http::Method;
use uuid::Uuid;

use super::answer::{self, Reader, Spot};
use super::body::{self, Condition, New, Wanted};
use super::file::{self, Signed};
use super::{snapshot, subscriptions};
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, OpenedBy, other, post, segments, with_json};
use crate::message::{Reply, Request};

const ROOT: &str = "/webhooks-journal/";
/// The editions, which are one implementation. `v4` was seen to answer in September 2026.
const EDITIONS: [&str; 4] = ["v4", "2026-03", "2026-09", "2027-03-beta"];
const READ: &str = "GET,HEAD,OPTIONS";
const READ_AND_MAKE: &str = "GET,HEAD,OPTIONS,POST";
const READ_AND_DROP: &str = "DELETE,GET,HEAD,OPTIONS";
const DROP: &str = "DELETE,OPTIONS";
const FREE: &[&str] = &["daily_exempt", "ten_secondly_exempt"];

/// A call by its name, with what was wrong with its path or body.
#[derive(Debug)]
struct Ask(&'static str, Result<What, Problem>);

#[derive(Debug)]
enum What {
    File(Signed),
    One(Reader, Spot),
    Several(Reader, Spot, usize),
    These(Reader, Vec<CompactString>),
    Status(Uuid),
    Snapshots(Vec<Wanted>),
    Subscriptions,
    Subscription(u64),
    Subscribe(New),
    Unsubscribe(u64),
    Leave(u64),
    AddFilter((u64, Vec<Condition>)),
    Filters(u64),
    Filter(u64),
    DropFilter(u64),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        self.0
    }

    fn classes(&self) -> &'static [&'static str] {
        FREE
    }

    fn opened_by(&self) -> OpenedBy<'_> {
        if matches!(self.1, Ok(What::File(_))) { OpenedBy::Nothing } else { OpenedBy::Token }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        match self.1? {
            What::File(signed) => Ok(file::fetch(room, &signed, stage)),
            What::One(by, spot) => answer::one(room, &by, &spot, stage),
            What::Several(by, spot, count) => answer::several(room, &by, &spot, count, stage),
            What::These(by, offsets) => answer::these(room, &by, &offsets, stage),
            What::Status(id) => snapshot::status(room, id, stage),
            What::Snapshots(wanted) => Ok(snapshot::take(room, wanted, stage)),
            What::Subscriptions => Ok(subscriptions::list(room, stage)),
            What::Subscription(id) => subscriptions::read(room, id, stage),
            What::Subscribe(new) => subscriptions::subscribe(room, new, stage),
            What::Unsubscribe(id) => subscriptions::unsubscribe(id, stage),
            What::Leave(portal) => Ok(subscriptions::leave(portal, stage)),
            What::AddFilter(new) => subscriptions::add_filter(new, stage),
            What::Filters(of) => subscriptions::filters(of, stage),
            What::Filter(id) => subscriptions::filter(id, stage),
            What::DropFilter(id) => subscriptions::drop_filter(id, stage),
        }
    }
}

fn ask(operation: &'static str, what: Result<What, Problem>) -> Asked {
    Asked::Other(Box::new(Ask(operation, what)))
}

/// A part of the path.
fn part<T: FromStr>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::bare(format!("Unable to parse value for path parameter: {name}")))
}

fn reader(request: &Request) -> Result<Reader, Problem> {
    let named = request.query_pairs().find(|(name, _)| name == "installPortalId");
    let portal = named.map(|(_, portal)| portal.parse::<u64>());
    let wrong = |_| Problem::bare("Unable to parse value for query parameter: installPortalId");
    let host = request.header("host").or_else(|| request.uri.authority().map(http::uri::Authority::as_str));
    Ok(Reader { host: host.unwrap_or_default().into(), portal: portal.transpose().map_err(wrong)? })
}

fn count(text: &str) -> Result<usize, Problem> {
    let count: i32 = part("count", text)?;
    let at_least_one = usize::try_from(count).ok().filter(|count| *count > 0);
    at_least_one.ok_or_else(|| Problem::validation("count must be greater than or equal to 1"))
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    if let Some(name) = request.path().strip_prefix(file::ROOT) {
        let fetch = || ask("webhooks-journal.file", Ok(What::File(Signed::read(name, request))));
        return Some(if reads { fetch() } else { other(request, READ) });
    }
    let rest = segments(request.path().strip_prefix(ROOT)?);
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    Some(match rest[..] {
        ["journal" | "journal-local", edition, ref rest @ ..] if EDITIONS.contains(&edition) => {
            if let ["batch", "read"] = *rest {
                return Some(post(request, |sent| ask("webhooks-journal.batch-read", these(request, sent))));
            }
            match read(request, rest) {
                None => Asked::NoRoute,
                Some((operation, what)) if reads => ask(operation, what),
                Some(_) => other(request, READ),
            }
        }
        ["snapshots", edition, "crm"] if EDITIONS.contains(&edition) => {
            post(request, |sent| ask("webhooks-journal.snapshots", body::snapshots(sent).map(What::Snapshots)))
        }
        ["snapshots", edition, "crm", "status", id] if EDITIONS.contains(&edition) => {
            let status = || ask("webhooks-journal.status", part("statusId", id).map(What::Status));
            if reads { status() } else { other(request, READ) }
        }
        ["subscriptions", edition, ref rest @ ..] if EDITIONS.contains(&edition) => manage(request, rest),
        _ => Asked::NoRoute,
    })
}

fn these(request: &Request, sent: &[u8]) -> Result<What, Problem> {
    Ok(What::These(reader(request)?, body::offsets(sent)?))
}

fn read(request: &Request, rest: &[&str]) -> Option<(&'static str, Result<What, Problem>)> {
    let one = |spot| reader(request).map(|by| What::One(by, spot));
    let several = |spot, text: &str| Ok(What::Several(reader(request)?, spot, count(text)?));
    Some(match *rest {
        ["earliest"] => ("webhooks-journal.earliest", one(Spot::Earliest)),
        ["latest"] => ("webhooks-journal.latest", one(Spot::Latest)),
        ["offset", offset, "next"] => ("webhooks-journal.next", one(Spot::After(offset.into()))),
        ["batch", "earliest", count] => ("webhooks-journal.batch-earliest", several(Spot::Earliest, count)),
        ["batch", "latest", count] => ("webhooks-journal.batch-latest", several(Spot::Latest, count)),
        ["batch", offset, "next", count] => ("webhooks-journal.batch-next", several(Spot::After(offset.into()), count)),
        ["status", id] => ("webhooks-journal.status", part("statusId", id).map(What::Status)),
        _ => return None,
    })
}

fn manage(request: &Request, rest: &[&str]) -> Asked {
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let drops = request.method == Method::DELETE;
    let makes = request.method == Method::POST;
    let subscribe = |sent: &[u8]| ask("webhooks-journal.subscribe", body::subscription(sent).map(What::Subscribe));
    let filter = |sent: &[u8]| ask("webhooks-journal.add-filter", body::filter(sent).map(What::AddFilter));
    match *rest {
        [] if reads => ask("webhooks-journal.subscriptions", Ok(What::Subscriptions)),
        [] if makes => with_json(request, subscribe),
        [] => other(request, READ_AND_MAKE),
        ["filters"] => post(request, filter),
        ["filters", "subscription", of] if reads => {
            ask("webhooks-journal.filters", part("subscriptionId", of).map(What::Filters))
        }
        ["filters", "subscription", _] => other(request, READ),
        ["filters", id] if reads => ask("webhooks-journal.filter", part("filterId", id).map(What::Filter)),
        ["filters", id] if drops => ask("webhooks-journal.drop-filter", part("filterId", id).map(What::DropFilter)),
        ["filters", _] => other(request, READ_AND_DROP),
        ["portals", portal] if drops => ask("webhooks-journal.leave", part("portalId", portal).map(What::Leave)),
        ["portals", _] => other(request, DROP),
        [id] if reads => ask("webhooks-journal.subscription", part("subscriptionId", id).map(What::Subscription)),
        [id] if drops => ask("webhooks-journal.unsubscribe", part("subscriptionId", id).map(What::Unsubscribe)),
        [_] => other(request, READ_AND_DROP),
        _ => Asked::NoRoute,
    }
}

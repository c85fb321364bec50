//! The files of the journal, at addresses that are good for a while and need no token: those of an object store,
//! here on the portal's own address.

use std::fmt::Write as _;
use std::sync::Arc;

use compact_str::CompactString;
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::File;
use crate::hubspot::errors::json_reply;
use crate::hubspot::room::{At, Hubspot};
use crate::message::{Body, Reply, Request};
use crate::{Moment, Seed};

/// Under which the files lie.
pub(super) const ROOT: &str = "/webhooks-journal-files/";

/// What an address says of the file that it is for.
#[derive(Debug, Default)]
pub(super) struct Signed {
    offset: CompactString,
    expires: CompactString,
    signature: CompactString,
}

impl Signed {
    /// As a request has it.
    pub(super) fn read(name: &str, request: &Request) -> Self {
        let said = |wanted: &str| {
            let found = request.query_pairs().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_ref().into()).unwrap_or_default()
        };
        let offset = name.strip_suffix(".json").unwrap_or_default().into();
        Self { offset, expires: said("Expires"), signature: said("Signature") }
    }
}

fn signature(secret: Seed, offset: &str, expires: &str) -> String {
    let key = secret.text("hubspot.journal-key", 0, 32, b"0123456789abcdef");
    let digest = Sha256::digest(format!("{key}\n{offset}\n{expires}"));
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What a read tells of a file.
pub(super) struct Pointer {
    offset: String,
    expires: Moment,
    url: String,
}

impl Pointer {
    pub(super) fn to(file: &File, room: &Hubspot, stage: &At<'_>) -> Self {
        // Addresses tell whole seconds.
        let until = stage.at.plus(room.settings().journal_url_lifetime.value.0).0 / 1000;
        let offset = file.offset.to_string();
        let apps = &stage.state.portal.apps;
        let signature = signature(apps.secret, &offset, &until.to_string());
        let key = utf8_percent_encode(&apps.public().client_id, NON_ALPHANUMERIC);
        let query = format!("AWSAccessKeyId={key}&Expires={until}&Signature={signature}");
        let url = format!("{}{ROOT}{offset}.json?{query}", stage.base_url);
        Self { offset, expires: Moment(until * 1000), url }
    }

    pub(super) fn told(&self) -> Value {
        json!({"url": self.url, "expiresAt": self.expires.iso().as_str(), "currentOffset": self.offset})
    }
}

fn content(file: &File) -> Value {
    let events: Vec<Value> = file.events.iter().map(|event| event.told()).collect();
    json!({
        "offset": file.offset.to_string(),
        "journalEvents": events,
        "publishedAt": file.published.iso().as_str(),
    })
}

/// As an object store words it.
fn refused(status: StatusCode, code: &'static str, message: &'static str) -> Reply {
    let text = move || {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        )
    };
    Reply::new(status, Body::text(text)).with(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))
}

pub(super) fn fetch(room: &Hubspot, asked: &Signed, stage: &mut At<'_>) -> Reply {
    let Signed { offset, expires, signature: said } = asked;
    if *said != signature(stage.state.portal.apps.secret, offset, expires) {
        let message = "The request signature we calculated does not match the signature you provided. Check your key \
                       and signing method.";
        return refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", message);
    }
    let until = expires.parse::<i64>().map_or(0, |seconds| seconds.saturating_mul(1000));
    if Moment(until) <= stage.at {
        return refused(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired");
    }
    let journal = &mut stage.state.portal.journal;
    journal.settle(stage.at, room.settings());
    let found = journal.place(offset).and_then(|place| journal.files().get(place)).map(Arc::clone);
    match found {
        Some(file) => json_reply(StatusCode::OK, move || content(&file)),
        None => refused(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist."),
    }
}

//! What cannot be seen from outside the target: what it has set aside, and what it has written to its logs
//! during a case. Noted, not judged.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::case::Plan;
use crate::target::{Failure, Scope, files, plain};

/// How much of a log's end, and of an answer's beginning, is taken.
const BYTES_MAX: u64 = 256 * 1024;
/// How long the target may take to tell what it has set aside, in real time.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What was observed by the end of a case.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Observed {
    /// What the address of `observe.dead_letters` answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<DeadLetters>,
    /// What the files of `observe.logs` got during the case; those that got nothing are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
}

/// An answer, or why there is none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DeadLetters {
    pub address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its body: as JSON if it is JSON, else as a text; of a long one the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a file got during the case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Log {
    /// Its path, from the target file's folder if it lies in there.
    pub file: String,
    pub lines: Vec<String>,
    /// How many bytes before these lines are left out.
    pub bytes_left_out: u64,
}

/// What there was before a case began.
#[derive(Debug, Default)]
pub(super) struct Watch {
    logs: Option<String>,
    sizes: BTreeMap<PathBuf, u64>,
}

impl Watch {
    pub(super) fn begin(plan: &Plan, scope: &Scope) -> Result<Self, Failure> {
        let Some(pattern) = &plan.file.target.observe.logs else { return Ok(Self::default()) };
        let pattern = scope.fill(pattern)?;
        let found = files(&plan.file.folder, &pattern).into_iter();
        let sizes = found.filter_map(|path| Some((path.clone(), path.metadata().ok()?.len()))).collect();
        Ok(Self { logs: Some(pattern), sizes })
    }

    /// What has come since; the target may still run.
    pub(super) async fn end(&self, plan: &Plan, scope: &Scope) -> Result<Observed, Failure> {
        let folder = &plan.file.folder;
        let found = self.logs.as_ref().map(|pattern| files(folder, pattern)).unwrap_or_default();
        let logs = found.iter().filter_map(|path| self.log(folder, path)).collect();
        let dead_letters = match &plan.file.target.observe.dead_letters {
            Some(address) => Some(ask(&plan.client, scope.fill(address)?).await),
            None => None,
        };
        Ok(Observed { dead_letters, logs })
    }

    fn log(&self, folder: &Path, path: &Path) -> Option<Log> {
        // One that cannot be read tells nothing.
        let mut file = std::fs::File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        // One that has become shorter was begun anew.
        let before = self.sizes.get(path).copied().filter(|before| *before <= length).unwrap_or_default();
        let from = before.max(length.saturating_sub(BYTES_MAX));
        file.seek(SeekFrom::Start(from)).ok()?;
        let mut bytes = Vec::new();
        file.take(length - from).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().map(plain).collect();
        let own = path.strip_prefix(folder).unwrap_or(path);
        let log = Log { file: own.display().to_string(), lines, bytes_left_out: from - before };
        (!log.lines.is_empty()).then_some(log)
    }
}

async fn ask(client: &reqwest::Client, address: String) -> DeadLetters {
    let none =
        |why: &str| DeadLetters { address: address.clone(), status: None, body: None, why: Some(why.to_owned()) };
    let Ok(mut answer) = client.get(&address).timeout(ANSWER_WITHIN).send().await else {
        return none("it does not answer");
    };
    let status = answer.status().as_u16();
    let mut bytes = Vec::new();
    let most = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
    while bytes.len() < most {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return none("its answer breaks off"),
        }
    }
    bytes.truncate(most);
    let text = || String::from_utf8_lossy(&bytes).into_owned().into();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
    DeadLetters { address, status: Some(status), body: Some(body), why: None }
}

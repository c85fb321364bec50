//! Which of the object types that an account may turn on are on. A portal has none of them, so all are
//! off; whether a type that is always there could be asked for is not established.

use compact_str::CompactString;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::errors::{Problem, json_reply};
use super::room::{At, Hubspot};
use super::routes::{self, Asked, READ, other, segments, under_either};
use crate::message::{Reply, Request};

/// Listings, appointments, services and courses, in the order of the vendor's sample.
const ACTIVATABLE: [&str; 4] = ["0-420", "0-421", "0-162", "0-410"];

#[derive(Debug)]
enum Ask {
    All,
    One(CompactString),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::All => "object-library.list",
            Self::One(_) => "object-library.read",
        }
    }

    fn answer(self: Box<Self>, _room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let is_on = |of: &str| stage.state.place(of).is_some();
        let body = match &*self {
            Self::All => {
                let told: Map<String, Value> =
                    ACTIVATABLE.map(|of| (of.to_owned(), is_on(of).into())).into_iter().collect();
                json!({ "enablementByObjectTypeId": told })
            }
            Self::One(of) if ACTIVATABLE.contains(&of.as_str()) => json!({ "enablement": is_on(of) }),
            Self::One(of) if is_on(of) => {
                return Err(Problem::validation(format!("Object type {of} cannot be activated or deactivated")));
            }
            Self::One(of) => return Err(Problem::unknown_type(of)),
        };
        Ok(json_reply(StatusCode::OK, move || body))
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let rest = under_either(request, "object-library")?;
    let ask = match segments(rest).as_slice() {
        [root] if root == "enablement" => Ask::All,
        [root, of] if root == "enablement" => Ask::One(of.clone()),
        _ => return Some(Asked::NoRoute),
    };
    Some(match request.method {
        Method::GET | Method::HEAD => Asked::Other(Box::new(ask)),
        _ => other(request, READ),
    })
}

//! What may be asked of the limits: its paths and queries. All of it is read.

use compact_str::CompactString;
use http::Method;

use super::{answer, associations};
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, other, segments, under_either};
use crate::message::{Reply, Request};

#[derive(Debug)]
enum Ask {
    CalculatedProperties,
    CustomObjectTypes,
    CustomProperties,
    Pipelines,
    Records,
    /// From one type and to another, where they are named.
    Labels(Option<CompactString>, Option<CompactString>),
    NearFrom,
    NearTo(CompactString),
    Near(CompactString, CompactString),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::CalculatedProperties => "limits.calculated-properties",
            Self::CustomObjectTypes => "limits.custom-object-types",
            Self::CustomProperties => "limits.custom-properties",
            Self::Pipelines => "limits.pipelines",
            Self::Records => "limits.records",
            Self::Labels(..) => "limits.association-labels",
            Self::NearFrom | Self::NearTo(_) | Self::Near(..) => "limits.association-records",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        match *self {
            Self::CalculatedProperties => Ok(answer::calculated(room, stage)),
            Self::CustomObjectTypes => Ok(answer::object_types(room, stage)),
            Self::CustomProperties => Ok(answer::properties(room, stage)),
            Self::Pipelines => Ok(answer::pipelines(room, stage)),
            Self::Records => Ok(answer::records(room, stage)),
            Self::Labels(from, to) => associations::labels(room, from.as_deref(), to.as_deref(), stage),
            Self::NearFrom => Ok(associations::near_from(room, stage)),
            Self::NearTo(from) => associations::near_to(room, &from, stage),
            Self::Near(from, to) => associations::near(room, &from, &to, stage),
        }
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let rest = under_either(request, "limits")?;
    let rest = segments(rest);
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    let ask = match *rest {
        ["calculated-properties"] => Ask::CalculatedProperties,
        ["custom-object-types"] => Ask::CustomObjectTypes,
        ["custom-properties"] => Ask::CustomProperties,
        ["pipelines"] => Ask::Pipelines,
        ["records"] => Ask::Records,
        ["associations", "labels"] => {
            Ask::Labels(asked_for(request, "fromObjectTypeId"), asked_for(request, "toObjectTypeId"))
        }
        ["associations", "records", "from"] => Ask::NearFrom,
        ["associations", "records", from, "to"] => Ask::NearTo(from.into()),
        ["associations", "records", from, to] => Ask::Near(from.into(), to.into()),
        _ => return Some(Asked::NoRoute),
    };
    Some(match request.method {
        Method::GET | Method::HEAD => Asked::Other(Box::new(ask)),
        _ => other(request, READ),
    })
}

fn asked_for(request: &Request, name: &str) -> Option<CompactString> {
    let mut pairs = request.query_pairs();
    pairs.find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.into())
}

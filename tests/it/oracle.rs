//! The Oracle master as an integration meets it: ORDS by itself, and behind the API gateway.

mod backends;
mod faults;
mod gateway;
mod ords;

use serde_json::Value;
use sim::{SystemName, World};

use crate::caller::{Caller, credential};

pub(crate) const CUSTOMERS: &str = "/ords/crm/customers/";

/// A caller of ORDS with a good token.
pub(crate) async fn ords(world: &World) -> Caller {
    let caller = Caller::new(world, SystemName::Ords);
    let token = token(world, &caller, "/ords/crm/oauth/token").await;
    caller.bearing(&token)
}

/// A caller of the gateway with a good token of ORDS, got through the gateway.
async fn gateway(world: &World) -> Caller {
    let caller = Caller::new(world, SystemName::OciGateway);
    let token = token(world, &caller, "/erp/v1/oauth/token").await;
    caller.bearing(&token)
}

async fn token(world: &World, caller: &Caller, path: &str) -> String {
    let of = |name| credential(world, SystemName::Ords, name);
    let granted = caller.client_credentials(path, &of("client_id"), &of("client_secret")).await.must(200);
    granted.json()["access_token"].as_str().unwrap().to_owned()
}

/// The address under a name among an answer's links.
fn link<'a>(answer: &'a Value, rel: &str) -> Option<&'a str> {
    answer["links"].as_array().unwrap().iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|row| row["customer_id"].as_i64().unwrap()).collect()
}

//! The parameters of the first version's token endpoint: fields of its form, in the query.

use serde_json::json;

use super::super::drive::{App, Portal};
use super::super::surface::Operation;
use super::{Found, must};

pub(super) async fn token(portal: &Portal, operation: &Operation, name: &str) -> Option<Found> {
    let app = App::of(portal);
    let secret = ["client_id", "client_secret", "refresh_token"].map(|name| (name, app.text(name)));
    let mut fields = vec![("grant_type", "refresh_token")];
    fields.extend(secret.into_iter().filter(|(known, _)| *known != name));
    let refused = match name {
        "client_secret" => "BAD_CLIENT_SECRET",
        "refresh_token" => "BAD_REFRESH_TOKEN",
        _ => return None,
    };
    let send = async |query: String| app.form(&format!("{}{query}", operation.path), &fields).await;
    let told = send(format!("?{name}={}", app.text(name))).await;
    let mut found = must("it is taken from the query", told.status == 200, &json!(told.body));
    for query in [String::new(), format!("?{name}=nonsense")] {
        let told = send(query).await;
        found.extend(must("another is refused", told.body.contains(refused), &json!(told.body)));
    }
    Some(found)
}

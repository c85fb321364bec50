//! The line that says a world is ready: every address and every credential it gave out.

use serde_json::{Map, Value, json};

use super::inner::Inner;
use super::slots::Slot;
use crate::SystemName;

/// `{"ready":true,"id":...,"systems":{"hubspot":{"url":...,"token":...}}}`
pub(crate) struct Ready(Value);

impl Ready {
    pub(crate) fn of(world: &Inner) -> Self {
        let mut systems = Map::new();
        for address in &world.addresses {
            let mut system = Map::new();
            system.insert("url".into(), address.url.as_str().into());
            if let Value::Object(more) = credentials(world, address.system) {
                system.extend(more);
            }
            systems.insert(address.system.as_str().into(), system.into());
        }
        Self(json!({"ready": true, "id": world.core.id, "systems": systems}))
    }
}

impl From<Ready> for Value {
    fn from(ready: Ready) -> Self {
        ready.0
    }
}

fn credentials(world: &Inner, system: SystemName) -> Value {
    let rooms = &world.rooms;
    match system {
        SystemName::Hubspot => {
            let memory = world.core.memory();
            let Slot { state, tokens, .. } = &memory.slots.hubspot;
            let apps = &state.portal.apps;
            let public = apps.public();
            let told = [
                ("token", &apps.private().token),
                ("narrow_token", &apps.narrow().token),
                ("service_key", &apps.service_key().token),
                ("refresh_token", &apps.first_refresh_token),
            ];
            let revoked = told.into_iter().filter(|(_, value)| tokens.find(value).is_none()).map(|(name, _)| name);
            json!({
                "token": apps.private().token,
                "narrow_token": apps.narrow().token,
                "service_key": apps.service_key().token,
                "portal_id": rooms.hubspot.portal,
                "app_id": public.id,
                "developer_key": apps.developer_key,
                "client_id": public.client_id,
                "client_secret": public.client_secret,
                "auth_code": apps.first_code,
                "refresh_token": apps.first_refresh_token,
                "redirect_uri": public.redirect_uris.first(),
                "private_app_id": apps.private().id,
                "webhook_secret": apps.private().client_secret,
                "revoked": revoked.collect::<Vec<_>>(),
            })
        }
        SystemName::OciGateway => json!({
            "prefixes": rooms.oci_gateway.prefixes().collect::<Vec<_>>(),
        }),
        SystemName::Ords => json!({
            "schema": rooms.ords.schema_alias(),
            "client_id": rooms.ords.credentials().client_id,
            "client_secret": rooms.ords.credentials().client_secret,
        }),
        SystemName::RetailExpress => json!({
            "api_key": rooms.retail_express.credentials.api_key,
            "api_key_secondary": rooms.retail_express.credentials.api_key_secondary,
            "account": rooms.retail_express.credentials.account,
        }),
    }
}

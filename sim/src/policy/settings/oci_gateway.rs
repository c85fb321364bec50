//! What the API gateway asks of its policy. Its rate limit stands in the deployment, not here.

use super::table::{choice, embedded, settings};
use crate::SystemName;
use crate::policy::profile::Embedded;
use crate::policy::{Millis, Settings};

settings! {
    /// The settings of the OCI API Gateway.
    GatewaySettings, GatewayDraft {
        body_bytes_max: usize,
        /// Method, path and headers together.
        header_bytes_max: usize,
        /// The longest silence between two reads of a request.
        idle_read_timeout: Millis,
        connections_per_client_max: usize,
        timeout_min: Millis,
        connect_timeout_default: Millis,
        connect_timeout_max: Millis,
        read_timeout_default: Millis,
        read_timeout_max: Millis,
        send_timeout_default: Millis,
        send_timeout_max: Millis,
        stock_body_bytes_max: usize,
        stock_headers_max: usize,
        /// All headers of a stock response together.
        stock_header_bytes_max: usize,
        routes_max: usize,
        specification_bytes_max: usize,
        prefix_chars_max: usize,
        route_path_chars_max: usize,
        /// How a deployment's rate limit counts.
        rate_window: RateWindow,
        /// The answer where the path is known and the method is not in its route.
        wrong_method: Answer,
    }
}

choice! {
    /// How a deployment's rate limit counts its one second.
    RateWindow {
        /// Seconds of the clock.
        FixedSecond,
        /// The second before each call.
        Sliding,
    }
}
choice! {
    /// An answer of the gateway's own.
    Answer { MethodNotAllowed, NotFound, }
}

impl Settings for GatewaySettings {
    const SYSTEM: SystemName = SystemName::OciGateway;
    const CLASSES: &'static [&'static str] = &[];
    type Draft = GatewayDraft;

    fn shelf() -> &'static [Embedded<Self>] {
        static SHELF: [Embedded<GatewaySettings>; 1] = [embedded!("default", "oci_gateway.yaml")];
        &SHELF
    }
}

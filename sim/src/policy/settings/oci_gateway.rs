//! What the API gateway asks of its policy. Its rate limit stands in the deployment, not here.

use super::table::{choice, embedded, settings};
use crate::SystemName;
use crate::policy::profile::Embedded;
use crate::policy::{Millis, Settings, Status};

settings! {
    /// The settings of the OCI API Gateway.
    GatewaySettings, GatewayDraft {
        body_bytes_max: usize,
        /// Method, path and headers together.
        header_bytes_max: usize,
        /// The longest silence between two reads of a request's body.
        idle_read_timeout: Millis,
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
        stock_status_min: Status,
        stock_status_max: Status,
        /// On one gateway.
        deployments_max: usize,
        routes_max: usize,
        specification_bytes_max: usize,
        /// Of a back end outside the world; a longer answer is taken for one that broke off.
        answer_bytes_max: usize,
        prefix_chars_max: usize,
        route_path_chars_max: usize,
        /// How a deployment's rate limit counts.
        rate_window: RateWindow,
        /// The body of an answer that is the gateway's own.
        error_form: ErrorForm,
        /// The answer where the path is known and the method is not in its route.
        wrong_method: Status,
        /// The answer to a request beyond `header_bytes_max`.
        header_too_large: Status,
        /// The answer where a context variable makes the back end's URL unusable.
        url_invalid: Status,
        /// Whether a route that lacks the method leaves the request to a less exact one that has it.
        method_falls_through: bool,
        /// Whether `/a/{rest*}` takes `/a` as well as `/a/`.
        wildcard_without_slash: bool,
        /// What becomes of `X-Forwarded-For` and `Forwarded` that the caller sent.
        forwarded_by_caller: ForwardedByCaller,
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
    /// The body of an answer that is the gateway's own.
    ErrorForm {
        /// `{"code":404,"message":"Not Found"}`
        CodeAndMessage,
        Empty,
    }
}
choice! {
    /// What becomes of a forwarding header that the caller sent.
    ForwardedByCaller {
        /// It stays in front of the gateway's own.
        Appended,
        Replaced,
    }
}

impl Settings for GatewaySettings {
    const SYSTEM: SystemName = SystemName::OciGateway;
    const CLASSES: &'static [&'static str] = &[];
    const WORDINGS: &'static [&'static str] = &[];
    type Draft = GatewayDraft;

    fn shelf() -> &'static [Embedded<Self>] {
        static SHELF: [Embedded<GatewaySettings>; 1] = [embedded!("default", "oci_gateway.yaml")];
        &SHELF
    }
}

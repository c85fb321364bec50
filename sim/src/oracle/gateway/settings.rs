//! The figures of the gateway: what it takes at load, and what it does where the vendor's own way
//! was not established. Data only.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;

/// What a gateway accepts at load (facts/oci-api-gateway.md §2, §7, §9).
#[derive(Debug)]
pub(super) struct Caps {
    pub(super) deployments_max: usize,
    pub(super) routes_max: usize,
    pub(super) specification_bytes_max: usize,
    pub(super) prefix_chars_max: usize,
    pub(super) route_path_chars_max: usize,
    pub(super) connect_timeout: Timeout,
    pub(super) transfer_timeout: Timeout,
    pub(super) stock_body_bytes_max: usize,
    pub(super) stock_headers_max: usize,
    pub(super) stock_headers_bytes_max: usize,
    /// A final status; an interim one cannot end an exchange. `[inferred]`
    pub(super) stock_status: RangeInclusive<u16>,
}

/// A time-out of a back end, in seconds.
#[derive(Debug)]
pub(super) struct Timeout {
    pub(super) default: Duration,
    pub(super) range_seconds: RangeInclusive<f64>,
}

pub(super) const CAPS: Caps = Caps {
    deployments_max: 20,
    routes_max: 50,
    specification_bytes_max: 2 * 1024 * 1024,
    prefix_chars_max: 255,
    route_path_chars_max: 2000,
    connect_timeout: Timeout { default: Duration::from_secs(60), range_seconds: 1.0..=75.0 },
    transfer_timeout: Timeout { default: Duration::from_secs(10), range_seconds: 1.0..=300.0 },
    stock_body_bytes_max: 4096,
    stock_headers_max: 50,
    stock_headers_bytes_max: 4096,
    stock_status: 200..=599,
};

/// What a gateway does with a request.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Of method, URI and headers together (§9).
    pub(super) header_bytes_max: usize,
    /// §9. The listener reads no further; a body beyond it arrives as too large.
    pub(super) body_bytes_max: usize,
    pub(super) unestablished: Unestablished,
}

/// What no copy of the vendor's papers settles (§8, §13): all of it `[inferred]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unestablished {
    pub(super) error_form: ErrorForm,
    pub(super) wrong_method: StatusCode,
    pub(super) header_too_large: StatusCode,
    /// A context variable made the back end's URL unusable.
    pub(super) url_invalid: StatusCode,
    /// Whether a route that lacks the method leaves the request to a less exact one that has it.
    pub(super) method_falls_through: bool,
    /// Whether `/a/{rest*}` takes `/a` as well as `/a/`.
    pub(super) wildcard_without_slash: bool,
    /// What becomes of a forwarding header that the caller sent.
    pub(super) forwarded_by_caller: ForwardedByCaller,
}

/// The body of an answer that is the gateway's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorForm {
    /// `{"code":404,"message":"Not Found"}`
    CodeAndMessage,
    #[cfg_attr(not(test), expect(dead_code, reason = "chosen by a profile"))]
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForwardedByCaller {
    Appended,
    Replaced,
}

impl Settings {
    /// The figures as published, and the likelier way where nothing is.
    pub(super) fn published() -> Self {
        Self {
            header_bytes_max: 8 * 1024,
            body_bytes_max: 20 * 1024 * 1024,
            unestablished: Unestablished {
                error_form: ErrorForm::CodeAndMessage,
                wrong_method: StatusCode::METHOD_NOT_ALLOWED,
                header_too_large: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                url_invalid: StatusCode::INTERNAL_SERVER_ERROR,
                method_falls_through: false,
                wildcard_without_slash: false,
                forwarded_by_caller: ForwardedByCaller::Appended,
            },
        }
    }
}

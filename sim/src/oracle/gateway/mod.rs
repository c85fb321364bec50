//! The OCI API Gateway: it loads a deployment specification and enforces it in front of HTTP and
//! stock back ends. Passwords and tokens for the systems behind it are theirs to check.

mod answer;
mod deployment;
mod document;
mod forward;
mod json;
mod model;
mod pattern;
mod refusal;
mod specification;
mod system;
mod template;

#[cfg(test)]
mod tests;

pub use deployment::{BadBackend, Deployment};
pub use refusal::{Finding, Place, Reason, SpecificationError};
pub use system::BadGateway;
pub(crate) use system::{Gateway, State};

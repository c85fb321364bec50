//! The Oracle master: ORDS in front of its tables, and the OCI API Gateway before it.

pub mod gateway;
pub(crate) mod ords;

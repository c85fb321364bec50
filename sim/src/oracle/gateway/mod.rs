//! The OCI API Gateway.

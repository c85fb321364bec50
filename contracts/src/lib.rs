//! The contract: what an integration promises.

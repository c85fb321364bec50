//! Retail Express: its REST API.

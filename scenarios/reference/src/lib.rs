//! A correct integration for each topology.

//! Search: an index that lags behind the writes, and the questions it answers.
//!
//! A request is read outside the world's lock (`parse`), checked and bound to what the index sees
//! now under it (`View::plan`), and answered outside again (`Search::run`). Nothing here writes a
//! record or an answer's bytes.

mod filter;
mod index;
mod json;
mod key;
mod request;
mod run;
mod tokens;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use key::fold;
pub(crate) use request::{SearchLimits, SearchRequest, parse};
pub(crate) use view::View;

//! ORDS in front of the Oracle master: its tables, its routes and its wording of errors.

mod bad_table;
mod declared;
mod etag;
mod links;
mod listing;
mod oauth;
mod problem;
mod query;
mod route;
mod rows;
mod settings;
mod system;
mod table;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use bad_table::BadTable;
pub use declared::OrdsTable;
pub(crate) use oauth::Credentials;
pub(crate) use rows::State;
pub(crate) use system::Ords;
pub(crate) use table::Schema;
pub(crate) use write::Members;

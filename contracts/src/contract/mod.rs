//! The contract file: what an integration promises. Reads it, says all that is wrong with one, and tells it
//! in plain words. It judges nothing.

mod check;
mod explain;
mod fault;
mod model;
mod shape;
mod transform;
mod tree;

use std::sync::OnceLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use sim::{HubspotPortal, OrdsTable};

pub use fault::{BadContract, Fault};
pub use model::{
    Backoff, Batch, Columns, Consent, Contract, CopyType, Field, Freshness, Governance, Idempotency, Key, Keys,
    Mapping, MasterType, Object, Only, Owner, Place, Reliability, SourceApi, Span, Token, Topology, Transform,
};
pub use sim::nearest;
pub use transform::transformed;

#[cfg(test)]
mod tests;

const RETAIL: &str = include_str!("../../files/retail.yaml");

impl Contract {
    /// Reads a contract; `file` is its name in diagnostics.
    ///
    /// ```
    /// use standin_contracts::Contract;
    ///
    /// let text = "contract: mine\ntopolgy: {}\n";
    /// let wrong = Contract::parse("mine.yaml", text).expect_err("most of it is missing");
    /// assert!(wrong.faults().iter().any(|fault| fault.mend.as_deref() == Some("did you mean `topology`?")));
    /// ```
    ///
    /// # Errors
    /// The text is no contract; the error says all that is wrong with it, where, and how to mend it.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadContract> {
        Self::read(file, text, None, None)
    }

    /// Reads a contract and holds it against the master's tables too, which a contract alone does not tell.
    ///
    /// # Errors
    /// As [`Contract::parse`] has them; and a table or a column that the master has not.
    pub fn parse_for(file: &str, text: &str, tables: &[OrdsTable]) -> Result<Self, BadContract> {
        Self::read(file, text, Some(tables), None)
    }

    /// As [`Contract::parse_for`], and against the properties and object types of a HubSpot portal.
    ///
    /// # Errors
    /// As [`Contract::parse_for`] has them.
    pub fn parse_with(
        file: &str,
        text: &str,
        tables: &[OrdsTable],
        portal: Option<&HubspotPortal>,
    ) -> Result<Self, BadContract> {
        Self::read(file, text, Some(tables), portal)
    }

    fn read(
        file: &str,
        text: &str,
        tables: Option<&[OrdsTable]>,
        portal: Option<&HubspotPortal>,
    ) -> Result<Self, BadContract> {
        let bad = |faults| BadContract::new(file, text, faults);
        let tree: tree::Node =
            serde_saphyr::from_str(text).map_err(|error| bad(vec![Fault::unreadable(text, &error)]))?;
        let schema = Self::schema();
        let mut shape = shape::Shape { root: schema.as_value(), text, faults: Vec::new() };
        shape.check(&tree, "", schema.as_value());
        if !shape.faults.is_empty() {
            return Err(bad(shape.faults));
        }
        let contract: Self =
            serde_saphyr::from_str(text).map_err(|error| bad(vec![Fault::unreadable(text, &error)]))?;
        let faults = check::Check { contract: &contract, tables, portal, text, tree: &tree, faults: Vec::new() }.all();
        if faults.is_empty() { Ok(contract) } else { Err(bad(faults)) }
    }

    /// The JSON Schema of a contract file (draft 2020-12).
    #[must_use]
    pub fn schema() -> &'static Schema {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Self>())
    }

    /// What the retail integration promises: customers of an Oracle master become HubSpot contacts.
    #[must_use]
    pub fn retail() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "a test reads the embedded file")]
        CONTRACT.get_or_init(|| Self::parse("retail.yaml", RETAIL).expect("the embedded contract is one"))
    }
}

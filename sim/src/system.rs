//! The names of the simulated systems, as they stand in addresses, files and the journal.

use serde::{Deserialize, Serialize};

/// One simulated product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemName {
    Hubspot,
    OciGateway,
    Ords,
    RetailExpress,
}

impl SystemName {
    pub const ALL: [Self; 4] = [Self::Hubspot, Self::OciGateway, Self::Ords, Self::RetailExpress];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hubspot => "hubspot",
            Self::OciGateway => "oci_gateway",
            Self::Ords => "ords",
            Self::RetailExpress => "retail_express",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.as_str() == name)
    }
}

impl std::fmt::Display for SystemName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

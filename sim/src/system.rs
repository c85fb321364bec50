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

    /// The port it takes where ports are not chosen freely.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Hubspot => 4010,
            Self::OciGateway => 4020,
            Self::Ords => 4021,
            Self::RetailExpress => 4050,
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

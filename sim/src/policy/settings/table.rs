//! What makes a struct of figures a system's settings: the form in which a profile gives some of
//! them, and how those are laid over another profile's.

use serde::de::DeserializeOwned;

use crate::SystemName;
use crate::policy::GatePolicy;
use crate::policy::profile::Embedded;

/// The settings of one system.
pub trait Settings: Clone + Send + Sync + 'static {
    const SYSTEM: SystemName;
    /// The classes of call that the system tells apart, by which limits may pick calls.
    const CLASSES: &'static [&'static str];

    /// The settings as a profile gives them: any of them.
    #[doc(hidden)]
    type Draft: Draft<Self>;

    /// The profiles that are part of the program, the default first.
    #[doc(hidden)]
    fn shelf() -> &'static [Embedded<Self>];

    /// Puts into the gate what a setting says of it. It must undo what another value had put there.
    #[doc(hidden)]
    fn shape(&self, _gate: &mut GatePolicy) {}
}

/// Settings of which some are given.
pub trait Draft<T>: DeserializeOwned + Default {
    /// The given ones, and the base's where none is given; else the names of those in neither.
    fn over(self, base: Option<&T>) -> Result<T, Vec<&'static str>>;
}

/// Declares a struct whose fields are all figures, and its draft.
macro_rules! settings {
    ($(#[$about:meta])* $name:ident, $draft:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[$doc])* pub $field: $crate::policy::Figure<$type>,)*
        }

        #[doc(hidden)]
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $draft {
            $($field: Option<$crate::policy::Figure<$type>>,)*
        }

        impl super::table::Draft<$name> for $draft {
            fn over(self, base: Option<&$name>) -> Result<$name, Vec<&'static str>> {
                $(let $field = self.$field.or_else(|| base.map(|base| base.$field.clone()));)*
                let mut missing = Vec::new();
                $(if $field.is_none() {
                    missing.push(stringify!($field));
                })*
                match ($($field,)*) {
                    ($(Some($field),)*) => Ok($name { $($field),* }),
                    _ => Err(missing),
                }
            }
        }
    };
}

/// Declares a setting that is a choice among words.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)* }
    };
}

/// An embedded profile by its name and the name of its file.
macro_rules! embedded {
    ($name:literal, $file:literal) => {
        $crate::policy::profile::Embedded::new(
            $name,
            concat!("sim/profiles/", $file),
            include_str!(concat!("../../../profiles/", $file)),
        )
    };
}

pub(super) use {choice, embedded, settings};

//! What makes a struct of figures a system's settings: the form in which a profile gives some of
//! them, and how those are laid over another profile's.

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

use crate::SystemName;
use crate::policy::GatePolicy;
use crate::policy::profile::Embedded;

/// The settings of one system.
pub trait Settings: Clone + Send + Sync + 'static {
    const SYSTEM: SystemName;
    /// The classes of call that the system tells apart, by which limits may pick calls.
    const CLASSES: &'static [&'static str];
    /// The wordings in which the system refuses a call over a limit; none where it has but one.
    const WORDINGS: &'static [&'static str];

    /// The settings as a profile gives them: any of them.
    #[doc(hidden)]
    type Draft: Draft<Self>;

    /// The profiles that are part of the program, the default first.
    #[doc(hidden)]
    fn shelf() -> &'static [Embedded<Self>];

    /// Puts into the gate what a setting says of it. It must undo what another value had put there.
    #[doc(hidden)]
    fn shape(&self, _gate: &mut GatePolicy) {}

    /// Whether the figures make sense together.
    #[doc(hidden)]
    fn check(&self) -> Result<(), Misfit> {
        Ok(())
    }
}

/// Figures that make no sense together.
#[derive(Debug)]
pub struct Misfit {
    pub(in crate::policy) figures: &'static [&'static str],
    pub(in crate::policy) what: &'static str,
    pub(in crate::policy) mend: &'static str,
}

/// Settings of which some are given.
pub trait Draft<T>: DeserializeOwned + Default {
    /// The given ones, and the base's where none is given; else the names of those in neither.
    fn over(self, base: Option<&T>) -> Result<T, Vec<&'static str>>;

    /// Where each of the given ones stands.
    fn places(&self) -> Vec<(&'static str, Location)>;
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
            $($field: Option<serde_saphyr::Spanned<$crate::policy::Figure<$type>>>,)*
        }

        impl super::table::Draft<$name> for $draft {
            fn over(self, base: Option<&$name>) -> Result<$name, Vec<&'static str>> {
                $(let $field = self.$field.map(|given| given.value).or_else(|| base.map(|base| base.$field.clone()));)*
                let mut missing = Vec::new();
                $(if $field.is_none() {
                    missing.push(stringify!($field));
                })*
                match ($($field,)*) {
                    ($(Some($field),)*) => Ok($name { $($field),* }),
                    _ => Err(missing),
                }
            }

            fn places(&self) -> Vec<(&'static str, serde_saphyr::Location)> {
                let places = [$((stringify!($field), self.$field.as_ref().map(|given| given.referenced))),*];
                places.into_iter().filter_map(|(name, place)| Some((name, place?))).collect()
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

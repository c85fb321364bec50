//! Profiles: read from the embedded files by name, or from a text that a user gives. Embedded ones
//! are read once in a process and shared by all worlds.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;

use super::draft::{AdvertiseDraft, LimitDraft, Overlay};
use super::error::Source;
use super::settings::{Draft, GatewaySettings, HubspotSettings, Misfit, OrdsSettings, RetailExpressSettings};
use super::{Door, Figure, GatePolicy, ProfileError, Settings};
use crate::SystemName;
use crate::faults::Arm;
use crate::yaml::instead;

/// One system's policy: what every system has, and the system's own settings.
#[derive(Clone, Debug)]
pub struct Profile<T> {
    pub name: String,
    pub gate: Arc<GatePolicy>,
    /// Bad days that the system has by nature: armed in every world that begins with this profile.
    pub faults: Vec<Arm>,
    pub settings: T,
}

/// A profile that is part of the program.
pub struct Embedded<T> {
    name: &'static str,
    file: &'static str,
    text: &'static str,
    read: OnceLock<Arc<Profile<T>>>,
}

/// Who a profile is. One that extends another may leave it unsaid: then it is told by its file, and
/// by what it is used for.
#[derive(Deserialize)]
struct Head {
    name: Option<Spanned<String>>,
    system: Option<Spanned<SystemName>>,
    extends: Option<Spanned<String>>,
}

/// What one that stands alone says at the least.
#[derive(Deserialize)]
struct Alone {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "system")]
    _system: SystemName,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileDraft<D> {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "system")]
    _system: Option<SystemName>,
    extends: Option<Spanned<String>>,
    doors: Option<Spanned<Figure<Vec<Door>>>>,
    #[serde(default)]
    limits: Vec<LimitDraft>,
    advertise: Option<Vec<AdvertiseDraft>>,
    faults: Option<Vec<Spanned<Arm>>>,
    settings: Option<Spanned<D>>,
}

impl<T> Embedded<T> {
    pub(super) const fn new(name: &'static str, file: &'static str, text: &'static str) -> Self {
        Self { name, file, text, read: OnceLock::new() }
    }
}

impl<T: Settings> Profile<T> {
    /// The embedded profile of that name; without a name, the system's default.
    ///
    /// # Errors
    /// There is none of that name; the error lists those there are.
    pub fn embedded(name: Option<&str>) -> Result<Arc<Self>, ProfileError> {
        let shelf = T::shelf();
        let found = match name {
            None => shelf.first(),
            Some(name) => shelf.iter().find(|embedded| embedded.name == name),
        };
        let Some(embedded) = found else {
            let name = name.unwrap_or_default().to_owned();
            return Err(ProfileError::Unknown { system: T::SYSTEM, name, known: names::<T>() });
        };
        if let Some(profile) = embedded.read.get() {
            return Ok(profile.clone());
        }
        let profile = Arc::new(Self::parse(embedded.file, embedded.text)?);
        Ok(embedded.read.get_or_init(|| profile).clone())
    }

    /// Reads a profile from a text; `file` is its name in diagnostics. With `extends` it is only what differs from
    /// an embedded one, and needs neither `name` (the file's is taken) nor `system`.
    ///
    /// # Errors
    /// The text is no profile of this system; the error says where, what, and how to mend it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        let source = Source { file, text };
        let head: Head = read(source)?;
        if let Some(system) = head.system.filter(|system| system.value != T::SYSTEM) {
            let what = format!("this is a profile of {}, not of {}", system.value, T::SYSTEM);
            let mend = format!("write `system: {}`, or use it for {}", T::SYSTEM, system.value);
            return Err(source.fault(system.referenced, what, mend));
        }
        let Some(begun) = head.name.as_ref().or(head.extends.as_ref()).map(|said| said.referenced) else {
            return Err(source.unsaid(names::<T>()[0]));
        };
        if head.extends.is_none() {
            let _: Alone = read(source)?;
        }
        let draft: ProfileDraft<T::Draft> = read(source)?;
        let base = draft.extends.as_ref().map(|name| Self::extended(source, name)).transpose()?;

        let gate = base.as_ref().map(|base| (*base.gate).clone()).unwrap_or_default();
        let mut overlay = Overlay { source, classes: T::CLASSES, wordings: T::WORDINGS, gate };
        match draft.doors {
            Some(doors) => overlay.doors(doors)?,
            None if base.is_none() => {
                let mend = "name their order, such as [fault, authenticate, limit, size, act]";
                return Err(source.fault(begun, "`doors` is missing", mend));
            }
            None => {}
        }
        for limit in draft.limits {
            overlay.limit(limit)?;
        }
        if let Some(headers) = draft.advertise {
            overlay.advertise(headers)?;
        }
        let mut gate = overlay.gate;

        let faults = match draft.faults {
            Some(faults) => standing(source, T::SYSTEM, faults)?,
            None => base.as_ref().map(|base| base.faults.clone()).unwrap_or_default(),
        };
        let at = draft.settings.as_ref().map_or(begun, |settings| settings.referenced);
        let given = draft.settings.map(|settings| settings.value).unwrap_or_default();
        let places = given.places();
        let settings = given.over(base.as_ref().map(|base| &base.settings)).map_err(|missing| {
            let what = format!("settings are missing: {}", missing.join(", "));
            let mend = format!("give them, or take the rest of another profile: `extends: {}`", names::<T>()[0]);
            source.fault(at, what, mend)
        })?;
        if let Err(Misfit { figures, what, mend }) = settings.check() {
            let place = places.iter().find(|(name, _)| figures.contains(name)).map_or(at, |(_, place)| *place);
            return Err(source.fault(place, what, mend));
        }
        settings.shape(&mut gate);
        gate.settle();
        let name = head.name.map_or_else(|| stem(file), |name| name.value);
        Ok(Self { name, gate: Arc::new(gate), faults, settings })
    }

    fn extended(source: Source<'_>, name: &Spanned<String>) -> Result<Arc<Self>, ProfileError> {
        Self::embedded(Some(&name.value)).map_err(|error| match error {
            ProfileError::Unknown { known, .. } => {
                let what = format!("{} has no profile `{}` to extend", T::SYSTEM, name.value);
                source.fault(name.referenced, what, instead(&name.value, &known, "it has"))
            }
            malformed @ ProfileError::Malformed(_) => malformed,
        })
    }
}

/// The bad days of a profile, which are the system's own.
fn standing(source: Source<'_>, system: SystemName, faults: Vec<Spanned<Arm>>) -> Result<Vec<Arm>, ProfileError> {
    let stand = |Spanned { value: mut arm, referenced, .. }: Spanned<Arm>| {
        let mend = |arm: &Arm| format!("a standing fault is written `{{ name: {}, share: 0.01 }}`", arm.name);
        if arm.at.system.is_some_and(|named| named != system) {
            return Err(source.fault(referenced, format!("this is a profile of {system} alone"), mend(&arm)));
        }
        arm.at.system = Some(system);
        match arm.check() {
            Ok(_) => Ok(arm),
            Err(wrong) => Err(source.fault(referenced, wrong.to_string(), mend(&arm))),
        }
    };
    faults.into_iter().map(stand).collect()
}

/// The names of a system's embedded profiles, the default first.
#[must_use]
pub fn profile_names(system: SystemName) -> Vec<&'static str> {
    match system {
        SystemName::Hubspot => names::<HubspotSettings>(),
        SystemName::OciGateway => names::<GatewaySettings>(),
        SystemName::Ords => names::<OrdsSettings>(),
        SystemName::RetailExpress => names::<RetailExpressSettings>(),
    }
}

/// A file's name without its folder and its ending.
fn stem(file: &str) -> String {
    let stem = std::path::Path::new(file).file_stem();
    stem.map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn names<T: Settings>() -> Vec<&'static str> {
    T::shelf().iter().map(|embedded| embedded.name).collect()
}

fn read<D: DeserializeOwned>(source: Source<'_>) -> Result<D, ProfileError> {
    serde_saphyr::from_str(source.text).map_err(|error| source.unreadable(&error))
}

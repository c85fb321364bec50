//! A portal of one's own: the answers that a team has saved from its real portal by plain GETs, read from
//! a folder and laid over what a new portal has. It reads files before a world starts and takes no part in
//! a step; what each kind of definition becomes stands in the folder's other files.

mod endpoint;
mod folder;
mod kept;
mod labels;
mod pipelines;
mod places;
mod plan;
mod problem;
mod properties;
mod read;
mod report;
mod rows;
mod schemas;

use std::path::Path;
use std::sync::Arc;

pub use problem::{BadPortal, PortalProblem};
pub use report::PortalFile;

use super::State;
use super::types::ObjectType;

/// What was saved from a real portal: a world whose HubSpot begins with it has its properties, object types,
/// pipelines and association labels. See [`HubspotPortal::load`].
#[derive(Clone)]
pub struct HubspotPortal {
    state: Arc<State>,
    files: Vec<PortalFile>,
}

impl std::fmt::Debug for HubspotPortal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubspotPortal").field("files", &self.files).finish_non_exhaustive()
    }
}

impl HubspotPortal {
    /// Reads a folder of saved answers. Each file is called as its endpoint: the path's parts are folders, and
    /// the last ends in `.json`, as in `crm/v3/properties/contacts.json`.
    ///
    /// # Errors
    /// All that cannot be loaded, each with its file and place.
    pub fn load(folder: &Path) -> Result<Self, BadPortal> {
        let name = folder.display().to_string();
        match folder::texts(folder) {
            Ok(folder::Texts { files, problems }) => Self::of(&name, files, problems),
            Err(problem) => Err(BadPortal { folder: name, problems: vec![*problem], files: Vec::new(), help: None }),
        }
    }

    /// As [`Self::load`], from names and texts. `folder` is what diagnostics call the whole.
    ///
    /// ```
    /// use standin_sim::{HubspotPortal, World};
    ///
    /// let saved = r#"{"results": [{"name": "tier", "label": "Tier", "type": "string", "fieldType": "text"}]}"#;
    /// let portal = HubspotPortal::parse("portal", [("crm/v3/properties/contacts.json", saved)])?;
    /// assert_eq!(portal.files()[0].new, 1);
    /// let world = World::builder().hubspot_portal(portal);
    /// # drop(world);
    /// # Ok::<(), standin_sim::BadPortal>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn parse(
        folder: &str,
        files: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, BadPortal> {
        let files = files.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        Self::of(folder, files, Vec::new())
    }

    fn of(folder: &str, mut files: Vec<(String, String)>, problems: Vec<PortalProblem>) -> Result<Self, BadPortal> {
        files.sort();
        let (state, problems, files) = kept::lay(read::all(files, problems));
        if problems.is_empty() {
            Ok(Self { state: Arc::new(state), files })
        } else {
            let help = Some(format!("`standin portal check {folder}` tells what all its files hold"));
            Err(BadPortal { folder: folder.to_owned(), problems, files, help })
        }
    }

    /// What each file holds, in the order of their names.
    #[must_use]
    pub fn files(&self) -> &[PortalFile] {
        &self.files
    }

    /// The names of the portal's object types, its own by their full names.
    #[must_use]
    pub fn object_types(&self) -> Vec<&str> {
        self.state.tables().iter().map(|table| table.of.name.as_str()).collect()
    }

    /// The names of an object type's properties, or `None` if there is no such type.
    #[must_use]
    pub fn properties(&self, object_type: &str) -> Option<Vec<&str>> {
        let table = &self.state.tables()[self.state.place(object_type)?];
        let live = table.of.properties.iter().filter(|property| property.archived.is_none());
        Some(live.map(|property| property.name.as_str()).collect())
    }

    /// What the portal of a world begins with. Its own types are also called by the world's portal id.
    pub(super) fn state(&self, portal: u64) -> State {
        let mut state = (*self.state).clone();
        let own = state.portal.schemas.all().map(|(_, schema)| (schema.place, schema.name.clone()));
        for (place, name) in own.collect::<Vec<_>>() {
            let of: &mut ObjectType = Arc::make_mut(&mut state.table(place).of);
            let name = format!("p{portal}_{name}");
            if !of.is_called(&name) {
                of.aliases.push(name.into());
            }
        }
        state
    }
}

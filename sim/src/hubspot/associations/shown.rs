//! The `associations` member of a record that is read (facts/hubspot-crm.md §2.2).

use std::sync::Arc;

use compact_str::CompactString;

use super::check::Side;
use super::definitions::Definitions;
use super::store::Page;
use super::wire;
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{Hubspot, State};
use crate::hubspot::wire as json;

/// Of which types a read shows what its records are associated with.
pub(crate) struct Asked {
    own: Side,
    types: Vec<Side>,
    page_max: usize,
}

/// What one record shows.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    definitions: Arc<Definitions>,
    types: Vec<(CompactString, Page, Option<String>)>,
}

impl Asked {
    /// None where nothing is asked for.
    ///
    /// # Errors
    /// There is no such type.
    pub(crate) fn named(
        room: &Hubspot,
        state: &mut State,
        place: usize,
        names: &[CompactString],
    ) -> Result<Option<Self>, Problem> {
        if names.is_empty() {
            return Ok(None);
        }
        let own = Side::at(state, place);
        let types: Vec<_> = names.iter().map(|name| Side::named(state, name)).collect::<Result<_, _>>()?;
        Ok(Some(Self::of(room, &own, &types)))
    }

    pub(super) fn of(room: &Hubspot, own: &Side, types: &[Side]) -> Self {
        let page_max = room.settings().association_page_max.value.get();
        let mut once: Vec<Side> = Vec::with_capacity(types.len());
        for side in types {
            if once.iter().all(|known| known.end != side.end) {
                once.push(side.clone());
            }
        }
        Self { own: own.clone(), types: once, page_max }
    }

    pub(crate) fn of_record(&self, state: &mut State, id: u64, base_url: &str) -> Shown {
        let (tables, portal) = state.with_portal();
        let associations = &portal.associations;
        let own = &self.own.of.name;
        let types = self.types.iter().map(|side| {
            let live = tables[side.place].live();
            let lives = |id| live.contains_key(&id);
            let page = associations.page(self.own.node(id), side.end, (0, self.page_max), lives);
            let path = format!("/crm/v3/objects/{own}/{id}/associations/{}", side.of.name);
            let link = page.next.map(|after| wire::link(base_url, &path, None, after));
            (called(side), page, link)
        });
        let types = types.filter(|(_, page, _)| !page.rows.is_empty()).collect();
        Shown { definitions: associations.definitions.clone(), types }
    }
}

/// HubSpot's own types go by their plural in words: `line items`.
fn called(side: &Side) -> CompactString {
    let of = &side.of;
    if of.type_id.starts_with("0-") { of.name.replace('_', " ").into() } else { of.name.clone() }
}

impl Shown {
    /// The member with its comma; nothing where there are none.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.types.is_empty() {
            return;
        }
        out.extend_from_slice(b",\"associations\":{");
        for (place, (name, page, link)) in self.types.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            json::string(out, name);
            out.extend_from_slice(b":{\"results\":[");
            let rows = page.rows.iter().flat_map(|(id, specs)| specs.iter().map(move |spec| (*id, *spec)));
            let known = rows.filter_map(|(id, spec)| Some((id, self.definitions.get(spec)?)));
            for (place, (id, definition)) in known.enumerate() {
                out.extend_from_slice(&b",{\"id\":\""[usize::from(place == 0)..]);
                json::number(out, id);
                out.extend_from_slice(b"\",\"type\":");
                json::string(out, &definition.name);
                out.push(b'}');
            }
            out.push(b']');
            if let (Some(after), Some(link)) = (page.next, link) {
                out.extend_from_slice(b",\"paging\":{\"next\":{\"after\":\"");
                json::number(out, after);
                out.extend_from_slice(b"\",\"link\":");
                json::string(out, link);
                out.extend_from_slice(b"}}");
            }
            out.push(b'}');
        }
        out.push(b'}');
    }
}

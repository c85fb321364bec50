//! The pipelines of a portal, by object type, and what was done to them. It knows no request.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use compact_str::{CompactString, ToCompactString};
use imbl::{OrdMap, Vector};
use serde::Deserialize;

use crate::{Moment, Seed};

/// What a stage says beside its name; all values are texts.
pub(crate) type Metadata = BTreeMap<CompactString, CompactString>;

/// A stage. Those that every portal has date from 1970, as the vendor tells them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineStage {
    pub(crate) id: CompactString,
    pub(crate) label: CompactString,
    #[serde(skip)]
    pub(crate) display_order: i32,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    #[serde(skip)]
    pub(crate) created: Moment,
    #[serde(skip)]
    pub(crate) updated: Moment,
}

/// A pipeline, its stages in their order; it has one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pipeline {
    pub(crate) id: CompactString,
    pub(crate) label: CompactString,
    pub(crate) display_order: i32,
    pub(crate) stages: Vec<PipelineStage>,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) version: u32,
}

/// Something that was done to a pipeline, and what it was like then.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) at: Moment,
    pub(crate) action: Action,
    pub(crate) pipeline: Arc<Pipeline>,
    /// Which stages that concerned.
    pub(crate) stages: Vec<(CompactString, Action)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update,
}

/// All pipelines of a portal. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct Pipelines {
    /// By type id, in the order they were made.
    by_type: OrdMap<CompactString, Vec<Arc<Pipeline>>>,
    changes: OrdMap<CompactString, Vector<Arc<Change>>>,
    last_id: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Furnished {
    r#type: CompactString,
    id: CompactString,
    label: CompactString,
    stages: Vec<PipelineStage>,
}

fn furnished() -> Result<OrdMap<CompactString, Vec<Arc<Pipeline>>>, String> {
    let all: Vec<Furnished> =
        serde_saphyr::from_str(include_str!("furnished.yaml")).map_err(|error| error.to_string())?;
    let mut by_type = OrdMap::<_, Vec<_>>::new();
    for Furnished { r#type, id, label, mut stages } in all {
        for (stage, order) in stages.iter_mut().zip(0..) {
            stage.display_order = order;
        }
        let (created, updated) = (Moment::default(), Moment::default());
        let pipeline = Pipeline { id, label, display_order: 0, stages, created, updated, version: 0 };
        by_type.entry(r#type).or_default().push(Arc::new(pipeline));
    }
    Ok(by_type)
}

impl Default for Pipelines {
    /// Those of a new portal.
    fn default() -> Self {
        static ALL: OnceLock<OrdMap<CompactString, Vec<Arc<Pipeline>>>> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
        let by_type = ALL.get_or_init(|| furnished().expect("the embedded pipelines must be well formed")).clone();
        Self { by_type, changes: OrdMap::new(), last_id: 0 }
    }
}

impl Pipelines {
    /// The pipelines of a type.
    pub(crate) fn of(&self, type_id: &str) -> &[Arc<Pipeline>] {
        self.by_type.get(type_id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn find(&self, type_id: &str, id: &str) -> Option<&Arc<Pipeline>> {
        self.of(type_id).iter().find(|pipeline| pipeline.id == id)
    }

    /// Whether another type than this has a pipeline of this id.
    pub(crate) fn is_elsewhere(&self, type_id: &str, id: &str) -> bool {
        self.by_type.iter().any(|(other, all)| other != type_id && all.iter().any(|pipeline| pipeline.id == id))
    }

    /// Where a record is put that does not say.
    pub(crate) fn first(&self, type_id: &str) -> Option<&Arc<Pipeline>> {
        self.of(type_id).iter().min_by_key(|pipeline| (pipeline.display_order, &pipeline.label))
    }

    /// What was done to the pipelines of a type, the latest first.
    pub(crate) fn changes(&self, type_id: &str) -> impl Iterator<Item = &Arc<Change>> {
        self.changes.get(type_id).into_iter().flat_map(|changes| changes.iter().rev())
    }

    /// Puts a pipeline in the place of the one of its id, or behind all.
    pub(crate) fn put(
        &mut self,
        type_id: &str,
        pipeline: Pipeline,
        action: Action,
        stages: Vec<(CompactString, Action)>,
    ) {
        let pipeline = Arc::new(pipeline);
        let change = Change { at: pipeline.updated, action, pipeline: pipeline.clone(), stages };
        self.changes.entry(type_id.into()).or_default().push_back(Arc::new(change));
        let all = self.by_type.entry(type_id.into()).or_default();
        match all.iter_mut().find(|known| known.id == pipeline.id) {
            Some(known) => *known = pipeline,
            None => all.push(pipeline),
        }
    }

    /// Whatever a type had, these are its pipelines from the first day.
    pub(crate) fn replace_all(&mut self, type_id: &str, pipelines: Vec<Pipeline>) {
        self.by_type.insert(type_id.into(), pipelines.into_iter().map(Arc::new).collect());
    }

    /// Takes a pipeline away for good.
    pub(crate) fn remove(&mut self, type_id: &str, id: &str) {
        if let Some(all) = self.by_type.get_mut(type_id) {
            all.retain(|pipeline| pipeline.id != id);
        }
    }

    /// An id for a pipeline or stage that was given none; no other has it.
    pub(crate) fn next_id(&mut self, seed: Seed) -> CompactString {
        if self.last_id == 0 {
            self.last_id = seed.between("hubspot.pipeline", 0, 10_000_000, 999_999_999);
        }
        loop {
            self.last_id += 1;
            let id = self.last_id.to_compact_string();
            let mut all = self.by_type.values().flatten();
            if !all.any(|known| known.id == id || known.stage(&id).is_some()) {
                return id;
            }
        }
    }
}

impl Pipeline {
    pub(crate) fn stage(&self, id: &str) -> Option<&PipelineStage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// Puts a stage where its order says. No two have the same: behind one that has it already all are
    /// counted anew.
    pub(crate) fn place(&mut self, stage: PipelineStage) {
        let order = stage.display_order;
        match self.stages.iter().position(|held| held.display_order == order) {
            Some(held) => {
                self.stages.insert(held + 1, stage);
                for (stage, order) in self.stages.iter_mut().zip(0..) {
                    stage.display_order = order;
                }
            }
            None => {
                let behind = self.stages.iter().position(|held| held.display_order > order);
                self.stages.insert(behind.unwrap_or(self.stages.len()), stage);
            }
        }
    }
}

impl PipelineStage {
    pub(crate) fn is_closed(&self) -> bool {
        self.metadata.get("isClosed").is_some_and(|text| text == "true")
    }

    /// How likely it is that a deal in it will be won.
    pub(crate) fn probability(&self) -> Option<f64> {
        self.metadata.get("probability")?.parse().ok()
    }
}

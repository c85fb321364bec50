//! The apps of the portal in a case: what the tester's hand does to their tokens and scopes, noted for the clauses,
//! and how the target is told of a new token while it runs.

use contracts::Rotation;
use serde_json::Value;
use sim::AppHand;

use super::stage::Stage;
use crate::target::{Failure, Reset};

impl Stage<'_> {
    pub(super) fn app(&mut self, what: &Value, hand: &AppHand) -> Result<(), String> {
        let app = what["app"].as_str().unwrap_or_default();
        let now = self.world.clock().now();
        let told = self.world.app(app, hand).map_err(|error| error.to_string())?;
        self.launched.name_systems(&self.world, &mut self.scope);
        let of_app = self.rotations.iter_mut().filter(|rotation| rotation.app == app);
        match hand {
            AppHand::Rotate { .. } => {
                // There are never more than two values that are good.
                of_app.for_each(|rotation| rotation.ends = rotation.ends.min(now));
                let ends = told.former_until.unwrap_or(now);
                self.rotations.push(Rotation { app: app.to_owned(), at: now, ends, told: None });
            }
            AppHand::Expire => of_app.for_each(|rotation| rotation.ends = rotation.ends.min(now)),
            // No new value helps any more.
            AppHand::Delete => self.rotations.retain(|rotation| rotation.app != app),
            AppHand::Set { .. } => {
                let scopes = told.scopes.iter().map(|scope| (*scope).to_owned()).collect();
                drop(self.scopes.insert(app.to_owned(), scopes));
            }
            AppHand::Uninstall => {}
        }
        Ok(())
    }

    /// Tells the target its new token as its file says; where that says nothing, or there is no target yet, nobody does.
    pub(super) async fn tell_token(&mut self) -> Result<(), Failure> {
        let there = self.launched.is_running() || self.plan.file.target.start.is_none();
        let by_address = matches!(self.plan.file.target.reload, Some(Reset::Url(_)));
        if self.began.is_none() || (by_address && !there) {
            return Ok(());
        }
        if self.launched.reload(self.plan, &self.world, &self.scope).await? && there {
            self.noted_told();
        }
        Ok(())
    }

    /// The target has the newest tokens.
    pub(super) fn noted_told(&mut self) {
        let now = self.world.clock().now();
        for rotation in &mut self.rotations {
            rotation.told = rotation.told.or(Some(now));
        }
    }
}

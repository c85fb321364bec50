//! What a record's values were before: each version of the record shares it with the one it was made from,
//! so that a write costs the same however long the history is.

use std::sync::Arc;

use super::record::Value;

/// Values in the order of their going, newest first.
#[derive(Clone, Default)]
pub(super) struct Past(Option<Arc<Gone>>);

struct Gone {
    value: Value,
    before: Past,
}

impl Past {
    pub(super) fn push(&mut self, value: Value) {
        let before = std::mem::take(self);
        self.0 = Some(Arc::new(Gone { value, before }));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        std::iter::successors(self.0.as_deref(), |gone| gone.before.0.as_deref()).map(|gone| &gone.value)
    }
}

impl Drop for Past {
    /// One after the other, because a long history dropped in depth would be deeper than the stack.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut gone) = next.and_then(Arc::into_inner) {
            next = gone.before.0.take();
        }
    }
}

impl PartialEq for Past {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Past {}

impl std::fmt::Debug for Past {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;
    use crate::hubspot::Source;
    use crate::hubspot::types::PropertyId;

    fn value(n: i64) -> Value {
        Value { property: PropertyId(0), at: Moment(n), source: Source::CrmUi, text: "x".into() }
    }

    #[test]
    fn a_version_shares_its_history_with_the_one_before() {
        let mut older = Past::default();
        for n in 0..3 {
            older.push(value(n));
        }
        let mut newer = older.clone();
        newer.push(value(3));
        let shared = newer.0.as_ref().and_then(|gone| gone.before.0.as_ref());
        assert!(Arc::ptr_eq(shared.unwrap(), older.0.as_ref().unwrap()));
        let stamps = |past: &Past| past.iter().map(|value| value.at.0).collect::<Vec<_>>();
        assert_eq!((stamps(&newer), stamps(&older)), (vec![3, 2, 1, 0], vec![2, 1, 0]));
        drop(newer);
        assert_eq!(stamps(&older), [2, 1, 0]);
    }

    #[test]
    fn a_long_history_ends_without_a_deep_stack() {
        let mut past = Past::default();
        let mut halfway = Past::default();
        for n in 0..500_000 {
            past.push(value(n));
            if n == 250_000 {
                halfway = past.clone();
            }
        }
        drop(past);
        assert_eq!(halfway.iter().count(), 250_001);
    }

    #[test]
    fn a_record_is_no_larger_for_it() {
        assert!(size_of::<Past>() < size_of::<Vec<Value>>());
    }
}

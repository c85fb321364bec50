//! The time of a trace: how long the target was up, and with its clock running with the world's.

use sim::Moment;

use super::Digest;

impl Digest<'_> {
    /// World time a millisecond of real time; 0 where the clock stands while a call is under way.
    pub(crate) fn pace(&self) -> f64 {
        self.trace.pace
    }

    /// How long the target was up with its clock running with the world's, in milliseconds.
    pub(crate) fn together(&self, from: Moment, to: Moment) -> i64 {
        to.since(from) - overlap(self.away.iter(), from, to)
    }

    /// Whether the target's clock left the world's within a span.
    pub(crate) fn apart(&self, from: Moment, to: Moment) -> bool {
        overlap(self.trace.apart.iter(), from, to) > 0
    }

    /// Whether the target was down or its clock had left the world's within a span.
    pub(crate) fn away(&self, from: Moment, to: Moment) -> bool {
        overlap(self.away.iter(), from, to) > 0
    }

    /// When a span of time in which the target was up has passed; never where it stays down.
    pub(crate) fn up_for(&self, from: Moment, span_ms: i64) -> Moment {
        let mut until = from.plus(span_ms);
        for (began, ended) in self.down.iter().filter(|(_, ended)| *ended > from) {
            if *began < until {
                until = until.plus(ended.since((*began).max(from)));
            }
        }
        until
    }

    /// Whether the scenario had killed the target and had not started it again when the run ended.
    pub(crate) fn down_at_end(&self) -> bool {
        self.down.last().is_some_and(|(began, ended)| began < ended && *ended >= self.trace.ended)
    }

    /// Whether the freshness that the contract promises had passed before the end.
    pub(crate) fn settled(&self, since: Moment) -> bool {
        self.settled_by(since, self.trace.ended)
    }

    /// The same, before another moment.
    pub(crate) fn settled_by(&self, since: Moment, until: Moment) -> bool {
        self.together(since, until) >= self.contract.freshness.within.0
    }

    pub(crate) fn start(&self) -> Moment {
        self.start
    }

    /// World time from the start: `hh:mm:ss`.
    pub(crate) fn hms(&self, at: Moment) -> String {
        let seconds = at.since(self.start).max(0) / 1_000;
        format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }
}

/// Spans in their order, with those that overlap made one.
pub(super) fn united<'s>(spans: impl Iterator<Item = &'s (Moment, Moment)>) -> Vec<(Moment, Moment)> {
    let mut spans: Vec<_> = spans.copied().collect();
    spans.sort_unstable();
    spans.dedup_by(|next, before| {
        let touch = next.0 <= before.1;
        if touch {
            before.1 = before.1.max(next.1);
        }
        touch
    });
    spans
}

/// How much of a span lies in others, in milliseconds.
fn overlap<'s>(spans: impl Iterator<Item = &'s (Moment, Moment)>, from: Moment, to: Moment) -> i64 {
    spans.map(|(began, ended)| (*ended).min(to).since((*began).max(from)).max(0)).sum()
}

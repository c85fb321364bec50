//! Ways to get it wrong, one for each promise an integration can break. A bug is chosen by name when the
//! program starts and is a small `if` where the code goes wrong; without one the integration is correct.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Calls again at once after a 429.
    NoBackoff,
    /// Looks every customer up by search, as fast as it can.
    SearchBurst,
    /// Fills its batches with one input too many.
    BatchOf101,
    /// Writes every contact by a call of its own.
    OneByOne,
    /// Takes a server error for success.
    GivesUp,
    /// Sends a refused record again with every poll.
    RepeatsRefused,
    /// Goes on with a token that is over.
    KeepsDeadToken,
    /// Has a token granted for each of the calls that were refused together.
    TokenForEach,
    /// Has a token granted for every call.
    TokenPerCall,
    /// Goes on with the token it was started with.
    ReadsTokenOnce,
    /// Takes an event's person from its own memory, and leaves its right to read contacts unused.
    LeavesScopeIdle,
    /// Leaves out the last page of the load, where it is not full.
    SkipsLastPage,
    /// Takes the first name for the last.
    SwapsNames,
    /// Believes that a contact is not there because search does not show it yet.
    TrustsSearch,
    /// Moves its watermark past what it could not write.
    AdvancesPastFailure,
    /// Sets the life cycle stage, which is not its to set.
    WritesLifecycle,
    /// Forgets what it carried, and carries it back.
    SendsBack,
    /// Leaves opt-outs where they are.
    IgnoresOptOut,
    /// Brings over who never subscribed.
    LoadsEveryone,
    /// Polls once an hour.
    PollsHourly,
    /// Takes deliveries from anyone.
    TrustsAnyone,
    /// Takes deliveries of any age.
    TakesOld,
    /// Does what it is told before it answers.
    WorksFirst,
    /// Does what an event asks for as often as it is told.
    DoesItAgain,
    /// Believes an event, however late, more than the contact.
    BelievesLate,
    /// Sends loyalty numbers, which are to stay in the master.
    ShipsLoyalty,
}

/// No bug goes by this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no bug `{0}`; the bugs are: {known}", known = Bug::ALL.map(Bug::name).join(", "))]
pub struct UnknownBug(pub String);

impl Bug {
    pub const ALL: [Self; 26] = [
        Self::NoBackoff,
        Self::SearchBurst,
        Self::BatchOf101,
        Self::OneByOne,
        Self::GivesUp,
        Self::RepeatsRefused,
        Self::KeepsDeadToken,
        Self::TokenForEach,
        Self::TokenPerCall,
        Self::ReadsTokenOnce,
        Self::LeavesScopeIdle,
        Self::SkipsLastPage,
        Self::SwapsNames,
        Self::TrustsSearch,
        Self::AdvancesPastFailure,
        Self::WritesLifecycle,
        Self::SendsBack,
        Self::IgnoresOptOut,
        Self::LoadsEveryone,
        Self::PollsHourly,
        Self::TrustsAnyone,
        Self::TakesOld,
        Self::WorksFirst,
        Self::DoesItAgain,
        Self::BelievesLate,
        Self::ShipsLoyalty,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoBackoff => "no-backoff",
            Self::SearchBurst => "search-burst",
            Self::BatchOf101 => "batch-of-101",
            Self::OneByOne => "one-by-one",
            Self::GivesUp => "gives-up",
            Self::RepeatsRefused => "repeats-refused",
            Self::KeepsDeadToken => "keeps-dead-token",
            Self::TokenForEach => "token-for-each",
            Self::TokenPerCall => "token-per-call",
            Self::ReadsTokenOnce => "reads-token-once",
            Self::LeavesScopeIdle => "leaves-scope-idle",
            Self::SkipsLastPage => "skips-last-page",
            Self::SwapsNames => "swaps-names",
            Self::TrustsSearch => "trusts-search",
            Self::AdvancesPastFailure => "advances-past-failure",
            Self::WritesLifecycle => "writes-lifecycle",
            Self::SendsBack => "sends-back",
            Self::IgnoresOptOut => "ignores-opt-out",
            Self::LoadsEveryone => "loads-everyone",
            Self::PollsHourly => "polls-hourly",
            Self::TrustsAnyone => "trusts-anyone",
            Self::TakesOld => "takes-old",
            Self::WorksFirst => "works-first",
            Self::DoesItAgain => "does-it-again",
            Self::BelievesLate => "believes-late",
            Self::ShipsLoyalty => "ships-loyalty",
        }
    }

    /// The bug of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(name: &str) -> Result<Self, UnknownBug> {
        Self::ALL.into_iter().find(|bug| bug.name() == name).ok_or_else(|| UnknownBug(name.to_owned()))
    }

    /// The bug that `REFERENCE_BUG` names; none where it is unset or empty.
    ///
    /// # Errors
    /// There is no such bug.
    pub fn from_env() -> Result<Option<Self>, UnknownBug> {
        let name = std::env::var("REFERENCE_BUG").ok().filter(|name| !name.is_empty());
        name.as_deref().map(Self::parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_goes_by_its_name() {
        for bug in Bug::ALL {
            assert_eq!(Bug::parse(bug.name()), Ok(bug));
        }
        assert_eq!(Bug::parse("typo"), Err(UnknownBug("typo".to_owned())));
    }
}

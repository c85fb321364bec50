//! Ways to get it wrong, one for each promise an integration can break. A bug is chosen by name when the
//! program starts and is a small `if` where the code goes wrong; without one the integration is correct.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Calls again at once after a 429.
    NoBackoff,
    /// Looks every customer up by search, as fast as it can.
    SearchBurst,
    /// Makes its calls as fast as it can.
    Unpaced,
    /// Asks for every contact by a call before it writes it, though most are not there yet.
    AsksFirst,
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
    /// Knows a 429 only by its policy, and takes HubSpot's other form for a refusal for good.
    ReadsOne429,
    /// Takes every input of a 207 for written.
    Ignores207,
    /// Waits a moment for an answer, and no longer.
    Impatient,
    /// Creates again what was not answered, without a look.
    RepeatsBlindly,
    /// Takes an error that is no JSON for one for good.
    ChokesOnHtml,
    /// Takes a locked record for one that is refused for good.
    LockIsFinal,
    /// Repeats at once what failed.
    Hammers,
    /// Believes after a few seconds that search shows all there is.
    LooksTooSoon,
    /// Takes a contact that went into another for gone.
    ForgetsMerged,
    /// Stops polling for good when polls fail one after the other.
    EndsInOutage,
}

/// No bug goes by this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no bug `{0}`{near}; the bugs are: {known}", near = near(.0), known = Bug::ALL.map(Bug::name).join(", "))]
pub struct UnknownBug(pub String);

/// The bug that was perhaps meant: one that is but a few letters away.
fn near(name: &str) -> String {
    let measured = Bug::ALL.map(|bug| (strsim::osa_distance(name, bug.name()), bug.name()));
    let (wrong, nearest) = measured.into_iter().min_by_key(|(wrong, _)| *wrong).unwrap_or_default();
    if wrong <= 3.min(name.len() / 2) { format!(" (did you mean `{nearest}`?)") } else { String::new() }
}

impl Bug {
    pub const ALL: [Self; 38] = [
        Self::NoBackoff,
        Self::SearchBurst,
        Self::Unpaced,
        Self::AsksFirst,
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
        Self::ReadsOne429,
        Self::Ignores207,
        Self::Impatient,
        Self::RepeatsBlindly,
        Self::ChokesOnHtml,
        Self::LockIsFinal,
        Self::Hammers,
        Self::LooksTooSoon,
        Self::ForgetsMerged,
        Self::EndsInOutage,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoBackoff => "no-backoff",
            Self::SearchBurst => "search-burst",
            Self::Unpaced => "unpaced",
            Self::AsksFirst => "asks-first",
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
            Self::ReadsOne429 => "reads-one-429",
            Self::Ignores207 => "ignores-207",
            Self::Impatient => "impatient",
            Self::RepeatsBlindly => "repeats-blindly",
            Self::ChokesOnHtml => "chokes-on-html",
            Self::LockIsFinal => "lock-is-final",
            Self::Hammers => "hammers",
            Self::LooksTooSoon => "looks-too-soon",
            Self::ForgetsMerged => "forgets-merged",
            Self::EndsInOutage => "ends-in-outage",
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

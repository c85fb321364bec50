//! How a command ends early, and with which exit code.

use std::io::{self, Write as _};
use std::process::ExitCode;

use miette::{Diagnostic, Report};

/// Why a command does not go on.
#[derive(Debug)]
pub enum End {
    /// Asked for or set up wrongly: the user can mend it. Exit code 2.
    Setup(Report),
    /// What was to be kept is broken, and has been told. Exit code 1.
    Broken,
    /// A defect of ours. Exit code 3.
    Ours(Report),
    /// Nobody reads on: `standin tail | head` is no failure.
    Unread,
}

impl End {
    /// The user's to mend.
    pub fn setup(diagnostic: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self::Setup(Report::new(diagnostic))
    }

    /// Tells it on standard error.
    #[must_use]
    pub fn tell(self) -> ExitCode {
        let (report, code) = match self {
            Self::Setup(report) => (report, 2),
            Self::Ours(report) => (report, 3),
            Self::Broken => return ExitCode::from(1),
            Self::Unread => return ExitCode::SUCCESS,
        };
        // If standard error is closed too, the code has to do.
        let _ = writeln!(io::stderr(), "{report:?}");
        ExitCode::from(code)
    }
}

/// What went wrong with standard output.
impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Setup(miette::miette!("standard output cannot be written: {error}")),
        }
    }
}

//! Room for many worlds: each listener and connection is an open file.

use std::io;

/// Raises this process's limit of open files as far as the machine lets it; answers the new limit.
///
/// # Errors
/// The limit cannot be read or set.
pub fn raise_open_files() -> io::Result<u64> {
    let (soft, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE)?;
    if soft < hard {
        rlimit::setrlimit(rlimit::Resource::NOFILE, hard, hard)?;
    }
    Ok(hard)
}

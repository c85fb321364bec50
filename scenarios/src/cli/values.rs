//! The values that options take, read and refused in people's words. It may not decide what becomes of them.

use std::net::IpAddr;
use std::path::PathBuf;

use sim::SystemName;

use super::system;

/// `SYSTEM=VALUE`.
pub(super) fn of_system(text: &str) -> Result<(SystemName, String), String> {
    let (name, value) = text.split_once('=').ok_or("write SYSTEM=VALUE, like hubspot=...")?;
    Ok((system(name)?, value.to_owned()))
}

/// `SYSTEM=PORT`.
pub(super) fn port_of_system(text: &str) -> Result<(SystemName, u16), String> {
    let (name, port) = text.split_once('=').ok_or("write SYSTEM=PORT, like hubspot=4010")?;
    Ok((system(name)?, self::port(port)?))
}

/// `PREFIX=FILE`.
pub(super) fn deployment(text: &str) -> Result<(String, PathBuf), String> {
    let (prefix, file) = text.split_once('=').ok_or("write PREFIX=FILE, like /erp/v2=customers.json")?;
    Ok((prefix.to_owned(), file.into()))
}

/// `SYSTEM=URL`.
pub(super) fn public_url(text: &str) -> Result<(SystemName, String), String> {
    let (system, url) = of_system(text)?;
    match url.starts_with("http://") || url.starts_with("https://") {
        true => Ok((system, url)),
        false => Err(format!("`{url}` is no URL; it begins with http:// or https://")),
    }
}

pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    let instead = match text {
        "localhost" => "127.0.0.1",
        _ => "an address in digits, like 127.0.0.1 or ::1, or 0.0.0.0 for all there are",
    };
    text.parse().map_err(|_| format!("it is a name or nothing; write {instead}"))
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a whole number from 0 (any that is free) to 65535".to_owned())
}

pub(super) fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("it is to be a whole number from 0 to {}", u64::MAX))
}

/// A span of time, above none, in milliseconds.
pub(super) fn span(text: &str) -> Result<i64, String> {
    match sim::parse_span(text) {
        Ok(ms) if ms > 0 => Ok(ms),
        _ => Err("write a whole number above 0 and a unit: 500ms, 10s, 5m, 24h or 7d".to_owned()),
    }
}

pub(super) fn scale(text: &str) -> Result<f64, String> {
    let most = sim::ClockMode::SCALE_MAX;
    let within = |scale: &f64| *scale > 0.0 && *scale <= most;
    text.parse().ok().filter(within).ok_or_else(|| format!("it is to be a number above 0 and at most {most}"))
}

//! Tokens of sixty minutes, at ORDS behind its gateway and at Retail Express, to the millisecond.

use serde_json::json;
use sim::SystemName;

use super::answer::Answer;
use super::session::Session;
use super::{Failed, other};

const LIFE_MS: i64 = 60 * 60_000;

pub(super) async fn play(session: &Session) -> Result<(), Failed> {
    session.heading("Two tokens and their sixtieth minute");
    session.world.given(&json!([{"retail_express.customers": {"count": 3}}])).map_err(other)?;
    let ords = ords_token(session).await?;
    let retail = retail_token(session).await?;
    session.pass(LIFE_MS - 1, "59:59.999 later").await?;
    ords_read(session, &ords).await?.is(200)?;
    retail_read(session, &retail).await?.is(200)?;
    session.pass(1, "60:00.000").await?;
    ords_read(session, &ords)
        .await?
        .is(401)?
        .header("www-authenticate", Some("Bearer realm=\"Oracle REST Data Services\", error=\"invalid_token\""))?;
    retail_read(session, &retail).await?.is(401)?;
    let ords = ords_token(session).await?;
    let retail = retail_token(session).await?;
    ords_read(session, &ords).await?.is(200)?;
    retail_read(session, &retail).await?.is(200)?;
    session.so("a job that runs for more than an hour has to take a new token and repeat the call, once");
    Ok(())
}

async fn ords_token(session: &Session) -> Result<String, Failed> {
    let url = format!("{}/oauth/token", session.gateway());
    let id = session.given(SystemName::Ords, "client_id");
    let secret = session.given(SystemName::Ords, "client_secret");
    let answer = session
        .told(SystemName::OciGateway, |client| {
            client.post(url).basic_auth(id, Some(secret)).form(&[("grant_type", "client_credentials")])
        })
        .await?;
    let answer = answer.is(200)?.has("/token_type", "bearer")?.has("/expires_in", 3600)?;
    Ok(answer.text_at("/access_token").to_owned())
}

async fn ords_read(session: &Session, token: &str) -> Result<Answer, Failed> {
    let url = format!("{}/customers/?limit=1", session.gateway());
    session.told(SystemName::OciGateway, |client| client.get(url).bearer_auth(token)).await
}

async fn retail_token(session: &Session) -> Result<String, Failed> {
    let url = format!("{}/v2.1/auth/token", session.given(SystemName::RetailExpress, "url"));
    let key = session.given(SystemName::RetailExpress, "api_key");
    let answer =
        session.told(SystemName::RetailExpress, |client| client.get(url).header("x-api-key", key)).await?.is(200)?;
    Ok(answer.text_at("/access_token").to_owned())
}

async fn retail_read(session: &Session, token: &str) -> Result<Answer, Failed> {
    let url = format!("{}/v2.1/customers?page_size=1", session.given(SystemName::RetailExpress, "url"));
    let key = session.given(SystemName::RetailExpress, "api_key");
    session.told(SystemName::RetailExpress, |client| client.get(url).header("x-api-key", key).bearer_auth(token)).await
}

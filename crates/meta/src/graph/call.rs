//! One request and its answer, sorted by what can be concluded from it.

use reqwest::{RequestBuilder, Response};

use super::{CallError, NotSentCause, UnknownCause, answer};

/// Longer answers are not Graph's.
const MAX_ANSWER: usize = 1 << 20;

/// Calls and gives back the body of a success.
pub(super) async fn ask(request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    let response = request.send().await.map_err(|e| no_answer(&e))?;
    conclude(response).await
}

/// Calls and gives back the answer of a success with its body unread: it is no JSON.
pub(super) async fn begin(request: RequestBuilder) -> Result<Response, CallError> {
    let response = request.send().await.map_err(|e| no_answer(&e))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let http = response.status().as_u16();
    conclude(response).await?;
    Err(CallError::Unknown(UnknownCause::NoEnvelope { http }))
}

async fn conclude(response: Response) -> Result<Vec<u8>, CallError> {
    let status = response.status();
    let body = read(response).await;
    if let Some(refusal) = body
        .as_ref()
        .ok()
        .and_then(|body| answer::refusal(body, status.as_u16()))
    {
        return Err(CallError::Refused(refusal));
    }
    if !status.is_success() {
        let http = status.as_u16();
        return Err(CallError::Unknown(UnknownCause::NoEnvelope { http }));
    }
    body.map_err(CallError::Unknown)
}

/// Only what fails before the connection stands is known not to have left.
fn no_answer(error: &reqwest::Error) -> CallError {
    if error.is_connect() {
        CallError::NotSent(NotSentCause::NoConnection)
    } else if error.is_builder() {
        CallError::NotSent(NotSentCause::BadRequest)
    } else {
        CallError::Unknown(broken_off(error))
    }
}

pub(super) fn broken_off(error: &reqwest::Error) -> UnknownCause {
    if error.is_timeout() {
        UnknownCause::Timeout
    } else {
        UnknownCause::Reset
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, UnknownCause> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| broken_off(&e))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(UnknownCause::UnreadableSuccess);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

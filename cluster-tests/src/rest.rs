//! REST as a plain HTTP client speaks it: statuses are answers, not errors.

use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub media: String,
    /// Body as text.
    pub text: String,
    /// Body as JSON; null if it is none.
    pub json: Value,
}

/// GETs an address.
///
/// # Errors
/// If there was no answer.
pub fn get(url: &str) -> Result<Answer, String> {
    read(agent().get(url).call())
}

/// POSTs JSON.
///
/// # Errors
/// If there was no answer.
pub fn post(url: &str, body: &Value) -> Result<Answer, String> {
    read(agent().post(url).send_json(body))
}

/// POSTs bytes under a media type.
///
/// # Errors
/// If there was no answer.
pub fn post_bytes(url: &str, media: &str, body: &[u8]) -> Result<Answer, String> {
    read(agent().post(url).header("content-type", media).send(body))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .new_agent()
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let media = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().to_owned();
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer { status: answer.status().as_u16(), media, text, json })
}

//! What REST takes in: JSON bodies, query strings and keys in paths. Unknown names are refused,
//! with the name that was most likely meant.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use proto::v1;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::api::check;
use crate::api::error::{ApiError, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE};
use crate::request::Freshness;

/// Edits between an unknown name and the one that was most likely meant.
const HINT_EDITS_MAX: usize = 2;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_of_type(&request, &["application/json"]) {
            let message = "the body must be JSON; send it with Content-Type: application/json";
            return Err(ApiError::new(UNSUPPORTED_MEDIA_TYPE, message));
        }
        let bytes = body(request, state, check::COMMAND_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed("the body", &error))
    }
}

/// The bytes of a body. The limit itself is set where the route is.
pub(crate) async fn body<S: Send + Sync>(
    request: Request,
    state: &S,
    bytes_max: usize,
) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        match rejection.status().as_u16() {
            413 => ApiError::new(TOO_LARGE, format!("the body is larger than {bytes_max} bytes")),
            _ => ApiError::invalid(format!("the body could not be read: {rejection}")),
        }
    })
}

/// Whether the body is of one of these media types.
pub(crate) fn is_of_type(request: &Request, types: &[&str]) -> bool {
    let sent = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
    types.iter().any(|name| name.eq_ignore_ascii_case(sent))
}

/// A query string. Fields are texts or, for names that may be repeated, lists of texts.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let pairs: Query<Vec<(String, String)>> = Query::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::invalid(format!("the query string: {error}")))?;
        params(pairs.0).map(Self)
    }
}

fn params<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, ApiError> {
    use serde_json::Value;
    let mut named = serde_json::Map::new();
    for (name, text) in pairs {
        let text = Value::String(text);
        match named.get_mut(&name) {
            None => {
                named.insert(name, text);
            }
            Some(Value::Array(list)) => list.push(text),
            Some(first) => {
                let first_text = first.take();
                *first = Value::Array(vec![first_text, text]);
            }
        }
    }
    serde_json::from_value(Value::Object(named))
        .map_err(|error| malformed("the query string", &error))
}

/// Reads a list from a name that may occur once or several times.
pub(crate) fn many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Ok(text),
        other => Err(D::Error::custom(format!("{other} is not a text"))),
    };
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Array(list) => list.into_iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

/// A number in a query string.
pub(crate) fn number<T: std::str::FromStr>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, ApiError> {
    let number = |text: &str| {
        text.parse().map_err(|_| {
            ApiError::invalid(format!("{field} is {text:?}; send a number within its range"))
        })
    };
    text.map(number).transpose()
}

/// The size of a page in a query string; 0, for the default, if it is not there.
pub(crate) fn page_size(text: Option<&str>) -> Result<u32, ApiError> {
    Ok(number("page_size", text)?.unwrap_or(0))
}

/// A word in a query string that stands for a value.
pub(crate) fn word(
    field: &str,
    text: Option<&str>,
    words: &[(&str, i32)],
) -> Result<i32, ApiError> {
    let Some(text) = text else { return Ok(0) };
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        ApiError::invalid(format!("{field} is {text:?}; send one of: {}", known.join(", ")))
    })
}

/// How fresh a read must be, from its two parameters.
pub(crate) fn freshness(
    consistency: Option<&str>,
    at_least: &[String],
) -> Result<Freshness, ApiError> {
    let words = [("linearizable", 0), ("stale", v1::Consistency::Stale.into())];
    let consistency = word("consistency", consistency, &words)?;
    let position = |text: &String| {
        let parts = text.split_once(':');
        let parsed = parts.and_then(|(partition, index)| {
            Some(v1::Position { partition: partition.parse().ok()?, index: index.parse().ok()? })
        });
        parsed.ok_or_else(|| {
            ApiError::invalid(format!("at_least is {text:?}; send partition:index, such as 0:42"))
        })
    };
    let at_least = at_least.iter().map(position).collect::<Result<_, ApiError>>()?;
    check::freshness(consistency, at_least)
}

/// Variables of a body as JSON text; none are empty text.
pub(crate) fn text_of(variables: Option<serde_json::Value>) -> String {
    match variables {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(variables) => variables.to_string(),
    }
}

/// A key in a path or body.
pub(crate) fn key(field: &str, text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| {
        ApiError::invalid(format!("{field} is {text:?}; keys are decimal numbers from replies"))
    })
}

/// One part of a path.
pub(crate) type Part = Path<String>;
/// Two parts of a path.
pub(crate) type Parts2 = Path<(String, String)>;

/// What is wrong with JSON that does not fit, with a hint for a name that was mistyped.
fn malformed(what: &str, error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let hint = near_name(&text).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    ApiError::invalid(format!("{what} is not as expected: {text}{hint}"))
}

/// Finds in "unknown field `a`, expected one of `b`, `c`" the expected name nearest to `a`.
fn near_name(text: &str) -> Option<&str> {
    let mut quoted = text.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    let near = quoted.map(|name| (edits(unknown, name), name)).min()?;
    (near.0 <= HINT_EDITS_MAX).then_some(near.1)
}

/// Edits (letters put in, left out or changed) between two names; case does not count, nor do
/// underscores, so that `definitionKey` is near `definition_key`.
fn edits(left: &str, right: &str) -> usize {
    let letters = |name: &str| -> Vec<u8> {
        name.bytes().take(64).filter(|byte| *byte != b'_').map(|b| b.to_ascii_lowercase()).collect()
    };
    let (left, right) = (letters(left), letters(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, l) in left.iter().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, r) in right.iter().enumerate() {
            let changed = diagonal + usize::from(l != r);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        page_size: Option<String>,
        #[serde(default, deserialize_with = "many")]
        at_least: Vec<String>,
    }

    fn sample(pairs: &[(&str, &str)]) -> Result<Sample, ApiError> {
        params(pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect())
    }

    #[test]
    fn names_may_be_repeated_where_a_list_is_expected() {
        let found = sample(&[("at_least", "0:1"), ("page_size", "7"), ("at_least", "1:2")]);
        let found = found.expect("it is valid");
        assert_eq!((found.page_size.as_deref(), found.at_least.len()), (Some("7"), 2));
        assert_eq!(freshness(None, &found.at_least).expect("they are positions").at_least.len(), 2);
        assert!(sample(&[("page_size", "1"), ("page_size", "2")]).is_err());
        assert!(freshness(Some("fresh"), &[]).is_err());
        assert!(freshness(None, &["7".into()]).is_err());
    }

    #[test]
    fn an_unknown_name_gets_a_hint() {
        let error = sample(&[("pageSize", "7")]).expect_err("the name is unknown");
        let message = &error.refusal().message;
        assert!(message.ends_with("did you mean page_size?"), "{message}");
        let error = sample(&[("colour", "red")]).expect_err("the name is unknown");
        assert!(!error.refusal().message.contains("did you mean"));
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("decison", "decision"), 1);
        assert_eq!(edits("definitionKey", "definition_key"), 0);
        assert_eq!(edits("", "abc"), 3);
    }
}

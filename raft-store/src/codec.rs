//! The one place that encodes and decodes stored values.
//!
//! A value is one byte of format version and then bincode. No other module may name the encoding,
//! so that it can be replaced behind a new version byte.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the encoding, the first byte of every value.
const VERSION: u8 = 1;

/// Most bytes a decoded value may claim, so that a damaged length can't take all memory.
const DECODE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// There are no bytes at all.
    #[error("the value is empty")]
    Empty,
    /// Written by a program that knows a newer format.
    #[error("the value has format version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// Not what was expected.
    #[error("the value is damaged or of another type: {0}")]
    Damaged(String),
    /// The value is followed by bytes that don't belong to it.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
}

/// Encodes `value` behind the version byte.
///
/// # Panics
/// If a type can't be encoded at all, which its first test shows.
#[must_use]
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    bytes.push(VERSION);
    bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard())
        .expect("our own types are plain data and a Vec takes every write");
    bytes
}

/// Decodes what [`encode`] made.
///
/// # Errors
/// If the bytes are empty, of a newer version, damaged, or longer than the value.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (version, body) = bytes.split_first().ok_or(CodecError::Empty)?;
    if *version != VERSION {
        return Err(CodecError::Version(*version));
    }
    let config = bincode::config::standard().with_limit::<DECODE_BYTES_MAX>();
    let (value, used) = bincode::serde::decode_from_slice(body, config)
        .map_err(|error| CodecError::Damaged(error.to_string()))?;
    if used != body.len() {
        return Err(CodecError::Trailing(body.len() - used));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_was() {
        let value = (7_u64, String::from("seven"), vec![1_u8, 2, 3]);
        assert_eq!(decode(&encode(&value)), Ok(value));
    }

    #[test]
    fn what_is_not_a_value_is_refused() {
        let good = encode(&(7_u64, String::from("seven")));
        assert_eq!(decode::<u64>(&[]), Err(CodecError::Empty));
        assert_eq!(decode::<u64>(&[9, 1]), Err(CodecError::Version(9)));
        let mut long = good.clone();
        long.push(0);
        assert_eq!(decode::<(u64, String)>(&long), Err(CodecError::Trailing(1)));
        let short = &good[..good.len() - 1];
        assert!(matches!(decode::<(u64, String)>(short), Err(CodecError::Damaged(_))));
    }

    #[test]
    fn a_damaged_length_is_refused_before_memory_is_taken() {
        // 253 announces a length of eight bytes.
        let bytes = [VERSION, 253, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(matches!(decode::<Vec<u8>>(&bytes), Err(CodecError::Damaged(_))));
    }
}

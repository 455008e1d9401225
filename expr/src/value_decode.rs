//! Reads stored values: the mirror of the derived `Serialize` of [`Value`], with a limit on depth.
//! A derived `Deserialize` would follow hostile bytes down until the stack ends.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::range::Range;
use crate::temporal::{DateTime, Time};
use crate::value::{VALUE_DEPTH_MAX, Value};

const VARIANTS: &[&str] = &[
    "Null",
    "Bool",
    "Number",
    "String",
    "List",
    "Context",
    "Date",
    "Time",
    "DateTime",
    "DayTimeDuration",
    "YearMonthDuration",
    "Range",
];

/// At most this many items are reserved before they are read: the announced length may be a lie.
const ITEMS_RESERVED_MAX: usize = 1_024;

/// The kinds in the order of [`Value`], without functions, which are never stored.
#[derive(Deserialize)]
#[serde(variant_identifier)]
enum Tag {
    Null,
    Bool,
    Number,
    String,
    List,
    Context,
    Date,
    Time,
    DateTime,
    DayTimeDuration,
    YearMonthDuration,
    Range,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        ValueSeed { levels_left: VALUE_DEPTH_MAX }.deserialize(deserializer)
    }
}

#[derive(Clone, Copy)]
struct ValueSeed {
    levels_left: usize,
}

impl ValueSeed {
    fn inner<E: Error>(self) -> Result<ValueSeed, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(ValueSeed { levels_left }),
            None => Err(E::custom(format_args!("a value nests deeper than {VALUE_DEPTH_MAX}"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_enum("Value", VARIANTS, self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, content) = data.variant()?;
        Ok(match tag {
            Tag::Null => {
                content.unit_variant()?;
                Value::Null
            }
            Tag::Bool => Value::Bool(content.newtype_variant()?),
            Tag::Number => Value::Number(content.newtype_variant()?),
            Tag::String => Value::String(content.newtype_variant::<String>()?.into()),
            Tag::List => {
                Value::List(Arc::new(content.newtype_variant_seed(ListSeed(self.inner()?))?))
            }
            Tag::Context => {
                Value::Context(Arc::new(content.newtype_variant_seed(ContextSeed(self.inner()?))?))
            }
            Tag::Date => Value::Date(content.newtype_variant()?),
            Tag::Time => Value::from(content.newtype_variant::<Time>()?),
            Tag::DateTime => Value::from(content.newtype_variant::<DateTime>()?),
            Tag::DayTimeDuration => Value::DayTimeDuration(content.newtype_variant()?),
            Tag::YearMonthDuration => Value::YearMonthDuration(content.newtype_variant()?),
            Tag::Range => {
                // A range takes a level, so the ends, which have none left, cannot be ranges.
                self.inner::<A::Error>()?;
                Value::from(content.newtype_variant_seed(RangeSeed)?)
            }
        })
    }
}

struct ListSeed(ValueSeed);

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Value>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<Value>, A::Error> {
        let reserve = sequence.size_hint().unwrap_or(0).min(ITEMS_RESERVED_MAX);
        let mut items = Vec::with_capacity(reserve);
        while let Some(item) = sequence.next_element_seed(self.0)? {
            items.push(item);
        }
        Ok(items)
    }
}

struct ContextSeed(ValueSeed);

impl<'de> DeserializeSeed<'de> for ContextSeed {
    type Value = BTreeMap<Arc<str>, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ContextSeed {
    type Value = BTreeMap<Arc<str>, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("named values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            entries.insert(name.into(), map.next_value_seed(self.0)?);
        }
        Ok(entries)
    }
}

/// Reads a range. Its ends are plain values, so nothing nests in it.
struct RangeSeed;

impl<'de> DeserializeSeed<'de> for RangeSeed {
    type Value = Range;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Range, D::Error> {
        deserializer.deserialize_tuple(4, self)
    }
}

impl<'de> Visitor<'de> for RangeSeed {
    type Value = Range;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ends of a range and whether each is included")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Range, A::Error> {
        let missing = || Error::invalid_length(4, &"four parts");
        let end = ValueSeed { levels_left: 0 };
        let low = sequence.next_element_seed(end)?.ok_or_else(missing)?;
        let high = sequence.next_element_seed(end)?.ok_or_else(missing)?;
        let low_included = sequence.next_element()?.ok_or_else(missing)?;
        let high_included = sequence.next_element()?.ok_or_else(missing)?;
        Range::new(low, high, low_included, high_included)
            .ok_or_else(|| Error::custom("the ends of a range do not fit together"))
    }
}

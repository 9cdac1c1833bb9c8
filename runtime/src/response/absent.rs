//! Values that stand for nothing: found by asking the type itself, through serde.
//!
//! serde's derive fills a missing field by deserializing it from something that answers only `deserialize_option`,
//! so a field is optional where its type is, by whatever name. The same rule serves a response that has no body.

use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;

/// `None`, where `T` is an `Option`.
pub(super) fn none<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent::Option).ok()
}

/// Whether `T` is `()`, or an `Option` of it: then there is nothing to read.
pub(super) fn is_unit<'de, T: Deserialize<'de>>() -> bool {
    unit::<T>().is_some()
}

/// `()`, where that is what `T` is.
pub(super) fn unit<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent::Unit).ok()
}

enum Absent {
    Option,
    Unit,
}

impl Absent {
    fn refuse<T>() -> Result<T, Error> {
        Err(Error::custom(""))
    }
}

impl<'de> Deserializer<'de> for Absent {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Self::refuse()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Option => visitor.visit_none(),
            // `Option<()>` asks whether there is something; a success says so.
            Self::Unit => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Unit => visitor.visit_unit(),
            Self::Option => Self::refuse(),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct
        map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Alias = Option<Vec<u8>>;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Newtype(Option<u8>);

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Marker;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Todo {
        id: Option<u8>,
    }

    #[test]
    fn an_option_by_whatever_name_is_none() {
        assert_eq!(none::<Alias>(), Some(None));
        assert_eq!(none::<Newtype>(), Some(Newtype(None)));
        assert_eq!(none::<()>(), None);
        assert_eq!(none::<Todo>(), None);
        assert_eq!(none::<serde_json::Value>(), None);
    }

    #[test]
    fn only_unit_is_unit() {
        assert_eq!(unit::<()>(), Some(()));
        assert_eq!(unit::<Marker>(), Some(Marker));
        assert_eq!(unit::<Option<()>>(), Some(Some(())));
        assert_eq!(unit::<Alias>(), None);
        assert_eq!(unit::<Todo>(), None);
        assert_eq!(unit::<serde_json::Value>(), None);
        assert_eq!(unit::<String>(), None);
    }
}

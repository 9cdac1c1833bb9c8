//! One plain value as text: what a header, a pair of a form and the key of a map are made of.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use serde::ser::{Error, Impossible, Serialize, Serializer};

/// Why a value cannot be written; the value itself is left out.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) Cow<'static, str>);

impl Error for Refused {
    fn custom<T: Display>(problem: T) -> Self {
        Self(problem.to_string().into())
    }
}

impl From<&'static str> for Refused {
    fn from(problem: &'static str) -> Self {
        Self(problem.into())
    }
}

/// The part of a [`Serializer`] that is about plain values: all of them end in `self.plain(&dyn Display)`, but for
/// numbers that are none, which end in `self.refuse("is …")`.
macro_rules! plain_values {
    () => {
        plain_values! {
            serialize_bool: bool, serialize_char: char, serialize_str: &str,
            serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
            serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        }

        fn serialize_f32(self, value: f32) -> Result<Self::Ok, Self::Error> {
            // `{:?}` writes `1.0` and `1e30` as JSON does, where `{}` would write all of its digits.
            if value.is_finite() { self.plain(&format_args!("{value:?}")) } else { self.refuse("is not a finite number") }
        }

        fn serialize_f64(self, value: f64) -> Result<Self::Ok, Self::Error> {
            if value.is_finite() { self.plain(&format_args!("{value:?}")) } else { self.refuse("is not a finite number") }
        }

        fn serialize_unit_variant(
            self,
            _: &'static str,
            _: u32,
            variant: &'static str,
        ) -> Result<Self::Ok, Self::Error> {
            self.plain(&variant)
        }

        fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
            self.plain(&value)
        }
    };
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<Self::Ok, Self::Error> {
            self.plain(&value)
        }
    )*};
}
pub(super) use plain_values;

/// The text of a plain value; `None` where it is `None` or a unit.
pub(super) fn text<T: Serialize + ?Sized>(value: &T) -> Result<Option<String>, Refused> {
    value.serialize(Plain)
}

struct Plain;

impl Plain {
    #[expect(clippy::unused_self, reason = "one of the two ends of `plain_values`")]
    fn plain(self, value: &dyn Display) -> Result<Option<String>, Refused> {
        let mut text = String::new();
        write!(text, "{value}").map_err(|_| "its `Display` failed")?;
        Ok(Some(text))
    }

    #[expect(clippy::unused_self, reason = "one of the two ends of `plain_values`")]
    fn refuse<T>(self, problem: &str) -> Result<T, Refused> {
        Err(Refused(format!("it {problem}").into()))
    }

    fn compound<T>(self) -> Result<T, Refused> {
        self.refuse("is no plain value: use a string, number, bool, unit enum or an `Option` of those")
    }
}

impl Serializer for Plain {
    type Ok = Option<String>;
    type Error = Refused;
    type SerializeSeq = Impossible<Self::Ok, Refused>;
    type SerializeTuple = Impossible<Self::Ok, Refused>;
    type SerializeTupleStruct = Impossible<Self::Ok, Refused>;
    type SerializeTupleVariant = Impossible<Self::Ok, Refused>;
    type SerializeMap = Impossible<Self::Ok, Refused>;
    type SerializeStruct = Impossible<Self::Ok, Refused>;
    type SerializeStructVariant = Impossible<Self::Ok, Refused>;

    plain_values!();

    fn serialize_none(self) -> Result<Self::Ok, Refused> {
        Ok(None)
    }

    fn serialize_unit(self) -> Result<Self::Ok, Refused> {
        Ok(None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Self::Ok, Refused> {
        Ok(None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Self::Ok, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Refused> {
        self.compound()
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Self::Ok, Refused> {
        self.compound()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Refused> {
        self.compound()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refused> {
        self.compound()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Refused> {
        self.compound()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refused> {
        self.compound()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Refused> {
        self.compound()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Refused> {
        self.compound()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refused> {
        self.compound()
    }
}

//! `application/x-www-form-urlencoded`: the one place where queries and forms are written.
//!
//! | value | sent under `name` |
//! | --- | --- |
//! | `None`, a unit | nothing |
//! | a string, number, bool, char or unit enum | `name=value` |
//! | a sequence or tuple of those | `name=a&name=b` |
//! | a map or struct | `name[key]=value`, and so on below |
//! | a sequence of maps or structs | `name[0][key]=value` |
//! | an enum's variant with content | `name[variant]=value`, as a struct of one field |
//!
//! Everything but RFC 3986's unreserved characters is percent-encoded, with `+` for a space. That goes for the brackets
//! too: JSON:API asks for it, browsers do it, some servers (Tomcat) answer 400 to a bare `[` in a query, and those that
//! know nesting (Rack, PHP, qs, Stripe) decode a key before they read it. So a name that has brackets in it, as in
//! `#[query("page[size]")]`, is the same on the wire as a struct. What has no way that servers agree on is an error and
//! not a guess: bytes, sequences inside of sequences, and below the top level names and keys that are empty or have
//! brackets of their own. At the top level a name is sent as it is, whatever it is: there brackets are the nesting that
//! its author means.
//!
//! It is our own since no serializer has these rules: `serde_qs` sends something for `None`, mixes up the fields of a
//! sequence of structs and refuses `u128`; `serde_html_form` knows no nesting.

use std::fmt::{Display, Formatter, Write};

use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use super::path::ALL_BUT_UNRESERVED;
pub(crate) use super::plain::Refused;
use super::plain::{self, plain_values};

/// Appends what an argument called `name` has to say; nothing where that is refused.
pub(super) fn push_argument<T: Serialize + ?Sized>(
    form: &mut String,
    name: &'static str,
    value: &T,
) -> Result<(), Refused> {
    let key = Key {
        parent: None,
        part: Part::Argument(name),
    };
    push(form, Place::Value(key), value)
}

/// Appends the fields of a struct, the entries of a map, or pairs; nothing where that is refused.
pub(crate) fn push_fields<T: Serialize + ?Sized>(form: &mut String, value: &T) -> Result<(), Refused> {
    push(form, Place::Fields, value)
}

fn push<T: Serialize + ?Sized>(form: &mut String, place: Place<'_>, value: &T) -> Result<(), Refused> {
    let start = form.len();
    let result = value.serialize(Writer { form, place });
    if result.is_err() {
        form.truncate(start);
    }
    result.map(|_| ())
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// At the top, where fields have their own names.
    Fields,
    /// In a sequence at the top: a name and its value.
    Pair,
    Value(Key<'a>),
}

/// The name of a pair, from its innermost part outwards: no key is ever put together in memory.
#[derive(Clone, Copy)]
struct Key<'a> {
    parent: Option<&'a Key<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Argument(&'static str),
    /// Of a struct, or an enum's variant.
    Field(&'static str),
    /// Of a map.
    Entry(&'a str),
    /// Of a sequence; written only where the element is a map or struct.
    Index(usize),
}

impl Key<'_> {
    fn write(&self, form: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(form);
            form.push_str("%5B");
        }
        match self.part {
            Part::Argument(name) | Part::Field(name) | Part::Entry(name) => encode(form, name),
            Part::Index(index) => form.push_str(&index.to_string()),
        }
        if self.parent.is_some() {
            form.push_str("%5D");
        }
    }
}

/// For errors, where the key of a map is left out, being anybody's data.
impl Display for Key<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}[")?;
        }
        match self.part {
            Part::Argument(name) | Part::Field(name) => f.write_str(name)?,
            Part::Entry(_) => f.write_str("…")?,
            Part::Index(index) => write!(f, "{index}")?,
        }
        if self.parent.is_some() {
            f.write_str("]")
        } else {
            Ok(())
        }
    }
}

/// What a value came to.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    Nothing,
    Plain,
    Nested,
}

/// One level below `place`.
fn below<'a>(place: &'a Place<'_>, part: Part<'a>) -> Place<'a> {
    let parent = match place {
        Place::Fields | Place::Pair => None,
        Place::Value(key) => Some(key),
    };
    Place::Value(Key { parent, part })
}

fn refuse<T>(place: &Place<'_>, problem: &str) -> Result<T, Refused> {
    Err(Refused(match place {
        Place::Value(key) if !matches!(key.part, Part::Argument(_)) => format!("`{key}` {problem}").into(),
        _ => format!("it {problem}").into(),
    }))
}

/// Refuses what would be read as nesting of its own, once it stands in brackets.
fn check_name(place: &Place<'_>, name: &str) -> Result<(), Refused> {
    match place {
        Place::Value(_) if name.is_empty() || name.contains(['[', ']']) => refuse(
            place,
            "has a name or key that is empty or has brackets, which would be read as nesting",
        ),
        _ => Ok(()),
    }
}

/// Writes one value.
struct Writer<'a> {
    form: &'a mut String,
    place: Place<'a>,
}

impl<'a> Writer<'a> {
    fn plain(self, value: &dyn Display) -> Result<Sent, Refused> {
        let Place::Value(key) = self.place else {
            return self.refuse("has no names: use a struct, a map or a list of pairs");
        };
        // The elements of a sequence have its name.
        let key = match (key.part, key.parent) {
            (Part::Index(_), Some(sequence)) => sequence,
            _ => &key,
        };
        if !self.form.is_empty() {
            self.form.push('&');
        }
        key.write(self.form);
        self.form.push('=');
        write!(Encoder(self.form), "{value}").map_err(|_| "its `Display` failed")?;
        Ok(Sent::Plain)
    }

    fn refuse<T>(&self, problem: &str) -> Result<T, Refused> {
        refuse(&self.place, problem)
    }

    fn items(self, variant: Option<&'static str>) -> Result<Items<'a>, Refused> {
        if let Some(name) = variant {
            check_name(&self.place, name)?;
        }
        match self.place {
            Place::Value(Key {
                part: Part::Index(_), ..
            }) if variant.is_none() => {
                self.refuse("is a sequence in a sequence, for which servers have no common way: use a struct")
            }
            Place::Pair if variant.is_some() => self.refuse("is no list of pairs"),
            place => Ok(Items {
                form: self.form,
                place,
                variant,
                length: 0,
                name: String::new(),
                sent: Sent::Nothing,
            }),
        }
    }

    fn fields(self, variant: Option<&'static str>) -> Result<Fields<'a>, Refused> {
        if let Place::Pair = self.place {
            return self.refuse("is no list of pairs");
        }
        if let Some(name) = variant {
            check_name(&self.place, name)?;
        }
        Ok(Fields {
            form: self.form,
            place: self.place,
            variant,
            name: String::new(),
        })
    }
}

impl<'a> Serializer for Writer<'a> {
    type Ok = Sent;
    type Error = Refused;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    plain_values!();

    fn serialize_none(self) -> Result<Sent, Refused> {
        Ok(Sent::Nothing)
    }

    fn serialize_unit(self) -> Result<Sent, Refused> {
        Ok(Sent::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Sent, Refused> {
        Ok(Sent::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Sent, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Sent, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Sent, Refused> {
        let mut fields = self.fields(None)?;
        fields.field(Part::Field(variant), value)?;
        Ok(Sent::Nested)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Sent, Refused> {
        self.refuse("is bytes, for which servers have no common way: use text, such as base64")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Refused> {
        self.items(None)
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Refused> {
        self.items(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Refused> {
        self.items(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, Refused> {
        self.items(Some(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a>, Refused> {
        self.fields(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Refused> {
        self.fields(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Refused> {
        self.fields(Some(variant))
    }
}

/// Writes the elements of a sequence or tuple.
struct Items<'a> {
    form: &'a mut String,
    place: Place<'a>,
    /// The enum's variant that these are the content of.
    variant: Option<&'static str>,
    length: usize,
    /// Of a pair, between its two elements.
    name: String,
    /// What the elements have come to so far.
    sent: Sent,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let index = self.length;
        self.length += 1;
        let variant = self.variant.map(|name| below(&self.place, Part::Field(name)));
        let place = variant.as_ref().unwrap_or(&self.place);
        let form = &mut *self.form;
        match (place, index) {
            (Place::Fields, _) => {
                let place = Place::Pair;
                value.serialize(Writer { form, place })?;
            }
            (Place::Pair, 0) => self.name = plain::text(value)?.ok_or("it has a pair without a name")?,
            (Place::Pair, 1) => {
                let place = below(place, Part::Entry(&self.name));
                value.serialize(Writer { form, place })?;
            }
            (Place::Pair, _) => return refuse(place, "is no list of pairs"),
            (Place::Value(_), _) => {
                let place = below(place, Part::Index(index));
                match (self.sent, value.serialize(Writer { form, place })?) {
                    (_, Sent::Nothing) => {}
                    (Sent::Nothing, sent) => self.sent = sent,
                    (before, sent) if before == sent => {}
                    _ => {
                        return refuse(
                            &place,
                            "is a plain value beside structs or maps, or one of those beside plain values",
                        );
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Sent, Refused> {
        match (self.variant, self.place) {
            (Some(_), _) | (_, Place::Fields) => Ok(Sent::Nested),
            (None, Place::Pair) if self.length != 2 => refuse(&self.place, "is no list of pairs"),
            (None, Place::Pair | Place::Value(_)) => Ok(self.sent),
        }
    }
}

/// Writes the fields of a struct, or the entries of a map.
struct Fields<'a> {
    form: &'a mut String,
    place: Place<'a>,
    /// The enum's variant that these are the content of.
    variant: Option<&'static str>,
    /// Of an entry, between its key and its value.
    name: String,
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, part: Part<'_>, value: &T) -> Result<(), Refused> {
        let variant = self.variant.map(|name| below(&self.place, Part::Field(name)));
        let parent = variant.as_ref().unwrap_or(&self.place);
        if let Part::Field(name) | Part::Entry(name) = part {
            check_name(parent, name)?;
        }
        let place = below(parent, part);
        let form = &mut *self.form;
        value.serialize(Writer { form, place }).map(|_| ())
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refused> {
        self.field(Part::Field(name), value)
    }
}

/// serde has four traits for items and three for fields, which differ in names only.
macro_rules! writes {
    ($writer:ident: $($trait:ident $method:ident($($name:ident: $type:ty)?) => $with:expr, $end:expr;)*) => {$(
        impl $trait for $writer<'_> {
            type Ok = Sent;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $type,)? value: &T) -> Result<(), Refused> {
                $with(self, $($name,)? value)
            }

            fn end(self) -> Result<Sent, Refused> {
                $end(self)
            }
        }
    )*};
}

writes! { Items:
    SerializeSeq serialize_element() => Self::item, Self::finish;
    SerializeTuple serialize_element() => Self::item, Self::finish;
    SerializeTupleStruct serialize_field() => Self::item, Self::finish;
    SerializeTupleVariant serialize_field() => Self::item, Self::finish;
}

writes! { Fields:
    SerializeStruct serialize_field(name: &'static str) => Self::named, |_| Ok(Sent::Nested);
    SerializeStructVariant serialize_field(name: &'static str) => Self::named, |_| Ok(Sent::Nested);
}

impl SerializeMap for Fields<'_> {
    type Ok = Sent;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.name = plain::text(key)?.ok_or("it has a map with a key that is `None`")?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let name = std::mem::take(&mut self.name);
        self.field(Part::Entry(&name), value)
    }

    fn end(self) -> Result<Sent, Refused> {
        Ok(Sent::Nested)
    }
}

/// Encodes what is written to it.
struct Encoder<'a>(&'a mut String);

impl Write for Encoder<'_> {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        encode(self.0, piece);
        Ok(())
    }
}

fn encode(form: &mut String, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            form.push('+');
        }
        form.extend(utf8_percent_encode(word, ALL_BUT_UNRESERVED));
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

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
//! not a guess: bytes, sequences inside of sequences, keys that would be read as nesting.
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
        let place = below(variant.as_ref().unwrap_or(&self.place), part);
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
        let nested = matches!(self.place, Place::Value(_));
        if nested && (self.name.is_empty() || self.name.contains(['[', ']'])) {
            return refuse(
                &self.place,
                "has a key that is empty or has brackets, which would be read as nesting",
            );
        }
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn named<T: Serialize>(value: T) -> Result<String, Refused> {
        let mut form = String::new();
        push_argument(&mut form, "x", &value).map(|()| readable(&form))
    }

    fn flat<T: Serialize>(value: T) -> Result<String, Refused> {
        let mut form = String::new();
        push_fields(&mut form, &value).map(|()| readable(&form))
    }

    /// With the brackets as a person writes them.
    fn readable(form: &str) -> String {
        form.replace("%5B", "[").replace("%5D", "]")
    }

    #[derive(Serialize)]
    struct Address<'a> {
        city: &'a str,
        zip: Option<u32>,
    }

    const BERLIN: Address<'_> = Address {
        city: "Berlin",
        zip: Some(10115),
    };

    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Plain,
        Newtype(u8),
        Newtypes(Box<Kind>),
        Tuple(u8, u8),
        Struct { a: u8 },
    }

    #[test]
    fn none_sends_nothing_and_a_sequence_repeats_its_name() {
        assert_eq!(named("a").unwrap(), "x=a");
        assert_eq!(named(Some(true)).unwrap(), "x=true");
        assert_eq!(named('ä').unwrap(), "x=%C3%A4");
        assert_eq!(named(None::<bool>).unwrap(), "");
        assert_eq!(named(()).unwrap(), "");
        assert_eq!(named(["a", "b"]).unwrap(), "x=a&x=b");
        assert_eq!(named((1, "b", None::<u8>, 'c')).unwrap(), "x=1&x=b&x=c");
        assert_eq!(named(Vec::<u8>::new()).unwrap(), "");
        assert_eq!(named(Some(vec![1, 2])).unwrap(), "x=1&x=2");
        assert_eq!(named(std::net::Ipv4Addr::LOCALHOST).unwrap(), "x=127.0.0.1");
    }

    #[test]
    fn numbers_of_every_size() {
        assert_eq!(named(u128::MAX).unwrap(), format!("x={}", u128::MAX));
        assert_eq!(named(i128::MIN).unwrap(), format!("x={}", i128::MIN));
        assert_eq!(named(1.0).unwrap(), "x=1.0");
        assert_eq!(named(0.1f32).unwrap(), "x=0.1");
        assert_eq!(named(-1e300).unwrap(), "x=-1e300");
    }

    #[test]
    fn structs_and_maps_nest() {
        assert_eq!(named(BERLIN).unwrap(), "x[city]=Berlin&x[zip]=10115");
        let deep = BTreeMap::from([("a", BTreeMap::from([(1, vec!["p", "q"])]))]);
        assert_eq!(named(&deep).unwrap(), "x[a][1]=p&x[a][1]=q");
        let none = Address { zip: None, ..BERLIN };
        assert_eq!(
            named([BERLIN, none]).unwrap(),
            "x[0][city]=Berlin&x[0][zip]=10115&x[1][city]=Berlin"
        );
    }

    #[test]
    fn an_enum_is_as_serde_has_it() {
        assert_eq!(named(Kind::Plain).unwrap(), "x=plain");
        assert_eq!(named(Kind::Newtype(1)).unwrap(), "x[newtype]=1");
        assert_eq!(named(Kind::Tuple(1, 2)).unwrap(), "x[tuple]=1&x[tuple]=2");
        assert_eq!(named(Kind::Struct { a: 1 }).unwrap(), "x[struct][a]=1");
        let nested = Kind::Newtypes(Box::new(Kind::Struct { a: 1 }));
        assert_eq!(named(nested).unwrap(), "x[newtypes][struct][a]=1");
        let several = [Kind::Tuple(1, 2), Kind::Struct { a: 3 }];
        assert_eq!(named(several).unwrap(), "x[0][tuple]=1&x[0][tuple]=2&x[1][struct][a]=3");
        assert_eq!(flat(Kind::Struct { a: 1 }).unwrap(), "struct[a]=1");
    }

    #[test]
    fn fields_have_their_own_names() {
        #[derive(Serialize)]
        struct Filter<'a> {
            #[serde(rename = "page[size]")]
            size: u8,
            #[serde(flatten)]
            address: Address<'a>,
            tags: &'a [&'a str],
            unset: Option<&'a str>,
        }
        let filter = Filter {
            size: 10,
            address: BERLIN,
            tags: &["a", "b"],
            unset: None,
        };
        assert_eq!(
            flat(&filter).unwrap(),
            "page[size]=10&city=Berlin&zip=10115&tags=a&tags=b"
        );
        assert_eq!(flat(Some(&filter)).unwrap(), flat(filter).unwrap());
        assert_eq!(flat(None::<Address<'_>>).unwrap(), "");
        assert_eq!(flat(BTreeMap::from([("a[b]", 1)])).unwrap(), "a[b]=1");
        assert_eq!(flat([("a", "1"), ("b", "2"), ("a", "3")]).unwrap(), "a=1&b=2&a=3");
        assert_eq!(flat(vec![vec!["a", "b"]]).unwrap(), "a=b");
        assert_eq!(flat([("a", BERLIN)]).unwrap(), "a[city]=Berlin&a[zip]=10115");
        assert_eq!(flat(Vec::<(u8, u8)>::new()).unwrap(), "");
    }

    #[test]
    fn what_servers_have_no_common_way_for_is_refused() {
        struct Bytes;
        impl Serialize for Bytes {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(b"x")
            }
        }
        let problem = |result: Result<String, Refused>| result.unwrap_err().to_string();
        assert!(problem(named(Bytes)).starts_with("it is bytes, "));
        assert!(problem(named([Bytes])).starts_with("`x[0]` is bytes, "));
        assert_eq!(problem(named(f64::NAN)), "it is not a finite number");
        assert_eq!(problem(named([1.0, f64::INFINITY])), "`x[1]` is not a finite number");
        assert!(problem(named([[1], [2]])).starts_with("`x[0]` is a sequence in a sequence"));
        assert!(problem(named(serde_json::json!([1, {"a": 2}]))).starts_with("`x[1]` is a plain value beside"));
        assert!(problem(named(serde_json::json!([{"a": 2}, 1]))).starts_with("`x[1]` is a plain value beside"));
        assert!(problem(named(BTreeMap::from([(vec![1], 2)]))).starts_with("it is no plain value"));
        for key in ["", "a]", "a][b"] {
            assert!(problem(named(BTreeMap::from([(key, 1)]))).starts_with("it has a key that is empty or"));
        }
        for problem in [
            problem(flat(1)),
            problem(flat("a=b")),
            problem(flat(["a"])),
            problem(flat(Kind::Plain)),
        ] {
            assert_eq!(problem, "it has no names: use a struct, a map or a list of pairs");
        }
        assert_eq!(problem(flat([[1, 2, 3]])), "it is no list of pairs");
        assert_eq!(problem(flat([[1]])), "it is no list of pairs");
        assert_eq!(problem(flat([BERLIN])), "it is no list of pairs");
    }

    #[test]
    fn the_key_of_a_map_is_not_repeated_in_an_error() {
        let map = BTreeMap::from([("canary", f64::NAN)]);
        assert_eq!(named(&map).unwrap_err().to_string(), "`x[…]` is not a finite number");
        assert_eq!(flat(&map).unwrap_err().to_string(), "`…` is not a finite number");
    }

    #[test]
    fn a_value_that_is_refused_leaves_nothing_behind() {
        let mut form = "a=b".to_owned();
        assert!(push_argument(&mut form, "x", &[1.0, f64::NAN]).is_err());
        assert!(push_fields(&mut form, &("a", "b")).is_err());
        assert_eq!(form, "a=b");
        push_argument(&mut form, "x", &1).unwrap();
        assert_eq!(form, "a=b&x=1");
    }

    #[test]
    fn a_display_that_fails_is_an_error_and_not_a_panic() {
        struct Fails;
        impl Display for Fails {
            fn fmt(&self, _: &mut Formatter<'_>) -> std::fmt::Result {
                Err(std::fmt::Error)
            }
        }
        impl Serialize for Fails {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        assert!(named(Fails).is_err());
        assert!(plain::text(&Fails).is_err());
    }

    #[test]
    fn s06_any_string_round_trips_as_a_name_and_as_a_value() {
        let mut any = super::super::any::Any::new();
        for _ in 0..75_000 {
            let (name, value) = (any.text(), any.text());
            let mut form = String::new();
            push_fields(&mut form, &[(&name, &value)]).unwrap();
            let entry = BTreeMap::from([(&name, &value)]);
            let nested = push_argument(&mut form, "x", &entry);
            let mut expected = vec![(name.clone(), value.clone())];
            if name.is_empty() || name.contains(['[', ']']) {
                assert!(nested.is_err(), "{name:?} would be read as nesting");
            } else {
                nested.unwrap();
                expected.push((format!("x[{name}]"), value));
            }
            let mut url = reqwest::Url::parse("https://x").unwrap();
            url.set_query(Some(&form));
            assert_eq!(url.query(), Some(&*form), "the URL takes it as it is");
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            assert_eq!(pairs, expected);
        }
    }
}

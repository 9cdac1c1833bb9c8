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

#[derive(Serialize)]
struct Renamed {
    #[serde(rename = "expand[]")]
    expand: u8,
}

#[derive(Serialize)]
enum Bracketed {
    #[serde(rename = "[]")]
    Newtype(u8),
    #[serde(rename = "[]")]
    Tuple(u8, u8),
    #[serde(rename = "[]")]
    Struct { a: u8 },
}

#[test]
fn at_the_top_level_a_name_is_sent_as_it_is() {
    assert_eq!(flat(Renamed { expand: 1 }).unwrap(), "expand[]=1");
    assert_eq!(flat(Bracketed::Newtype(1)).unwrap(), "[]=1");
    for key in ["", "a]", "a][b", "[", "a[b][c]"] {
        assert_eq!(flat(BTreeMap::from([(key, 1)])).unwrap(), format!("{key}=1"));
        assert_eq!(flat([(key, 1)]).unwrap(), format!("{key}=1"));
    }
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
        assert!(problem(named(BTreeMap::from([(key, 1)]))).starts_with("it has a name or key that is empty or"));
    }
    assert!(problem(named(Renamed { expand: 1 })).starts_with("it has a name or key"));
    assert!(problem(flat([("a", Renamed { expand: 1 })])).starts_with("`…` has a name or key"));
    for variant in [
        Bracketed::Newtype(1),
        Bracketed::Tuple(1, 2),
        Bracketed::Struct { a: 1 },
    ] {
        assert!(problem(named(variant)).starts_with("it has a name or key"));
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
    let mut any = crate::any::Any::new();
    let mut taken = 0;
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
            taken += 1;
            expected.push((format!("x[{name}]"), value));
        }
        let mut url = reqwest::Url::parse("https://x").unwrap();
        url.set_query(Some(&form));
        assert_eq!(url.query(), Some(&*form), "the URL takes it as it is");
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs, expected);
    }
    assert!(taken > 30_000, "enough of them were taken below the top level: {taken}");
}

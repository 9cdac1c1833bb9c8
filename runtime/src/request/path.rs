//! One path parameter is one segment, or part of one, that decodes to the value (RFC 3986, section 3.3); `{*rest}` is
//! as many as its value has.
//!
//! Only unreserved characters stay as they are. A value that could change the number of segments, now or in a server
//! that decodes once too often, is refused before any URL parser sees it.

use std::fmt::{Display, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters, which every decoder, of a path or of a form, takes as they are.
pub(crate) const ALL_BUT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What can stand for a placeholder in a path: anything that is `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a path parameter",
    label = "cannot be a path parameter",
    note = "a path parameter is written with `Display`: implement `std::fmt::Display` for `{Self}`"
)]
pub trait PathParam {
    /// How the value is written.
    fn display(&self) -> impl Display;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> PathParam for T {
    fn display(&self) -> impl Display {
        self
    }
}

/// The same with slashes left as they are.
const ALL_BUT_SEGMENTS: &AsciiSet = &ALL_BUT_UNRESERVED.remove(b'/');

/// Appends one encoded value to `path`, or nothing where it is refused.
pub(super) fn push_segment(path: &mut String, value: &dyn Display) -> Result<(), &'static str> {
    push(path, value, ALL_BUT_UNRESERVED)
}

/// The same for a value of several segments with slashes between them.
pub(super) fn push_segments(path: &mut String, value: &dyn Display) -> Result<(), &'static str> {
    push(path, value, ALL_BUT_SEGMENTS)
}

fn push(path: &mut String, value: &dyn Display, set: &'static AsciiSet) -> Result<(), &'static str> {
    let start = path.len();
    let mut encoder = Encoder {
        path,
        set,
        control: false,
    };
    let written = write!(encoder, "{value}");
    let control = encoder.control;
    let value = &path[start..];
    let result = match value {
        _ if written.is_err() => Err("cannot be a path parameter: its `Display` failed"),
        "" => Err("cannot be a path parameter: it is empty"),
        _ if control => Err("cannot be a path parameter: it has control characters"),
        // Only a value of several segments has slashes by now.
        _ if value.split('/').any(str::is_empty) => Err(
            "cannot be a path parameter: a slash at its beginning or end, or two in a row, would be an empty segment",
        ),
        _ if value.split('/').any(is_dot_segment) => {
            Err("cannot be a path parameter: `.` and `..` would change which resource is meant")
        }
        _ => Ok(()),
    };
    if result.is_err() {
        path.truncate(start);
    }
    result
}

/// Whether this is `.` or `..`, also where the value itself was percent-encoded (`%2e`, by now `%252e`).
fn is_dot_segment(encoded: &str) -> bool {
    let mut rest = encoded;
    let mut dots = 0;
    while !rest.is_empty() {
        rest = match rest.strip_prefix('.') {
            Some(rest) => rest,
            None => match rest.get(..5) {
                Some(dot) if dot.eq_ignore_ascii_case("%252e") => &rest[5..],
                _ => return false,
            },
        };
        dots += 1;
    }
    dots == 1 || dots == 2
}

struct Encoder<'path> {
    path: &'path mut String,
    set: &'static AsciiSet,
    control: bool,
}

impl Write for Encoder<'_> {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        self.control |= piece.chars().any(char::is_control);
        self.path.extend(utf8_percent_encode(piece, self.set));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(value: &str) -> Result<String, &'static str> {
        let mut path = "/todo/".to_owned();
        push_segment(&mut path, &value).map(|()| path)
    }

    #[test]
    fn s05_a_value_is_one_segment() {
        assert_eq!(segment("42").unwrap(), "/todo/42");
        assert_eq!(segment("a/b").unwrap(), "/todo/a%2Fb");
        assert_eq!(segment("ä ?#%").unwrap(), "/todo/%C3%A4%20%3F%23%25");
        assert_eq!(segment("...").unwrap(), "/todo/...");
        assert_eq!(segment(";v=1").unwrap(), "/todo/%3Bv%3D1");
        assert_eq!(segment("\\").unwrap(), "/todo/%5C");
    }

    #[test]
    fn s05_dots_and_control_characters_are_refused() {
        for value in [
            "", ".", "..", "%2e", "%2E%2e", ".%2E", "\t", "a\nb", "a\0", "\u{7f}", "\u{85}",
        ] {
            let mut path = "/todo/".to_owned();
            assert!(push_segment(&mut path, &value).is_err(), "{value:?}");
            assert_eq!(path, "/todo/", "nothing is left behind by {value:?}");
        }
    }

    #[test]
    fn s05_a_rest_is_as_many_segments_as_it_has() {
        let rest = |value: &str| {
            let mut path = "/files/".to_owned();
            push_segments(&mut path, &value).map(|()| path)
        };
        assert_eq!(rest("a").unwrap(), "/files/a");
        assert_eq!(rest("a/b c/ä").unwrap(), "/files/a/b%20c/%C3%A4");
        assert_eq!(rest("a%2Fb/c?d").unwrap(), "/files/a%252Fb/c%3Fd");
        for value in ["", "/", "/a", "a/", "a//b", "a/../b", "..", "a/%2e%2E", "./a", "a/b\n"] {
            let mut path = "/files/".to_owned();
            assert!(push_segments(&mut path, &value).is_err(), "{value:?}");
            assert_eq!(path, "/files/", "nothing is left behind by {value:?}");
        }
        assert!(rest("a//b").unwrap_err().contains("would be an empty segment"));
    }

    #[test]
    fn a_display_that_fails_is_an_error_and_not_a_panic() {
        struct Fails;
        impl Display for Fails {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("half")?;
                Err(std::fmt::Error)
            }
        }
        let mut path = String::new();
        assert!(push_segment(&mut path, &Fails).is_err());
        assert_eq!(path, "");
    }

    #[test]
    fn s05_any_string_is_refused_or_decodes_to_itself() {
        let mut any = super::super::any::Any::new();
        for _ in 0..200_000 {
            let value = any.text();
            let Ok(path) = segment(&value) else { continue };
            let encoded = path.strip_prefix("/todo/").unwrap();
            assert!(!encoded.contains('/'), "{value:?}");
            let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
            assert_eq!(decoded, value);
        }
    }
}

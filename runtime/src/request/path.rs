//! One path parameter is one segment, or part of one, that decodes to the value (RFC 3986, section 3.3); `{*rest}` is
//! as many as its value has.
//!
//! Only unreserved characters stay as they are, so that a value's slashes are no segments of the URL. A server that
//! decodes once too often takes them for some, and one on Windows backslashes too. There a value may lead further down,
//! but none leads up: one that has `.` or `..` in it as a segment, also percent-encoded, is refused before any URL parser
//! sees it.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_decode_str, utf8_percent_encode};

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
        // Most values have neither slashes nor dots, nor what could be decoded to some.
        _ if !value.bytes().any(|byte| matches!(byte, b'/' | b'.' | b'%')) => Ok(()),
        // Only a value of several segments has slashes by now.
        _ if value.split('/').any(str::is_empty) => Err(
            "cannot be a path parameter: a slash at its beginning or end, or two in a row, would be an empty segment",
        ),
        _ if has_dot_segment(value) => {
            Err("cannot be a path parameter: a segment `.` or `..` would change which resource is meant")
        }
        _ => Ok(()),
    };
    if result.is_err() {
        path.truncate(start);
    }
    result
}

/// Whether `.` or `..` is a segment to a server that decodes once more than it was encoded.
fn has_dot_segment(encoded: &str) -> bool {
    let value: Cow<'_, [u8]> = percent_decode_str(encoded).into();
    let decoded: Cow<'_, [u8]> = percent_decode(&value).into();
    let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    segments.any(|segment| matches!(segment, b"." | b".."))
}

struct Encoder<'path> {
    path: &'path mut String,
    set: &'static AsciiSet,
    control: bool,
}

impl Write for Encoder<'_> {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        // Most values are numbers and names.
        if piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            self.path.push_str(piece);
            return Ok(());
        }
        self.control |= piece.chars().any(char::is_control);
        self.path.extend(utf8_percent_encode(piece, self.set));
        Ok(())
    }
}

#[cfg(test)]
mod fuzz;
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
        for value in [
            "1..2",
            "v1.2/x",
            "a/b.c",
            "a/.../b",
            ".a/b.",
            "a\\b",
            "a%2Fb",
            "%2e%2e%2e",
            "%2e.a",
            "a/.%20",
        ] {
            assert!(segment(value).is_ok(), "{value:?}");
        }
    }

    #[test]
    fn s05_a_value_never_leads_up_also_where_it_is_decoded_once_too_often() {
        const DOTS: [&str; 8] = [".", "..", "%2e", "%2E", "%2e.", ".%2E", "%2e%2E", "%2E%2e"];
        const SLASHES: [&str; 6] = ["/", "\\", "%2f", "%2F", "%5c", "%5C"];
        for dots in DOTS {
            for slash in SLASHES {
                for value in [
                    format!("{dots}{slash}admin"),
                    format!("a{slash}{dots}"),
                    format!("a{slash}{dots}{slash}b"),
                    format!("{slash}{dots}"),
                    format!("{dots}{slash}"),
                ] {
                    let problem = segment(&value).unwrap_err();
                    assert!(problem.contains("`.` or `..`"), "{value:?}: {problem}");
                    assert!(push_segments(&mut String::new(), &value).is_err(), "{value:?}");
                }
            }
        }
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
        const PIECES: [&str; 12] = [".", "..", "%2e", "%2E", "/", "\\", "%2f", "%5C", "%252e", "a", "ä", "%"];
        let mut any = crate::any::Any::new();
        let (mut taken, mut led_up) = (0, 0);
        for _ in 0..200_000 {
            let value = if any.bool() { any.text() } else { any.pieces(&PIECES) };
            let decoded = percent_decode_str(&value).decode_utf8_lossy();
            let leads_up = decoded
                .split(['/', '\\'])
                .any(|segment| segment == "." || segment == "..");
            let Ok(path) = segment(&value) else {
                assert!(
                    leads_up || value.is_empty() || value.contains(char::is_control),
                    "{value:?} is refused without a reason"
                );
                led_up += u32::from(leads_up);
                continue;
            };
            assert!(!leads_up, "{value:?}");
            taken += 1;
            let encoded = path.strip_prefix("/todo/").unwrap();
            assert!(!encoded.contains('/'), "{value:?}");
            let decoded = percent_decode_str(encoded).decode_utf8().unwrap();
            assert_eq!(decoded, value);
        }
        assert!(taken > 50_000, "enough of them were taken: {taken}");
        assert!(led_up > 10_000, "enough of them led up: {led_up}");
    }
}

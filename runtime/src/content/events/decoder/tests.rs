//! The standard's rules one by one, and all of them against a parser that reads a whole stream at once.

use super::*;

/// What comes out when it comes in in these pieces, and the last event id.
pub(super) fn decode<'a>(
    limit: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Result<Event<String>, String>>, String) {
    let mut decoder = EventDecoder::new(limit);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        while let Some(event) = decoder.next() {
            events.push(event.map(|raw| raw.event).map_err(|error| error.to_string()));
        }
    }
    decoder.finish();
    assert!(decoder.next().is_none());
    let last_event_id = decoder.last_event_id().unwrap_or_default().to_owned();
    (events, last_event_id)
}

fn events(input: &str) -> Vec<Event<String>> {
    let (events, _) = decode(1000, [input.as_bytes()]);
    events.into_iter().map(Result::unwrap).collect()
}

fn data(input: &str) -> Vec<String> {
    events(input).into_iter().map(|event| event.data).collect()
}

fn message(data: &str) -> Event<String> {
    Event {
        data: data.to_owned(),
        event: "message".to_owned(),
        id: None,
        retry: None,
    }
}

const INPUT: &[u8] =
    "\u{FEFF}: hello\n\ndata: zwölf\r\ndata\r\ndata:  a: b\r\n\r\nevent: add\ndatum: x\ndata:1\nid: n1\nretry: 50\n\n\
    id: n2\n\nevent:lost\n\ndata: 2\r\rid\0: x\rid: n\0\rdata: 0123456789012345678901234567890\r\rdata: 3\n\ndata: torn"
        .as_bytes();

#[test]
fn all_of_the_standard_at_once() {
    let too_large = "event 4: it is larger than 20 bytes; `builder(…).max_response_body(…)` raises that limit";
    let expected = vec![
        Ok(message("zwölf\n\n a: b")),
        Ok(Event {
            event: "add".to_owned(),
            id: Some("n1".to_owned()),
            retry: Some(Duration::from_millis(50)),
            ..message("1")
        }),
        Ok(Event {
            id: Some("n2".to_owned()),
            ..message("2")
        }),
        Err(too_large.to_owned()),
        Ok(Event {
            id: Some("n2".to_owned()),
            ..message("3")
        }),
    ];
    assert_eq!(decode(20, [INPUT]), (expected, "n2".to_owned()));
}

#[test]
fn every_way_to_cut_it_gives_the_same() {
    let whole = decode(20, [INPUT]);
    assert_eq!(decode(20, INPUT.chunks(1)), whole);
    for first in 0..=INPUT.len() {
        for second in first..=INPUT.len() {
            let pieces = [&INPUT[..first], &INPUT[first..second], &INPUT[second..]];
            assert_eq!(decode(20, pieces), whole, "cut at {first} and {second}");
        }
    }
}

/// The examples of WHATWG HTML, sections 9.2.4 and 9.2.6.
#[test]
fn the_standards_own_examples() {
    assert_eq!(
        data("data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\n"),
        [
            "This is the first message.",
            "This is the second message, it\nhas two lines."
        ]
    );
    assert_eq!(data("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
    let ids: Vec<_> =
        events(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n")
            .into_iter()
            .map(|event| (event.data, event.id))
            .collect();
    assert_eq!(
        ids,
        [
            ("first event".to_owned(), Some("1".to_owned())),
            ("second event".to_owned(), None),
            (" third event".to_owned(), None)
        ]
    );
    assert_eq!(data("data\n\ndata\ndata\n\ndata:"), ["", "\n"]);
    assert_eq!(data("data:test\n\ndata: test\n\n"), ["test", "test"]);
}

#[test]
fn a_field_counts_by_its_exact_name() {
    assert_eq!(data("Data: x\ndata : x\n data: x\ndataa: x\ndat: x\n\n"), [""; 0]);
    assert_eq!(events("event: a\nevent\ndata: x\n\n"), [message("x")]);
    assert_eq!(
        events("event: a\n\ndata: x\n\n"),
        [message("x")],
        "a type without data is forgotten"
    );
}

#[test]
fn retry_is_digits_and_stays_for_the_next_event_that_is_one() {
    for ignored in ["retry: -1", "retry: 1.5", "retry: 1s", "retry:  1", "retry:", "retry"] {
        assert_eq!(events(&format!("{ignored}\ndata: x\n\n")), [message("x")], "{ignored}");
    }
    let retries: Vec<_> = events("retry: 10\n\ndata: a\n\ndata: b\n\n")
        .into_iter()
        .map(|event| event.retry)
        .collect();
    assert_eq!(retries, [Some(Duration::from_millis(10)), None]);
}

#[test]
fn an_event_that_is_not_complete_is_none_and_its_id_neither() {
    for torn in ["data: x", "data: x\n", "data: x\r", "data: x\r\n", "id: 1\ndata: x\n"] {
        assert_eq!(decode(100, [torn.as_bytes()]), (vec![], String::new()), "{torn:?}");
    }
}

#[test]
fn bytes_that_are_no_utf_8_become_replacement_characters() {
    let (found, _) = decode(100, [&b"data: a\xFFb\xE2\x82\n\n"[..]]);
    assert_eq!(found, [Ok(message("a\u{FFFD}b\u{FFFD}"))]);
}

#[test]
fn what_never_ends_is_told_once_and_what_is_ignored_has_no_limit() {
    let endless = std::iter::once(&b"data: "[..]).chain(std::iter::repeat_n(&[b'x'; 100][..], 100));
    let (found, _) = decode(500, endless);
    assert_eq!(found.len(), 1);
    assert!(found[0].is_err());

    let lines = std::iter::repeat_n(&b"data\n"[..], 1000);
    let (found, _) = decode(500, lines);
    assert_eq!(found.len(), 1, "line ends count too");

    let comment = std::iter::repeat_n(&[b':'; 100][..], 100).chain([&b"\ndata: x\n\n"[..]]);
    assert_eq!(decode(500, comment).0, [Ok(message("x"))]);
}

/// The standard's algorithm, word for word, on a whole stream.
pub(super) fn whole(input: &[u8]) -> (Vec<Event<String>>, String) {
    let text = String::from_utf8_lossy(input);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut data, mut event_type, mut id_buffer, mut last_event_id) = <(String, String, String, String)>::default();
    let (mut retry, mut events) = (None, Vec::new());
    let mut lines: Vec<_> = text.split('\n').collect();
    lines.pop(); // The last one has no end.
    for line in lines {
        if line.is_empty() {
            last_event_id.clone_from(&id_buffer);
            if data.is_empty() {
                event_type.clear();
                continue;
            }
            data.pop();
            let named = Some(std::mem::take(&mut event_type)).filter(|name| !name.is_empty());
            events.push(Event {
                data: std::mem::take(&mut data),
                event: named.unwrap_or_else(|| "message".to_owned()),
                id: Some(last_event_id.clone()).filter(|id| !id.is_empty()),
                retry: retry.take(),
            });
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut event_type),
            "data" => data.extend([value, "\n"]),
            "id" if !value.contains('\0') => value.clone_into(&mut id_buffer),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                retry = value
                    .parse()
                    .ok()
                    .map(|ms: u32| Duration::from_millis(ms.into()))
                    .or(retry);
            }
            _ => {}
        }
    }
    (events, last_event_id)
}

#[test]
fn any_bytes_in_any_pieces_are_as_the_standard_reads_them() {
    const FIELDS: &[&[u8]] = &[
        b"data:",
        b"data: ",
        b"data",
        b"event: ",
        b"id:",
        b"retry: ",
        b": ",
        b"",
        b" data",
        b"\xEF\xBB\xBF",
    ];
    const VALUES: &[&[u8]] = &[
        b"",
        b"7",
        b"ab",
        b":",
        b" ",
        b"a\0",
        b"\xFF",
        b"\xC3\xA4",
        b"\xC3",
        b"\xA4",
        b"data: ",
    ];
    const ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""];
    let mut any = crate::any::Any::new();
    let mut dispatched = 0;
    for _ in 0..20_000 {
        let lines = any.usize(..12);
        let input: Vec<u8> = (0..lines)
            .flat_map(|_| {
                [FIELDS, VALUES, ENDS]
                    .map(|words| any.choice(words).copied().unwrap())
                    .concat()
            })
            .collect();
        let pieces = any.cut(&input);
        let (found, last_event_id) = decode(1000, pieces);
        let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        dispatched += found.len();
        let shown = String::from_utf8_lossy(&input);
        assert_eq!((found, last_event_id), whole(&input), "{shown:?}");
    }
    assert!(dispatched > 5_000, "enough of them were events");
}

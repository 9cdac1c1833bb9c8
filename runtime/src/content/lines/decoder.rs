//! Lines, out of chunks that are cut anywhere.

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{AnyDelimiterCodec, Decoder as _};

use super::super::records::Decoder;
use crate::error::DecodeError;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Lines end in `\n`, or `\r\n`; the last one may lack it. Those with white space at most are counted and skipped.
#[derive(Debug)]
pub(super) struct LineDecoder {
    codec: AnyDelimiterCodec,
    buffer: BytesMut,
    finished: bool,
    number: u64,
    limit: usize,
}

/// A line without its end.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// Counted from 1, empty ones among them.
    pub(super) number: u64,
    pub(super) content: Bytes,
}

impl LineDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            codec: AnyDelimiterCodec::new_with_max_length(b"\n".to_vec(), Vec::new(), limit),
            buffer: BytesMut::new(),
            finished: false,
            number: 0,
            limit,
        }
    }
}

impl Decoder for LineDecoder {
    type Record = Line;

    fn push(&mut self, chunk: Bytes) {
        self.buffer.extend_from_slice(&chunk);
    }

    fn finish(&mut self) {
        self.finished = true;
    }

    fn next(&mut self) -> Option<Result<Line, DecodeError>> {
        loop {
            let found = if self.finished {
                self.codec.decode_eof(&mut self.buffer)
            } else {
                self.codec.decode(&mut self.buffer)
            };
            let found = found.transpose()?;
            self.number += 1;
            // The codec's one error; it skips the rest of that line by itself.
            let Ok(mut content) = found else {
                let too_long = format!(
                    "it is longer than {} bytes; `builder(…).max_response_body(…)` raises that limit",
                    self.limit
                );
                return Some(Err(DecodeError::custom(too_long).within(self.place())));
            };
            if self.number == 1 && content.starts_with(BOM) {
                content = content.slice(BOM.len()..);
            }
            if content.ends_with(b"\r") {
                content.truncate(content.len() - 1);
            }
            if !content.trim_ascii().is_empty() {
                let number = self.number;
                return Some(Ok(Line { number, content }));
            }
        }
    }
}

impl LineDecoder {
    fn place(&self) -> String {
        format!("line {}", self.number)
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out when it comes in in these pieces: numbers and contents, or what went wrong.
    pub(super) fn decode<'a>(
        limit: usize,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Vec<Result<(u64, Vec<u8>), String>> {
        let mut decoder = LineDecoder::new(limit);
        let mut lines = Vec::new();
        let mut drain = |decoder: &mut LineDecoder| {
            while let Some(line) = decoder.next() {
                lines.push(
                    line.map(|line| (line.number, line.content.to_vec()))
                        .map_err(|error| error.to_string()),
                );
            }
        };
        for piece in pieces {
            decoder.push(Bytes::copy_from_slice(piece));
            drain(&mut decoder);
        }
        decoder.finish();
        drain(&mut decoder);
        lines
    }

    fn line(number: u64, content: &str) -> (u64, Vec<u8>) {
        (number, content.into())
    }

    const INPUT: &[u8] = "\u{FEFF}{\"a\":1}\n\r\n \t\nzwölf\r\n\rx\r\n0123456789ab\n0123456789\nlast".as_bytes();

    #[test]
    fn lines_are_split_counted_and_bounded() {
        let found = decode(11, [INPUT]);
        let too_long = "line 6: it is longer than 11 bytes; `builder(…).max_response_body(…)` raises that limit";
        let expected = [
            Ok(line(1, "{\"a\":1}")),
            Ok(line(4, "zwölf")),
            Ok(line(5, "\rx")),
            Err(too_long.to_owned()),
            Ok(line(7, "0123456789")),
            Ok(line(8, "last")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn every_way_to_cut_it_gives_the_same() {
        let whole = decode(11, [INPUT]);
        assert_eq!(decode(11, INPUT.chunks(1)), whole);
        for first in 0..=INPUT.len() {
            for second in first..=INPUT.len() {
                let pieces = [&INPUT[..first], &INPUT[first..second], &INPUT[second..]];
                assert_eq!(decode(11, pieces), whole, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn the_end_of_the_last_line_makes_no_line_of_its_own() {
        assert_eq!(decode(9, [&b"a\n"[..]]), decode(9, [&b"a"[..]]));
        assert_eq!(decode(9, [&b"a\r"[..]]), decode(9, [&b"a"[..]]));
        assert_eq!(decode(9, [&b""[..]]), []);
        assert_eq!(decode(9, [&b"\n\r\n"[..]]), []);
    }

    #[test]
    fn what_is_kept_of_a_line_that_never_ends_is_bounded() {
        let mut decoder = LineDecoder::new(1000);
        let mut errors = 0;
        for _ in 0..1000 {
            decoder.push(Bytes::from_static(&[b'x'; 512]));
            while let Some(line) = decoder.next() {
                line.unwrap_err();
                errors += 1;
            }
            assert!(decoder.buffer.len() <= 1000 + 512);
        }
        assert_eq!(errors, 1, "told once");
    }

    /// The lines, each with its number; the numbers alone of those that are too long.
    pub(super) fn split_by_std(input: &[u8], limit: usize) -> Vec<Result<(u64, Vec<u8>), u64>> {
        let lines = (1..).zip(input.split(|&byte| byte == b'\n'));
        let lines = lines.filter_map(|(number, content)| {
            if content.len() > limit {
                return Some(Err(number));
            }
            let content = content.strip_prefix(BOM).filter(|_| number == 1).unwrap_or(content);
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            (!content.trim_ascii().is_empty()).then(|| Ok((number, content.to_vec())))
        });
        lines.collect()
    }

    #[test]
    fn any_bytes_in_any_pieces_are_as_std_splits_them() {
        let mut any = crate::any::Any::new();
        let mut told = 0;
        for _ in 0..20_000 {
            let length = any.usize(..40);
            let input: Vec<u8> = (0..length)
                .map(|_| any.choice(*b"\r\n\xEF\xBB\xBF {a").unwrap())
                .collect();
            let limit = any.usize(..8);
            let pieces = any.cut(&input);
            let expected = split_by_std(&input, limit);
            let found: Vec<_> = decode(limit, pieces)
                .into_iter()
                .map(|line| line.map_err(|error| error[5..].split(':').next().unwrap().parse().unwrap()))
                .collect();
            told += found.iter().filter(|line| line.is_err()).count();
            assert_eq!(found, expected, "{input:?}, at most {limit}");
        }
        assert!(told > 1000, "enough of them were too long");
    }
}

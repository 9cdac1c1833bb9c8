//! What has come of a body, on its way to being one slice.
//!
//! Most bodies come in one piece, which is kept without a copy, and of most others the length is known: each byte is
//! copied once, to where it stays. What is chunked or compressed says no length. A buffer that grows would then be there
//! three times for a moment, as it is copied into one that is twice as large, and half empty at the end; in parts that are
//! joined at the end, each byte is copied twice and never there more often than that.

use bytes::Bytes;

/// How large a part is at most, unless there is a length to go by.
const PART: usize = 256 * 1024;

#[derive(Debug)]
pub(super) enum Buffer {
    One(Bytes),
    Many(Parts),
}

/// What came in several pieces.
#[derive(Debug, Default)]
pub(super) struct Parts {
    full: Vec<Vec<u8>>,
    last: Vec<u8>,
    length: usize,
}

impl Buffer {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(bytes) => bytes.len(),
            Self::Many(parts) => parts.length,
        }
    }

    /// Appends a piece, with room for the `rest` after it.
    pub(super) fn push(&mut self, piece: Bytes, rest: usize) {
        match self {
            Self::One(bytes) if bytes.is_empty() => *bytes = piece,
            Self::One(bytes) => {
                let mut parts = Parts {
                    last: Vec::with_capacity(bytes.len() + piece.len() + rest),
                    ..Parts::default()
                };
                parts.push(bytes, rest);
                parts.push(&piece, rest);
                *self = Self::Many(parts);
            }
            Self::Many(parts) => parts.push(&piece, rest),
        }
    }

    /// All of it in one slice.
    pub(super) fn bytes(&mut self) -> Bytes {
        match self {
            Self::One(bytes) => bytes.clone(),
            Self::Many(parts) => {
                let bytes = Bytes::from(std::mem::take(parts).joined());
                *self = Self::One(bytes.clone());
                bytes
            }
        }
    }
}

impl Parts {
    /// A part that is full is followed by one that is as large as all before it.
    fn push(&mut self, piece: &[u8], rest: usize) {
        let room = self.last.capacity() - self.last.len();
        let (fitting, over) = piece.split_at(room.min(piece.len()));
        self.last.extend_from_slice(fitting);
        if !over.is_empty() {
            let room = self.length.min(PART).max(over.len() + rest);
            self.full
                .push(std::mem::replace(&mut self.last, Vec::with_capacity(room)));
            self.last.extend_from_slice(over);
        }
        self.length += piece.len();
    }

    fn joined(self) -> Vec<u8> {
        if self.full.is_empty() {
            return self.last;
        }
        let mut joined = Vec::with_capacity(self.length);
        // Each part is dropped when it has been copied.
        for part in self.full.into_iter().chain([self.last]) {
            joined.extend_from_slice(&part);
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any::Any;

    #[test]
    fn any_pieces_are_one_slice_again_whatever_was_said_of_the_rest() {
        let mut any = Any::new();
        for _ in 0..100 {
            let length = any.usize(..4 * PART);
            let body: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let mut buffer = Buffer::One(Bytes::new());
            for piece in any.cut(&body) {
                let rest = if any.bool() { 0 } else { any.usize(..PART) };
                buffer.push(Bytes::copy_from_slice(piece), rest);
            }
            assert_eq!(buffer.len(), length);
            assert!(buffer.bytes() == body && buffer.bytes() == body, "{length} bytes");
        }
    }

    #[test]
    fn a_body_that_was_joined_goes_on() {
        let mut buffer = Buffer::One(Bytes::new());
        for length in 1..5 {
            buffer.push(Bytes::from_static(b"a"), 0);
            assert_eq!(buffer.bytes(), vec![b'a'; length]);
        }
    }
}

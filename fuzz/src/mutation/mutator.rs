//! Inputs that nobody thought of, made of those that somebody did.

use std::ops::Range;

use fastrand::Rng;

use super::corpus::Corpus;

/// No input is longer.
const LONGEST: usize = 4096;
const MOST_CHANGES: usize = 6;
/// Where counting goes wrong.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "00",
    "9",
    "255",
    "256",
    "65536",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "1.5",
    "1e400",
];
/// What one parser takes for a letter and another for structure.
const CHARS: [&str; 14] = [
    "\0", "\t", "\n", "\r", "\u{7f}", "\u{85}", "ä", "\u{2028}", "\u{202e}", "\u{feff}", "\u{ff0f}", "😀", "\u{3002}",
    "%",
];

pub(crate) struct Mutator<'a> {
    corpus: &'a Corpus,
    inputs: Vec<&'a [u8]>,
    rng: Rng,
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(corpus: &'a Corpus, seed: u64) -> Self {
        Self {
            corpus,
            inputs: corpus.inputs().collect(),
            rng: Rng::with_seed(seed),
        }
    }

    /// A file of the corpus, changed in a few places.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.any_input().to_vec();
        self.change(&mut input);
        // Few, mostly: what is far from any sense is refused at once.
        for _ in 1..MOST_CHANGES {
            if self.rng.bool() {
                break;
            }
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn any_input(&mut self) -> &'a [u8] {
        self.rng.choice(&self.inputs).copied().unwrap_or_default()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let part = self.part(input.len());
        match self.rng.u8(..10) {
            0 => _ = input.drain(part),
            1 => {
                let copy = input[part].to_vec();
                self.insert(input, &copy);
            }
            2 => {
                let times = if self.rng.u8(..16) == 0 {
                    1000
                } else {
                    self.rng.usize(1..4)
                };
                let copies = input[part].repeat(times);
                self.insert(input, &copies);
            }
            3 => {
                let other = self.any_input();
                let piece = &other[self.part(other.len())];
                _ = input.splice(part, piece.iter().copied());
            }
            4 => {
                if let Some(byte) = input.get_mut(part.start) {
                    *byte ^= 1 << self.rng.u8(..8);
                }
            }
            5 => {
                if let Some(byte) = input.get_mut(part.start) {
                    *byte = self.rng.u8(..);
                }
            }
            6 => {
                let number = *self.rng.choice(&NUMBERS).expect("not empty");
                let digits = digits(input, part.start);
                _ = input.splice(digits, number.bytes());
            }
            7 => {
                let text = *self.rng.choice(&CHARS).expect("not empty");
                self.insert(input, text.as_bytes());
            }
            change => {
                let Some(word) = self.rng.choice(self.corpus.words()) else {
                    return;
                };
                if change == 8 {
                    self.insert(input, word);
                } else {
                    _ = input.splice(part, word.iter().copied());
                }
            }
        }
    }

    fn insert(&mut self, input: &mut Vec<u8>, piece: &[u8]) {
        let at = self.rng.usize(..=input.len());
        _ = input.splice(at..at, piece.iter().copied());
    }

    /// Mostly a short one.
    fn part(&mut self, length: usize) -> Range<usize> {
        let start = self.rng.usize(..=length);
        let longest = if self.rng.u8(..4) == 0 { length } else { 8 };
        let end = start + self.rng.usize(..=longest.min(length - start));
        start..end
    }
}

/// The first number at or after a place; nothing where there is none.
fn digits(input: &[u8], from: usize) -> Range<usize> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let start = input[from..].iter().position(is_digit).map_or(from, |at| from + at);
    let length = input[start..].iter().take_while(|byte| is_digit(byte)).count();
    start..start + length
}

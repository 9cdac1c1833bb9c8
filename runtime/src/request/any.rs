//! Generated values: any text, and much of what means something to a URL, a form or a header.

use std::ops::{Deref, DerefMut};

/// Characters that mean something somewhere.
const TELLING: [char; 20] = [
    '.', '/', '\\', '%', '2', 'e', '@', ':', '?', '#', '&', '=', '+', ';', '[', ']', '\t', '\n', '\0', 'ä',
];

/// A source of values; a test that fails prints its seed.
pub(crate) struct Any {
    seed: u64,
    rng: fastrand::Rng,
}

impl Any {
    pub(crate) fn new() -> Self {
        let seed = fastrand::u64(..);
        Self {
            seed,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    pub(crate) fn text(&mut self) -> String {
        let length = self.usize(..8);
        (0..length).map(|_| self.telling_char()).collect()
    }

    fn telling_char(&mut self) -> char {
        if self.bool() {
            TELLING[self.usize(..TELLING.len())]
        } else {
            self.rng.char(..)
        }
    }

    /// The first text that `take` takes, with what that came to.
    pub(crate) fn text_that<T, E>(&mut self, mut take: impl FnMut(&str) -> Result<T, E>) -> (String, T) {
        loop {
            let text = self.text();
            if let Ok(taken) = take(&text) {
                return (text, taken);
            }
        }
    }

    /// Something like a URL, made of these pieces.
    pub(crate) fn pieces(&mut self, pieces: &[&str]) -> String {
        let length = self.usize(1..8);
        (0..length).map(|_| pieces[self.usize(..pieces.len())]).collect()
    }
}

impl Deref for Any {
    type Target = fastrand::Rng;

    fn deref(&self) -> &fastrand::Rng {
        &self.rng
    }
}

impl DerefMut for Any {
    fn deref_mut(&mut self) -> &mut fastrand::Rng {
        &mut self.rng
    }
}

impl Drop for Any {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}", self.seed);
        }
    }
}

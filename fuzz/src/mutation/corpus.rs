//! The inputs that a target begins with: one to a file, in the words of a standard, of somebody's bug, or as a run found
//! them.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{Display, Formatter};
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::{fs, io};

use super::dictionary;

const ALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");

pub(crate) struct Corpus {
    target: String,
    inputs: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Corpus {
    /// Those of a target; it has to have some.
    pub(crate) fn of(target: &str) -> Self {
        let folder = PathBuf::from(ALL).join(target);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        // The order on disk is any.
        paths.sort();
        let read = |path: &PathBuf| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let words = fs::read_to_string(folder.with_extension("dict")).unwrap_or_default();
        Self {
            target: target.to_owned(),
            inputs: paths.iter().map(read).collect(),
            words: dictionary::words(&words),
        }
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = &[u8]> {
        self.inputs.iter().map(Vec::as_slice)
    }

    pub(crate) fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// Adds an input.
    pub(crate) fn keep(&self, input: &[u8]) -> io::Result<PathBuf> {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let name = format!("found-{:016x}", hasher.finish());
        let path = PathBuf::from(ALL).join(&self.target).join(name);
        fs::write(&path, input)?;
        Ok(path)
    }
}

impl Display for Corpus {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "the fuzz target `{}`", self.target)
    }
}

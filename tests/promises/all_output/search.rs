//! Reads what a run of the tests prints, piece by piece and once, and keeps only what it found.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read};

use aho_corasick::AhoCorasick;

use super::{SPEAKERS, marks};

/// More of one line than this is searched as another line.
const LINE: u64 = 1 << 20;

/// What a form of a mark is at most long: it may begin in one line and end in another, as a list of bytes does.
const LONGEST: usize = 128;

/// So many findings are kept; all of them are counted.
const KEPT: usize = 20;

#[derive(Default)]
pub(super) struct Searched {
    /// In the order in which they began.
    pub(super) tests: Vec<String>,
    /// How many tests were to run.
    pub(super) announced: Option<usize>,
    /// Which of [`SPEAKERS`] said something.
    pub(super) speakers: BTreeSet<&'static str>,
    pub(super) findings: Vec<Finding>,
    /// How many lines show a secret, of how many.
    shown: usize,
    lines: usize,
}

pub(super) struct Finding {
    test: String,
    form: &'static str,
    /// The line with it, or its beginning.
    place: String,
}

impl Searched {
    pub(super) fn report(&self) -> String {
        let mut report = format!("{} of {} lines show a secret:\n", self.shown, self.lines);
        for finding in &self.findings {
            let _ = writeln!(report, "{}, {}: {}", finding.test, finding.form, finding.place);
        }
        report
    }
}

pub(super) fn search(output: impl Read) -> io::Result<Searched> {
    let marks = marks::all();
    assert!(marks.iter().all(|mark| mark.text.len() <= LONGEST));
    let automaton = AhoCorasick::new(marks.iter().map(|mark| &mark.text)).unwrap();
    let mut output = BufReader::new(output);
    let mut searched = Searched::default();
    let mut line = Vec::new();
    let mut text = String::new();
    while output.by_ref().take(LINE).read_until(b'\n', &mut line)? > 0 {
        let printed = String::from_utf8_lossy(&line);
        searched.notice(&printed);
        // The end of what came before, and this line.
        let kept = text.char_indices().rev().nth(LONGEST).map_or(0, |(index, _)| index);
        text.drain(..kept);
        text.extend(printed.chars().filter(|letter| !letter.is_ascii_whitespace()));
        if let Some(found) = automaton.find(&text) {
            searched.shown += 1;
            let finding = Finding {
                test: searched.tests.last().cloned().unwrap_or_default(),
                form: marks[found.pattern()].form,
                place: printed.trim_end().chars().take(400).collect(),
            };
            if searched.findings.len() < KEPT {
                searched.findings.push(finding);
            }
            text.clear();
        }
        line.clear();
    }
    Ok(searched)
}

impl Searched {
    fn notice(&mut self, line: &str) {
        self.lines += 1;
        // `test NAME ... `, and what the test logs follows on the same line.
        if let Some((name, _)) = line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) {
            let name = name.split(" - ").next().unwrap_or(name);
            self.tests.push(name.to_owned());
        }
        let announced = line.strip_prefix("running ").and_then(|line| line.split(' ').next());
        if let Some(announced) = announced.and_then(|number| number.parse().ok()) {
            self.announced = Some(announced);
        }
        for speaker in SPEAKERS {
            if line.contains(speaker) {
                self.speakers.insert(speaker);
            }
        }
    }
}

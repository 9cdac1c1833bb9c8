//! `docs/promises.md` has every promise, each with tests that are there and are run.
//!
//! The page has a line for each: its number, what is promised, and the evidence, which is a command and links to what
//! the command runs. A test's link is its name in words. A test with a promise's number need not be on the page, as the
//! command finds it by the number.

mod tree;

use std::collections::BTreeMap;

use tree::{Test, tests, workspace};

const PAGE: &str = include_str!("../../../docs/promises.md");

/// How many promises begin with each letter.
const PROMISED: [(char, usize); 3] = [('R', 28), ('P', 4), ('S', 17)];

/// Every test with a number in its name, also behind the command of another promise.
const BY_NUMBER: &str = "cargo test ";

struct Row {
    promise: &'static str,
    evidence: &'static str,
}

/// The numbers as the page writes them: `R1`.
fn promised() -> impl Iterator<Item = String> {
    let numbers = |(letter, count)| (1..=count).map(move |number| format!("{letter}{number}"));
    PROMISED.into_iter().flat_map(numbers)
}

/// As tests write it: `r01_`.
fn prefix(promise: &str) -> String {
    let (letter, number) = promise.split_at(1);
    format!("{}{number:0>2}_", letter.to_lowercase())
}

/// The numbers that a test's name begins with; one may show several promises.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let number = |part: &&str| matches!(part.as_bytes(), [b'r' | b'p' | b's', digits @ ..] if digits.len() == 2 && digits.iter().all(u8::is_ascii_digit));
    name.split('_').take_while(number)
}

/// What a link calls a test: `Auth0's reset` for `r20_auth0s_reset`.
fn as_name(words: &str) -> String {
    let words = words.to_lowercase().replace('\'', "");
    let words = words.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

fn rows() -> BTreeMap<&'static str, Row> {
    let mut rows = BTreeMap::new();
    for line in PAGE.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, promise, evidence] = cells[..] else {
            continue;
        };
        if number.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            let before = rows.insert(number, Row { promise, evidence });
            assert!(before.is_none(), "two lines for {number}");
        }
    }
    rows
}

/// The links of Markdown: their words, and where they lead to, from the workspace's folder.
fn links(text: &str) -> Vec<(&str, &str)> {
    let link = |part| -> Option<_> {
        let (words, rest) = str::split_once(part, "](../")?;
        Some((words, rest.split_once(')')?.0))
    };
    text.split('[')
        .skip(1)
        .map(|part| link(part).expect("a link from docs/"))
        .collect()
}

/// What is wrong with the evidence of a promise.
fn faults(evidence: &str, tests: &[Test]) -> Vec<String> {
    let mut faults = Vec::new();
    for part in evidence.split("; ") {
        let Some((command, about)) = part.strip_prefix('`').and_then(|part| part.split_once("`: ")) else {
            faults.push(format!("has no command, and links behind it: {part:?}"));
            continue;
        };
        if links(about).is_empty() {
            faults.push(format!("`{command}` names nothing that it runs"));
        }
        for (words, file) in links(about) {
            let Some(filter) = command.strip_prefix(BY_NUMBER) else {
                if !workspace().join(file).is_file() {
                    faults.push(format!("{file} is not there"));
                }
                continue;
            };
            let is_named = |test: &&Test| {
                let numbers: usize = prefixes(&test.name).map(|prefix| prefix.len() + 1).sum();
                test.name.contains(filter) && test.name[numbers..] == as_name(words) && test.file.as_os_str() == file
            };
            match tests.iter().find(is_named) {
                None => faults.push(format!("{file} has no test `{filter}{}`", as_name(words))),
                Some(test) if !test.is_run => faults.push(format!("{BY_NUMBER}does not run `{}`", test.name)),
                Some(_) => {}
            }
        }
    }
    faults
}

#[test]
fn every_promise_has_tests_that_are_run() {
    let (rows, tests) = (rows(), tests());
    assert!(
        tests.iter().filter(|test| test.is_run).count() > 500,
        "{} tests",
        tests.len()
    );
    let mut found = Vec::new();
    for number in promised() {
        match rows.get(&*number) {
            None => found.push(format!("{number} is not on the page")),
            Some(row) => {
                assert!(row.promise.len() > 20, "{number}: {}", row.promise);
                let faults = faults(row.evidence, tests);
                found.extend(faults.into_iter().map(|fault| format!("{number}: {fault}")));
            }
        }
    }
    assert!(found.is_empty(), "docs/promises.md:\n{}", found.join("\n"));
    assert_eq!(rows.len(), promised().count(), "{:?}", rows.keys());
}

#[test]
fn the_command_of_a_promise_has_its_number() {
    for (number, row) in rows() {
        let commands = row
            .evidence
            .split("; ")
            .filter_map(|part| part.strip_prefix('`')?.split_once("`: "));
        let mut filters = commands.filter_map(|(command, _)| command.strip_prefix(BY_NUMBER));
        // A cost may lean on another promise's tests.
        if !number.starts_with('P') {
            assert_eq!(filters.next(), Some(&*prefix(number)), "{number}");
        }
    }
}

#[test]
fn every_number_in_a_tests_name_is_promised() {
    let known: Vec<_> = promised().map(|number| prefix(&number)).collect();
    for test in tests() {
        for number in prefixes(&test.name) {
            assert!(
                known.contains(&format!("{number}_")),
                "{} in {}",
                test.name,
                test.file.display()
            );
        }
    }
}

/// A file that no module names is not compiled, and its tests prove nothing.
#[test]
fn every_file_with_a_numbered_test_is_compiled() {
    let mut files = Vec::new();
    for folder in ["examples", "macros/src", "runtime/src", "tests"] {
        crate::crates::sources(&workspace().join(folder), &mut files);
    }
    let tests = tests();
    let mut numbered = 0;
    for (path, text) in files {
        let path = path.strip_prefix(workspace()).unwrap();
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("async ").unwrap_or(line);
            let Some((name, _)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) else {
                continue;
            };
            if prefixes(name).next().is_some() {
                numbered += 1;
                let is_test = tests.iter().any(|test| test.name == name && test.file == path);
                assert!(is_test, "`{name}` of {} is no test, or not compiled", path.display());
            }
        }
    }
    assert!(numbered > 300, "{numbered} tests");
}

/// What the other tests here find, found.
#[test]
fn evidence_that_is_none_is_found() {
    let test = |name: &str, is_run| Test {
        name: name.to_owned(),
        file: "tests/promises/tokens.rs".into(),
        is_run,
    };
    let tests = [test("r02_s13_nothing_is_sent", true), test("r13_one_refresh", false)];
    let fault = |evidence: &str| faults(evidence, &tests).join(", ");
    let good = "`cargo test s13_`: [nothing is sent](../tests/promises/tokens.rs)";
    assert_eq!(fault(good), "");
    assert_eq!(fault(&good.replace("s13_", "r02_")), "");
    assert_eq!(
        fault("not measured yet"),
        "has no command, and links behind it: \"not measured yet\""
    );
    for (changed, expected) in [
        (
            ("tokens.rs", "calls.rs"),
            "tests/promises/calls.rs has no test `s13_nothing_is_sent`",
        ),
        (
            ("nothing is", "something is"),
            "tests/promises/tokens.rs has no test `s13_something_is_sent`",
        ),
        (
            ("s13_", "s14_"),
            "tests/promises/tokens.rs has no test `s14_nothing_is_sent`",
        ),
        (
            ("cargo test s13_", "cargo test r13_"),
            "tests/promises/tokens.rs has no test `r13_nothing_is_sent`",
        ),
        (("cargo test s13_", "cargo bench"), ""),
    ] {
        assert_eq!(fault(&good.replace(changed.0, changed.1)), expected, "{changed:?}");
    }
    let not_run = "`cargo test r13_`: [one refresh](../tests/promises/tokens.rs)";
    assert_eq!(fault(not_run), "cargo test does not run `r13_one_refresh`");
    let no_link = "`cargo test r13_`: some words";
    assert_eq!(fault(no_link), "`cargo test r13_` names nothing that it runs");
    let no_file = "`cargo bench`: [instructions](../benches/nowhere.rs)";
    assert_eq!(fault(no_file), "benches/nowhere.rs is not there");
}

//! What did not go as the table has it, in words that a developer can act on: what came, which route is nearest and why
//! it is not the one, and which routes there are.

use std::fmt::Write as _;

use super::ReceivedRequest;
use super::pattern::Pattern;
use super::table::{Row, Table, Verdict};
use crate::endpoint::Endpoint;

/// What a [`FakeTransport`](super::FakeTransport) was asked is not what its table says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(String);

/// What came, and the route that is nearest to it.
pub(super) fn unexpected(table: &Table, verdicts: &[Verdict], request: &ReceivedRequest) -> String {
    let mut words = format!("`{} {}`", request.method, request.path());
    if let Some(method) = table.method_of(request) {
        let _ = write!(words, " (`{method}`)");
    }
    let rows = table.routes.iter().zip(verdicts);
    let differences = rows.map(|(row, verdict)| difference(table, row, verdict, request));
    match differences.min_by_key(|difference| difference.weight) {
        None => words.push_str(": there are no routes, add one with `route`"),
        Some(nearest) => {
            let _ = write!(
                words,
                ": nearest is {}, but {}",
                nearest.route,
                nearest.reasons.join(", and ")
            );
        }
    }
    words
}

/// What keeps a route from taking a request.
struct Difference {
    route: String,
    weight: usize,
    reasons: Vec<String>,
}

fn difference(table: &Table, row: &Row, verdict: &Verdict, request: &ReceivedRequest) -> Difference {
    let (pattern, path) = (&row.pattern, request.path());
    let mut weight = 0;
    let mut reasons = Vec::new();
    if !pattern.is_origin(request) {
        weight += 16;
        reasons.push(format!("it went to {}", request.url.origin().ascii_serialization()));
    }
    if !pattern.is_method(&request.method) {
        weight += 6;
        reasons.push(format!("it is a {}", request.method));
    }
    let relative = pattern.relative(path, &table.base_path);
    let distance = pattern.path_distance(relative.unwrap_or(path));
    if distance > 0 || relative.is_none() {
        weight += distance;
        reasons.push(path_reason(table, pattern, path, relative));
    }
    weight += verdict.complaints.len();
    reasons.extend(verdict.complaints.iter().cloned());
    // All else is as it should be.
    if reasons.is_empty() {
        reasons.push(match row.expected {
            0 => "it has no answer: say one with `answer` or `always`".to_owned(),
            1 => "its one answer was given".to_owned(),
            count => format!("its {count} answers were given"),
        });
    }
    Difference {
        route: format!("{row} (route {})", row.number),
        weight,
        reasons,
    }
}

fn path_reason(table: &Table, pattern: &Pattern, path: &str, relative: Option<&str>) -> String {
    if relative.is_none() {
        return format!("its path is not below the base path `{}`", table.base_path);
    }
    let slashes = path.match_indices('/').map(|(index, _)| index).skip(1);
    match slashes.into_iter().find(|index| pattern.is_path(&path[*index..])) {
        Some(index) => format!(
            "its path has `{0}` before it: where that is the base URL's, say `base_path(\"{0}\")`",
            &path[..index]
        ),
        None => "its path is another".to_owned(),
    }
}

pub(super) fn routes_in_a_line(table: &Table) -> String {
    let numbered = table.routes.iter().map(|row| format!("{}. {row}", row.number));
    let routes: Vec<_> = numbered.collect();
    match &routes[..] {
        [] => "Routes: none".to_owned(),
        routes => format!("Routes: {}", routes.join(", ")),
    }
}

/// Of a route that is none of the API's.
pub(super) fn unknown_endpoint(pattern: &Pattern, known: &[(Pattern, &Endpoint)]) -> String {
    let nearest = known.iter().min_by_key(|(other, _)| pattern.distance(other));
    let nearest = nearest.map_or(String::new(), |(other, endpoint)| {
        format!("; nearest is {other} (`{}`)", endpoint.name())
    });
    let all: Vec<_> = known.iter().map(|(other, _)| other.to_string()).collect();
    format!(
        "{pattern} is no endpoint of this API{nearest}. Endpoints: {}",
        all.join(", ")
    )
}

/// Of a name that none of the API's methods has.
pub(super) fn unknown_method(name: &str, endpoints: &[Endpoint]) -> String {
    let names: Vec<_> = endpoints.iter().map(Endpoint::name).collect();
    match names.iter().max_by_key(|other| likeness(name, other)) {
        None => format!(
            "`{name}` is no route: only a transport that is made by `FakeTransport::of` knows the methods of an API"
        ),
        Some(nearest) => format!(
            "`{name}` is no method of this API; nearest is `{nearest}`. Methods: `{}`",
            names.join("`, `")
        ),
    }
}

/// By how many of their characters two names begin and end alike.
fn likeness(name: &str, other: &str) -> usize {
    let alike = |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).count();
    alike(&mut name.chars().zip(other.chars())) + alike(&mut name.chars().rev().zip(other.chars().rev()))
}

/// All that is amiss, if anything is.
pub(super) fn mismatch(table: &Table) -> Option<Mismatch> {
    let missing: Vec<_> = table.routes.iter().filter(|row| !row.answers.is_empty()).collect();
    let left: usize = missing.iter().map(|row| row.answers.len()).sum();
    let came = table.unexpected.len();
    let mut words = match (left, came) {
        (0, 0) => return None,
        (_, 0) => format!("{} never came", requests(left)),
        (0, _) => format!("{} came unexpectedly", requests(came)),
        _ => format!(
            "{} never came, and {} came unexpectedly",
            requests(left),
            requests(came)
        ),
    };
    if !missing.is_empty() {
        words.push_str("\n\nnever came:");
        for row in missing {
            let count = match row.answers.len() {
                1 => String::new(),
                count => format!(", {count} times"),
            };
            let _ = write!(words, "\n- {row} (route {}){count}", row.number);
        }
    }
    if came > 0 {
        words.push_str("\n\ncame unexpectedly:");
        for (index, said) in table.unexpected.iter().enumerate() {
            if table.unexpected[..index].contains(said) {
                continue;
            }
            let count = table.unexpected.iter().filter(|other| *other == said).count();
            let times = if count > 1 {
                format!("{count} times ")
            } else {
                String::new()
            };
            let _ = write!(words, "\n- {times}{said}");
        }
    }
    words.push_str("\n\nroutes:");
    for row in &table.routes {
        let _ = write!(words, "\n{}. {row}: {}", row.number, asked(row));
    }
    if table.routes.is_empty() {
        words.push_str(" none");
    }
    Some(Mismatch(words))
}

fn requests(count: usize) -> String {
    match count {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    }
}

/// How often a route was asked, and how often it is meant to be.
fn asked(row: &Row) -> String {
    let (came, expected) = (row.taken.len(), row.expected);
    match (expected, &row.always) {
        (0, None) => "without an answer".to_owned(),
        (0, Some(_)) => format!("{came} came, of any number"),
        (_, None) => format!("{came} of {expected} came"),
        (_, Some(_)) => format!("{came} came, of {expected} or more"),
    }
}

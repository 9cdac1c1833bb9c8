//! Any body of an error response: read where it is an object, there and back, and told in one line.

use reauth_fuzz::Verdict;

use super::*;
use crate::error::{Error, Kind};

/// The headers and body of an answer, as the call loop hands them over.
fn answered(status: StatusCode, body: &[u8]) -> Error {
    let headers = [(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/problem+json"),
    )];
    Error::answered(status, headers.into_iter().collect(), body.to_vec().into())
}

/// Without members of which some may be numbers, the last bit of which `serde_json` rounds.
fn without_numbers(problem: ProblemDetails) -> (ProblemDetails, Vec<String>) {
    let ProblemDetails { extensions, .. } = problem;
    let names = extensions.into_iter().map(|(name, _)| name).collect();
    let extensions = Map::new();
    (ProblemDetails { extensions, ..problem }, names)
}

#[test]
fn problem_documents() {
    reauth_fuzz::bytes("problem_documents", |body| {
        let problem = serde_json::from_slice::<ProblemDetails>(body);
        let value = serde_json::from_slice::<Value>(body);
        assert_eq!(
            problem.is_ok(),
            value.as_ref().is_ok_and(Value::is_object),
            "section 3: any object is one"
        );
        if let Ok(problem) = &problem {
            let again = serde_json::to_vec(problem).expect("JSON");
            let again: ProblemDetails = serde_json::from_slice(&again).expect("an object");
            assert_eq!(without_numbers(again), without_numbers(problem.clone()));
            let line = problem.to_string();
            assert!(
                !line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}')),
                "{line:?}"
            );
        }
        let error = answered(StatusCode::CONFLICT, body);
        assert!(matches!(error.kind(), Kind::Status(StatusCode::CONFLICT)));
        let (line, report) = (error.to_string(), format!("{error:?}"));
        assert!(crate::fuzz::is_plain(&line), "{line:?}");
        assert!(line.chars().count() < 512, "{line:?}");
        let lies = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}'..='\u{202e}');
        assert!(!report.contains(lies) && report.lines().count() < 8, "{report:?}");
        Verdict::from(&problem)
    });
}

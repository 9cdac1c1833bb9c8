//! What the compiler says: each file in `ui/fail` has one fault and is named after it; those in `ui/pass` compile.

/// The strictest of users stands here too, where clippy sees it.
#[path = "ui/pass/deny_everything.rs"]
pub mod deny_everything;

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}

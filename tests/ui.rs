//! What the compiler says: each file in `ui/fail` has one fault and is named after it; those in `ui/pass` compile.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}

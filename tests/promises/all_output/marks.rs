//! By what a secret is recognized wherever it shows up, and in what forms.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

/// In every secret, password, key and token that a test makes up. Not in a test's name or a file's, which are printed.
pub(crate) const CANARY: &str = "canary";

/// How what is generated begins: a JWT (a token, an assertion, a proof), an RSA key in PKCS #8, a P-256 key in SEC 1 and in
/// PKCS #8, and a signature of `signed`.
const GENERATED: [&str; 5] = ["eyJ", "MIIEv", "MHcCAQEE", "MIGHAgEA", "HMAC a:"];

/// What looks as it does at the services in `shapes`, and in RFC 7617.
const EXAMPLES: [&str; 9] = [
    "a secret & more",
    "a%20secret%20%26%20more",
    "app.signed.jwt",
    "ghs_16C7",
    "sk-proj-1",
    "sk_test_4eC",
    "open sesame",
    "123£",
    "dGVzdDoxMjPCow",
];

/// A text that no output may have.
pub(super) struct Mark {
    pub(super) form: &'static str,
    /// Without white space: nor has the output, when it is searched.
    pub(super) text: String,
}

/// For whoever receives a secret: one without a mark would not be found in what is printed.
#[track_caller]
pub(crate) fn assert_marked(secret: &str) {
    let text = secret.replace(' ', "");
    assert!(
        all().iter().any(|mark| text.contains(&mark.text)),
        "put `{CANARY}` into the secret: {secret}"
    );
}

/// What an error or a `Debug` prints has none of the marks.
#[track_caller]
pub(crate) fn assert_none_in(printed: &str) {
    if let Some(form) = found_in(printed) {
        panic!("a secret {form}: {printed}");
    }
}

/// In what form there is a secret, if there is one.
pub(crate) fn found_in(printed: &str) -> Option<&'static str> {
    static MARKS: LazyLock<(Vec<Mark>, AhoCorasick)> = LazyLock::new(|| {
        let marks = all();
        let automaton = AhoCorasick::new(marks.iter().map(|mark| &mark.text)).unwrap();
        (marks, automaton)
    });
    let (marks, automaton) = &*MARKS;
    let text: String = printed.split_whitespace().collect();
    automaton.find(&text).map(|found| marks[found.pattern()].form)
}

/// Every form of every mark.
pub(super) fn all() -> Vec<Mark> {
    let mut marks = Vec::new();
    for text in GENERATED.into_iter().chain(EXAMPLES).chain([CANARY]) {
        let listed: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
        let listed_in_hex: Vec<_> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let hex = listed_in_hex.concat();
        let percent = format!("%{}", listed_in_hex.join("%").to_uppercase());
        marks.extend([
            ("as it is", text.replace(' ', "")),
            ("as a list of bytes", listed.join(",")),
            ("as a list of hexadecimal bytes", listed_in_hex.join(",")),
            ("percent-encoded", percent),
        ]);
        // Less of either could be there by chance.
        if hex.len() >= 8 {
            marks.extend([
                ("in upper-case hexadecimal", hex.to_uppercase()),
                ("in hexadecimal", hex),
            ]);
        }
        marks.extend(in_base64(text).map(|text| ("in Base64", text)));
    }
    marks.into_iter().map(|(form, text)| Mark { form, text }).collect()
}

/// What Base64 makes of it, in either alphabet and at each of the three places in a group, as far as its neighbours do
/// not matter.
fn in_base64(text: &str) -> impl Iterator<Item = String> {
    let at = move |before: usize| {
        let bytes = [&b"\0\0"[..before], text.as_bytes()].concat();
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        [BASE64_STANDARD.encode(&bytes), BASE64_URL_SAFE.encode(&bytes)].map(|encoded| encoded[own.clone()].to_owned())
    };
    (0..3).flat_map(at).filter(|encoded| encoded.len() >= 7)
}

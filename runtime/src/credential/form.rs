//! A form that holds a secret: zeroized when it has been sent.

use bytes::Bytes;
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use crate::request::ALL_BUT_UNRESERVED;

/// `application/x-www-form-urlencoded`, in one buffer that never moves: a buffer that grows would leave copies behind.
pub(super) fn encode(fields: &[(&str, &str)]) -> Bytes {
    // Three bytes for each encoded one, and two separators.
    let room = fields
        .iter()
        .map(|(name, value)| 3 * (name.len() + value.len()) + 2)
        .sum();
    let mut form = Zeroizing::new(String::with_capacity(room));
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.extend(utf8_percent_encode(name, ALL_BUT_UNRESERVED));
        form.push('=');
        form.extend(utf8_percent_encode(value, ALL_BUT_UNRESERVED));
    }
    Bytes::from_owner(Form(form))
}

/// One name or value of a form or a query.
pub(super) fn encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    encoded.extend(utf8_percent_encode(text, ALL_BUT_UNRESERVED));
    encoded
}

struct Form(Zeroizing<String>);

impl AsRef<[u8]> for Form {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer that grows leaves what it held behind, and nothing wipes that.
    #[test]
    fn s12_what_holds_a_secret_never_moves() {
        let allocations = |measured: &dyn Fn()| allocation_counter::measure(measured).count_total;
        for (name, value) in [("", ""), ("a", "b"), ("ä/", "ö&"), ("client_secret", &"=".repeat(999))] {
            let form = allocations(&|| drop(encode(&[(name, value), ("%", name)])));
            assert_eq!(form, 2, "{name} {value:.20}: the text, and what shares it");
            let one = allocations(&|| drop(encoded(value)));
            assert_eq!(one, u64::from(!value.is_empty()), "{value:.20}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn s12_a_form_is_wiped_when_it_has_been_sent() {
        use crate::credential::wiped::{is_left, secret};

        assert!(!is_left(encode(&[("client_secret", &secret())]), |form| form));
        assert!(!is_left(encoded(&secret()), |text| text.as_bytes()));
    }

    #[test]
    fn s06_any_secret_round_trips() {
        let secret = "a&b=c+d e%ä\"";
        let form = encode(&[("client_id", "x"), ("client_secret", secret)]);
        let pairs: Vec<(String, String)> = serde_html_form::from_bytes(&form).unwrap();
        assert_eq!(
            pairs,
            [
                ("client_id".into(), "x".into()),
                ("client_secret".into(), secret.into())
            ]
        );
    }
}

//! A token response becomes a [`Token`]: checked, and its header ready-made.
//!
//! RFC 6749, section 5.1, and RFC 6750, section 2.1. `Bearer {access_token}` is put together once; every request then
//! carries a clone of the same bytes, which are zeroized when the last clone is gone.

use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

use super::cache::Begun;
#[cfg(feature = "store")]
use super::cache::{Moment, is_over};
use super::secret_header::secret_header;
use crate::error::TokenError;

/// The life of a token whose response names none.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);
/// No life is longer than this: a token that never expired would never be checked again.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
const MAX_TOKEN: usize = 16 * 1024;

/// An access token, for a [`TokenSource`](super::TokenSource) of yours: what a request is sent with, and for how long.
///
/// As in a token response (RFC 6749, section 5.1): `access_token`, `token_type`, `expires_in` in seconds; it is
/// `Deserialize` from one. It is checked when it is made, and never printed.
///
/// ```
/// use std::time::Duration;
/// use reauth::Token;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token = Token::bearer("abc.def.ghi")?.expires_in(Duration::from_secs(3600));
/// let token: Token = serde_json::from_str(r#"{"access_token":"abc","token_type":"Bearer","expires_in":3600}"#)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) header: HeaderValue,
    /// Counts from when it was asked for, which the cache knows.
    pub(super) life: Duration,
    /// The token server issues no further one for so long, or says so: its quota is used up.
    pub(super) exhausted_for: Option<Duration>,
    /// When it was asked for, where that was not when the fetch began.
    pub(super) asked: Option<Begun>,
    /// Another process asked for it.
    pub(super) is_shared: bool,
}

/// The fields of a token response that are used; the rest is not kept.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Zeroizing<String>,
    token_type: String,
    expires_in: Option<Value>,
}

/// Read apart from the rest, which may be wrong: this is good all the same.
#[derive(Deserialize)]
struct RefreshResponse {
    refresh_token: Option<SecretString>,
}

/// How a token is sent: the only `token_type` that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449: bound to a key.
    Dpop,
}

impl Scheme {
    /// As it is sent, however the token server spells it: some APIs know no other spelling.
    fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    fn refusal(self) -> &'static str {
        match self {
            Self::Bearer => "its `token_type` is not Bearer",
            Self::Dpop => "its `token_type` is not DPoP, so it is not bound to the key",
        }
    }
}

/// What a token response grants.
pub(super) struct Granted {
    /// The access token, or why it is not to be sent; a new refresh token is good all the same.
    pub(super) token: Result<Token, TokenError>,
    /// The refresh token to use from now on, where there is a new one (RFC 6749, section 6).
    pub(super) refresh_token: Option<SecretString>,
}

impl Granted {
    /// Reads the body of a successful token response.
    pub(super) fn read(body: &[u8], scheme: Scheme, exhausted_for: Option<Duration>) -> Self {
        let response = serde_json::from_slice::<TokenResponse>(body).map_err(|error| malformed(&error));
        let refresh = serde_json::from_slice::<RefreshResponse>(body).ok();
        let refresh_token = refresh.and_then(|response| response.refresh_token);
        Self {
            token: response.and_then(|response| {
                Ok(Token {
                    exhausted_for,
                    ..response.check(scheme)?
                })
            }),
            refresh_token: refresh_token.filter(|token| !token.expose_secret().is_empty()),
        }
    }
}

impl Token {
    /// A bearer token (RFC 6750) that is good for five minutes, unless [`expires_in`](Self::expires_in) says otherwise.
    ///
    /// # Errors
    /// Where it is empty, longer than 16 KiB, or has characters that RFC 6750 does not allow, other than the `!` of
    /// Salesforce's tokens and the `|` of Laravel Sanctum's and Facebook's.
    pub fn bearer(access_token: impl Into<SecretString>) -> Result<Self, TokenError> {
        Self::checked(Scheme::Bearer, access_token.into().expose_secret(), DEFAULT_LIFE)
    }

    /// How long it is good for, from when it was asked for; at most 30 days.
    #[must_use]
    pub fn expires_in(mut self, life: Duration) -> Self {
        self.life = life.min(MAX_LIFE);
        self
    }

    /// One that another process asked for: the whole header, which is checked anew.
    #[cfg(feature = "store")]
    pub(super) fn shared(header: &str, life: Duration, asked: Begun, exhausted_for: Option<Duration>) -> Option<Self> {
        let (name, access_token) = header.split_once(' ')?;
        let schemes = [Scheme::Bearer, Scheme::Dpop];
        let scheme = schemes.into_iter().find(|scheme| scheme.name() == name)?;
        Some(Self {
            exhausted_for,
            asked: Some(asked),
            is_shared: true,
            ..Self::checked(scheme, access_token, life.min(MAX_LIFE)).ok()?
        })
    }

    /// Whether it cannot be sent any more, where it says when it was asked for.
    #[cfg(feature = "store")]
    pub(super) fn is_over(&self, now: Moment) -> bool {
        self.asked.is_some_and(|asked| is_over(asked, self.life, now))
    }

    /// Reads the body of a successful token response.
    #[cfg(test)]
    pub(super) fn from_response(body: &[u8]) -> Result<Self, TokenError> {
        Granted::read(body, Scheme::Bearer, None).token
    }

    fn checked(scheme: Scheme, access_token: &str, life: Duration) -> Result<Self, TokenError> {
        if access_token.is_empty() {
            return Err(TokenError::unacceptable("its `access_token` is empty"));
        }
        if access_token.len() > MAX_TOKEN {
            return Err(TokenError::unacceptable("its `access_token` is longer than 16 KiB"));
        }
        if !is_accepted(access_token) {
            return Err(TokenError::unacceptable(
                "its `access_token` has characters that RFC 6750 does not allow",
            ));
        }
        Ok(Self {
            header: secret_header(&[scheme.name(), " ", access_token])
                .ok_or(TokenError::unacceptable("it is no header value"))?,
            life,
            exhausted_for: None,
            asked: None,
            is_shared: false,
        })
    }
}

impl TokenResponse {
    fn check(&self, scheme: Scheme) -> Result<Token, TokenError> {
        if !self.token_type.eq_ignore_ascii_case(scheme.name()) {
            return Err(TokenError::unacceptable(scheme.refusal()));
        }
        Token::checked(scheme, &self.access_token, life(self.expires_in.as_ref())?)
    }
}

/// From a token response, by the same rules as ours; no error quotes it.
impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Where a type is wrong, serde's own error quotes what stands there.
        TokenResponse::deserialize(deserializer)
            .map_err(|_| TokenError::malformed("it is no object with the strings `access_token` and `token_type`"))
            .and_then(|response| response.check(Scheme::Bearer))
            .map_err(serde::de::Error::custom)
    }
}

/// serde's error without the values it quotes: they may be the token.
fn malformed(error: &serde_json::Error) -> TokenError {
    use serde_json::error::Category;
    TokenError::malformed(match error.classify() {
        Category::Data => "its JSON lacks `access_token` or `token_type`, or they are no strings",
        Category::Eof => "its JSON breaks off",
        Category::Syntax | Category::Io => "it is not JSON",
    })
}

/// RFC 6750, section 2.1: letters, digits, `-._~+/`, and `=` at the end. And what large services have in theirs all the
/// same, which harms no header: `!` (Salesforce: `00D…!AQ…`) and `|` (Laravel Sanctum, Facebook: `1|abc`).
fn is_accepted(token: &str) -> bool {
    let token = token.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/!|".contains(&byte);
    !token.is_empty() && token.bytes().all(allowed)
}

/// `expires_in` as servers write it: a number, also fractional or quoted.
fn life(expires_in: Option<&Value>) -> Result<Duration, TokenError> {
    let seconds = match expires_in {
        None | Some(Value::Null) => return Ok(DEFAULT_LIFE),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match seconds {
        Some(seconds) if seconds > 0.0 => {
            Ok(Duration::try_from_secs_f64(seconds).map_or(MAX_LIFE, |life| life.min(MAX_LIFE)))
        }
        Some(seconds) if seconds <= 0.0 => Err(TokenError::unacceptable("it has expired already (`expires_in`)")),
        _ => Err(TokenError::malformed("its `expires_in` is not a number")),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(response: &Value) -> Result<Token, TokenError> {
        Token::from_response(response.to_string().as_bytes())
    }

    fn with_life(expires_in: &Value) -> Result<Duration, String> {
        read(&json!({"access_token": "abc", "token_type": "Bearer", "expires_in": expires_in}))
            .map(|token| token.life)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn r11_any_expires_in_has_a_defined_result() {
        let seconds = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(
            read(&json!({"access_token": "abc", "token_type": "Bearer"}))
                .unwrap()
                .life,
            DEFAULT_LIFE
        );
        assert_eq!(with_life(&json!(null)), seconds(300));
        assert_eq!(with_life(&json!(86400)), seconds(86400));
        assert_eq!(with_life(&json!("3600")), seconds(3600));
        assert_eq!(with_life(&json!(0.5)), Ok(Duration::from_millis(500)));
        assert_eq!(with_life(&json!(29 * 86400)), seconds(29 * 86400));
        assert_eq!(with_life(&json!(31 * 86400)), seconds(30 * 86400));
        assert_eq!(with_life(&json!(u64::MAX)), Ok(MAX_LIFE));
        assert_eq!(with_life(&json!(1e300)), Ok(MAX_LIFE));
        for expired in [json!(0), json!(-1), json!("-1"), json!(-1e300)] {
            assert!(
                with_life(&expired).unwrap_err().contains("expired already"),
                "{expired}"
            );
        }
        for garbage in [json!("soon"), json!("NaN"), json!([]), json!(true), json!({})] {
            assert!(with_life(&garbage).unwrap_err().contains("not a number"), "{garbage}");
        }
    }

    #[test]
    fn a_life_of_a_users_own_is_at_most_thirty_days() {
        let days = |days: u32| Duration::from_secs(86400) * days;
        let life = |life| Token::bearer("a").unwrap().expires_in(life).life;
        assert_eq!(life(days(29)), days(29));
        assert_eq!(life(days(31)), days(30));
    }

    #[test]
    fn s11_a_token_is_accepted_only_if_it_is_a_bearer_token() {
        let read = |kind: &str, token: &str| read(&json!({"access_token": token, "token_type": kind}));
        assert_eq!(read("Bearer", "aB3-._~+/==").unwrap().header, "Bearer aB3-._~+/==");
        assert_eq!(
            read("bearer", "00Dx!AQ.b_").unwrap().header,
            "Bearer 00Dx!AQ.b_",
            "Salesforce"
        );
        assert_eq!(Token::bearer("1|abc").unwrap().header, "Bearer 1|abc", "Sanctum");
        assert!(read("Bearer", &"a".repeat(MAX_TOKEN)).is_ok());
        for (kind, token) in [
            ("DPoP", "a"),
            ("", "a"),
            ("Bearer", ""),
            ("Bearer", "="),
            ("Bearer", "a b"),
            ("Bearer", "a=b"),
            ("Bearer", "a\"b"),
            ("Bearer", "a,b"),
            ("Bearer", "a\r\nX: y"),
            ("Bearer", "ä"),
            ("Bearer", &"a".repeat(MAX_TOKEN + 1)),
        ] {
            assert!(
                matches!(read(kind, token), Err(TokenError::Unacceptable { .. })),
                "{kind} {token:.20}"
            );
        }
    }

    /// golang/oauth2#113, zitadel/oidc#876: APIs that know only one spelling of what RFC 9110 compares in any case.
    #[test]
    fn the_scheme_is_sent_as_it_is_registered_however_the_token_server_spells_it() {
        for (kind, scheme, sent) in [
            ("bearer", Scheme::Bearer, "Bearer a"),
            ("BEARER", Scheme::Bearer, "Bearer a"),
            ("dpop", Scheme::Dpop, "DPoP a"),
        ] {
            let body = json!({"access_token": "a", "token_type": kind}).to_string();
            let granted = Granted::read(body.as_bytes(), scheme, None);
            assert_eq!(granted.token.unwrap().header, sent);
        }
    }

    #[test]
    fn s09_a_malformed_response_is_not_quoted() {
        for body in [
            r#"{"access_token": 12345, "token_type": "canary"}"#,
            "canary",
            "\"canary\"",
            "{\"access_token\": \"canary",
        ] {
            let error = Token::from_response(body.as_bytes()).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(!text.contains("canary") && !text.contains("12345"), "{text}");
            let text = serde_json::from_str::<Token>(body).unwrap_err().to_string();
            assert!(!text.contains("canary") && !text.contains("12345"), "{text}");
        }
    }

    #[test]
    fn s12_the_header_is_sensitive() {
        let token = read(&json!({"access_token": "canary", "token_type": "Bearer"})).unwrap();
        assert!(!format!("{token:?}").contains("canary"));
    }
}

//! A token in a file that somebody else replaces: Kubernetes' projected service-account tokens, Vault's agent, SPIFFE.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tracing::warn;
use zeroize::Zeroizing;

use super::source::{TokenRequest, TokenSource};
use super::token::Token;
use crate::error::BoxError;

/// As often as client-go and the AWS SDKs do, roughly: kubelet replaces a token long before it expires.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);
const MAX_FILE: u64 = 64 * 1024;

/// Bearer tokens from a file that is replaced from time to time, such as a pod's projected service-account token: a
/// [`TokenSource`] for [`Cached`](crate::Cached).
///
/// The file is read again every minute, in the background of the calls that use it, and at once when the API answers 401;
/// a token that has not changed stays as it is. Where the file holds a JWT, the token is not sent after the time that it
/// claims to end at (`exp`, which is read and not verified). A file that cannot be read is no harm while the token that
/// was read before has not ended.
///
/// ```
/// use reauth::{Cached, TokenFile, api_client};
///
/// #[api_client(auth = "Cached<TokenFile>")]
/// pub trait Orders {
///     #[get("/order/{id}")]
///     async fn order(&self, id: u64) -> reauth::Result<Option<String>>;
/// }
///
/// # fn main() -> reauth::Result<()> {
/// let token = Cached::new(TokenFile::new("/var/run/secrets/tokens/orders"));
/// let orders = OrdersClient::new("https://orders.example.com", token)?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// What was read last, where it says when it ends.
    last: Mutex<Option<(SecretString, SystemTime)>>,
}

impl TokenFile {
    /// A file with a token in it and nothing else, but for white space around it; it is read when a call needs it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            last: Mutex::default(),
        }
    }

    async fn read(&self) -> Result<SecretString, BoxError> {
        // As much as there is room for: a buffer that grows would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_FILE)? + 1));
        let file = tokio::fs::File::open(&self.path).await?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).await?;
        if bytes.len() as u64 > MAX_FILE {
            return Err("the file is larger than 64 KiB".into());
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| "the file is not text")?;
        Ok(text.trim().into())
    }
}

impl TokenSource for TokenFile {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        let now = SystemTime::now();
        let (token, end) = match self.read().await {
            Ok(token) => {
                let end = end(token.expose_secret());
                *self.last.lock() = end.map(|end| (token.clone(), end));
                (token, end)
            }
            Err(error) => match &*self.last.lock() {
                Some((token, end)) if *end > now => {
                    warn!(file = %self.path.display(), %error, "the token file cannot be read; the last token is still good");
                    (token.clone(), Some(*end))
                }
                _ => return Err(error),
            },
        };
        let left = end.map(|end| end.duration_since(now).unwrap_or_default());
        if left == Some(Duration::ZERO) {
            return Err("the token in the file has expired".into());
        }
        let life = READ_AGAIN_AFTER.min(left.unwrap_or(READ_AGAIN_AFTER));
        Ok(Token::bearer(token)?.expires_in(life))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

#[derive(Deserialize)]
struct Claims {
    exp: f64,
}

/// When a JWT claims to end; `None` where it is none, or does not say.
fn end(token: &str) -> Option<SystemTime> {
    let [_, claims, _] = token.split('.').collect::<Vec<_>>()[..] else {
        return None;
    };
    let claims = Zeroizing::new(BASE64URL.decode(claims.trim_end_matches('=')).ok()?);
    let Claims { exp } = serde_json::from_slice(&claims).ok()?;
    let since_epoch = Duration::try_from_secs_f64(exp).ok()?;
    UNIX_EPOCH.checked_add(since_epoch)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(end: SystemTime) -> String {
        let seconds = end.duration_since(UNIX_EPOCH).unwrap().as_secs();
        format!("e30.{}.AA", BASE64URL.encode(format!(r#"{{"exp":{seconds}}}"#)))
    }

    fn from_now(seconds: u64) -> SystemTime {
        SystemTime::now() + Duration::from_secs(seconds)
    }

    /// A file of its own, which is gone with it.
    struct File(PathBuf);

    impl File {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("reauth-{}", uuid::Uuid::new_v4())))
        }

        fn write(&self, text: &str) {
            std::fs::write(&self.0, text).unwrap();
        }

        fn remove(&self) {
            std::fs::remove_file(&self.0).unwrap();
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    async fn fetch(source: &TokenFile) -> Result<(String, Duration), String> {
        let token = source
            .fetch(&TokenRequest::default())
            .await
            .map_err(|error| error.to_string())?;
        Ok((token.header.to_str().unwrap().to_owned(), token.life))
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_gives_the_new_token() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        file.write(" first\n");
        assert_eq!(fetch(&source).await, Ok(("Bearer first".to_owned(), READ_AGAIN_AFTER)));
        file.write("second");
        assert_eq!(fetch(&source).await.unwrap().0, "Bearer second");
    }

    #[tokio::test]
    async fn r09_a_jwt_is_not_sent_after_its_end() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        file.write(&jwt(from_now(3600)));
        assert_eq!(fetch(&source).await.unwrap().1, READ_AGAIN_AFTER);
        file.write(&jwt(from_now(20)));
        assert!(fetch(&source).await.unwrap().1 <= Duration::from_secs(20));
        file.write(&jwt(UNIX_EPOCH + Duration::from_secs(1)));
        assert_eq!(
            fetch(&source).await,
            Err("the token in the file has expired".to_owned())
        );
    }

    #[tokio::test]
    async fn r08_a_file_that_is_gone_does_no_harm_while_its_token_is_good() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        let token = jwt(from_now(3600));
        file.write(&token);
        fetch(&source).await.unwrap();
        file.remove();
        assert_eq!(fetch(&source).await.unwrap().0, format!("Bearer {token}"));
        // One that says nothing of its end is not kept.
        file.write("opaque");
        fetch(&source).await.unwrap();
        file.remove();
        assert!(fetch(&source).await.is_err());
    }

    #[tokio::test]
    async fn s10_a_file_that_holds_no_token_is_an_error_that_does_not_quote_it() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        for text in ["", "canary canary", &"x".repeat(70_000)] {
            file.write(text);
            let error = fetch(&source).await.unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[tokio::test]
    async fn s10_a_file_is_read_up_to_64_kib() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        let padded = |length: usize| format!("{}abc", " ".repeat(length - 3));
        file.write(&padded(64 * 1024));
        assert_eq!(fetch(&source).await.unwrap().0, "Bearer abc");
        for length in [64 * 1024 + 1, 70_000] {
            file.write(&padded(length));
            let error = fetch(&source).await.unwrap_err();
            assert_eq!(error, "the file is larger than 64 KiB", "{length}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_the_reason_where_its_token_has_ended() {
        let file = File::new();
        let source = TokenFile::new(&file.0);
        *source.last.lock() = Some(("abc".into(), UNIX_EPOCH));
        let error = fetch(&source).await.unwrap_err();
        assert!(!error.contains("expired"), "{error}");
    }

    #[test]
    fn an_end_is_read_from_a_jwt_only() {
        let of = |claims: &str| end(&format!("e30.{}.AA", BASE64URL.encode(claims)));
        assert_eq!(of(r#"{"exp":12}"#), Some(UNIX_EPOCH + Duration::from_secs(12)));
        for claims in ["{}", r#"{"exp":"soon"}"#, r#"{"exp":-1}"#, r#"{"exp":1e300}"#, "canary"] {
            assert_eq!(of(claims), None, "{claims}");
        }
        assert_eq!(end("abc"), None);
    }
}

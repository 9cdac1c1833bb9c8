//! What stands for private keys without the feature `jwt`: types of which there is no value.

pub(super) mod signing {
    use zeroize::Zeroizing;

    /// A private key.
    #[derive(Clone)]
    pub(in crate::credential) enum PrivateKey {}

    impl PrivateKey {
        pub(in crate::credential) fn read(_: &str, _: Option<String>) -> Result<Self, &'static str> {
            Err("private keys need the feature `jwt` of this crate")
        }
    }

    impl PrivateKey {
        pub(in crate::credential) fn public_text(&self) -> String {
            match *self {}
        }
    }

    /// A client assertion.
    pub(in crate::credential) struct Assertion;

    impl Assertion {
        pub(in crate::credential) fn new(_: &str, _: &str) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as it is with the feature")]
        pub(in crate::credential) fn sign(&self, key: &PrivateKey) -> Option<Zeroizing<String>> {
            match *key {}
        }
    }
}

pub(super) mod dpop {
    use std::sync::Arc;

    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use reqwest::Url;

    use super::signing::PrivateKey;
    use crate::call::Authorizer;
    use crate::credential::cache::TokenCache;
    use crate::error::TokenError;

    pub(in crate::credential) const DPOP: HeaderName = HeaderName::from_static("dpop");

    /// A key that tokens are bound to.
    pub(in crate::credential) enum Dpop {}

    impl Dpop {
        #[expect(clippy::needless_pass_by_value, reason = "as it is with the feature")]
        pub(in crate::credential) fn new(key: PrivateKey) -> Self {
            match key {}
        }

        pub(in crate::credential) fn public_key(&self) -> String {
            match *self {}
        }

        pub(in crate::credential) fn bind(self: &Arc<Self>, _: Arc<TokenCache>) -> Arc<dyn Authorizer> {
            match **self {}
        }

        pub(in crate::credential) fn proof(
            &self,
            _: &Method,
            _: &Url,
            _: Option<&[u8]>,
        ) -> Result<HeaderValue, TokenError> {
            match *self {}
        }

        pub(in crate::credential) fn heard(&self, _: &Url, _: &HeaderMap) {
            match *self {}
        }
    }
}

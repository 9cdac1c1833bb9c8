//! Whose token it is: everything that makes it another one, in one text that a name is made of (R17).
//!
//! The client's secret is part of it. So processes that were given different ones, as while a secret is rotated, share
//! nothing, and one with a wrong secret gets no token by it.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

/// What distinguishes a token from all others.
#[derive(Clone)]
pub(crate) struct Identity(Zeroizing<Vec<u8>>);

impl Identity {
    /// Of one kind of credential.
    pub(in crate::credential) fn new(kind: &str) -> Self {
        Self(Zeroizing::default()).with("kind", kind)
    }

    /// And of this. Each part has its length before it, so that no two parts can pass for one.
    #[must_use]
    pub(in crate::credential) fn with(self, what: &str, value: &str) -> Self {
        let parts = [what, value];
        let room = self.0.len() + parts.iter().map(|part| part.len() + 8).sum::<usize>();
        // Filled in one go: a buffer that grows would leave copies behind.
        let mut whole = Zeroizing::new(Vec::with_capacity(room));
        whole.extend_from_slice(&self.0);
        for part in parts {
            whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
            whole.extend_from_slice(part.as_bytes());
        }
        Self(whole)
    }

    /// And for these scopes, whose order has no meaning (RFC 6749, section 3.3).
    #[must_use]
    pub(in crate::credential) fn with_scopes(self, scopes: &str) -> Self {
        let scopes: BTreeSet<_> = scopes.split_whitespace().collect();
        self.with("scope", &scopes.into_iter().collect::<Vec<_>>().join(" "))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r17_parts_do_not_run_into_one_another() {
        let identity = |parts: [(&str, &str); 2]| {
            let [(a, b), (c, d)] = parts;
            Identity::new("test").with(a, b).with(c, d).0
        };
        let one = identity([("scope", "a"), ("audience", "b")]);
        for other in [
            [("scope", "ab"), ("audience", "")],
            [("audience", "b"), ("scope", "a")],
            [("scopea", ""), ("audience", "b")],
        ] {
            assert_ne!(one, identity(other), "{other:?}");
        }
        let scopes = |scopes| Identity::new("test").with_scopes(scopes).0;
        assert_eq!(scopes("read  write"), scopes("write read"));
    }
}

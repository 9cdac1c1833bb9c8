//! Refresh tokens that are good for one use each, as a careful server gives them out (RFC 9700, section 4.14.2).

/// One chain of them, from the first on.
#[derive(Debug)]
pub(super) struct RefreshTokens {
    first: String,
    /// How many were given out after the first.
    rotations: usize,
    is_revoked: bool,
}

impl RefreshTokens {
    pub(super) fn new(first: String) -> Self {
        Self {
            first,
            rotations: 0,
            is_revoked: false,
        }
    }

    /// The one that is good now.
    pub(super) fn newest(&self) -> String {
        self.nth(self.rotations)
    }

    fn nth(&self, index: usize) -> String {
        match index {
            0 => self.first.clone(),
            index => format!("{}-{index}", self.first),
        }
    }

    /// Takes the newest one and gives out its successor. One that was used before revokes them all: either the client or a
    /// thief has used it, and nobody knows which.
    pub(super) fn rotate(&mut self, token: &str) -> Result<String, &'static str> {
        if self.is_revoked {
            return Err("The refresh token was revoked");
        }
        if token == self.newest() {
            self.rotations += 1;
            return Ok(self.newest());
        }
        self.is_revoked = (0..self.rotations).any(|index| self.nth(index) == token);
        Err(if self.is_revoked {
            "The refresh token was used before"
        } else {
            "Unknown refresh token"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_used_twice_revokes_them_all() {
        let mut tokens = RefreshTokens::new("a".into());
        assert_eq!(tokens.rotate("b"), Err("Unknown refresh token"));
        assert_eq!(tokens.rotate("a").as_deref(), Ok("a-1"));
        assert_eq!(tokens.rotate("a-1").as_deref(), Ok("a-2"));
        assert_eq!(tokens.rotate("a-1"), Err("The refresh token was used before"));
        assert_eq!(tokens.rotate("a-2"), Err("The refresh token was revoked"));
    }
}

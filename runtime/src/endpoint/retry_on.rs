//! Which failures are retried.

/// A set of failures: kinds of transport failure, and status codes.
///
/// The key `retry_on` of the attribute, as `"transient, 404"`.
///
/// ```
/// use reauth::RetryOn;
///
/// const FAILURES: RetryOn = RetryOn::NONE.transient().status(404);
/// assert!(FAILURES.contains_status(503));
/// assert!(FAILURES.contains_status(404));
/// assert!(!FAILURES.contains_status(403));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RetryOn {
    connect: bool,
    timeout: bool,
    network: bool,
    /// One bit for each status code below 1024.
    statuses: [u64; 16],
}

impl RetryOn {
    /// Nothing is retried.
    pub const NONE: Self = Self {
        connect: false,
        timeout: false,
        network: false,
        statuses: [0; 16],
    };

    /// The default: see [`transient`](Self::transient).
    pub const TRANSIENT: Self = Self::NONE.transient();

    /// Failures that may pass by themselves, as Polly's `HandleTransientHttpError` has them: no connection, a broken
    /// connection, an attempt that took too long, 408, 429 and every 5xx.
    #[must_use]
    pub const fn transient(mut self) -> Self {
        self.network = true;
        self.connect().timeout().status(408).status(429).server_errors()
    }

    /// No connection could be made, so the server has seen nothing of the request.
    #[must_use]
    pub const fn connect(mut self) -> Self {
        self.connect = true;
        self
    }

    /// An attempt got no response head within its time limit.
    #[must_use]
    pub const fn timeout(mut self) -> Self {
        self.timeout = true;
        self
    }

    /// Every status code from 500 to 599.
    #[must_use]
    pub const fn server_errors(mut self) -> Self {
        let mut status = 500;
        while status < 600 {
            self = self.status(status);
            status += 1;
        }
        self
    }

    /// One status code; above 1023 there is none, and nothing happens.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        if status < 1024 {
            self.statuses[(status / 64) as usize] |= 1 << (status % 64);
        }
        self
    }

    /// All of it but this status code.
    #[must_use]
    pub(crate) const fn except_status(mut self, status: u16) -> Self {
        if status < 1024 {
            self.statuses[(status / 64) as usize] &= !(1 << (status % 64));
        }
        self
    }

    /// Whether a response with this status is retried.
    #[must_use]
    pub const fn contains_status(&self, status: u16) -> bool {
        status < 1024 && self.statuses[(status / 64) as usize] & (1 << (status % 64)) != 0
    }

    /// Whether a failure to connect is retried.
    #[must_use]
    pub const fn contains_connect(&self) -> bool {
        self.connect
    }

    /// Whether an attempt that timed out is retried.
    #[must_use]
    pub const fn contains_timeout(&self) -> bool {
        self.timeout
    }

    /// Whether a connection that broke before the response head is retried.
    #[must_use]
    pub const fn contains_network(&self) -> bool {
        self.network
    }
}

/// As the attribute has it: `{transient, 404}`.
impl std::fmt::Debug for RetryOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let transient = self.network;
        let server_errors = (500..600).all(|status| self.contains_status(status));
        let mut set = f.debug_set();
        for (contained, name) in [
            (transient, "transient"),
            (self.connect && !transient, "connect"),
            (self.timeout && !transient, "timeout"),
            (server_errors && !transient, "5xx"),
        ] {
            if contained {
                set.entry(&format_args!("{name}"));
            }
        }
        let named = |status: u16| {
            (transient && Self::TRANSIENT.contains_status(status)) || (server_errors && (500..600).contains(&status))
        };
        set.entries((0..1024).filter(|&status| self.contains_status(status) && !named(status)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_is_what_polly_calls_transient_and_429() {
        let expected = |status| matches!(status, 408 | 429 | 500..=599);
        for status in 0..=u16::MAX {
            assert_eq!(RetryOn::TRANSIENT.contains_status(status), expected(status), "{status}");
        }
    }

    #[test]
    fn a_status_adds_only_itself() {
        let set = RetryOn::NONE.status(404);
        assert_eq!(
            (0..=u16::MAX).filter(|&s| set.contains_status(s)).collect::<Vec<_>>(),
            [404]
        );
        assert_eq!(RetryOn::NONE.status(9999), RetryOn::NONE);
        assert_eq!(format!("{:?}", RetryOn::NONE.connect().status(404)), "{connect, 404}");
        assert_eq!(format!("{:?}", RetryOn::TRANSIENT.status(404)), "{transient, 404}");
        assert_eq!(format!("{:?}", RetryOn::NONE.server_errors().status(429)), "{5xx, 429}");
    }
}

//! The timeline, and the table at the end: what the servers saw, not what the client says of itself.

use std::time::Instant;

use http::StatusCode;
use reauth::Result;
use reauth::testing::TokenServer;
use reauth_examples::TodoServer;

pub(crate) struct Report<'a> {
    tokens: &'a TokenServer,
    server: &'a TodoServer,
    start: Instant,
    calls: usize,
    failures: usize,
    /// Token requests of steps in which tokens were rejected.
    refreshes: usize,
    /// What the servers had seen, and the time, when the current step began.
    before: Seen,
    step: Instant,
}

/// What the servers saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) sends: usize,
    pub(crate) token_requests: usize,
    /// Sends that were answered 401.
    pub(crate) rejected: usize,
}

impl<'a> Report<'a> {
    pub(crate) fn start(tokens: &'a TokenServer, server: &'a TodoServer) -> Self {
        println!("token server {}   todo API {}\n", tokens.url(), server.url());
        let now = Instant::now();
        Self {
            tokens,
            server,
            start: now,
            calls: 0,
            failures: 0,
            refreshes: 0,
            before: Seen::default(),
            step: now,
        }
    }

    pub(crate) fn step(&mut self, what: &str) {
        println!("{:>6} ms  {what}", self.start.elapsed().as_millis());
        self.before = self.seen();
        self.step = Instant::now();
    }

    /// Counts a call and passes its result on.
    pub(crate) fn counted<T>(&mut self, result: Result<T>) -> Result<T> {
        self.calls += 1;
        self.failures += usize::from(result.is_err());
        result
    }

    pub(crate) fn all_counted<T>(&mut self, results: Vec<Result<T>>) -> Result<()> {
        results
            .into_iter()
            .try_for_each(|result| self.counted(result).map(drop))
    }

    /// Ends a step, if the servers saw what it expects of them.
    pub(crate) fn outcome(&mut self, expected: Seen, what: &str) -> std::result::Result<(), String> {
        let (now, before) = (self.seen(), self.before);
        let seen = Seen {
            sends: now.sends - before.sends,
            token_requests: now.token_requests - before.token_requests,
            rejected: now.rejected - before.rejected,
        };
        if seen != expected {
            return Err(format!("the servers saw {seen:?} and not {expected:?}"));
        }
        if seen.rejected > 0 {
            self.refreshes += seen.token_requests;
        }
        let requests = if seen.token_requests == 1 {
            "token request"
        } else {
            "token requests"
        };
        let millis = self.step.elapsed().as_millis();
        println!("           └ {what}");
        println!(
            "             {} sent, {} {requests}, {millis} ms\n",
            seen.sends, seen.token_requests
        );
        Ok(())
    }

    pub(crate) fn finish(&self) {
        let Seen {
            sends,
            token_requests,
            rejected,
        } = self.seen();
        println!("calls           {:>5}", self.calls);
        println!("sends           {sends:>5}");
        println!("token requests  {token_requests:>5}");
        println!(
            "refreshes       {:>5}   for {rejected} rejected requests",
            self.refreshes
        );
        println!("retries         {:>5}", sends - self.calls - rejected);
        println!("failures        {:>5}", self.failures);
    }

    fn seen(&self) -> Seen {
        Seen {
            sends: self.server.requests(),
            token_requests: self.tokens.token_requests(),
            rejected: self.server.count(StatusCode::UNAUTHORIZED),
        }
    }
}

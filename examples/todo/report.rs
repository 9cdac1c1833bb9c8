//! The timeline, and the table at the end: what the servers saw, not what the client says of itself.

use std::time::Instant;

use http::StatusCode;
use reauth::Result;
use reauth::testing::TokenServer;
use reauth_examples::TodoServer;

pub struct Report<'a> {
    tokens: &'a TokenServer,
    server: &'a TodoServer,
    start: Instant,
    calls: usize,
    failures: usize,
    /// What the servers had seen, and the time, when the current step began.
    before: Seen,
    step: Instant,
}

#[derive(Clone, Copy)]
struct Seen {
    sends: usize,
    token_requests: usize,
}

impl<'a> Report<'a> {
    pub fn start(tokens: &'a TokenServer, server: &'a TodoServer) -> Self {
        println!("token server {}   todo API {}\n", tokens.url(), server.url());
        let now = Instant::now();
        let before = Seen {
            sends: 0,
            token_requests: 0,
        };
        Self {
            tokens,
            server,
            start: now,
            calls: 0,
            failures: 0,
            before,
            step: now,
        }
    }

    pub fn step(&mut self, what: &str) {
        println!("{:>6} ms  {what}", self.start.elapsed().as_millis());
        self.before = self.seen();
        self.step = Instant::now();
    }

    /// Counts a call and passes its result on.
    pub fn counted<T>(&mut self, result: Result<T>) -> Result<T> {
        self.calls += 1;
        self.failures += usize::from(result.is_err());
        result
    }

    pub fn all_counted<T>(&mut self, results: Vec<Result<T>>) -> Result<()> {
        results
            .into_iter()
            .try_for_each(|result| self.counted(result).map(drop))
    }

    pub fn outcome(&self, what: &str) {
        let (now, before) = (self.seen(), self.before);
        let (sends, fetches) = (now.sends - before.sends, now.token_requests - before.token_requests);
        let millis = self.step.elapsed().as_millis();
        println!("           └ {what}");
        println!("             {sends} sent, {fetches} token requests, {millis} ms\n");
    }

    pub fn finish(&self) {
        let Seen { sends, token_requests } = self.seen();
        let rejected = self.server.count(StatusCode::UNAUTHORIZED);
        // Two credentials fetched a first token each.
        let refreshes = token_requests - 2;
        println!("calls           {:>5}", self.calls);
        println!("sends           {sends:>5}");
        println!("token requests  {token_requests:>5}");
        println!("refreshes       {refreshes:>5}   for {rejected} rejected requests");
        println!(
            "retries         {:>5}",
            self.server.count(StatusCode::SERVICE_UNAVAILABLE)
        );
        println!("failures        {:>5}", self.failures);
    }

    fn seen(&self) -> Seen {
        Seen {
            sends: self.server.requests(),
            token_requests: self.tokens.token_requests(),
        }
    }
}

//! So many calls at once that all need a token: first there is none yet, then the one that they have was revoked.

use std::io;
use std::time::Instant;

use reauth_benches::contenders::{self, BoxError, Contender, Visitor};
use reauth_benches::figures::{Herd, Herds, Seen};
use reauth_benches::sockets;
use tokio::task::JoinSet;

pub(crate) fn herd(name: &str, calls: usize, url: &str) -> Result<(), BoxError> {
    sockets::allow_many()?;
    let herds = contenders::visit(name, Calls { calls, url }).ok_or("no such contender")??;
    Ok(serde_json::to_writer(io::stdout(), &herds)?)
}

struct Calls<'a> {
    calls: usize,
    url: &'a str,
}

impl Visitor for Calls<'_> {
    type Output = Result<Herds, BoxError>;

    fn visit<C: Contender>(self) -> Self::Output {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let client = C::new(self.url)?;
        runtime.block_on(async {
            Ok(Herds {
                cold: self.together(&client).await?,
                revoked: self.together(&client).await?,
            })
        })
    }
}

impl Calls<'_> {
    /// Makes the server refuse every token that it has issued; then all call at once.
    async fn together<C: Contender>(&self, client: &C) -> Result<Herd, BoxError> {
        reqwest::get(format!("{}/revoke", self.url)).await?.error_for_status()?;
        let start = Instant::now();
        let mut calls = JoinSet::new();
        for id in 0..self.calls {
            let client = client.clone();
            calls.spawn(async move { client.todo(&id.to_string()).await });
        }
        let ended = calls.join_all().await;
        if let Some(error) = ended.iter().find_map(|ended| ended.as_ref().err()) {
            eprintln!("a call of the herd failed: {error}");
        }
        let seconds = start.elapsed().as_secs_f64();
        let seen: Seen = reqwest::get(format!("{}/seen", self.url)).await?.json().await?;
        Ok(Herd {
            token_requests: seen.token_requests,
            failed: ended.iter().filter(|ended| ended.is_err()).count().try_into()?,
            most_sends: seen.most_sends,
            seconds,
        })
    }
}

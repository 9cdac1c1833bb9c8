//! Redis or Valkey, by the `redis` crate.
//!
//! Each step is one script, and so atomic; all of it is in two keys, in one slot of a cluster:
//!
//! ```text
//! reauth:{NAME}          VERSION:VALUE     expires with the token
//! reauth:{NAME}:lease    FENCE:NOTE        expires with the lease
//! ```
//!
//! A fence is the server's time in microseconds, or one more than the greatest that is known where that is later: so it
//! grows also over a restart without persistence, a flush, an eviction and a failover, and says when the lease was
//! granted, which is what an entry's end counts from. Numbers in scripts are doubles, exact up to 2⁵³: the year 2255.
//!
//! Scripts are sent whole (`EVAL`): one or two kilobytes, a few times in a token's life, and no cache of scripts that a
//! restart loses.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, RedisResult, Value};

use super::encrypted::STEP_LIMIT;
use super::token_store::{Entry, Lease, TokenStore};
use crate::error::{BoxError, Error, Result};

const GET: &str = include_str!("get.lua");
const LEASE: &str = include_str!("lease.lua");
const PUBLISH: &str = include_str!("publish.lua");
const KEEP: &str = include_str!("keep.lua");

/// A [`TokenStore`] in Redis (5 or later) or Valkey.
///
/// It needs leave for `EVAL` and what the scripts use: with access control lists
/// `+eval +get +set +del +pttl +pexpireat +time ~reauth:*`. Each entry is a few kilobytes and expires with its token; a
/// server that evicts (`maxmemory-policy`) costs a token request at most.
///
/// ```no_run
/// use reauth::Auth0;
/// use reauth::store::{EncryptedStore, RedisStore, StoreKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = StoreKey::from_base64(std::env::var("REAUTH_STORE_KEY")?)?;
/// let redis = RedisStore::open("redis://redis.internal:6379")?;
/// let auth0 = Auth0::from_env()?.store(EncryptedStore::new(redis, key));
/// # Ok(()) }
/// ```
///
/// # TLS, clusters, Sentinel
///
/// As the [`redis`] crate has them: add it to your `Cargo.toml` with the feature, and give [`new`](Self::new) what you
/// connected with.
///
/// * `rediss://…` with [`open`](Self::open): its feature `tokio-rustls-comp` or `tokio-native-tls-comp`.
/// * A cluster: its feature `cluster-async`, and a `redis::cluster_async::ClusterConnection`.
/// * Sentinel: its feature `sentinel`, and whatever of yours asks Sentinel for the master anew when a connection is lost.
pub struct RedisStore<C = ConnectionManager> {
    connection: C,
    prefix: Arc<str>,
}

impl RedisStore {
    /// Connects to `redis://…` when it is first asked, and anew whenever the connection is lost. So it does not matter
    /// whether the server is there yet. On the tokio runtime of whoever asks.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn open(url: &str) -> Result<Self> {
        // One connection, made anew at the next step: waiting and trying again are ours.
        let settings = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(STEP_LIMIT))
            .set_response_timeout(Some(STEP_LIMIT));
        let client = Client::open(url).map_err(|error| refused(&error))?;
        ConnectionManager::new_lazy_with_config(client, settings)
            .map(Self::new)
            .map_err(|error| refused(&error))
    }
}

/// Without the URL, which may have a password in it.
fn refused(error: &redis::RedisError) -> Error {
    let problem = error.detail().unwrap_or("it is not `redis://HOST:PORT`");
    Error::settings(vec![format!("the URL of the token store cannot be used: {problem}")])
}

impl<C> RedisStore<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    /// With a connection of yours, which sees to it that it is made anew when it is lost.
    pub fn new(connection: C) -> Self {
        Self {
            connection,
            prefix: "reauth".into(),
        }
    }

    /// What the keys begin with, before a colon: `reauth` unless set.
    #[must_use]
    pub fn prefix(mut self, prefix: impl AsRef<str>) -> Self {
        self.prefix = prefix.as_ref().into();
        self
    }

    /// A script on what is under one name. The braces keep both keys in one slot.
    fn step(&self, script: &str, name: &str) -> Cmd {
        let mut step = redis::cmd("EVAL");
        let entry = format!("{}:{{{name}}}", self.prefix);
        step.arg(script).arg(2).arg(&entry).arg(format!("{entry}:lease"));
        step
    }

    async fn run<T: FromRedisValue>(&self, step: &Cmd) -> RedisResult<T> {
        step.query_async(&mut self.connection.clone()).await
    }
}

impl<C> TokenStore for RedisStore<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    async fn get(&self, name: &str) -> std::result::Result<Option<Entry>, BoxError> {
        match self.run(&self.step(GET, name)).await? {
            Value::Nil => Ok(None),
            answer => Ok(Some(Answer::new(answer)?.entry()?)),
        }
    }

    async fn lease(&self, name: &str, newer_than: u64, term: Duration) -> std::result::Result<Lease, BoxError> {
        let mut step = self.step(LEASE, name);
        step.arg(newer_than).arg(millis(term));
        let mut answer = Answer::new(self.run(&step).await?)?;
        let what: String = answer.next()?;
        match &*what {
            "newer" => Ok(Lease::Newer(answer.entry()?)),
            "granted" => Ok(Lease::Granted { fence: answer.next()? }),
            "held" => Ok(Lease::Held {
                fence: answer.next()?,
                remaining: answer.duration()?,
                note: answer.next()?,
            }),
            _ => Err("the script answered something else".into()),
        }
    }

    async fn publish(
        &self,
        name: &str,
        fence: u64,
        value: Vec<u8>,
        life: Duration,
    ) -> std::result::Result<bool, BoxError> {
        let mut step = self.step(PUBLISH, name);
        step.arg(fence).arg(value).arg(millis(life));
        Ok(self.run(&step).await?)
    }

    async fn keep(&self, name: &str, fence: u64, term: Duration, note: Vec<u8>) -> std::result::Result<bool, BoxError> {
        let mut step = self.step(KEEP, name);
        step.arg(fence).arg(millis(term)).arg(note);
        Ok(self.run(&step).await?)
    }
}

/// What a script answered, part by part.
struct Answer(std::vec::IntoIter<Value>);

impl Answer {
    fn new(answer: Value) -> RedisResult<Self> {
        Ok(Self(Vec::from_redis_value(answer)?.into_iter()))
    }

    fn next<T: FromRedisValue>(&mut self) -> RedisResult<T> {
        Ok(T::from_redis_value(self.0.next().unwrap_or(Value::Nil))?)
    }

    fn entry(&mut self) -> RedisResult<Entry> {
        Ok(Entry {
            version: self.next()?,
            value: self.next()?,
            expires_in: self.duration()?,
        })
    }

    /// A key without an end has a negative one.
    fn duration(&mut self) -> RedisResult<Duration> {
        let millis: i64 = self.next()?;
        Ok(u64::try_from(millis).map_or(Duration::MAX, Duration::from_millis))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Where it is, is for the connection to know.
impl<C> std::fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

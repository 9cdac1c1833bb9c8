//! Redis or Valkey, by the `redis` crate.
//!
//! Connections are made when they are needed, on the runtime of whoever needs one, and given up after each failure: the
//! store is then left alone for a while anyway. (The crate's own `ConnectionManager` has to be made inside of a runtime,
//! stays with it, and knows no Sentinel.)
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

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, Value};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use super::breaker::STEP_LIMIT;
use super::token_store::{Entry, Lease, TokenStore};
use crate::credential::settings::secret_from_env;
use crate::error::{BoxError, Error, Result, printable};

/// How long an answer may take, and the connection where there is none.
const ANSWER_LIMIT: Duration = STEP_LIMIT.saturating_sub(Duration::from_millis(100));

const GET: &str = concat!(include_str!("read.lua"), include_str!("get.lua"));
const LEASE: &str = concat!(include_str!("read.lua"), include_str!("lease.lua"));
const PUBLISH: &str = concat!(include_str!("read.lua"), include_str!("publish.lua"));
const RENEW: &str = concat!(include_str!("read.lua"), include_str!("renew.lua"));
const RELEASE: &str = concat!(include_str!("read.lua"), include_str!("release.lua"));

/// A [`TokenStore`] in Redis (5 or later) or Valkey.
///
/// It needs permission to run `EVAL` and what the scripts use: with access control lists
/// `+eval +get +strlen +set +del +pttl +time ~reauth:*` (`+select` too, where the URL names a database). Each entry is a few
/// kilobytes and expires with its token; a server that evicts (`maxmemory-policy`) costs a token request at most.
///
/// ```no_run
/// use reauth::Auth0;
/// use reauth::store::{EncryptedStore, RedisStore, StoreKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = StoreKey::from_env()?;
/// let redis = RedisStore::open("redis://redis.internal:6379")?;
/// let auth0 = Auth0::from_env()?.store(EncryptedStore::new(redis, key));
/// # Ok(()) }
/// ```
///
/// # TLS, clusters, Sentinel
///
/// As the [`redis`] crate has them: add version 1 of it to your `Cargo.toml` with the feature. Each of these is tested with
/// Redis 7 as one server on one machine; Valkey, clusters of several nodes, and failovers are not.
///
/// * `rediss://…` with [`open`](Self::open), by the certificates of the system: its feature `tokio-rustls-comp`, or
///   `tokio-native-tls-comp`, which is not tested. For certificates of your own, and mutual TLS (not tested), its
///   `Client::build_with_tls` and [`connected_by`](Self::connected_by).
/// * A cluster: its feature `cluster-async`, and [`new`](Self::new) with a `ClusterConnection`, which finds its way when
///   nodes change; likewise a `ConnectionManager` that you have anyway (not tested).
/// * Sentinel: its feature `sentinel`, and [`connected_by`](Self::connected_by) with what asks a `SentinelClient` for a
///   connection. It is asked anew after each failure, and so finds the new master.
///
/// ```ignore
/// let sentinel = SentinelClient::build(vec!["redis://sentinel.internal:26379"], "master", None, SentinelServerType::Master)?;
/// let sentinel = Arc::new(tokio::sync::Mutex::new(sentinel));
/// let redis = RedisStore::connected_by(move || {
///     let sentinel = sentinel.clone();
///     async move { sentinel.lock().await.get_async_connection().await }
/// });
/// ```
///
/// Without TLS nothing but the token's encryption protects what goes to the server: a password in the URL is sent in clear.
pub struct RedisStore<C = MultiplexedConnection> {
    connect: Box<Connect<C>>,
    /// The one in use; none after it has failed.
    connection: Mutex<Option<Arc<C>>>,
    /// Where it is, for logs; of a connection of the user's that is not known.
    address: String,
    prefix: Arc<str>,
}

type Connect<C> = dyn Fn() -> Pin<Box<dyn Future<Output = RedisResult<C>> + Send>> + Send + Sync;

impl RedisStore {
    /// Connects to `redis://…` when it is first asked, and anew after each failure: so it does not matter whether the
    /// server is there yet.
    ///
    /// # Errors
    /// Where the URL is none, or asks for TLS and the `redis` crate has none.
    pub fn open(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| refused(&error))?;
        let address = client.get_connection_info().addr().to_string();
        let store = Self::connected_by(move || {
            let client = client.clone();
            async move {
                // Our own limits are in `run`.
                let settings = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None);
                client.get_multiplexed_async_connection_with_config(&settings).await
            }
        });
        Ok(Self { address, ..store })
    }

    /// [`open`](Self::open) with the URL in the environment variable `REDIS_URL`.
    ///
    /// # Errors
    /// Where that is not set, empty, or cannot be used.
    pub fn from_env() -> Result<Self> {
        Self::open(secret_from_env("REDIS_URL").map_err(Error::settings)?.expose_secret())
    }
}

/// Without the URL, which may have a password in it: the crate's own errors of this kind have no part of it but the
/// protocol that it asks for.
fn refused(error: &RedisError) -> Error {
    let problem = error.to_string();
    let (problem, _) = problem.split_once(" - InvalidClientConfig").unwrap_or((&problem, ""));
    let problem = printable(problem);
    let remedy = if problem.contains("TLS") {
        "for `rediss://` add `redis` to your Cargo.toml, with its feature `tokio-rustls-comp`"
    } else {
        "it is like `redis://HOST:PORT`, or `rediss://USER:PASSWORD@HOST:PORT/DATABASE` with TLS; of a password \
         `/ # ? @ : %` are written as `%2F %23 %3F %40 %3A %25`"
    };
    Error::settings(vec![format!(
        "the URL of the token store cannot be used: {problem}; {remedy}"
    )])
}

/// The server is there, and answers; it is just this that it does not do. Whatever else comes may be better over another
/// connection: to the master, say, where this one leads to a replica now.
fn is_healthy(error: &RedisError) -> bool {
    matches!(error.code(), Some("NOPERM" | "OOM"))
}

impl<C> RedisStore<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    /// With a connection of yours, which sees to it that it is made anew when it is lost.
    pub fn new(connection: C) -> Self {
        Self::connected_by(move || {
            let connection = connection.clone();
            async { Ok(connection) }
        })
    }

    /// With what `connect` gives, which is called when the store is first asked, and after each failure.
    pub fn connected_by<F, Fut>(connect: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = RedisResult<C>> + Send + 'static,
    {
        Self {
            connect: Box::new(move || Box::pin(connect())),
            connection: Mutex::new(None),
            address: "redis".to_owned(),
            prefix: "reauth".into(),
        }
    }

    /// What the keys begin with, before a colon: `reauth` unless set.
    ///
    /// # Errors
    /// Where it has a brace: what is in the first braces of a key says which slot of a cluster it belongs to.
    pub fn prefix(mut self, prefix: impl AsRef<str>) -> Result<Self> {
        let prefix = prefix.as_ref();
        if prefix.contains(['{', '}']) {
            let problem =
                format!("the prefix of the token store's keys cannot be used: there is a brace in {prefix:?}");
            return Err(Error::settings(vec![problem]));
        }
        self.prefix = prefix.into();
        Ok(self)
    }

    /// A script on what is under one name. The braces keep both keys in one slot.
    fn step(&self, script: &str, name: &str) -> Cmd {
        let mut step = redis::cmd("EVAL");
        let entry = format!("{}:{{{name}}}", self.prefix);
        step.arg(script).arg(2).arg(&entry).arg(format!("{entry}:lease"));
        step
    }

    /// Less than a step may take: so it is here that a connection which answers no more is given up.
    async fn run<T: FromRedisValue>(&self, step: &Cmd) -> std::result::Result<T, BoxError> {
        let mut used = None;
        let answer = timeout(ANSWER_LIMIT, async {
            let connection = used.insert(self.connection().await?);
            step.query_async(&mut C::clone(connection)).await
        })
        .await;
        let is_over = match &answer {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => !is_healthy(error),
            Err(_) => true,
        };
        if let Some(used) = used
            && is_over
        {
            self.give_up(&used);
        }
        Ok(answer
            .map_err(|_| format!("no answer within {ANSWER_LIMIT:?}: is it there, and is TLS as it wants it?"))??)
    }

    async fn connection(&self) -> RedisResult<Arc<C>> {
        let current = self.connection.lock().clone();
        if let Some(connection) = current {
            return Ok(connection);
        }
        let connected = Arc::new((self.connect)().await?);
        Ok(self.connection.lock().insert(connected).clone())
    }

    /// That one, and not the next that somebody has made meanwhile.
    fn give_up(&self, used: &Arc<C>) {
        self.connection
            .lock()
            .take_if(|connection| Arc::ptr_eq(connection, used));
    }
}

impl<C> TokenStore for RedisStore<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    fn name(&self) -> String {
        self.address.clone()
    }

    async fn get(&self, name: &str) -> std::result::Result<Option<Entry>, BoxError> {
        match self.run(&self.step(GET, name)).await? {
            Value::Nil => Ok(None),
            answer => Ok(Some(Answer::new(answer)?.entry()?)),
        }
    }

    async fn lease(&self, name: &str, newer_than: Option<u64>, term: Duration) -> std::result::Result<Lease, BoxError> {
        let mut step = self.step(LEASE, name);
        let newer_than = newer_than.map_or("none".to_owned(), |version| version.to_string());
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
        self.run(&step).await
    }

    async fn renew(
        &self,
        name: &str,
        fence: u64,
        term: Duration,
        note: Vec<u8>,
    ) -> std::result::Result<bool, BoxError> {
        let mut step = self.step(RENEW, name);
        step.arg(fence).arg(millis(term)).arg(note);
        self.run(&step).await
    }

    async fn release(&self, name: &str, fence: u64) -> std::result::Result<(), BoxError> {
        let mut step = self.step(RELEASE, name);
        step.arg(fence);
        self.run(&step).await
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

/// Without a password.
impl<C> std::fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore")
            .field("address", &self.address)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests;

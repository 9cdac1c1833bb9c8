//! Whatever happens to a call, in any order: the whole loop under 100,000 seeded schedules of faults, against an API that
//! keeps count of what it did, and a token server with faults of its own.
//!
//! Each call has its schedule: which method it calls with which options, when, whether somebody waits for its end, and
//! what happens to each of its requests: refused, reset before or after it took effect, reset behind any byte of the
//! response, slow, hanging, or answered with anything. A seed is a world of a client and up to seven such calls, which
//! share its tokens, budget and guards. Time is virtual. In each world every promise holds: nothing is done twice that must not
//! be (R25), no call outlasts its deadline (R23), every attempt has the same body, the same key and the current token
//! (R26), nothing is sent without its token (S13) or once its call is over, and nothing is left behind (R28).
//!
//! A failing schedule names its seed; `REAUTH_SEED=42 cargo test -p reauth-tests --test promises schedules` runs that one.

mod api;
mod servers;
mod world;

use std::ops::Range;
use std::sync::Arc;

use futures_util::stream;
use parking_lot::Mutex;
use reauth::{Auth0, Backoff, ByteStream, CallOptions, Endpoint, Error};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use self::api::{Client, Free, FreeClient, Guarded, GuardedClient};
use self::servers::{Api, Tokens};
use self::world::{Called, World};
use crate::all_output;
use crate::api::Item;
use crate::seed::{self, Seed};

/// How many calls there are at least.
const SCHEDULES: u64 = 100_000;
/// With four calls each.
const WORLDS: u64 = 25_200;
/// Where every line that is logged is searched for secrets.
const SEARCHED: u64 = 100;
const URL: &str = "https://api.example.com";

/// What came of the calls of many worlds.
#[derive(Debug, Default)]
struct Sum {
    calls: u64,
    sends: u64,
    succeeded: u64,
    dropped: u64,
    /// Calls that were not idempotent and yet sent more than once.
    sent_again: u64,
    effects: u64,
}

impl Client {
    fn new(guarded: bool, world: &Arc<Mutex<World>>) -> Self {
        let credential =
            Auth0::new("tenant.example.com", "client id", "canary-secret").transport(Tokens(world.clone()));
        let api = Api(world.clone());
        if guarded {
            Self::Guarded(GuardedClient::builder(URL, credential).transport(api).build().unwrap())
        } else {
            Self::Free(FreeClient::builder(URL, credential).transport(api).build().unwrap())
        }
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        match self {
            Self::Free(_) => FreeClient::ENDPOINTS,
            Self::Guarded(_) => GuardedClient::ENDPOINTS,
        }
    }

    fn with(&self, options: CallOptions) -> Self {
        match self {
            Self::Free(client) => Self::Free(client.with(options)),
            Self::Guarded(client) => Self::Guarded(client.with(options)),
        }
    }

    /// Calls the method of this name; gives what it answered.
    async fn call(&self, method: &str, call: u32) -> Result<Option<u32>, Error> {
        let item = &Item { id: call };
        let answer = match (self, method) {
            (Self::Free(api), "Free::get") => api.get(call).await?,
            (Self::Free(api), "Free::get_hedged") => api.get_hedged(call).await?,
            (Self::Free(api), "Free::get_open") => return Ok(api.get_open(call).await?.map(|item| item.id)),
            (Self::Free(api), "Free::get_once") => return api.get_once(call).await.map(|_| None),
            (Self::Free(api), "Free::put") => api.put(call, item).await?,
            (Self::Free(api), "Free::put_stream") => api.put_stream(call, pieces(call)).await?,
            (Self::Free(api), "Free::delete") => return api.delete(call).await.map(|()| None),
            (Self::Free(api), "Free::post") => api.post(call, item).await?,
            (Self::Free(api), "Free::post_patiently") => api.post_patiently(call, item).await?,
            (Self::Free(api), "Free::post_with_key") => api.post_with_key(call, item).await?,
            (Self::Free(api), "Free::post_stream") => api.post_stream(call, pieces(call)).await?,
            (Self::Free(api), "Free::patch") => api.patch(call, item).await?,
            (Self::Guarded(api), "Guarded::get") => api.get(call).await?,
            (Self::Guarded(api), "Guarded::post") => api.post(call, item).await?,
            (Self::Guarded(api), "Guarded::post_with_key") => api.post_with_key(call, item).await?,
            (_, other) => panic!("`{other}` is not called here"),
        };
        Ok(Some(answer.id))
    }
}

/// What a call sends.
fn body(endpoint: &Endpoint, call: u32) -> Vec<u8> {
    match endpoint.verb() {
        "GET" | "DELETE" => Vec::new(),
        _ => format!("{{\"id\":{call}}}").into_bytes(),
    }
}

/// The same, piece by piece.
fn pieces(call: u32) -> ByteStream {
    let pieces = ["{\"id\":".to_owned(), call.to_string(), "}".to_owned()];
    ByteStream::new(stream::iter(pieces.map(Ok::<_, std::io::Error>)))
}

/// What one call does otherwise than its endpoint says.
fn options(rng: &mut fastrand::Rng, called: &mut Called) -> CallOptions {
    let mut options = CallOptions::new();
    if rng.bool() {
        called.limit = Duration::from_millis([1, 50, 1_000, 200_000][rng.usize(..4)]);
        options = options.timeout(called.limit);
    }
    if rng.u8(..4) == 0 && called.endpoint.hedge().is_none() {
        let retries = rng.u32(..4);
        options = options.retry(Backoff::constant(Duration::from_millis(rng.u64(..500)), retries));
        called.max_sends = 1 + retries + called.endpoint.reauth().attempts();
    }
    if rng.u8(..4) == 0 {
        options = options.idempotency_key(format!("key {}", rng.u64(..)));
        (called.idempotent, called.has_key) = (true, true);
    }
    options
}

/// One call from its beginning to its end, which may be that nobody waits for it any more.
async fn lead(world: Arc<Mutex<World>>, client: Arc<Client>, call: u32, mut rng: fastrand::Rng, after: Duration) {
    let endpoints = client.endpoints();
    let endpoint = &endpoints[rng.usize(..endpoints.len())];
    let mut called = Called::new(endpoint, &body(endpoint, call));
    let client = if rng.u8(..4) == 0 {
        Arc::new(client.with(options(&mut rng, &mut called)))
    } else {
        client
    };
    sleep(after).await;
    let patience = Duration::from_millis(match rng.u8(..8) {
        0 => rng.u64(..500),
        1 => rng.u64(..10_000),
        _ => 1_000_000,
    });
    called.start = tokio::time::Instant::now();
    world.lock().calls[call as usize] = called;
    let result = timeout(patience, client.call(endpoint.name(), call)).await.ok();
    world.lock().ends(call, result.as_ref());
    world.lock().results.push(result.map(|result| result.is_ok()));
}

async fn run(seed: u64) -> Sum {
    // What reauth itself leaves to chance.
    fastrand::seed(seed);
    let mut rng = fastrand::Rng::with_seed(seed);
    let guarded = rng.u8(..4) == 0;
    let world = Arc::new(Mutex::new(World::new(rng.fork(), guarded)));
    let client = Arc::new(Client::new(guarded, &world));
    let mut calls = JoinSet::new();
    for call in 0..rng.u32(1..=7) {
        world.lock().calls.push(Called::new(&client.endpoints()[0], b""));
        let after = Duration::from_millis([0, 0, 10, 2_000, 40_000][rng.usize(..5)]);
        calls.spawn(lead(world.clone(), client.clone(), call, rng.fork(), after));
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    drop(client);
    // What was left of a call would go on now.
    sleep(Duration::from_secs(100)).await;

    let world = Arc::try_unwrap(world).ok().expect("R28: nothing is left of the client");
    let world = world.into_inner();
    assert!(world.broken.is_empty(), "{:#?}", world.broken);
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "R28: a task is left");
    let count = |which: fn(&Called) -> bool| world.calls.iter().filter(|called| which(called)).count() as u64;
    Sum {
        calls: world.calls.len() as u64,
        sends: world.calls.iter().map(|called| u64::from(called.sends)).sum(),
        succeeded: world.results.iter().filter(|result| **result == Some(true)).count() as u64,
        dropped: world.results.iter().filter(|result| result.is_none()).count() as u64,
        sent_again: count(|called| !called.idempotent && called.sends > 1),
        effects: count(|called| called.effects > 0),
    }
}

fn run_all(seeds: Range<u64>) -> Sum {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let mut sum = Sum::default();
    for seed in seeds {
        let _named = Seed {
            seed,
            tests: "schedules",
        };
        let one = runtime.block_on(run(seed));
        sum.add(&one);
    }
    sum
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.sends += other.sends;
        self.succeeded += other.succeeded;
        self.dropped += other.dropped;
        self.sent_again += other.sent_again;
        self.effects += other.effects;
    }
}

#[test]
fn r25_no_schedule_of_faults_breaks_a_promise() {
    if let Some(seed) = seed::given() {
        run_all(seed..seed + 1);
        return;
    }
    let searched = all_output::is_searched();
    let worlds = if searched { SEARCHED } else { WORLDS };
    let half = worlds / 2;
    let mut sum = Sum::default();
    std::thread::scope(|scope| {
        let halves = [0..half, half..worlds].map(|seeds| scope.spawn(|| run_all(seeds)));
        for one in halves {
            sum.add(&one.join().unwrap());
        }
    });
    println!("{sum:?}");
    assert!(searched || sum.calls >= SCHEDULES, "{sum:?}");
    // It is no proof where nothing happens.
    let of_calls = |part: u64, percent: u64| part * 100 > sum.calls * percent;
    assert!(
        of_calls(sum.sends, 110) && of_calls(sum.succeeded, 20) && of_calls(sum.dropped, 2),
        "{sum:?}"
    );
    assert!(of_calls(sum.sent_again, 1) && of_calls(sum.effects, 40), "{sum:?}");
}

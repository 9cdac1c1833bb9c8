//! A client, the two servers, and a proxy in front of each; and the scenario that goes through them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use parking_lot::Mutex;
use reauth::testing::TokenServer;
use reauth::{Auth0, CallOptions, Error, RetryBudget, Stopped};
use reauth_examples::api::{NewTodo, Todo};
use reauth_examples::{AUDIENCE, SCOPE, TodoServer};
use tokio::join;
use tokio::time::{Duration, Instant, sleep, timeout};

use super::api::{Todos, TodosClient};
use super::fate::Fate;
use super::observed::Observed;
use super::proxy::Proxy;
use crate::all_output::marks;
use crate::clear::unclear;

/// A machine that has other things to do is late; a call that waits for nothing but a fault is later.
const GRACE: Duration = Duration::from_secs(5);
/// When nothing is wrong any more: what is late then is only the machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a fault leaves behind lasts no longer: a failed fetch is remembered for 5 s, a fresh token that was rejected too is
/// kept for a minute.
const AFTERMATH: Duration = Duration::from_secs(70);
/// More of them in so short a time would use up what may be replaced because an API says so.
const ROTATIONS: u8 = 4;
/// No todo's.
const NO_ID: &str = "0";
/// More than any answer that is meant.
const MAX_BODY: usize = 16 * 1024;

pub(super) struct World {
    rng: fastrand::Rng,
    tokens: TokenServer,
    todos: TodoServer,
    to_tokens: Proxy,
    to_todos: Proxy,
    /// Of ten connections to each, so many meet a fault.
    faulty: [Arc<AtomicU8>; 2],
    fates: Arc<Mutex<BTreeMap<String, u64>>>,
    client: TodosClient,
    observed: Observed,
    calls: AtomicU32,
    rotations: u8,
    sum: Mutex<Sum>,
    broken: Mutex<Vec<String>>,
}

/// What came of many calls.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) schedules: u64,
    pub(super) calls: u64,
    pub(super) succeeded: u64,
    pub(super) timed_out: u64,
    pub(super) without_token: u64,
    /// Requests that the client sent, and how many of them were answered 401.
    pub(super) sends: u64,
    pub(super) rejected: u64,
    /// Todos that were added.
    pub(super) effects: u64,
    /// Calls that failed when no fault was left, for what the faults had left.
    pub(super) aftermath: u64,
    pub(super) fates: BTreeMap<String, u64>,
}

/// The token server and the Todo API, of the examples and as they are.
pub(super) async fn servers() -> (TokenServer, TodoServer) {
    let tokens = TokenServer::builder()
        .audience(AUDIENCE)
        .grant(SCOPE)
        .start()
        .await
        .unwrap();
    let todos = TodoServer::start(tokens.verifier(AUDIENCE).scope(SCOPE)).await.unwrap();
    (tokens, todos)
}

impl World {
    pub(super) async fn new(seed: u64, decoy: &str) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (tokens, todos) = servers().await;
        let faulty = [Arc::new(AtomicU8::new(0)), Arc::new(AtomicU8::new(0))];
        let fates: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
        let mut proxy = |server: &str, faulty: &Arc<AtomicU8>| {
            let (mut rng, faulty, fates) = (rng.fork(), faulty.clone(), Arc::clone(&fates));
            let decoy = format!("{decoy}/{seed}");
            Proxy::start(server, move || {
                if rng.u8(..10) >= faulty.load(Ordering::SeqCst) {
                    return Fate::Passes;
                }
                let fate = Fate::any(&mut rng, &decoy);
                *fates.lock().entry(fate.name()).or_insert(0) += 1;
                fate
            })
        };
        let to_tokens = proxy(tokens.url(), &faulty[0]);
        let to_todos = proxy(todos.url(), &faulty[1]);
        let auth0 = Auth0::new(to_tokens.url(), tokens.client_id(), tokens.client_secret()).audience(AUDIENCE);
        let observed = Observed::default();
        let budget = [RetryBudget::UNLIMITED, RetryBudget::new()][rng.usize(..2)];
        let client = TodosClient::builder(to_todos.url(), auth0)
            .layer(observed.layer())
            .retry_budget(budget)
            .max_response_body(MAX_BODY)
            .build()
            .unwrap();
        Self {
            rng,
            tokens,
            todos,
            to_tokens,
            to_todos,
            faulty,
            fates,
            client,
            observed,
            calls: AtomicU32::new(0),
            rotations: 0,
            sum: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    fn breaks(&self, what: String) {
        self.broken.lock().push(what);
    }

    /// The scenario under faults: each connection has its fate, and at some step the key of the tokens changes.
    pub(super) async fn disturbed(&mut self) {
        self.faulty[0].store(self.rng.u8(0..=4), Ordering::SeqCst);
        self.faulty[1].store(self.rng.u8(1..=6), Ordering::SeqCst);
        let rotates_at = (self.rotations < ROTATIONS && self.rng.bool()).then(|| self.rng.u8(0..=3));
        self.rotations += u8::from(rotates_at.is_some());
        let calls = Calls::any(&mut self.rng);
        self.scenario(&self.client, calls, rotates_at).await;
        // No connection outlasts its schedule, nor does what hangs in it.
        self.cut().await;
        self.sum.lock().schedules += 1;
    }

    /// The same client, when the faults have ended.
    pub(super) async fn undisturbed(&self) {
        for faulty in &self.faulty {
            faulty.store(0, Ordering::SeqCst);
        }
        self.cut().await;
        let patient = self
            .client
            .with(CallOptions::new().timeout(PATIENCE).attempt_timeout(PATIENCE));
        let start = Instant::now();
        while let Err(error) = patient.list(self.next_call()).await {
            self.sum.lock().aftermath += 1;
            if start.elapsed() > AFTERMATH {
                return self.breaks(format!("R19: it does not work again: {error:?}"));
            }
            sleep(lasts(&error)).await;
        }
        // A connection that was cut may still be in the client's pool when the first of them begin.
        for last in [false, true] {
            let before = self.sum.lock().succeeded;
            self.scenario(&patient, Calls::ALL, None).await;
            let succeeded = self.sum.lock().succeeded - before;
            if succeeded == Calls::COUNT {
                break;
            }
            if last {
                self.breaks(format!(
                    "R19: without a fault {succeeded} of {} calls succeed",
                    Calls::COUNT
                ));
            }
        }
    }

    async fn cut(&self) {
        join!(self.to_tokens.cut(), self.to_todos.cut());
    }

    fn next_call(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::SeqCst)
    }

    async fn rotate(&self, rotates_at: Option<u8>, step: u8) {
        if rotates_at == Some(step) {
            self.tokens.rotate_key().await.unwrap();
        }
    }

    /// What can be done with a todo, each step after the one before.
    async fn scenario(&self, client: &TodosClient, calls: Calls, rotates_at: Option<u8>) {
        let number = self.next_call();
        let [keyed, once] = ["keyed", "once"].map(|kind| format!("{kind} {number}"));
        let of = |description| NewTodo { description };
        let (keyed_todo, once_todo) = (of(&keyed), of(&once));

        self.rotate(rotates_at, 0).await;
        let (added, added_once, health) = join!(
            self.call_if(calls.add, "Todos::add", |call| client.add(call, &keyed_todo)),
            self.call_if(calls.add_once, "Todos::add_once", |call| client
                .add_once(call, &once_todo)),
            self.call_if(calls.health, "Todos::health", |call| client.health(call)),
        );
        for (added, description) in [(&added, &keyed), (&added_once, &once)] {
            if let Some(added) = added {
                self.expect(added.description == *description && !added.completed, "add");
                self.expect(self.effects(description) == 1, "add, which was not done once");
            }
        }
        // Garbage in the place of a text is a text.
        let is_health = |text: &str| text == "ok" || text.contains(char::REPLACEMENT_CHARACTER);
        self.expect(health.is_none_or(|health| is_health(&health)), "health");

        self.rotate(rotates_at, 1).await;
        let added = added.or(added_once);
        let is_it = |todo: &Todo| {
            let added = added.as_ref();
            added.is_some_and(|added| todo.id == added.id && todo.description == added.description)
        };
        let id = added.as_ref().map_or(NO_ID, |added| &added.id);
        let completed = Todo {
            id: id.to_owned(),
            description: added.as_ref().map_or(&keyed, |added| &added.description).clone(),
            completed: true,
        };
        let update = completed.completed();
        let (list, todo, updated) = join!(
            self.call_if(calls.list, "Todos::list", |call| client.list(call)),
            self.call_if(calls.get, "Todos::get", |call| client.get(call, id)),
            self.call_if(calls.complete, "Todos::complete", |call| client
                .complete(call, id, &update)),
        );
        self.expect(
            list.is_none_or(|list| added.is_none() || list.iter().any(is_it)),
            "list",
        );
        self.expect(
            todo.is_none_or(|todo| todo.as_ref().map(is_it) == added.as_ref().map(|_| true)),
            "get",
        );
        self.expect(
            updated.is_none_or(|updated| updated == completed && added.is_some()),
            "complete",
        );

        self.rotate(rotates_at, 2).await;
        // `()` asks for no more than a head, which whoever answers in the server's place may have given.
        self.call_if(calls.remove, "Todos::remove", |call| client.remove(call, id))
            .await;

        self.rotate(rotates_at, 3).await;
        let is_gone = !self.todos.todos().iter().any(|todo| todo.id == id);
        let again = self
            .call_if(calls.get_again, "Todos::get", |call| client.get(call, id))
            .await;
        self.expect(
            again.is_none_or(|todo| todo.is_none_or(|todo| !is_gone && is_it(&todo))),
            "get after remove",
        );
    }

    fn expect(&self, is_so: bool, what: &str) {
        if !is_so {
            self.breaks(format!("a success with a wrong answer: {what}"));
        }
    }

    /// How many todos were ever added with this description.
    fn effects(&self, description: &str) -> usize {
        let added = self.todos.added();
        added.iter().filter(|todo| todo.description == description).count()
    }

    async fn call_if<T, F>(&self, is_made: bool, method: &str, send: impl FnOnce(u32) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Error>>,
    {
        if is_made { self.call(method, send).await } else { None }
    }

    /// One call: it ends in time, with a result or with an error that says what was wrong.
    async fn call<T, F>(&self, method: &str, send: impl FnOnce(u32) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let number = self.next_call();
        let endpoint = TodosClient::ENDPOINTS
            .iter()
            .find(|endpoint| endpoint.name() == method)
            .unwrap();
        let is_disturbed = self.faulty[1].load(Ordering::SeqCst) > 0;
        let limit = if is_disturbed { endpoint.timeout() } else { PATIENCE };
        let result = timeout(limit + GRACE, send(number)).await;
        let sends = self.observed.sends_of(number);
        if sends > endpoint.max_sends() as usize {
            self.breaks(format!("{method} was sent {sends} times"));
        }
        let sum = &mut *self.sum.lock();
        sum.calls += 1;
        match result {
            Err(_) => {
                self.breaks(format!(
                    "R23: {method} goes on {GRACE:?} after its time limit of {limit:?}"
                ));
                None
            }
            Ok(Ok(value)) => {
                sum.succeeded += 1;
                Some(value)
            }
            Ok(Err(error)) => {
                sum.timed_out += u64::from(error.is_timeout());
                sum.without_token += u64::from(error.stopped() == Some(&Stopped::NoToken));
                let printed = format!("{error} {error:?}");
                if let Some(form) = marks::found_in(&printed) {
                    self.breaks(format!("S8: an error of {method} shows a secret {form}"));
                } else if let Some(what) = unclear(&error, endpoint, sends) {
                    self.breaks(format!("{what}: {error:?}"));
                }
                None
            }
        }
    }

    /// What is found when all is over.
    pub(super) fn ends(self) -> (Sum, Vec<String>) {
        self.check_effects();
        self.check_origins();
        let mut sum = self.sum.into_inner();
        (sum.sends, sum.rejected) = self.observed.counts();
        sum.effects = self.todos.added().len() as u64;
        sum.fates = std::mem::take(&mut *self.fates.lock());
        let mut broken = self.broken.into_inner();
        broken.extend(self.observed.take_broken());
        (sum, broken)
    }

    /// R25: nothing is done twice, with a key or without.
    fn check_effects(&self) {
        let mut counts = BTreeMap::new();
        for todo in self.todos.added() {
            *counts.entry(todo.description).or_insert(0) += 1;
        }
        for (description, count) in counts {
            if count > 1 {
                self.breaks(format!("R25: `{description}` was added {count} times"));
            }
        }
    }

    /// Each origin is told what is meant for it, and nothing else.
    fn check_origins(&self) {
        let secret = self.tokens.client_secret();
        for said in [secret, "client_secret", "grant_type"] {
            if self.to_todos.heard(said) {
                self.breaks("the API was sent what is for the token server".to_owned());
            }
        }
        // How every token begins.
        for said in ["Bearer ", "eyJ"] {
            if self.to_tokens.heard(said) {
                self.breaks("the token server was sent a token".to_owned());
            }
        }
        // Or nothing would have been found.
        if self.to_tokens.connections() > 0 && !(self.to_tokens.heard(secret) && self.to_todos.heard("Bearer eyJ")) {
            self.breaks("neither origin was sent what is for it".to_owned());
        }
        for seen in self.todos.log() {
            if (seen.target == "/health") != seen.token_id.is_none() {
                self.breaks(format!("S13: {} {} with a token or without", seen.method, seen.target));
            }
        }
    }
}

/// Which of its calls a scenario makes.
#[expect(clippy::struct_excessive_bools, reason = "one for each call")]
#[derive(Clone, Copy)]
struct Calls {
    add: bool,
    add_once: bool,
    health: bool,
    list: bool,
    get: bool,
    complete: bool,
    remove: bool,
    get_again: bool,
}

impl Calls {
    const COUNT: u64 = 8;
    const ALL: Self = Self {
        add: true,
        add_once: true,
        health: true,
        list: true,
        get: true,
        complete: true,
        remove: true,
        get_again: true,
    };

    /// About half of them: all in each would take twice as long, and show no more in as much time.
    fn any(rng: &mut fastrand::Rng) -> Self {
        let with_key = rng.bool();
        let read = rng.u8(..3);
        Self {
            add: with_key,
            add_once: !with_key,
            health: rng.u8(..4) == 0,
            list: read == 0,
            get: read == 1,
            complete: read == 2,
            remove: rng.bool(),
            get_again: rng.bool(),
        }
    }
}

/// For how long nothing else can come of a call, as its error has it.
fn lasts(error: &Error) -> Duration {
    match error.stopped() {
        Some(
            Stopped::FreshTokenRejected { replaced_in }
            | Stopped::ReplacedTooOften { replaced_in }
            | Stopped::NoOtherToken { replaced_in },
        ) => *replaced_in,
        _ => Duration::from_millis(100),
    }
}

impl Sum {
    pub(super) fn add(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.calls += other.calls;
        self.succeeded += other.succeeded;
        self.timed_out += other.timed_out;
        self.without_token += other.without_token;
        self.sends += other.sends;
        self.rejected += other.rejected;
        self.effects += other.effects;
        self.aftermath += other.aftermath;
        for (fate, count) in other.fates {
            *self.fates.entry(fate).or_insert(0) += count;
        }
    }
}

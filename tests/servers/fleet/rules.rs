//! Whether the scripts that run in Redis keep the rules of a store, each step by itself.

use std::time::{Duration, SystemTime};

use reauth::store::{Lease, RedisStore, TokenStore};
use reauth::testing::check_token_store;

use super::Redis;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn store(redis: &Redis) -> RedisStore {
    RedisStore::open(&redis.url()).unwrap()
}

async fn granted(store: &RedisStore) -> u64 {
    match store.lease("name", None, MINUTE).await.unwrap() {
        Lease::Granted { fence, .. } => fence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn redis_keeps_the_rules_of_a_store() {
    let redis = Redis::start().await;
    check_token_store(&store(&redis)).await;
    let lives: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    for key in lives {
        let life: i64 = redis.ask(&["PTTL", &key]).await;
        assert!((0..=60_000 * 3).contains(&life), "{key} is there for ever: {life}");
    }
}

#[tokio::test]
async fn a_redis_that_has_no_room_for_an_entry_says_so_and_leaves_no_lease() {
    let redis = Redis::start().await;
    let store = store(&redis);
    let fence = granted(&store).await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let error = store.publish("name", fence, vec![0; 100], MINUTE).await.unwrap_err();
    assert!(error.to_string().contains("OOM"), "{error}");
    let keys: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    assert!(keys.is_empty(), "nobody has to wait: {keys:?}");
    // A lease that is released is gone, too.
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    let fence = granted(&store).await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    store.release("name", fence).await.unwrap();
    let keys: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    assert!(keys.is_empty(), "{keys:?}");
}

/// A process that had its token while the clock was years ahead finds what the others have left since it is right.
#[tokio::test]
async fn a_redis_whose_clock_was_set_back_has_newer_entries() {
    let redis = Redis::start().await;
    let store = store(&redis);
    let fence = granted(&store).await;
    store.publish("name", fence, b"value".to_vec(), MINUTE).await.unwrap();
    let ahead_by = |time: Duration| {
        let time = SystemTime::UNIX_EPOCH.elapsed().unwrap() + time;
        u64::try_from(time.as_micros()).unwrap()
    };
    let lease = store.lease("name", Some(ahead_by(2 * DAY)), MINUTE).await.unwrap();
    assert!(
        matches!(&lease, Lease::Newer(entry) if entry.version == fence),
        "{lease:?}"
    );
    // By an hour it may be right again soon: versions go on from there.
    let ahead = ahead_by(DAY / 24);
    let lease = store.lease("name", Some(ahead), MINUTE).await.unwrap();
    assert!(
        matches!(lease, Lease::Granted { fence, .. } if fence > ahead),
        "{lease:?}"
    );
}

/// Were it not, each process would fetch its own, and none would say why.
#[tokio::test]
async fn a_redis_user_that_may_not_all_that_is_needed_hears_of_it() {
    let redis = Redis::start().await;
    let needed: Vec<_> = super::ways::rules_of_the_documentation().split_whitespace().collect();
    for missing in &needed {
        let user = missing.trim_start_matches(['+', '~']).replace([':', '*'], "");
        let mut rules = vec!["ACL", "SETUSER", &user, "on", ">password"];
        rules.extend(needed.iter().filter(|word| word != &missing));
        let _: () = redis.ask(&rules).await;
        let url = redis.url().replace("redis://", &format!("redis://{user}:password@"));
        let store = RedisStore::open(&url).unwrap();
        let steps = async {
            if let Lease::Granted { fence, .. } = store.lease("name", None, MINUTE).await? {
                store.renew("name", fence, MINUTE, Vec::new()).await?;
                store.publish("name", fence, Vec::new(), MINUTE).await?;
            }
            Ok::<_, reauth::BoxError>(())
        };
        let error = steps.await.expect_err(missing).to_string().to_lowercase();
        assert!(
            ["noperm", "permission", "can't run"]
                .iter()
                .any(|word| error.contains(word)),
            "without {missing}: {error}"
        );
        let _: () = redis.ask(&["FLUSHALL"]).await;
    }
}

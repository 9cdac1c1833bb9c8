//! A second request beside the first: for methods that may do their work twice, and before their attempts are over.

use std::time::Duration;

use crate::bounds;
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::duration::written;
use crate::keys::{Hedge, Keys, Setting};
use crate::model::{is_idempotent, is_safe};

/// Compares the trait's delay with the trait's time limits.
pub(super) fn of_trait(api: &Keys, mistakes: &mut Diagnostics) {
    if let Some(hedge) = &api.hedge {
        within_attempt(hedge, [api, api], mistakes);
    }
}

/// After how long a method is sent again: what the trait says is for those that only read.
///
/// The others say it themselves, idempotent as they may be: the second DELETE may find nothing, and answer so before the
/// first one does; a PUT that is cancelled may still be done, after one that came later.
pub(super) fn of_method(verb: Option<&str>, api: &Keys, own: &Keys, mistakes: &mut Diagnostics) -> Option<Duration> {
    // What the verb is, has been asked for already.
    let may_be_sent_twice = verb.is_none_or(is_idempotent) || own.idempotent.is_some() || own.idempotency_key.is_some();
    if let Some(hedge) = &own.hedge {
        if !may_be_sent_twice && hedge.value != Some(Hedge::None) {
            mistakes.push(Mistake::over(
                &hedge.tokens,
                format!(
                    "`hedge` sends a request twice, and a {} may then do its work twice",
                    verb.unwrap_or_default()
                ),
                "write `idempotent` beside it if it does not, or `idempotency_key` if the server knows such keys; otherwise \
                 remove it",
            ));
        }
        within_attempt(hedge, [own, api], mistakes);
    }
    // One that this method's own time limits leave no room for would only be promised.
    let is_inherited = verb.is_some_and(is_safe) && first_over(api.hedge.as_ref(), [own, api]).is_none();
    let inherited = api.hedge.as_ref().filter(|_| is_inherited);
    match own.hedge.as_ref().or(inherited)?.value? {
        Hedge::After(delay) if may_be_sent_twice => Some(delay),
        Hedge::After(_) | Hedge::None => None,
    }
}

/// Complains of one that begins when its attempt is over. The first of the keys win over the others.
fn within_attempt(hedge: &Setting<Hedge>, keys: [&Keys; 2], mistakes: &mut Diagnostics) {
    let Some(Over { delay, name, limit }) = first_over(Some(hedge), keys) else {
        return;
    };
    let (whose, limit) = match limit {
        Limit::Own(limit) => (format!("`{name}`"), limit),
        Limit::Default(limit) => (format!("the default `{name}`"), limit),
    };
    let (delay, limit) = (written(delay), written(limit));
    mistakes.push(Mistake::over(
        &hedge.tokens,
        format!("a hedge after `{delay}` is never sent: {whose} is `{limit}`"),
        format!("write less than `{limit}`, or `{name} = \"…\"` with more than `{delay}`"),
    ));
}

/// A delay, and the time limit that comes no later.
struct Over {
    delay: Duration,
    name: &'static str,
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    Own(Duration),
    Default(Duration),
}

/// The first time limit that a hedge's delay is not below.
fn first_over(hedge: Option<&Setting<Hedge>>, keys: [&Keys; 2]) -> Option<Over> {
    let Some(Hedge::After(delay)) = hedge?.value else {
        return None;
    };
    let limit = |of: fn(&Keys) -> &Option<Setting<Duration>>, default| {
        match keys.iter().find_map(|keys| of(keys).as_ref()) {
            // Where it is wrong, that has been said.
            Some(setting) => setting.value.map(Limit::Own),
            None => Some(Limit::Default(default)),
        }
    };
    let limits = [
        (
            "attempt_timeout",
            limit(|keys| &keys.attempt_timeout, bounds::DEFAULT_ATTEMPT_TIMEOUT),
        ),
        ("timeout", limit(|keys| &keys.timeout, bounds::DEFAULT_TIMEOUT)),
    ];
    limits.into_iter().find_map(|(name, limit)| match limit? {
        limit @ (Limit::Own(at) | Limit::Default(at)) if delay >= at => Some(Over { delay, name, limit }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::keys::{Level, arguments, read};

    fn keys(written: TokenStream, level: Level) -> Keys {
        let mut mistakes = Diagnostics::default();
        let arguments = arguments(written, &mut mistakes);
        read(arguments, level, &mut mistakes)
    }

    /// After how many milliseconds a method with these keys is sent again, in a trait with those.
    fn hedge(verb: &str, api: TokenStream, own: TokenStream) -> Option<u128> {
        let (api, own) = (keys(api, Level::Trait), keys(own, Level::Method));
        let delay = of_method(Some(verb), &api, &own, &mut Diagnostics::default());
        delay.map(|delay| delay.as_millis())
    }

    #[test]
    fn r25_a_traits_hedge_is_for_what_only_reads() {
        for verb in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            assert_eq!(hedge(verb, quote!(hedge = "2s"), quote!()), Some(2_000), "{verb}");
            assert_eq!(hedge(verb, quote!(hedge = "2s"), quote!(hedge = none)), None, "{verb}");
        }
        for (verb, key) in [
            ("PUT", quote!()),
            ("DELETE", quote!()),
            ("POST", quote!(idempotency_key)),
            ("PATCH", quote!(idempotent)),
        ] {
            assert_eq!(hedge(verb, quote!(hedge = "2s"), key.clone()), None, "{verb}");
            assert_eq!(
                hedge(verb, quote!(hedge = "2s"), quote!(#key, hedge = "1s")),
                Some(1_000)
            );
        }
    }

    #[test]
    fn a_traits_hedge_that_a_method_has_no_time_for_is_not_promised() {
        let hedge = |api, own| hedge("GET", api, own);
        assert_eq!(hedge(quote!(hedge = "2s"), quote!(timeout = "2s")), None);
        assert_eq!(hedge(quote!(hedge = "2s"), quote!(attempt_timeout = "1s")), None);
        assert_eq!(hedge(quote!(hedge = "2s"), quote!(timeout = "3s")), Some(2_000));
        assert_eq!(
            hedge(
                quote!(hedge = "2s", attempt_timeout = "5s"),
                quote!(attempt_timeout = "2s")
            ),
            None
        );
    }
}

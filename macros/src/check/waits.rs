//! A schedule whose first wait is as long as its call may take: it never gets to send again.

use std::time::Duration;

use super::policy::{is_anonymous, shown};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::backoff::{Backoff, Reauth, Retry};
use crate::keys::{Keys, Setting};
use crate::{ast, bounds};

/// Compares the schedules with the time limits of the methods that they hold for. Where both stand on the trait, that
/// is one mistake, however many methods there are.
pub(super) fn within_calls(api: &Keys, members: &[ast::Member], mistakes: &mut Diagnostics) {
    let mut of_trait = Vec::new();
    for member in members {
        let ast::Member::Method(method) = member else { continue };
        let own = &method.keys;
        for key in [Key::Retry, Key::Reauth] {
            let Some(mistake) = too_long(key, api, own) else {
                continue;
            };
            match (key.schedule(own), &own.timeout) {
                (None, None) if of_trait.contains(&key) => {}
                (None, None) => {
                    of_trait.push(key);
                    mistakes.push(mistake);
                }
                _ => mistakes.push(mistake),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Retry,
    Reauth,
}

/// A schedule, and the tokens that say so.
struct Schedule<'a> {
    backoff: Option<&'a Backoff>,
    tokens: &'a proc_macro2::TokenStream,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Reauth => "reauth",
        }
    }

    fn schedule(self, keys: &Keys) -> Option<Schedule<'_>> {
        match self {
            Self::Retry => keys.retry.as_ref().map(|setting| Schedule {
                backoff: match &setting.value {
                    Some(Retry::Schedule(backoff)) => Some(backoff),
                    _ => None,
                },
                tokens: &setting.tokens,
            }),
            Self::Reauth => keys.reauth.as_ref().map(|setting| Schedule {
                backoff: match &setting.value {
                    Some(Reauth::Schedule(backoff)) => Some(backoff),
                    _ => None,
                },
                tokens: &setting.tokens,
            }),
        }
    }
}

/// What is wrong with a method's schedule; it stands where the method itself says something of it.
fn too_long(key: Key, api: &Keys, own: &Keys) -> Option<Mistake> {
    if key == Key::Reauth && is_anonymous(own) {
        return None;
    }
    let own_schedule = key.schedule(own);
    let is_own = own_schedule.is_some();
    let schedule = own_schedule.or_else(|| key.schedule(api))?;
    let wait = bounds::shortest_first_wait(schedule.backoff?);
    let setting = own.timeout.as_ref().or(api.timeout.as_ref());
    let (call, whose) = match setting {
        Some(Setting { value, .. }) => ((*value)?, "`timeout`"),
        None => (bounds::DEFAULT_TIMEOUT, "the default `timeout`"),
    };
    if wait < call {
        return None;
    }
    Some(match &own.timeout {
        Some(timeout) if !is_own => inherited(key, wait, call, timeout),
        _ => Mistake::over(
            schedule.tokens,
            format!(
                "the first wait is `{}`, but {whose} is `{}` for the whole call",
                shown(wait),
                shown(call)
            ),
            format!(
                "write a wait of less than `{}`, or `timeout = \"…\"` with more than `{}`",
                shown(call),
                shown(wait)
            ),
        ),
    })
}

/// The method has a time limit that is too short for the trait's schedule.
fn inherited(key: Key, wait: Duration, call: Duration, timeout: &Setting<Duration>) -> Mistake {
    let key = key.name();
    Mistake::over(
        &timeout.tokens,
        format!(
            "`timeout` is `{}`, but the trait's `{key}` waits `{}` first",
            shown(call),
            shown(wait)
        ),
        format!("write more than `{}`, or `{key} = \"none\"` beside it", shown(wait)),
    )
}

//! The instructions of one call, by the stack that they were executed in.

mod frame;

use std::collections::{BTreeMap, HashMap};

use reauth_benches::contenders::BoxError;

pub(crate) use self::frame::Frame;
use crate::callgrind::Profile;
use crate::programs::Programs;

const FEW: u32 = 100;
const MANY: u32 = 300;

/// Instructions of each stack, outermost function first.
pub(crate) struct Stacks(BTreeMap<Vec<Frame>, f64>);

impl Stacks {
    /// Of many calls less those of few, as in the counts.
    pub(crate) fn of_call(programs: &Programs, contender: &str) -> Result<Self, BoxError> {
        let server = programs.server()?;
        let mut stacks = BTreeMap::new();
        for (count, sign) in [(MANY, 1.0), (FEW, -1.0)] {
            let arguments = ["calls", contender, &count.to_string(), server.url()];
            // Every function under each stack of its callers apart, and no source lines.
            let options = ["--separate-callers=200", "--dump-line=no"];
            let profile = Profile::of(programs, &arguments, &options)?;
            for (stack, instructions) in read(&profile.text()?) {
                *stacks.entry(stack).or_default() += sign * instructions / f64::from(MANY - FEW);
            }
        }
        stacks.retain(|_, instructions| *instructions > 0.5);
        Ok(Self(stacks))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[Frame], f64)> {
        self.0.iter().map(|(stack, &instructions)| (&stack[..], instructions))
    }

    /// What is executed in `function` and what it calls, but for what `left_out` does; both by the ends of their names.
    pub(crate) fn within(&self, function: &str, left_out: &str) -> Result<f64, BoxError> {
        let has = |stack: &[Frame], name| stack.iter().any(|frame| frame.name().ends_with(name));
        let within = |(stack, _): &(&[Frame], f64)| has(stack, function) && !has(stack, left_out);
        let instructions: f64 = self.iter().filter(within).map(|(_, instructions)| instructions).sum();
        if instructions > 0.0 {
            Ok(instructions)
        } else {
            Err(format!("no call of `{function}` was seen").into())
        }
    }
}

/// Reads callgrind's format: a function's line, then lines with its own cost; what follows a `calls=` is its callee's.
fn read(profile: &str) -> Vec<(Vec<Frame>, f64)> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut costs: HashMap<&str, f64> = HashMap::new();
    let mut function = None;
    let mut callees = false;
    for line in profile.lines() {
        if let Some((key, value)) = line.split_once('=') {
            // A name is written once, and afterwards its number alone.
            if let (true, Some((number, name))) = (key.ends_with("fn"), value.split_once(' ')) {
                names.insert(number, name);
            }
            if key == "fn" {
                function = value.split(' ').next();
            }
            callees = key == "calls";
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<f64>().ok());
            if let (Some(function), Some(cost), false) = (function, cost, callees) {
                *costs.entry(function).or_default() += cost;
            }
            callees = false;
        }
    }
    costs
        .into_iter()
        .filter_map(|(number, cost)| Some((stack(names.get(number)?), cost)))
        .collect()
}

/// A function and its callers, innermost first, with `'` between them.
fn stack(name: &str) -> Vec<Frame> {
    let functions = name.split('\'');
    // A number says how often the function before it is in the stack.
    let functions = functions.filter(|function| function.parse::<u32>().is_err());
    let mut stack: Vec<_> = functions.map(Frame::new).collect();
    stack.reverse();
    // What is around all calls is not of interest.
    let first = stack
        .iter()
        .position(|frame| frame.name().starts_with("worker::calls"))
        .unwrap_or_default();
    stack.split_off(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_its_own_cost_and_not_its_callees() {
        let profile = "fl=(1) a.rs\nfn=(1) a::inner'a::outer'worker::calls::calls'main\n0 5\n+3 2\n\
                       cfn=(2) free'a::inner'a::outer'worker::calls::calls'main\ncalls=1 0\n0 100\n0 1\n\nfn=(2)\n0 100\n";
        let mut stacks: Vec<_> = read(profile)
            .into_iter()
            .map(|(stack, cost)| (stack.iter().map(Frame::name).collect::<Vec<_>>().join(";"), cost))
            .collect();
        stacks.sort_by(|a, b| a.0.cmp(&b.0));
        let inner = "worker::calls::calls;a::outer;a::inner";
        assert_eq!(stacks, [(inner.to_owned(), 8.0), (format!("{inner};free"), 100.0)]);
    }
}

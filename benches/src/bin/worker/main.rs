//! Does the work, in a process of its own for each thing that is measured. `reauth-benches` starts it.

mod calls;
mod header;
mod herd;
mod serve;
mod speed;

use reauth_benches::contenders::BoxError;

fn main() -> Result<(), BoxError> {
    #[cfg(feature = "untraced")]
    if tracing::level_filters::STATIC_MAX_LEVEL.into_level().is_some() {
        return Err("spans are compiled out with --release only".into());
    }
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve::serve(),
        ["calls", name, count, url] => calls::calls(name, count.parse()?, url),
        ["header", name, count, url] => header::count(name, count.parse()?, url),
        ["header-time", url] => header::time(url),
        ["herd", name, count, url] => herd::herd(name, count.parse()?, url),
        ["speed", at_once, url] => speed::speed(at_once.parse()?, url),
        _ => Err("started by `reauth-benches`, which knows the arguments".into()),
    }
}

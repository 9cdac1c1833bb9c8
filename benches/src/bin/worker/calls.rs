//! So many calls, one after another: for valgrind to count.

use std::hint::black_box;

use reauth_benches::contenders::{self, BoxError, Contender, Visitor};

pub(crate) fn calls(name: &str, count: usize, url: &str) -> Result<(), BoxError> {
    let calls = Calls { count, url };
    contenders::visit(name, calls).ok_or("no such contender")?
}

struct Calls<'a> {
    count: usize,
    url: &'a str,
}

impl Visitor for Calls<'_> {
    type Output = Result<(), BoxError>;

    fn visit<C: Contender>(self) -> Self::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = C::new(self.url)?;
        runtime.block_on(async {
            for _ in 0..self.count {
                black_box(client.todo("42").await?);
            }
            Ok(())
        })
    }
}

//! Parameters of traits and methods, lifetimes, supertraits.
#![deny(warnings)]
#![allow(dead_code, clippy::needless_lifetimes)]

use std::fmt::{Debug, Display};
use std::future::Future;

use reauth::{Result, api_client};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[api_client]
pub trait Crud<T, const N: usize>: Debug + Clone
where
    T: Serialize + DeserializeOwned + Send + Sync,
{
    const PAGE: usize = N;

    #[get("/{id}")]
    async fn read(&self, id: &str) -> Result<T>;

    #[get("/{id}")]
    async fn of<'a, I: Display, R>(&'a self, id: I, #[query] tag: &str) -> Result<R>
    where
        R: DeserializeOwned + Send;

    #[put("/{id}")]
    async fn replace(&self, id: impl Display + Send, #[body] item: &T) -> Result<()>;

    #[post("/")]
    async fn add<B>(&self, #[body] item: B) -> Result<T>
    where
        B: Serialize + Send;

    async fn touch(&self, id: &str) -> Result<()> {
        let item = self.read(id).await?;
        self.replace(id, &item).await
    }
}

#[api_client]
pub trait Borrowing<'t, T: 't = u8> {
    #[get("/{id}/{ty}")]
    async fn all(&self, id: &'t str, ty: &T) -> Result<String>
    where
        T: Display;

    #[get("/{id}")]
    async fn shared(&self, id: std::rc::Rc<str>) -> Result<String>;

    async fn later(&self) -> Result<Box<dyn Debug + Send>> {
        if self.shared("1".into()).await.is_ok() {
            return Ok(Box::new(1));
        }
        unimplemented!()
    }

    async fn never(&mut self, _: &str) -> Result<Vec<u8>> {
        todo!()
    }

    async fn nothing() {}

    async fn hidden(&self) -> impl Iterator<Item = u8> {
        std::iter::once(1)
    }
}

/// Not between threads, and with everything else.
#[api_client(local, dyn)]
pub trait Local<'t, T: Clone + 't, const N: usize>: Debug
where
    [T; N]: Debug,
{
    const MANY: bool = N > 1;

    #[get("/{id}")]
    async fn read<'a>(&self, id: &'a T, #[query] tags: &[&'a str]) -> Result<String>
    where
        T: Display,
        'a: 't;

    #[get("/{id}")]
    async fn of<I: Display>(&self, id: I) -> Result<String>
    where
        Self: Sized;

    async fn shared(&self, value: &'t T) -> std::rc::Rc<T> {
        std::rc::Rc::new(value.clone())
    }

    fn array(&self) -> Option<[T; N]> {
        None
    }
}

fn spawn(_: impl Future + Send) {}

/// Arguments need not be `Send`.
fn sends(client: &BorrowingClient) {
    spawn(Borrowing::<'_, u8>::shared(client, "1".into()));
}

/// The future outlives the arguments, whatever they are.
fn detached<C: Crud<String, 3>>(client: &C) -> impl Future<Output = Result<String>> {
    client.read("1")
}

fn borrows_only_the_client(client: &CrudClient) -> impl Future<Output = Result<String>> + Send + use<'_> {
    let id = String::from("1");
    let rc = std::rc::Rc::new(1);
    let future = Crud::<String, 3>::of(client, 5, &id);
    drop((id, rc));
    future
}

fn main() {}

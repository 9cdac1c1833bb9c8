//! `dyn` and `local`: objects made of clients and of fakes, which are called as the trait is.
#![deny(warnings, missing_docs, unreachable_pub)]
#![allow(unexpected_cfgs)]

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use reauth::{Auth0, Result, api_client};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Documented.
#[api_client(auth = "auth0", retry = "constant(100ms,3)", dyn)]
pub trait TodoApi: Debug {
    /// How many there may be.
    const LIMIT: usize = 5;

    /// One.
    #[get("/todo/{id}")]
    async fn todo(&self, id: &str) -> Result<String>;

    /// Lifetimes that are left out, that have names, and that have ours.
    #[get("/todo/{id}")]
    async fn lifetimes<'life0, 'call>(
        &self,
        id: &'life0 str,
        #[query] tag: Cow<'_, str>,
        #[query] tags: &'call [&str],
        #[query] shown: &dyn IsSerialize,
    ) -> Result<String>;

    /// Arguments with our names.
    #[get("/{request}/{client}")]
    async fn names(
        &self,
        request: u8,
        client: u8,
        #[query] life0: u8,
        #[query] call: u8,
        #[query] argument1: u8,
        #[query] r#type: u8,
    ) -> Result<()>;

    /// Not there.
    #[cfg(any())]
    #[get("/")]
    async fn absent(&self) -> Result<Missing>;

    /// Old.
    #[deprecated]
    #[get("/old")]
    async fn old(&self) -> Result<()>;

    /// Generic, and so left out.
    #[get("/todo/{id}")]
    async fn any<I: Display + Send>(&self, id: I) -> Result<()>
    where
        Self: Sized;

    /// A default method.
    async fn both(&self, (first, second): (&str, &str), mut times: u8) -> Result<String> {
        times -= 1;
        let second = if times == 0 { self.todo(second).await? } else { String::new() };
        Ok(self.todo(first).await? + &second)
    }

    /// Not a request, and called as a hidden method of another would be.
    fn boxed_todo(&self) -> &'static str {
        "todo"
    }

    /// Through `&mut self`.
    async fn change(&mut self, _: &str) -> Result<()> {
        Ok(())
    }
}

/// What a query takes, as an object.
pub trait IsSerialize: Sync {}

impl Serialize for dyn IsSerialize + '_ {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

/// A fake, as a unit test has it.
#[derive(Debug)]
struct Fake(String);

impl TodoApi for Fake {
    async fn todo(&self, id: &str) -> Result<String> {
        Ok(format!("{}{id}", self.0))
    }

    async fn lifetimes<'life0, 'call>(
        &self,
        id: &'life0 str,
        tag: Cow<'_, str>,
        tags: &'call [&str],
        _: &dyn IsSerialize,
    ) -> Result<String> {
        Ok(format!("{id}{tag}{tags:?}"))
    }

    async fn names(&self, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) -> Result<()> {
        Ok(())
    }

    async fn old(&self) -> Result<()> {
        Ok(())
    }

    async fn any<I: Display + Send>(&self, _: I) -> Result<()> {
        Ok(())
    }
}

/// Parameters of every kind.
#[api_client(dyn)]
pub trait Crud<'t, T: 't, const N: usize = 5>
where
    T: Serialize + DeserializeOwned + Send + Sync + 't,
{
    /// One.
    #[get("/{id}")]
    async fn read<'a>(&'a self, id: &str) -> Result<T>
    where
        T: Debug;

    /// Another.
    #[put("/{id}")]
    async fn replace(&self, id: &'t str, #[body] item: &T) -> Result<()>;

    /// A default method.
    async fn touch(&self, id: &'t str) -> Result<()>
    where
        T: Debug,
    {
        let item = self.read(id).await?;
        self.replace(id, &item).await
    }
}

mod inner {
    use super::{Rc, Result, api_client};

    #[api_client(dyn, local, client = "Own", base_url = "https://todo.example.com")]
    trait Local {
        #[get("/{id}")]
        async fn one(&self, id: &Rc<str>) -> Result<String>;

        async fn shared(&self) -> Result<Rc<str>> {
            let id = Rc::from("1");
            Ok(self.one(&id).await?.into())
        }
    }

    #[derive(Clone)]
    struct Fake(Rc<str>);

    impl Local for Fake {
        async fn one(&self, id: &Rc<str>) -> Result<String> {
            let held = Rc::clone(id);
            std::future::ready(()).await;
            Ok(format!("{}{held}", self.0))
        }
    }

    pub(crate) fn object() -> impl Future<Output = Result<Rc<str>>> {
        let object: Rc<dyn DynLocal> = Rc::new(Fake("fake ".into()));
        let _ = Own::new().map(|client| -> Rc<dyn DynLocal> { Rc::new(client) });
        async move { object.shared().await }
    }
}

/// An object in a struct, moved to another thread.
#[derive(Debug, Clone)]
pub struct Service {
    api: Arc<dyn DynTodoApi>,
}

impl Service {
    /// Calls through the object, with arguments that live shorter than it.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn run(&self) -> Result<String> {
        let id = String::from("1");
        let one = self.api.todo(&id).await?;
        let all = self.api.lifetimes(&id, Cow::Borrowed("2"), &["3"], &Any).await?;
        self.api.names(1, 2, 3, 4, 5, 6).await?;
        let both = self.api.both(("a", "b"), 1).await?;
        Ok(format!("{one} {all} {both} {}", self.api.boxed_todo()))
    }
}

struct Any;
impl IsSerialize for Any {}

/// A client that is no object has one method of each name.
async fn no_object(client: &TodoApiClient) -> Result<String> {
    client.names(1, 2, 3, 4, 5, 6).await?;
    client.any(5).await?;
    client.todo("1").await
}

/// An object of a generic trait.
async fn crud<'t>(object: &(dyn DynCrud<'t, String, 3> + 't)) -> Result<String> {
    object.touch("1").await?;
    object.read("1").await
}

fn is_send(future: impl Future + Send) {
    drop(future);
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a fake never waits"),
    }
}

fn main() -> Result<()> {
    let service = Service {
        api: Arc::new(Fake("fake ".to_owned())),
    };
    is_send(service.run());
    let ran = ready(service.clone().run())?;
    assert_eq!(ran, "fake 1 12[\"3\"] fake afake b todo");
    assert_eq!(&*ready(inner::object())?, "fake 1");
    let mut changed: Box<dyn DynTodoApi> = Box::new(Fake(String::new()));
    ready(changed.change("1"))?;

    let auth0 = Auth0::new("tenant.eu.auth0.com", "id", "secret");
    let client = TodoApiClient::new("https://todo.example.com", auth0)?;
    is_send(no_object(&client));
    let _: Arc<dyn DynTodoApi> = Arc::new(client);
    let client = CrudClient::new("https://todo.example.com")?;
    is_send(crud(&client));
    Ok(())
}

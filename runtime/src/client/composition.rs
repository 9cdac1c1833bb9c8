//! One client or several: what a builder builds.
//!
//! Each trait has its own client, its own audience and scopes; clients that are built together share the connections,
//! the credential and its tokens.

use super::Client;
use crate::endpoint::Api;

/// A generated client, which is made from a [`Client`].
pub trait FromClient {
    /// What calls are authorized with; `()` where nothing is.
    type Credential;
    /// What the attribute says of the API.
    const API: Api;

    /// Wraps the client.
    fn from_client(client: Client) -> Self;
}

/// One generated client, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be built by one builder",
    label = "is not a generated client, or more than eight of them",
    note = "one builder builds at most eight clients"
)]
pub trait Clients: Sized {
    /// What all of them authorize their calls with.
    type Credential;
    /// With one more of them.
    type And<D: FromClient<Credential = Self::Credential>>;

    /// The API of each.
    #[doc(hidden)]
    fn apis() -> Vec<Api>;

    /// All of them, from one [`Client`] for each API in the same order; `None` where one is missing.
    #[doc(hidden)]
    fn from_clients(clients: &mut dyn Iterator<Item = Client>) -> Option<Self>;
}

impl<C: FromClient> Clients for C {
    type Credential = C::Credential;
    type And<D: FromClient<Credential = Self::Credential>> = (C, D);

    fn apis() -> Vec<Api> {
        vec![C::API]
    }

    fn from_clients(clients: &mut dyn Iterator<Item = Client>) -> Option<Self> {
        clients.next().map(C::from_client)
    }
}

/// A tuple, and the one that follows it.
macro_rules! tuple {
    ($first:ident $($other:ident)+ => $($and:ident)+) => {
        impl<$first, $($other),+> Clients for ($first, $($other),+)
        where
            $first: FromClient,
            $($other: FromClient<Credential = $first::Credential>),+
        {
            type Credential = $first::Credential;
            type And<Next: FromClient<Credential = Self::Credential>> = ($first, $($and),+);

            fn apis() -> Vec<Api> {
                vec![$first::API, $($other::API),+]
            }

            fn from_clients(clients: &mut dyn Iterator<Item = Client>) -> Option<Self> {
                Some(($first::from_client(clients.next()?), $($other::from_client(clients.next()?)),+))
            }
        }
    };
}

tuple!(A B => B Next);
tuple!(A B C => B C Next);
tuple!(A B C D => B C D Next);
tuple!(A B C D E => B C D E Next);
tuple!(A B C D E F => B C D E F Next);
tuple!(A B C D E F G => B C D E F G Next);
tuple!(A B C D E F G H => B C D E F G H Next);

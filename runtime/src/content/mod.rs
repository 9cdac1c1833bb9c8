//! Types that say how a body is written and read, beside JSON.
//!
//! Each stands between a request and a response and knows both: as a `#[body]` it is an
//! [`IntoBody`](crate::IntoBody), as what a method returns a [`FromResponse`](crate::FromResponse).

mod byte_stream;
mod text;

pub use self::text::Text;

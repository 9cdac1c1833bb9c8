//! Types that say how a body is written and read, beside JSON.
//!
//! Each stands between a request and a response and knows both: as a `#[body]` it is an
//! [`IntoBody`](crate::IntoBody), as what a method returns a [`FromResponse`](crate::FromResponse).

mod byte_stream;
mod events;
mod form;
mod lines;
mod multipart;
mod raw;
mod records;
mod text;

pub use self::events::{Event, Events};
pub use self::form::Form;
pub use self::lines::Lines;
pub use self::multipart::{Multipart, Part};
pub use self::raw::Raw;
pub use self::text::Text;

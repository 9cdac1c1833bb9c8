//! A body of lines, each a value: NDJSON, also called JSON Lines.

mod decoder;

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use self::decoder::{Line, LineDecoder};
use super::records::Records;
use crate::byte_stream::{ByteStream, try_next};
use crate::error::{DecodeError, Result};
use crate::response::{DEFAULT_MAX_BODY, FromRecord, FromResponse, RawResponse};

/// A response of lines, each of them a `T` in JSON (NDJSON, JSON Lines), as they come.
///
/// A [`Stream`], and [`try_next`](Self::try_next) for a loop without further crates. `Lines<Text>` are lines as they are.
///
/// Lines end in `\n` or `\r\n`, the last one may lack it; empty ones and a byte order mark at the start are skipped. Of
/// the body at most one line is in memory, up to the client's `max_response_body`.
///
/// The call's `timeout` ends where the method returns; from then on the stream may be silent for as long as `idle_timeout`
/// says, 5 minutes unless set. One that may take only so long as a whole has `tokio::time::timeout` around the loop.
/// Dropping it closes the connection.
///
/// # Errors
/// A line that is too long, or no `T`, is an item that is an error. It names the line and the path inside its JSON
/// (`line 7`, `tags[2]`), and keeps a line that is no `T` as its [`body`](crate::Error::body). Reading may go on with the
/// next line. Where the connection breaks, or is silent for too long, the error is the last item, and a line of which only a part came is none.
///
/// ```
/// # use reauth::{api_client, Result};
/// use reauth::Lines;
///
/// # #[derive(serde::Deserialize)] pub struct Todo { id: String }
/// #[api_client]
/// pub trait TodoApi {
///     #[get("/todo.ndjson")]
///     async fn export(&self) -> Result<Lines<Todo>>;
/// }
///
/// # async fn example(api: TodoApiClient) -> Result<()> {
/// let mut todos = api.export().await?;
/// while let Some(todo) = todos.try_next().await? {
///     println!("{}", todo.id);
/// }
/// # Ok(()) }
/// ```
pub struct Lines<T> {
    records: Records<LineDecoder>,
    value: PhantomData<fn() -> T>,
}

impl<T: FromRecord> Lines<T> {
    /// The lines of a stream of yours, each at most 10 MiB: what a fake in a test returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> reauth::Result<()> {
    /// let chunks = futures_util::stream::iter(["1\n2", "3\n"].map(Ok::<_, std::io::Error>));
    /// let mut numbers = reauth::Lines::<u32>::new(reauth::ByteStream::new(chunks));
    /// assert_eq!(numbers.try_next().await?, Some(1));
    /// assert_eq!(numbers.try_next().await?, Some(23));
    /// assert_eq!(numbers.try_next().await?, None);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(body: ByteStream) -> Self {
        Self::with_limit(body, DEFAULT_MAX_BODY)
    }

    fn with_limit(body: ByteStream, limit: usize) -> Self {
        Self {
            records: Records::new(body, LineDecoder::new(limit)),
            value: PhantomData,
        }
    }

    /// The next line's value; `None` at the end.
    ///
    /// Dropping the future loses nothing, as in `tokio::select!`.
    ///
    /// # Errors
    /// Where a line does not fit, after which reading may go on; or where the connection breaks, which is the end.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        try_next(self).await
    }
}

impl<T: FromRecord> Stream for Lines<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let line = ready!(self.records.poll_next(context));
        Poll::Ready(line.map(|line| {
            let line = line?;
            T::from_record(&line.content).map_err(|error| self.misfit(error, &line))
        }))
    }
}

impl<T> Lines<T> {
    #[cold]
    fn misfit(&self, error: DecodeError, line: &Line) -> crate::Error {
        let place = format_args!("line {}", line.number);
        self.records.report(error.within(place), &line.content)
    }
}

impl<T: FromRecord> FromResponse for Lines<T> {
    async fn from_response(response: &mut RawResponse) -> Result<Self, DecodeError> {
        Ok(Self::with_limit(response.take_body(), response.max_body()))
    }
}

impl<T> std::fmt::Debug for Lines<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lines")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 10 MB, in chunks that no line fits.
    #[test]
    fn what_is_read_is_not_kept() {
        const LINE: &[u8] = br#"{"id":1234567,"title":"buy milk, and bread, and something to read"}"#;
        let lines = 10_000_000 / (LINE.len() + 1);
        let mut text = Vec::new();
        for _ in 0..1000 {
            text.extend_from_slice(LINE);
            text.push(b'\n');
        }
        let text = bytes::Bytes::from(text);
        let chunks = (0..lines / 1000).flat_map(move |_| {
            let text = text.clone();
            (0..text.len()).step_by(4093).map(move |start| {
                let end = text.len().min(start + 4093);
                Ok::<_, std::io::Error>(text.slice(start..end))
            })
        });
        let mut read = 0;
        let info = allocation_counter::measure(|| {
            let mut stream = Lines::<serde_json::Value>::new(ByteStream::new(futures_util::stream::iter(chunks)));
            let mut context = Context::from_waker(std::task::Waker::noop());
            while let Poll::Ready(Some(line)) = Pin::new(&mut stream).poll_next(&mut context) {
                line.expect("a line");
                read += 1;
            }
        });
        assert_eq!(read, lines / 1000 * 1000);
        assert!(
            info.bytes_max < 64 * 1024,
            "at once in memory: {} bytes",
            info.bytes_max
        );
    }
}

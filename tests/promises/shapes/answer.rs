//! What a [`Wire`](super::wire::Wire) answers: HTTP as one would write it down.

/// One answer. `{url}` in it is the server's own; its length is added, so that nobody has to count.
pub(super) struct Answer {
    head: String,
    body: Body,
}

enum Body {
    Whole(String),
    /// In chunks, each when the test lets it [proceed](super::wire::Wire::proceed).
    Streamed {
        pieces: Vec<String>,
        is_cut: bool,
    },
}

/// The head, an empty line, the body.
impl<T: AsRef<str>> From<T> for Answer {
    fn from(text: T) -> Self {
        let text = text.as_ref().trim_start_matches('\n');
        let text = text.strip_suffix('\n').unwrap_or(text);
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        Self {
            head: head.to_owned(),
            body: Body::Whole(body.to_owned()),
        }
    }
}

impl Answer {
    /// A head, and a body that comes in pieces.
    pub(super) fn streamed(head: &str, pieces: &[&str]) -> Self {
        Self::pieces(head, pieces, false)
    }

    /// The same with a connection that breaks where the end would come.
    pub(super) fn cut(head: &str, pieces: &[&str]) -> Self {
        Self::pieces(head, pieces, true)
    }

    fn pieces(head: &str, pieces: &[&str], is_cut: bool) -> Self {
        Self {
            head: head.trim().to_owned(),
            body: Body::Streamed {
                pieces: pieces.iter().map(|&piece| piece.to_owned()).collect(),
                is_cut,
            },
        }
    }

    /// What is to be written, before the first piece.
    pub(super) fn start(&self, url: &str) -> String {
        let head = self.head.replace("{url}", url).replace('\n', "\r\n");
        match &self.body {
            Body::Whole(_) if ["204", "304"].iter().any(|status| head[9..].starts_with(status)) => head + "\r\n\r\n",
            Body::Whole(body) => {
                let body = body.replace("{url}", url);
                format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            }
            Body::Streamed { .. } => head + "\r\ntransfer-encoding: chunked\r\n\r\n",
        }
    }

    /// The pieces, as they are to be written; behind the last the end, unless it is cut.
    pub(super) fn chunks(&self) -> impl Iterator<Item = String> {
        let (pieces, end) = match &self.body {
            Body::Whole(_) => (&[][..], None),
            Body::Streamed { pieces, is_cut } => (&**pieces, (!is_cut).then(|| "0\r\n\r\n".to_owned())),
        };
        let chunk = |piece: &String| format!("{:x}\r\n{piece}\r\n", piece.len());
        pieces.iter().map(chunk).chain(end)
    }

    /// Whether the connection breaks behind it.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.body, Body::Streamed { is_cut: true, .. })
    }
}

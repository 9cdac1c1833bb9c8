//! What may happen to a connection. A fate is drawn when it is accepted, whole, so that a seed names it.

use std::fmt::Debug;
use std::time::Duration;

/// Of one connection.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    Passes,
    /// Is reset at once, and nobody listens for so long.
    Refused(Duration),
    /// Taken, read, and never answered: nothing gets through.
    Swallowed,
    /// Somebody else answers, and nothing gets through.
    Answered(Answer),
    Disturbed(Direction, Disturbance),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Direction {
    Requests,
    Responses,
}

/// What happens in one direction once so many bytes have passed.
#[derive(Clone, Debug)]
pub(super) struct Disturbance {
    pub(super) behind: usize,
    pub(super) fault: Fault,
}

#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// RST to both.
    Reset,
    /// FIN to both: what has passed is a beginning.
    Ended,
    /// FIN in this direction; the other goes on.
    HalfClosed,
    /// Goes on later.
    Delayed(Duration),
    /// Goes on byte by byte, so far apart.
    Dripping(Duration),
    /// Nothing more in this direction, nor its end.
    Swallowed,
    /// What would come is lost in bytes that do not end.
    Flooded(Flood),
}

/// What is said in the server's place.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A whole response.
    Once(String),
    /// The beginning of one, and then this without end.
    Endless(&'static str, Flood),
}

/// What is repeated without end. None of it may ever pass for a part of a response that was meant.
pub(super) type Flood = &'static [u8];

pub(super) const GARBAGE: Flood = &[0xFF; 512];
const FIELDS: Flood = b"x-flood: water\r\n";
const SPACES: Flood = &[b' '; 1024];
const CHUNKS: Flood = b"40\r\n                                                                \r\n";
const HINTS: Flood = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";

const FLOODS: [(&str, Flood); 6] = [
    ("", GARBAGE),
    ("", SPACES),
    ("HTTP/1.1 200 OK\r\n", FIELDS),
    ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", SPACES),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", CHUNKS),
    ("", HINTS),
];

/// The first few exchanges of a connection, and the first alone.
const REQUESTS: [usize; 2] = [4096, 1024];
const RESPONSES: [usize; 2] = [1024, 256];

impl Fate {
    /// Any but [`Passes`](Self::Passes). Whoever answers in the server's place sends clients and their credentials to
    /// `decoy`.
    pub(super) fn any(rng: &mut fastrand::Rng, decoy: &str) -> Self {
        let millis = |rng: &mut fastrand::Rng, most| Duration::from_millis(rng.u64(..=most));
        match rng.u8(..32) {
            0..=2 => Self::Refused(millis(rng, 20)),
            3 => Self::Swallowed,
            4 | 5 => {
                let (beginning, flood) = FLOODS[rng.usize(..FLOODS.len())];
                Self::Answered(Answer::Endless(beginning, flood))
            }
            6 => Self::Answered(Answer::Once(lure(rng, decoy))),
            7..=16 => {
                let fault = Fault::any_of_requests(rng);
                let most = REQUESTS[rng.usize(..2)];
                let behind = rng.usize(..most);
                Self::Disturbed(Direction::Requests, Disturbance { behind, fault })
            }
            _ => {
                let fault = Fault::any_of_responses(rng);
                let most = RESPONSES[rng.usize(..2)];
                let behind = rng.usize(..most);
                Self::Disturbed(Direction::Responses, Disturbance { behind, fault })
            }
        }
    }

    /// Which kind it is, to count them by.
    pub(super) fn name(&self) -> String {
        fn variant(value: &dyn Debug) -> String {
            let printed = format!("{value:?}");
            printed.split(['(', ' ']).next().unwrap_or_default().to_owned()
        }
        match self {
            Self::Disturbed(direction, disturbance) => format!("{direction:?} {}", variant(&disturbance.fault)),
            Self::Answered(answer) => format!("Answered {}", variant(answer)),
            fate => variant(fate),
        }
    }
}

/// How many [names](Fate::name) there are but `Passes`.
pub(super) const KINDS: usize = 17;

impl Fault {
    fn any_of_requests(rng: &mut fastrand::Rng) -> Self {
        match rng.u8(..8) {
            0 | 1 => Self::Reset,
            2 | 3 => Self::Ended,
            4 => Self::HalfClosed,
            5 => Self::Delayed(Duration::from_millis(rng.u64(..40))),
            6 => Self::Dripping(Duration::from_micros(rng.u64(..500))),
            _ => Self::Swallowed,
        }
    }

    fn any_of_responses(rng: &mut fastrand::Rng) -> Self {
        match rng.u8(..9) {
            8 => Self::Flooded(GARBAGE),
            _ => Self::any_of_requests(rng),
        }
    }
}

/// Asks the client to go elsewhere, with all that it carries.
fn lure(rng: &mut fastrand::Rng, decoy: &str) -> String {
    let status = [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
        "401 No",
    ][rng.usize(..6)];
    format!(
        "HTTP/1.1 {status}\r\nlocation: {decoy}\r\nwww-authenticate: Bearer realm=\"{decoy}\", resource_metadata=\"{decoy}\"\r\n\
         alt-svc: http/1.1=\"{decoy}\"\r\nlink: <{decoy}>; rel=next\r\ncontent-length: 0\r\n\r\n"
    )
}

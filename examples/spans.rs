//! What a program's spans looked like: a layer of `tracing` that keeps them as trees, to be printed and looked into.

use std::fmt::{Display, Formatter};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry, SpanRef};

/// The fields of a span that its line shows; the others are the same in each.
const SHOWN: [&str; 3] = ["http.response.status_code", "http.request.resend_count", "error.type"];

/// Everything that has come to its end; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Spans(Arc<Mutex<Vec<Node>>>);

/// One span, or one event, which has nothing below it.
#[derive(Clone, Debug)]
pub struct Node {
    /// A span's `otel.name`, or an event's message.
    pub name: String,
    /// In the order in which they were recorded.
    pub fields: Vec<(&'static str, String)>,
    /// What happened inside of it.
    pub children: Vec<Node>,
    /// How long a span took.
    pub took: Option<Duration>,
    /// Whether it is a trace of its own, which only refers to the span that it stands below.
    pub is_linked: bool,
}

/// The span that one refers to.
struct Link(Id);

impl Spans {
    /// Keeps the spans and events of the crate `reauth`, down to `debug`.
    #[must_use]
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        let ours = Targets::new().with_target("reauth", Level::DEBUG);
        Registry::default().with(self.clone().with_filter(ours))
    }

    /// Every tree that is complete, the oldest first, which are then forgotten.
    #[must_use]
    pub fn take(&self) -> Vec<Node> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl Node {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            fields: Vec::new(),
            children: Vec::new(),
            took: None,
            is_linked: false,
        }
    }

    /// What was recorded under this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter().rev();
        fields.find(|(field, _)| *field == name).map(|(_, value)| &**value)
    }

    /// The spans inside of it, without events and what is linked.
    pub fn spans(&self) -> impl Iterator<Item = &Self> {
        self.children
            .iter()
            .filter(|child| child.took.is_some() && !child.is_linked)
    }

    /// Itself and everything inside of it.
    #[must_use]
    pub fn flatten(&self) -> Vec<&Self> {
        let inside = self.children.iter().flat_map(Self::flatten);
        std::iter::once(self).chain(inside).collect()
    }

    fn print(&self, f: &mut Formatter<'_>, indent: &str) -> std::fmt::Result {
        writeln!(f, "{}", self.line())?;
        for (place, child) in (1..).zip(&self.children) {
            let is_last = place == self.children.len();
            write!(f, "{indent}{} ", if is_last { "└" } else { "├" })?;
            child.print(f, &format!("{indent}{} ", if is_last { " " } else { "│" }))?;
        }
        Ok(())
    }

    fn line(&self) -> String {
        let Some(took) = self.took else {
            let fields = self.fields.iter().map(|(name, value)| format!(" {name}={value}"));
            return format!("· {}{}", self.name, fields.collect::<String>());
        };
        let link = if self.is_linked { "⇢ " } else { "" };
        let shown = SHOWN.iter().filter_map(|name| Some((name, self.field(name)?)));
        let shown = shown.map(|(name, value)| format!(" {name}={value}"));
        format!(
            "{link}{} ({} ms){}",
            self.name,
            took.as_millis(),
            shown.collect::<String>()
        )
    }
}

/// The tree.
impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.print(f, "")
    }
}

impl Visit for Node {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" | "otel.name" => self.name = format!("{value:?}"),
            name => self.fields.push((name, format!("{value:?}"))),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut node = Node::new(span.name());
        attributes.record(&mut node);
        let mut extensions = span.extensions_mut();
        extensions.insert(node);
        extensions.insert(Instant::now());
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            with_node(&span, |node| values.record(node));
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Link(follows.clone()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut node = Node::new("");
        event.record(&mut node);
        match context.event_span(event) {
            Some(span) => with_node(&span, |parent| parent.children.push(node)),
            None => self.0.lock().push(node),
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let mut extensions = span.extensions_mut();
        let link = extensions.remove::<Link>();
        let (Some(mut node), Some(start)) = (extensions.remove::<Node>(), extensions.remove::<Instant>()) else {
            return;
        };
        drop(extensions);
        node.took = Some(start.elapsed());
        let linked = link.and_then(|Link(to)| context.span(&to));
        node.is_linked = linked.is_some();
        match span.parent().or(linked) {
            Some(above) => with_node(&above, |above| above.children.push(node)),
            None => self.0.lock().push(node),
        }
    }
}

fn with_node<'a, R: LookupSpan<'a>>(span: &SpanRef<'a, R>, change: impl FnOnce(&mut Node)) {
    if let Some(node) = span.extensions_mut().get_mut::<Node>() {
        change(node);
    }
}

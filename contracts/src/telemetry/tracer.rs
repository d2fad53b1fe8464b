//! Beginning and ending spans.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use super::span::{Attribute, Span, SpanKind};
use crate::envelope::Trace;

/// Where spans are kept, and what they need of the world: a clock and chance.
pub trait Spans: Send + Sync + Debug {
    /// The time, in nanoseconds since 1970.
    fn now_ns(&self) -> u64;

    /// An id that no other span has; never zero.
    fn fresh_span(&self) -> u64;

    /// The id of a trace that begins here and is to be recorded; `None` = it is not.
    fn begin_trace(&self) -> Option<u128>;

    /// Whether a trace that others have begun is recorded here; `None` = they decide.
    fn records(&self, trace: u128) -> Option<bool>;

    /// After how long what an old command has led to is told in a trace of its own, linked to the
    /// command's, in milliseconds.
    fn late_ms(&self) -> u64;

    /// Whether prompts and answers are told.
    fn content(&self) -> bool;

    /// What of a `baggage` header may go on; `None` = nothing.
    fn baggage(&self, text: &str) -> Option<String>;

    /// Takes a span that has ended. Never waits.
    fn keep(&self, span: Span);
}

/// Begins spans, where there is somebody to keep them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tracer(Option<Arc<dyn Spans>>);

impl Tracer {
    /// One whose spans are kept by `spans`.
    #[must_use]
    pub fn new(spans: Arc<dyn Spans>) -> Self {
        Self(Some(spans))
    }

    /// Whether anybody keeps spans.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether prompts and answers are told.
    #[must_use]
    pub fn tells_content(&self) -> bool {
        self.0.as_ref().is_some_and(|spans| spans.content())
    }

    /// Where somebody outside says that a message stands in a trace, as far as that is taken over;
    /// `None` = a trace begins here.
    #[must_use]
    pub fn admit<'a>(&self, header: impl Fn(&'static str) -> Option<&'a str>) -> Option<Trace> {
        let trace = Trace::read(header("traceparent")?, header("tracestate"))?;
        let Some(spans) = &self.0 else { return Some(trace) };
        let baggage = header("baggage").and_then(|text| spans.baggage(text));
        let (id, span) = trace.ids()?;
        let trace = match spans.records(id) {
            Some(recorded) => Trace { state: trace.state, ..Trace::of(id, span, recorded) },
            None => trace,
        };
        Some(Trace { baggage, ..trace })
    }

    /// A span that is a part of `parent`; `None` when that is not recorded.
    #[must_use]
    pub fn part(
        &self,
        parent: Option<&Trace>,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
    ) -> Option<Open> {
        let spans = self.0.as_ref()?;
        let parent = parent.filter(|parent| parent.is_sampled())?;
        let (trace, id) = parent.ids()?;
        let mut open = Open::new(spans, trace, name.into(), kind);
        open.span.parent = Some(id);
        open.span.state.clone_from(&parent.state);
        open.span.baggage.clone_from(&parent.baggage);
        Some(open)
    }

    /// A span for something that comes from outside, with the trace that it came with: a part of
    /// that, or of a trace that begins here.
    #[must_use]
    pub fn enter(
        &self,
        parent: Option<&Trace>,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
    ) -> Option<Open> {
        let spans = self.0.as_ref()?;
        if parent.is_some() {
            return self.part(parent, name, kind);
        }
        Some(Open::new(spans, spans.begin_trace()?, name.into(), kind))
    }

    /// A span for what `cause` has led to, of an age in milliseconds: a part of the cause's trace,
    /// or, when that is long past, the beginning of another one that is linked to it.
    #[must_use]
    pub fn after(
        &self,
        (cause, age_ms): (Option<&Trace>, u64),
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
    ) -> Option<Open> {
        let spans = self.0.as_ref()?;
        if age_ms <= spans.late_ms() {
            return self.part(cause, name, kind);
        }
        self.linked(cause, name, kind)
    }

    /// The beginning of a trace that is linked to what caused it; `None` when none of the causes is
    /// recorded.
    #[must_use]
    pub fn linked<'a>(
        &self,
        causes: impl IntoIterator<Item = &'a Trace>,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
    ) -> Option<Open> {
        let spans = self.0.as_ref()?;
        let causes = causes.into_iter().filter(|cause| cause.is_sampled());
        let links: Vec<Trace> = causes.take(LINKS_MAX).cloned().collect();
        if links.is_empty() {
            return None;
        }
        // Its causes are recorded, and so is what they have led to.
        let trace = (u128::from(spans.fresh_span()) << 64) | u128::from(spans.fresh_span());
        let mut open = Open::new(spans, trace, name.into(), kind);
        open.span.links = links;
        Some(open)
    }

    /// The time, in nanoseconds since 1970; `None` when nobody keeps spans.
    #[must_use]
    pub fn now_ns(&self) -> Option<u64> {
        self.0.as_ref().map(|spans| spans.now_ns())
    }

    /// After how long something is told in a trace of its own, in milliseconds.
    #[must_use]
    pub fn late_ms(&self) -> u64 {
        self.0.as_ref().map_or(u64::MAX, |spans| spans.late_ms())
    }
}

/// So many causes are named by a span at most.
const LINKS_MAX: usize = 32;

/// A span that has begun. Dropped, it ends.
#[derive(Debug)]
pub struct Open {
    spans: Arc<dyn Spans>,
    span: Box<Span>,
}

impl Open {
    fn new(spans: &Arc<dyn Spans>, trace: u128, name: Cow<'static, str>, kind: SpanKind) -> Self {
        let (id, begun_ns) = (spans.fresh_span(), spans.now_ns());
        let span = Span { trace, id, name, kind, begun_ns, ..Span::default() };
        Self { spans: Arc::clone(spans), span: Box::new(span) }
    }

    /// Its place, for what is a part of it and for what it leads to.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let Span { trace, id, state, baggage, .. } = &*self.span;
        Trace { state: state.clone(), baggage: baggage.clone(), ..Trace::of(*trace, *id, true) }
    }

    /// Says what else is known.
    pub fn set(&mut self, name: &'static str, value: impl Into<Attribute>) {
        self.span.attributes.push((name, value.into()));
    }

    /// Calls it something better, once more is known.
    pub fn rename(&mut self, name: impl Into<Cow<'static, str>>) {
        self.span.name = name.into();
    }

    /// Names what caused it.
    pub fn link(&mut self, cause: Option<&Trace>) {
        self.span.links.extend(cause.filter(|cause| cause.ids().is_some()).cloned());
    }

    /// Says that it came to nothing, by a code.
    pub fn fail(&mut self, code: impl Into<Cow<'static, str>>) {
        self.span.error = Some(code.into());
    }

    /// It began at this instant, in nanoseconds since 1970.
    pub fn begun_at(&mut self, ns: u64) {
        self.span.begun_ns = ns;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.span.ended_ns = self.spans.now_ns().max(self.span.begun_ns);
        self.spans.keep(std::mem::take(&mut *self.span));
    }
}

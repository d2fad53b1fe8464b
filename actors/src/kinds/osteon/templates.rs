//! What documents may begin as.

use contracts::kinds::osteon::Template;

/// A section of a template.
pub(super) struct Given {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its text.
    pub text: &'static str,
}

const fn given(id: &'static str, title: &'static str, text: &'static str) -> Given {
    Given { id, title, text }
}

const LETTER: &[Given] = &[given(
    "letter",
    "{{subject}}",
    "{{sender}}\n\n{{recipient}}\n\n{{date}}\n\n{{greeting}},\n\n{{body}}\n\n{{closing}}\n\n{{sender}}\n",
)];

const MINUTES: &[Given] = &[
    given(
        "meeting",
        "Meeting",
        "| | |\n| --- | --- |\n| Date | {{date}} |\n| Present | {{present}} |\n| Absent | {{absent}} |\n",
    ),
    given("agenda", "Agenda", "{{agenda}}\n"),
    given("discussion", "What was said", "{{discussion}}\n"),
    given("decisions", "What was decided", "{{decisions}}\n"),
    given("tasks", "Who does what, and by when", "{{tasks}}\n"),
];

const PROPOSAL: &[Given] = &[
    given("need", "What is needed", "{{client}} needs {{need}}\n"),
    given("approach", "How it is done", "{{approach}}\n"),
    given("results", "What is delivered", "{{results}}\n"),
    given("schedule", "When", "{{schedule}}\n"),
    given("price", "What it costs", "{{price}}\n"),
    given("terms", "Terms", "{{terms}}\n"),
];

const REPORT: &[Given] = &[
    given("summary", "Summary", "*{{author}}, {{date}}*\n\n{{summary}}\n"),
    given("background", "Background", "{{background}}\n"),
    given("findings", "Findings", "{{findings}}\n"),
    given("recommendations", "Recommendations", "{{recommendations}}\n"),
];

/// What a document of this template is called.
pub(super) const fn title(template: Template) -> &'static str {
    match template {
        Template::Letter => "{{subject}}",
        Template::Minutes => "Minutes: {{meeting}}",
        Template::Proposal => "{{project}}: a proposal to {{client}}",
        Template::Report => "{{subject}}",
    }
}

/// The sections of a template, in order.
pub(super) const fn sections(template: Template) -> &'static [Given] {
    match template {
        Template::Letter => LETTER,
        Template::Minutes => MINUTES,
        Template::Proposal => PROPOSAL,
        Template::Report => REPORT,
    }
}

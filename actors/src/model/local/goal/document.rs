//! Sorts of documents.

use crate::model::local::text::tokens::{Token, tokens};

/// A sort of document: what sections it usually has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A short decision paper.
    Brief,
    /// A reasoned text with a thesis.
    Essay,
    /// How to do something.
    Guide,
    /// A message to someone.
    Letter,
    /// A note inside an organisation.
    Memo,
    /// What a meeting did.
    Minutes,
    /// What is to be done, when and by whom.
    Plan,
    /// Rules that hold.
    Policy,
    /// A text for the public or for readers of a site.
    Post,
    /// What went wrong and what follows.
    PostMortem,
    /// Something that is asked to be agreed to.
    Proposal,
    /// The page beside a program.
    Readme,
    /// What was found. The default.
    Report,
    /// What is to be built.
    Specification,
}

/// Names, longest first where one begins another.
const NAMES: &[(&str, Document)] = &[
    ("policy brief", Document::Brief),
    ("briefing", Document::Brief),
    ("brief", Document::Brief),
    ("one-pager", Document::Brief),
    ("fact sheet", Document::Brief),
    ("essay", Document::Essay),
    ("op-ed", Document::Essay),
    ("thesis", Document::Essay),
    ("user guide", Document::Guide),
    ("how-to", Document::Guide),
    ("howto", Document::Guide),
    ("guidelines", Document::Guide),
    ("guide", Document::Guide),
    ("tutorial", Document::Guide),
    ("manual", Document::Guide),
    ("handbook", Document::Guide),
    ("runbook", Document::Guide),
    ("playbook", Document::Guide),
    ("instructions", Document::Guide),
    ("cover letter", Document::Letter),
    ("letter", Document::Letter),
    ("email", Document::Letter),
    ("e-mail", Document::Letter),
    ("memorandum", Document::Memo),
    ("memo", Document::Memo),
    ("meeting minutes", Document::Minutes),
    ("meeting notes", Document::Minutes),
    ("minutes", Document::Minutes),
    ("business plan", Document::Plan),
    ("project plan", Document::Plan),
    ("roadmap", Document::Plan),
    ("strategy", Document::Plan),
    ("plan", Document::Plan),
    ("policy", Document::Policy),
    ("code of conduct", Document::Policy),
    ("blog post", Document::Post),
    ("blogpost", Document::Post),
    ("press release", Document::Post),
    ("newsletter", Document::Post),
    ("article", Document::Post),
    ("announcement", Document::Post),
    ("post-mortem", Document::PostMortem),
    ("postmortem", Document::PostMortem),
    ("post mortem", Document::PostMortem),
    ("incident report", Document::PostMortem),
    ("retrospective", Document::PostMortem),
    ("grant application", Document::Proposal),
    ("business case", Document::Proposal),
    ("proposal", Document::Proposal),
    ("pitch", Document::Proposal),
    ("readme", Document::Readme),
    ("white paper", Document::Report),
    ("whitepaper", Document::Report),
    ("case study", Document::Report),
    ("report", Document::Report),
    ("analysis", Document::Report),
    ("study", Document::Report),
    ("review", Document::Report),
    ("overview", Document::Report),
    ("summary", Document::Report),
    ("requirements document", Document::Specification),
    ("specification", Document::Specification),
    ("design document", Document::Specification),
    ("design doc", Document::Specification),
    ("spec", Document::Specification),
];

/// A sort of document that a text names.
pub struct Found {
    /// The sort.
    pub document: Document,
    /// The text's word for it, in small letters.
    pub called: String,
    /// Where the word begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
}

/// The first sort of document that `text` names.
pub fn find(text: &str) -> Option<Found> {
    let all = tokens(text);
    let mut at = 0;
    for (index, token) in all.iter().enumerate() {
        if let Token::Word(_) = token
            && let Some((name, document)) = named(&all[index..])
            && !is_verb(&all[..index], all.get(index + 2))
        {
            let end = at + name.len();
            return Some(Found { document, called: name.to_owned(), start: at, end });
        }
        at += token.text().len();
    }
    None
}

/// `plan the move`, `review this`: the word asks, and names no document.
fn is_verb(before: &[Token<'_>], after: Option<&Token<'_>>) -> bool {
    let objects =
        ["a", "all", "an", "how", "me", "my", "our", "that", "the", "these", "this", "us"];
    let object = after.and_then(|token| token.word()).map(str::to_lowercase);
    let object = object.is_some_and(|word| objects.contains(&word.as_str()));
    object && before.iter().all(|token| token.word().is_none())
}

fn named(all: &[Token<'_>]) -> Option<(&'static str, Document)> {
    let first = all.first()?.text();
    NAMES.iter().copied().find(|(name, _)| {
        let mut rest = *name;
        if !rest.get(..first.len()).is_some_and(|head| head.eq_ignore_ascii_case(first)) {
            return false;
        }
        for token in all {
            let text = token.text();
            match rest.get(..text.len()) {
                Some(head) if head.eq_ignore_ascii_case(text) => rest = &rest[text.len()..],
                _ => return false,
            }
            if rest.is_empty() {
                return true;
            }
        }
        false
    })
}

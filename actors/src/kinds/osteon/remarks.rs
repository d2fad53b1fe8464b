//! Changes to parts of a section, and what people say about it: comments, suggestions, reviews.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::answers::{
    Commented as Said, Reviewed as Judged, Suggested as Asked,
};
use contracts::kinds::osteon::limits::{
    AUTHOR_BYTES_MAX, CHANGES_MAX, COMMENTS_MAX, CRITERIA_MAX, CRITERION_BYTES_MAX, LOAD_BYTES_MAX,
    REMARK_BYTES_MAX, SECTION_BYTES_MAX, SUGGESTIONS_MAX,
};
use contracts::kinds::osteon::{
    Change, ChangeSection, Comment, CommentResolved, Commented, Event, Load, Rejection, Resolve,
    Review, Reviewed, SectionChanged, Settle, Splice, Suggest, Suggested, SuggestionAccepted,
    SuggestionRejected, Yours,
};

use super::hand::{found, too_long};
use super::rules;
use super::shown::Shown;
use super::splice::{self, Fault};
use super::state::Section;
use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// Changes parts of a section.
pub(super) fn change_section(mut work: Work<'_>, input: &ChangeSection) -> Decided {
    check_changes(Check::new(), &input.changes).done()?;
    let section = found(&work.state, &input.section)?;
    let changes = located(section, &stored(&work, section, &input.changes)?)?;
    let section = section.id.clone();
    if !changes.is_empty() {
        let changed = SectionChanged { section: section.clone(), changes };
        work.happen(Event::SectionChanged(changed));
        ensure_room(&work, &section)?;
    }
    Ok(work.arranged(section))
}

/// Checks what readers of a file remarked on its sections.
pub(super) fn check_loaded(mut check: Check, input: &Load) -> Check {
    let sections = input.sections.len();
    let known = |section: u32| (section as usize) < sections;
    check = check.items("comments", input.comments.len(), COMMENTS_MAX);
    for (place, said) in input.comments.iter().take(COMMENTS_MAX).enumerate() {
        let at = format!("comments[{place}]");
        check = check
            .ensure(known(said.section), format!("{at}.section"), "is one of these sections")
            .text_opt(format!("{at}.quote"), said.quote.as_ref(), REMARK_BYTES_MAX)
            .text(format!("{at}.text"), &said.text, REMARK_BYTES_MAX)
            .text_opt(format!("{at}.author"), said.author.as_ref(), AUTHOR_BYTES_MAX);
    }
    check = check.items("suggestions", input.suggestions.len(), SUGGESTIONS_MAX);
    for (place, said) in input.suggestions.iter().take(SUGGESTIONS_MAX).enumerate() {
        let at = format!("suggestions[{place}]");
        check = changes_at(check, &format!("{at}.changes"), &said.changes)
            .ensure(known(said.section), format!("{at}.section"), "is one of these sections")
            .text_opt(format!("{at}.author"), said.author.as_ref(), AUTHOR_BYTES_MAX);
    }
    let said = input.comments.iter().map(|it| it.text.len());
    let changes = input.suggestions.iter().flat_map(|it| &it.changes);
    let bytes = said.chain(changes.map(|it| it.old.len() + it.new.len())).sum::<usize>();
    let message = format!("have {bytes} bytes together; {LOAD_BYTES_MAX} are allowed");
    check.ensure(bytes <= LOAD_BYTES_MAX, "suggestions", message)
}

/// Adds what readers of a file remarked on its sections, which stand under these ids.
pub(super) fn loaded(
    work: &mut Work<'_>,
    input: &Load,
    sections: &[String],
) -> Result<(), Rejection> {
    let id = |section: u32| sections.get(section as usize).cloned().unwrap_or_default();
    for (number, said) in (0..).zip(&input.comments) {
        let section = found(&work.state, &id(said.section))?;
        // Words that do not stand there say nothing of where they stood.
        let quote = said.quote.clone().filter(|quote| section.text.contains(quote.as_str()));
        let section = section.id.clone();
        let comment = work.free_remark("m_", number);
        work.happen(Event::Commented(Commented {
            comment,
            section,
            quote,
            text: said.text.clone(),
            author: said.author.clone(),
            made_at: said.made_at,
        }));
    }
    for (number, said) in (0..).zip(&input.suggestions) {
        let section = found(&work.state, &id(said.section))?;
        located(section, &said.changes)?;
        let section = section.id.clone();
        let suggestion = work.free_remark("u_", number);
        work.happen(Event::Suggested(Suggested {
            suggestion,
            section,
            changes: said.changes.clone(),
            why: None,
            author: said.author.clone(),
            made_at: said.made_at,
        }));
    }
    let state = &work.state;
    let full = state.comments.len() > COMMENTS_MAX || state.suggestions.len() > SUGGESTIONS_MAX;
    if full { Err(Rejection::Full) } else { Ok(()) }
}

fn check_changes(check: Check, changes: &[Change]) -> Check {
    changes_at(check, "changes", changes)
}

fn changes_at(mut check: Check, at: &str, changes: &[Change]) -> Check {
    check =
        check.ensure(!changes.is_empty(), at, "are needed").items(at, changes.len(), CHANGES_MAX);
    let mut bytes = 0;
    for (place, change) in changes.iter().take(CHANGES_MAX).enumerate() {
        check = check.body(format!("{at}[{place}].old"), &change.old, SECTION_BYTES_MAX).body(
            format!("{at}[{place}].new"),
            &change.new,
            SECTION_BYTES_MAX,
        );
        bytes += change.old.len() + change.new.len();
    }
    let message = format!("have {bytes} bytes together; {} are allowed", 2 * SECTION_BYTES_MAX);
    check.ensure(bytes <= 2 * SECTION_BYTES_MAX, at, message)
}

/// The changes with their citations as they are kept.
fn stored(
    work: &Work<'_>,
    section: &Section,
    changes: &[Change],
) -> Result<Vec<Change>, Rejection> {
    let numbers = work.state.numbers();
    Shown::of(&section.text, &numbers)
        .kept(changes)
        .map_err(|fault| refused(section, changes, fault))
}

/// Where in the section the changes are made, whatever others changed elsewhere in it.
fn located(section: &Section, changes: &[Change]) -> Result<Vec<Splice>, Rejection> {
    splice::located(&section.text, changes).map_err(|fault| refused(section, changes, fault))
}

/// Why changes cannot be made in a section.
fn refused(section: &Section, changes: &[Change], fault: Fault) -> Rejection {
    let odd = |place: usize, rule: &str| {
        let refused = Check::new().ensure(false, format!("changes[{place}].old"), rule).done();
        refused.err().map_or(Rejection::NotFound, Rejection::from)
    };
    match fault {
        Fault::Missing => Rejection::Conflict {
            section: section.id.clone(),
            changed: section.changed,
            theirs: section.text.clone(),
            yours: Yours::Changes(changes.to_vec()),
        },
        Fault::Twice(place) => odd(place, "stands there more than once: say more around it"),
        Fault::Overlap(place) => odd(place, "touches what another change does"),
    }
}

fn ensure_room(work: &Work<'_>, section: &str) -> Result<(), Rejection> {
    if work.state.section(section).is_none_or(too_long) {
        return Err(Rejection::Full);
    }
    work.room()
}

/// Says something about a section.
pub(super) fn comment(mut work: Work<'_>, input: &Comment) -> Decided {
    let taken = |id: &String| work.state.comments.iter().any(|known| known.id == *id);
    let check = Check::new()
        .text_opt("quote", input.quote.as_ref(), REMARK_BYTES_MAX)
        .text("text", &input.text, REMARK_BYTES_MAX)
        .ensure(!input.comment.as_ref().is_some_and(taken), "comment", "is taken");
    rules::section_id(check, "comment", input.comment.as_ref()).done()?;
    let numbers = work.state.numbers();
    let section = found(&work.state, &input.section)?;
    let shown = Shown::of(&section.text, &numbers);
    let quote = input.quote.as_ref().map(|quote| {
        shown.quoted(quote).ok_or_else(|| Rejection::QuoteMissing {
            section: section.id.clone(),
            changed: section.changed,
            theirs: section.text.clone(),
            quote: quote.clone(),
        })
    });
    let quote = quote.transpose()?;
    if work.state.comments.len() >= COMMENTS_MAX {
        return Err(Rejection::Full);
    }
    let comment = input.comment.clone().unwrap_or_else(|| work.cx.name("m_", 0));
    let (section, text) = (section.id.clone(), input.text.clone());
    work.happen(Event::Commented(Commented {
        comment: comment.clone(),
        section,
        quote,
        text,
        author: None,
        made_at: None,
    }));
    let open = work.state.comments.len();
    Ok(work.now(&Said { comment, open }))
}

/// Takes a comment away: it is dealt with.
pub(super) fn resolve(mut work: Work<'_>, input: &Resolve) -> Decided {
    let comment = input.comment.clone();
    if !work.state.comments.iter().any(|known| known.id == comment) {
        return Err(Rejection::CommentNotFound { comment });
    }
    work.happen(Event::CommentResolved(CommentResolved { comment: comment.clone() }));
    let open = work.state.comments.len();
    Ok(work.now(&Said { comment, open }))
}

/// Says how a section could read.
pub(super) fn suggest(mut work: Work<'_>, input: &Suggest) -> Decided {
    let taken = |id: &String| work.state.suggestions.iter().any(|known| known.id == *id);
    let check = check_changes(Check::new(), &input.changes)
        .text_opt("why", input.why.as_ref(), REMARK_BYTES_MAX)
        .ensure(!input.suggestion.as_ref().is_some_and(taken), "suggestion", "is taken");
    rules::section_id(check, "suggestion", input.suggestion.as_ref()).done()?;
    let section = found(&work.state, &input.section)?;
    let changes = stored(&work, section, &input.changes)?;
    located(section, &changes)?;
    if work.state.suggestions.len() >= SUGGESTIONS_MAX {
        return Err(Rejection::Full);
    }
    let suggestion = input.suggestion.clone().unwrap_or_else(|| work.cx.name("u_", 0));
    let (section, why) = (section.id.clone(), input.why.clone());
    let name = suggestion.clone();
    work.happen(Event::Suggested(Suggested {
        suggestion: name,
        section,
        changes,
        why,
        author: None,
        made_at: None,
    }));
    let open = work.state.suggestions.len();
    Ok(work.now(&Asked { suggestion, open }))
}

/// Makes a suggestion the text, or takes it away. What changed elsewhere in the section since it
/// was made stays.
pub(super) fn settle(mut work: Work<'_>, input: &Settle) -> Decided {
    Check::new().text_opt("why", input.why.as_ref(), REMARK_BYTES_MAX).done()?;
    let suggestion = input.suggestion.clone();
    let known = work.state.suggestions.iter().find(|known| known.id == suggestion).cloned();
    let Some(known) = known else { return Err(Rejection::SuggestionNotFound { suggestion }) };
    if !input.accept {
        let why = input.why.clone();
        work.happen(Event::SuggestionRejected(SuggestionRejected { suggestion, why }));
        return Ok(work.arranged(known.section.clone()));
    }
    let changes = located(found(&work.state, &known.section)?, &known.changes)?;
    let section = known.section.clone();
    let accepted = SuggestionAccepted { suggestion, section: section.clone(), changes };
    work.happen(Event::SuggestionAccepted(accepted));
    ensure_room(&work, &section)?;
    Ok(work.arranged(section))
}

/// Records whether the document as it stands keeps criteria.
pub(super) fn review(mut work: Work<'_>, input: &Review) -> Decided {
    let verdicts = &input.verdicts;
    let mut check = Check::new().ensure(!verdicts.is_empty(), "verdicts", "are needed").items(
        "verdicts",
        verdicts.len(),
        CRITERIA_MAX,
    );
    for (place, verdict) in verdicts.iter().take(CRITERIA_MAX).enumerate() {
        let field = format!("verdicts[{place}].criterion");
        let twice = verdicts[..place].iter().any(|other| other.criterion == verdict.criterion);
        check = check
            .text(&field, &verdict.criterion, CRITERION_BYTES_MAX)
            .ensure(!twice, &field, "comes twice")
            .text_opt(
                format!("verdicts[{place}].remark"),
                verdict.remark.as_ref(),
                REMARK_BYTES_MAX,
            );
    }
    check.done()?;
    let version = work.state.version.0;
    work.happen(Event::Reviewed(Reviewed { version, verdicts: verdicts.clone() }));
    let missed = verdicts.iter().filter(|verdict| !verdict.met);
    let missed: Vec<_> = missed.map(|verdict| verdict.criterion.clone()).collect();
    Ok(work.now(&Judged { version, passed: missed.is_empty(), missed }))
}

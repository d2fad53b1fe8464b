//! Changes to parts of a section, and what people say about it: comments, suggestions, reviews.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::answers::{
    Commented as Said, Reviewed as Judged, Suggested as Asked,
};
use contracts::kinds::osteon::limits::{
    CHANGES_MAX, COMMENTS_MAX, CRITERIA_MAX, CRITERION_BYTES_MAX, REMARK_BYTES_MAX,
    SECTION_BYTES_MAX, SUGGESTIONS_MAX,
};
use contracts::kinds::osteon::{
    Change, ChangeSection, Comment, CommentResolved, Commented, Event, Rejection, Resolve, Review,
    Reviewed, SectionChanged, Settle, Splice, Suggest, Suggested, SuggestionAccepted,
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

fn check_changes(mut check: Check, changes: &[Change]) -> Check {
    check = check.ensure(!changes.is_empty(), "changes", "are needed").items(
        "changes",
        changes.len(),
        CHANGES_MAX,
    );
    let mut bytes = 0;
    for (place, change) in changes.iter().take(CHANGES_MAX).enumerate() {
        check = check.body(format!("changes[{place}].old"), &change.old, SECTION_BYTES_MAX).body(
            format!("changes[{place}].new"),
            &change.new,
            SECTION_BYTES_MAX,
        );
        bytes += change.old.len() + change.new.len();
    }
    let message = format!("have {bytes} bytes together; {} are allowed", 2 * SECTION_BYTES_MAX);
    check.ensure(bytes <= 2 * SECTION_BYTES_MAX, "changes", message)
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
    work.happen(Event::Commented(Commented { comment: comment.clone(), section, quote, text }));
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
    work.happen(Event::Suggested(Suggested { suggestion: name, section, changes, why }));
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

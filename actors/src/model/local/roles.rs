//! What a section is for, known by its title: which words belong to it, and what must be settled
//! before it can be written. Nothing here is a fact about any topic.

use super::text::stem::stem;
use super::text::stems;

/// What a section is for.
pub struct Role {
    /// Words of titles that show this role.
    pub cues: &'static str,
    /// Words of sentences that belong under it.
    pub related: &'static str,
    /// Whether anything about the topic may stand here that fits nowhere else.
    pub wide: bool,
    /// What belongs here, as a sentence with `{topic}`, `{readers}`, `{doc}` and `{title}`.
    pub lead: &'static str,
    /// What is to be settled, as questions.
    pub asks: &'static [&'static str],
}

macro_rules! role {
    (wide $cues:literal, $related:literal, $lead:literal, $asks:expr) => {
        Role { cues: $cues, related: $related, wide: true, lead: $lead, asks: &$asks }
    };
    ($cues:literal, $related:literal, $lead:literal, $asks:expr) => {
        Role { cues: $cues, related: $related, wide: false, lead: $lead, asks: &$asks }
    };
}

/// The roles. Where a title shows two, the one with more cues wins, then the earlier.
pub const ROLES: &[Role] = &[
    role!(
        "purpose introduction overview summary glance abstract about aim executive subject \
            why",
        "aim purpose goal overview summary intend",
        "Say in two or three sentences what {topic} means here and why {readers} should read on.",
        [
            "What should {readers} know or decide after reading?",
            "Which part of {topic} is covered, and which is not?",
            "What is the one point that must not be missed?"
        ]
    ),
    role!(wide
        "background context history situation current today stand problem need challenge",
        "since history today current problem year need grow",
        "Describe how things stand with {topic} today and what led there.",
        [
            "What has happened so far, and when?",
            "What works today, and what does not?",
            "Who says so: which records, figures or people can be quoted?"
        ]
    ),
    role!(
        "cost costs budget funding finance financial money price payback resources fees",
        "cost price budget fund pay euro dollar grant save saving money cheap expensive loan \
            invest subsidy $ € £",
        "Set out what {topic} costs, who pays, and what comes back.",
        [
            "What does it cost once, and what each year?",
            "Which sources of money are sure, and \
            which are hoped for?",
            "When, if ever, does it pay for itself, and on which figures does that rest?"
        ]
    ),
    role!(
        "risk risks limits concerns obstacles objections open questions weakness \
            uncertainties tradeoffs trade drawbacks troubleshooting pitfalls mistakes \
            counterarguments",
        "risk fail danger problem concern delay limit uncertain loss damage lack shortage \
            difficult however worry complain",
        "Name what can go wrong with {topic}, how likely it is, and what would be done about it.",
        [
            "What is most likely to go wrong?",
            "What would hurt most if it did?",
            "Who watches for it, and what is the way out?"
        ]
    ),
    role!(
        "benefits benefit advantages value gains opportunities matters impact effects means \
            outcomes",
        "benefit save improve reduce gain better lower help effect impact health job increase",
        "Show what {topic} changes for {readers}, and how that could be measured.",
        [
            "Who gains, and what exactly?",
            "How would anyone notice the difference?",
            "What is already known from elsewhere, and where is that written?"
        ]
    ),
    role!(
        "options alternatives choices approaches comparison approach method solution design \
            proposal proposed how",
        "option alternative choose either compare approach method instead solution way model \
            design",
        "Lay out the ways to go about {topic}, including doing nothing, and compare \
         them by the same measures.",
        [
            "Which options are there, doing nothing included?",
            "By which measures are they compared?",
            "Which one is preferred, and what speaks against it?"
        ]
    ),
    role!(
        "timeline schedule milestones phases when calendar dates roadmap",
        "month week date deadline schedule phase begin start finish until january february \
            march april june july august september october november december spring summer \
            autumn winter quarter",
        "Put the steps of {topic} in order, with a date for each that is fixed.",
        [
            "What must be done first, and what waits for it?",
            "Which dates cannot move?",
            "How will {readers} see that a step is done?"
        ]
    ),
    role!(
        "next steps actions action items follow tasks closing ahead",
        "next will plan task action must should begin decide apply send prepare ask report",
        "List who does what next about {topic}, and by when.",
        [
            "What is the very next step?",
            "Who takes it, and by when?",
            "When is it looked at again?"
        ]
    ),
    role!(
        "recommendation recommendations conclusion conclusions decision decisions request ask \
            verdict",
        "recommend should conclude decide suggest propose best agree advise vote",
        "State what {readers} are asked to decide or do about {topic}, in words \
         that can be agreed to.",
        [
            "What exactly is recommended?",
            "Which of the points above carries it?",
            "What happens if nothing is decided?"
        ]
    ),
    role!(wide
        "evidence findings results data analysis facts figures study research measures \
            metrics success evaluation kpis",
        "percent % study survey measure found result data figure show number average research",
        "Give what is known about {topic}, each statement with the place it comes from.",
        [
            "Which figures are sure, and from which source and date?",
            "What do they not show?",
            "Which measure would change the conclusion?"
        ]
    ),
    role!(
        "people team roles responsibilities stakeholders who staff owners governance partners \
            audience attendance participants present contacts",
        "team staff people responsible lead manager council member resident partner community \
            hire expert volunteer",
        "Say who is involved in {topic}, who decides and who is affected.",
        [
            "Who is responsible, by name or office?",
            "Who must be asked before anything happens?",
            "Who is affected without being asked?"
        ]
    ),
    role!(
        "requirements scope goals objectives criteria conditions rules principles \
            prerequisites before constraints nongoals",
        "must require need condition rule law permit goal objective standard allow include",
        "State what {topic} must achieve, what lies outside, and what has to be there first.",
        [
            "What must be true at the end?",
            "What is left out on purpose?",
            "Which rules or permits apply?"
        ]
    ),
    role!(
        "installation install setup usage start started guide procedure instructions quick \
            use using examples example configuration implementation work works practice",
        "install use run set connect step open configure build mount work system operate \
            example",
        "Take {readers} through {topic} one step at a time, each step with its result.",
        [
            "What must be at hand before the first step?",
            "How does one see that a step worked?",
            "What is a small, complete example?"
        ]
    ),
    role!(
        "cause causes root reasons happened incident detection response",
        "because cause reason due error fault break alert notice restart restore fix outage",
        "Tell what happened with {topic} in order, and why, without blame.",
        [
            "What was seen first, when, and by whom?",
            "Which chain of causes led there?",
            "What would have shown it earlier?"
        ]
    ),
    role!(
        "lessons learned prevention improvements review maintenance support",
        "learn prevent improve avoid maintain repair check review train again",
        "Say what is to stay, what is to change, and how {topic} is looked after from now on.",
        [
            "What went well and should stay?",
            "What is changed, by whom and by when?",
            "How will it be checked that the change helps?"
        ]
    ),
];

/// What a section of any other title needs.
pub const ANY: Role = Role {
    cues: "",
    related: "",
    wide: false,
    lead: "Say what {readers} need to know about \u{201c}{title}\u{201d} as a part of {topic}.",
    asks: &[
        "What is the main point about \u{201c}{title}\u{201d}?",
        "Which facts, figures or examples support it, and from which source?",
        "What follows from it for {topic}?",
    ],
};

/// What the section of this title is for. Words of the topic are no cues: a report on costs is not
/// all about costs.
pub fn of(title: &str, topic: &str) -> &'static Role {
    let about = stems(topic);
    let words: Vec<String> = super::text::tokens::words(title)
        .map(|word| stem(&word.to_lowercase()))
        .filter(|word| !about.contains(word))
        .collect();
    let mut best: (&'static Role, usize) = (&ANY, 0);
    for role in ROLES {
        let hits = role.cues.split_whitespace().filter(|cue| words.contains(&stem(cue))).count();
        if hits > best.1 {
            best = (role, hits);
        }
    }
    best.0
}

/// What stands in a role's words for its places.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    /// `{topic}`.
    pub topic: &'a str,
    /// `{readers}`.
    pub readers: &'a str,
    /// `{title}`.
    pub title: &'a str,
}

/// A role's words with their places filled, in one pass: what is filled in is not read again.
pub fn filled(template: &str, places: &Places<'_>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let close = from.find('}').map_or(from.len(), |at| at + 1);
        out.push_str(match &from[..close] {
            "{topic}" => places.topic,
            "{readers}" => places.readers,
            "{title}" => places.title,
            other => other,
        });
        rest = &from[close..];
    }
    out.push_str(rest);
    out
}

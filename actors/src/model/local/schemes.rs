//! The sections that sorts of documents usually have.

use super::goal::Document;

/// A section of a scheme: its weight (9 = never left out) and its title, in which `{T}` is the
/// topic and `{A}` the readers. A title with `{A}` is left out when nobody is named.
pub type Slot = (u8, &'static str);

/// The scheme of a sort, in reading order.
pub const fn of(document: Document) -> &'static [Slot] {
    match document {
        Document::Brief => BRIEF,
        Document::Essay => ESSAY,
        Document::Guide => GUIDE,
        Document::Letter => LETTER,
        Document::Memo => MEMO,
        Document::Minutes => MINUTES,
        Document::Plan => PLAN,
        Document::Policy => POLICY,
        Document::Post => POST,
        Document::PostMortem => POST_MORTEM,
        Document::Proposal => PROPOSAL,
        Document::Readme => README,
        Document::Report => REPORT,
        Document::Specification => SPECIFICATION,
    }
}

const BRIEF: &[Slot] = &[
    (9, "Purpose of This Brief"),
    (8, "{T}: Where Things Stand"),
    (7, "What It Means for {A}"),
    (3, "Facts and Figures"),
    (5, "Options to Choose From"),
    (6, "Costs and Funding"),
    (4, "Risks and Open Questions"),
    (9, "Recommendation and Next Steps"),
];

const ESSAY: &[Slot] = &[
    (9, "Introduction: {T}"),
    (6, "Background"),
    (8, "The Main Argument"),
    (7, "Evidence and Examples"),
    (5, "Objections and Counterarguments"),
    (4, "What Follows for {A}"),
    (3, "Limits of the Argument"),
    (9, "Conclusion"),
];

const GUIDE: &[Slot] = &[
    (9, "What This Guide Covers: {T}"),
    (4, "Who Should Read It"),
    (8, "Before You Start"),
    (9, "{T}, Step by Step"),
    (6, "Examples"),
    (5, "Rules to Keep in Mind"),
    (7, "Troubleshooting and Common Mistakes"),
    (8, "Where to Get Support"),
];

const LETTER: &[Slot] = &[
    (9, "Subject and Reason for Writing"),
    (8, "The Situation: {T}"),
    (6, "Facts and Dates"),
    (7, "What It Means for {A}"),
    (9, "The Request"),
    (5, "Offer and Options"),
    (4, "Open Questions"),
    (8, "Closing and Next Steps"),
];

const MEMO: &[Slot] = &[
    (9, "Purpose of This Memo"),
    (7, "Background"),
    (8, "{T}: Findings"),
    (5, "What It Means for {A}"),
    (4, "Options"),
    (3, "Costs and Resources"),
    (9, "Recommendation"),
    (8, "Action Items"),
];

const MINUTES: &[Slot] = &[
    (8, "Date, Place and People Present"),
    (7, "Purpose of the Meeting"),
    (9, "Points Discussed: {T}"),
    (9, "Decisions"),
    (9, "Action Items and Owners"),
    (5, "Open Questions"),
    (6, "Next Meeting"),
];

const PLAN: &[Slot] = &[
    (9, "Goals of {T}"),
    (6, "Current Situation"),
    (8, "Steps and Actions"),
    (8, "Timeline and Milestones"),
    (7, "People and Responsibilities"),
    (6, "Budget and Resources"),
    (5, "Risks and Responses"),
    (7, "Measures of Success"),
];

const POLICY: &[Slot] = &[
    (9, "Purpose of the Policy"),
    (8, "Scope"),
    (9, "Rules on {T}"),
    (7, "Roles and Responsibilities"),
    (6, "Procedure"),
    (4, "Limits and Open Questions"),
    (5, "Timeline and Dates"),
    (6, "Review and Maintenance"),
];

const POST: &[Slot] = &[
    (9, "Why {T} Matters"),
    (6, "The Story so Far"),
    (8, "How It Works"),
    (7, "What It Means for {A}"),
    (6, "An Example"),
    (5, "Questions People Ask"),
    (4, "Facts and Figures"),
    (8, "What Comes Next"),
];

const POST_MORTEM: &[Slot] = &[
    (9, "Summary of {T}"),
    (8, "Impact"),
    (8, "Timeline"),
    (9, "Root Causes"),
    (6, "Detection and Response"),
    (7, "Lessons Learned"),
    (3, "Open Questions"),
    (9, "Action Items"),
];

const PROPOSAL: &[Slot] = &[
    (9, "Summary of the Proposal"),
    (8, "The Need for {T}"),
    (9, "Proposed Solution"),
    (6, "Benefits for {A}"),
    (7, "Costs and Funding"),
    (6, "Timeline and Milestones"),
    (5, "Risks and How to Limit Them"),
    (8, "Decision Requested"),
];

const README: &[Slot] = &[
    (9, "About {T}"),
    (9, "Quick Start"),
    (8, "Installation"),
    (8, "Usage"),
    (6, "Configuration"),
    (5, "Examples"),
    (4, "Limits and Known Problems"),
    (6, "Support and Contributing"),
];

const REPORT: &[Slot] = &[
    (9, "Summary: {T}"),
    (8, "Background"),
    (9, "Findings"),
    (4, "Facts and Figures"),
    (6, "What It Means for {A}"),
    (5, "Options"),
    (7, "Risks and Open Questions"),
    (9, "Conclusions and Next Steps"),
];

const SPECIFICATION: &[Slot] = &[
    (9, "Purpose and Scope of {T}"),
    (6, "Background"),
    (9, "Requirements"),
    (9, "Proposed Design"),
    (5, "Alternatives Considered"),
    (6, "Risks and Open Questions"),
    (5, "Timeline and Milestones"),
    (7, "Measures of Success"),
];

/// What any document may have, when more sections are asked for than its scheme has.
pub const MORE: &[&str] = &[
    "Background",
    "Scope",
    "Goals",
    "Terms and Definitions",
    "People and Responsibilities",
    "Facts and Figures",
    "Options",
    "Alternatives Considered",
    "Costs and Funding",
    "Benefits",
    "Risks",
    "Timeline and Milestones",
    "Rules and Permits",
    "Examples",
    "Lessons Learned",
    "Measures of Success",
    "Communication",
    "Training",
    "Maintenance",
    "Open Questions",
    "Recommendation",
    "Next Steps",
    "Sources",
    "Contacts",
];

//! Why a chaperone says no.

use super::limits::{JOBS_RUNNING_MAX, WAITING_MAX};
use crate::effect::ConvertFormat;
use crate::ids::Kind;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a chaperone says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// Files of the format do not become actors of the kind.
    Unread {
        /// The format.
        format: ConvertFormat,
        /// The kind.
        kind: Kind,
    },
    /// Actors of the kind do not become files of the format.
    Unsupported {
        /// The format.
        format: ConvertFormat,
        /// The kind.
        kind: Kind,
    },
    /// Files of the one format do not become files of the other.
    Unturned {
        /// The format that is read.
        from: ConvertFormat,
        /// The format that is asked for.
        to: ConvertFormat,
    },
    /// Too many jobs run, or too many wait for one.
    Busy,
    /// It has no such job.
    JobNotFound {
        /// Which.
        job: String,
    },
    /// The job is over.
    JobEnded,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Unread { format: ConvertFormat::Pdf, .. } => Self::rejected(
                "file_unsupported",
                "pdf is written and not read; bring the file that it was made of, or its text",
            ),
            Rejection::Unread { format, kind } => Self::rejected(
                "file_unsupported",
                format!("{} is not read into a {kind}", format.as_str()),
            ),
            Rejection::Unsupported { format, kind } => Self::rejected(
                "file_unsupported",
                format!("a {kind} is not written as {}", format.as_str()),
            ),
            Rejection::Unturned { from: ConvertFormat::Pdf, .. } => {
                Rejection::Unread { format: ConvertFormat::Pdf, kind: super::KIND }.into()
            }
            Rejection::Unturned { from, to } => Self::rejected(
                "file_unsupported",
                format!("{} is not turned into {}", from.as_str(), to.as_str()),
            ),
            Rejection::Busy => Self::new(
                RefusalClass::Overloaded,
                "chaperone_busy",
                format!(
                    "a chaperone has at most {JOBS_RUNNING_MAX} jobs under way, and {WAITING_MAX} \
                     callers wait for one"
                ),
            )
            .retry_after(1_000),
            Rejection::JobNotFound { job } => {
                Self::not_found("job_not_found", format!("the chaperone has no job {job}"))
            }
            Rejection::JobEnded => Self::rejected("job_ended", "the job is over"),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        (
            "file_unsupported",
            "The formats, or the format and the kind, are not converted into each other.",
        ),
        ("chaperone_busy", "Too many jobs run, or too many callers wait for one."),
        ("job_not_found", "There is no such job, or it is forgotten."),
        ("job_ended", "The job is over."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}

//! Why a workbook says no.

use serde_json::{Value, json};

use super::limits::{
    CELLS_MAX, CONTENT_BYTES_MAX, NAMES_MAX, RULES_MAX, SHEETS_MAX, STYLES_MAX, VIEWS_MAX,
};
use super::rules::Broken;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a workbook says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such workbook.
    NotFound,
    /// It was created before.
    Exists,
    /// The workbook has no such sheet.
    SheetNotFound {
        /// Which.
        sheet: String,
    },
    /// Another sheet is called so.
    SheetExists {
        /// The name.
        name: String,
    },
    /// A workbook has at least one sheet.
    LastSheet,
    /// The workbook has no such name.
    NameNotFound {
        /// Which.
        name: String,
    },
    /// A formula cannot be read.
    FormulaInvalid {
        /// Where it would stand, or which it is.
        at: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Formulas would wait for themselves.
    Cycle {
        /// The cells that lead from the first back to it, with their sheets' names.
        cells: Vec<String>,
    },
    /// There is no room in the workbook.
    Full,
    /// No rule is about these cells.
    RuleNotFound {
        /// Which.
        area: String,
    },
    /// Cells may not hold what they would.
    RuleBroken {
        /// The cells, as many as are told.
        broken: Vec<Broken>,
        /// How many there are.
        count: u64,
    },
    /// Nothing is kept under this name.
    ViewNotFound {
        /// Which.
        name: String,
    },
    /// The engine gave up.
    NotComputed {
        /// Why.
        reason: String,
    },
    /// A table cannot be read.
    TableUnreadable {
        /// In which line, from 1; none = in no one.
        line: Option<u64>,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be read, or is no file that one wants to read.
    FileRefused {
        /// Why.
        reason: String,
    },
    /// Nothing can be told from the numbers.
    NothingToTell {
        /// Why.
        reason: String,
    },
    /// There is no picture of the numbers.
    Undrawn {
        /// Why.
        reason: String,
    },
    /// A cell of the row is no number.
    NotANumber {
        /// Which, with its sheet's name.
        at: String,
    },
    /// The file is too large for one command or one answer.
    FileTooLarge {
        /// How large it is, in bytes.
        bytes: usize,
    },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

fn with(mut refusal: Refusal, details: Value) -> Refusal {
    refusal.details = Some(Box::new(details));
    refusal
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such workbook"),
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "actor_exists", "the workbook was begun before")
            }
            Rejection::SheetNotFound { sheet } => {
                Self::not_found("sheet_not_found", format!("the workbook has no sheet {sheet}"))
            }
            Rejection::SheetExists { name } => Self::new(
                RefusalClass::Conflict,
                "sheet_exists",
                format!("another sheet is called {name}"),
            ),
            Rejection::LastSheet => {
                Self::rejected("last_sheet", "a workbook has at least one sheet")
            }
            Rejection::NameNotFound { name } => {
                Self::not_found("name_not_found", format!("the workbook has no name {name}"))
            }
            Rejection::FormulaInvalid { at, reason } => Self::rejected(
                "formula_invalid",
                format!("the formula of {at} cannot be read: {reason}"),
            ),
            Rejection::Cycle { cells } => with(
                Self::rejected(
                    "formula_cycle",
                    format!("formulas would wait for themselves: {}", cells.join(" → ")),
                ),
                json!({ "cells": cells }),
            ),
            Rejection::RuleNotFound { area } => {
                Self::not_found("rule_not_found", format!("no rule is about {area}"))
            }
            Rejection::ViewNotFound { name } => {
                Self::not_found("view_not_found", format!("nothing is kept as {name}"))
            }
            Rejection::RuleBroken { broken, count } => rule_broken(&broken, count),
            Rejection::Full => Self::rejected(
                "workbook_full",
                format!(
                    "a workbook has at most {CELLS_MAX} cells with {CONTENT_BYTES_MAX} bytes, \
                     {SHEETS_MAX} sheets, {NAMES_MAX} names and {VIEWS_MAX} views, a sheet at most \
                     {STYLES_MAX} areas that look different and {RULES_MAX} rules"
                ),
            ),
            other => Self::of_files(other),
        }
    }
}

fn rule_broken(broken: &[Broken], count: u64) -> Refusal {
    let told = |one: &Broken| {
        let said = one.message.as_ref().map_or(String::new(), |said| format!(": {said}"));
        format!("{} may not hold {} (rule {}){said}", one.cell, one.value, one.rule)
    };
    let message = broken.first().map_or_else(String::new, told);
    with(Refusal::rejected("rule_broken", message), json!({ "cells": broken, "count": count }))
}

impl Refusal {
    fn of_files(rejection: Rejection) -> Self {
        match rejection {
            Rejection::TableUnreadable { line, reason } => with(
                Self::rejected(
                    "table_unreadable",
                    match line {
                        Some(line) => format!("line {line} of the table cannot be read: {reason}"),
                        None => format!("the table cannot be read: {reason}"),
                    },
                ),
                json!({ "line": line }),
            ),
            Rejection::FileRefused { reason } => {
                Self::rejected("file_refused", format!("the file is not taken: {reason}"))
            }
            Rejection::NothingToTell { reason } => {
                Self::rejected("forecast_impossible", format!("nothing can be told: {reason}"))
            }
            Rejection::Undrawn { reason } => {
                Self::rejected("chart_impossible", format!("there is no picture: {reason}"))
            }
            Rejection::NotANumber { at } => {
                Self::rejected("not_a_number", format!("{at} holds no number"))
            }
            Rejection::FileTooLarge { bytes } => Self::new(
                RefusalClass::TooLarge,
                "file_too_large",
                format!("it comes to {bytes} bytes, more than one command or answer holds"),
            ),
            Rejection::NotComputed { reason } => Self::rejected("not_computed", reason),
            other => Self::rejected("not_computed", format!("{other:?}")),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such workbook."),
        ("actor_exists", "The workbook was begun before."),
        ("sheet_not_found", "The workbook has no such sheet."),
        ("sheet_exists", "Another sheet is called so."),
        ("last_sheet", "A workbook has at least one sheet."),
        ("name_not_found", "The workbook has no such name."),
        ("formula_invalid", "A formula cannot be read."),
        ("formula_cycle", "Formulas would wait for themselves; the cells are named."),
        ("rule_not_found", "No rule is about these cells."),
        ("rule_broken", "Cells may not hold what they would; cells and rules are named."),
        ("view_not_found", "Nothing is kept under this name."),
        ("workbook_full", "No room for more cells, sheets, names, formats or rules."),
        ("not_computed", "The formulas could not be computed."),
        ("table_unreadable", "A table cannot be read; the line is named."),
        ("file_refused", "A file is broken, grows too large, nests too deep or declares entities."),
        ("forecast_impossible", "Nothing can be told from the numbers."),
        ("chart_impossible", "There is no picture of the numbers."),
        ("not_a_number", "A cell of the row holds no number."),
        ("file_too_large", "The file is too large for one command or one answer."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}

//! What cells may hold, as a sheet says it.

use std::collections::BTreeMap;

use crate::calc::{Limits, check};
use crate::package::Token;
use crate::sheet::{
    Allow, Area, Bound, Compare, Moved, Otherwise, Piece as Part, Rule, Sheet, Workbook, scan,
};

/// How many rules of a sheet are read.
const RULES_MAX: usize = 200;
/// The longest formula of a rule, in bytes.
const FORMULA_BYTES_MAX: usize = 255;
/// The longest message of a rule, in characters.
const MESSAGE_MAX: usize = 255;
/// What a list holds at most.
const LISTED_MAX: usize = 100;

/// A rule as the file says it.
#[derive(Debug, Default)]
struct Said {
    attributes: BTreeMap<String, String>,
    /// What its elements say.
    formulas: [String; 2],
    areas: String,
}

/// The rules of a sheet, which are read piece by piece.
#[derive(Debug, Default)]
pub(super) struct Rules {
    done: Vec<Said>,
    open: Option<Said>,
    within: String,
}

impl Rules {
    /// The next token of the sheet.
    pub fn see(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) if tag.name() == "dataValidation" => {
                let all = tag.attributes().map(|(key, said)| (key.to_owned(), said.into_owned()));
                self.open = Some(Said { attributes: all.collect(), ..Said::default() });
            }
            Token::Close(end) if end.name() == "dataValidation" => {
                self.done.extend(self.open.take());
            }
            _ if self.open.is_none() => {}
            Token::Open(tag) => {
                // Newer files have their formulas in an element of their own.
                if tag.name() != "f" {
                    tag.name().clone_into(&mut self.within);
                }
            }
            Token::Close(end) => {
                if end.name() != "f" {
                    self.within.clear();
                }
            }
            Token::Text(text) => {
                let Some(said) = &mut self.open else { return };
                match self.within.as_str() {
                    "formula1" => said.formulas[0].push_str(text),
                    "formula2" => said.formulas[1].push_str(text),
                    "sqref" => said.areas.push_str(text),
                    _ => {}
                }
            }
        }
    }

    /// The rules of a sheet of this name, how many of them no workbook of ours has, and how many
    /// tell people something before they write.
    pub fn done(self, sheet: &str) -> (Vec<(String, Rule)>, usize, usize) {
        let mut rules: Vec<(String, Rule)> = Vec::new();
        let (mut left, mut prompts) = (0, 0);
        for said in self.done {
            prompts += usize::from(!said.of("prompt").is_empty());
            let Some(of) = said.rules(sheet) else {
                left += 1;
                continue;
            };
            for rule in of {
                let beside = rules.iter().all(|(_, other)| !rule.area.meets(other.area));
                if beside && rules.len() < RULES_MAX {
                    rules.push((format!("r{}", rules.len() + 1), rule));
                } else {
                    left += 1;
                }
            }
        }
        (rules, left, prompts)
    }
}

impl Said {
    fn of(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    /// A rule for each of its areas; none when it is none of ours.
    fn rules(&self, sheet: &str) -> Option<Vec<Rule>> {
        let areas = if self.areas.is_empty() { self.of("sqref") } else { self.areas.as_str() };
        let areas: Option<Vec<Area>> =
            areas.split_whitespace().map(|area| area.parse().ok()).collect();
        let areas = areas.filter(|areas| !areas.is_empty())?;
        let allow = self.allow(sheet, &areas)?;
        // What nobody is told about refuses nothing.
        let told = matches!(self.of("showErrorMessage"), "1" | "true");
        let stops = told && matches!(self.of("errorStyle"), "" | "stop");
        let otherwise = if stops { Otherwise::Refuse } else { Otherwise::Warn };
        let texts = [self.of("error"), self.of("errorTitle")];
        let message = texts.into_iter().find(|text| !text.trim().is_empty());
        let message: Option<String> = message.map(|text| text.chars().take(MESSAGE_MAX).collect());
        let first = areas[0].from;
        let rule = |area: &Area| {
            let rows = i64::from(area.from.row) - i64::from(first.row);
            let columns = i64::from(area.from.column) - i64::from(first.column);
            let mut allow = allow.clone();
            allow.refer(|old| Moved { rows, columns }.reference(old));
            Rule { area: *area, allow, otherwise, message: message.clone() }
        };
        Some(areas.iter().map(rule).collect())
    }

    fn allow(&self, sheet: &str, areas: &[Area]) -> Option<Allow> {
        Some(match self.of("type") {
            "whole" => Allow::Whole(self.bounds()?),
            // Times are parts of days, and so numbers.
            "decimal" | "time" => Allow::Decimal(self.bounds()?),
            "date" => Allow::Date(self.bounds()?),
            "textLength" => Allow::TextLength(self.bounds()?),
            "custom" => Allow::Formula(formula(&self.formulas[0])?),
            "list" => list(self.formulas[0].trim(), sheet, areas)?,
            _ => return None,
        })
    }

    fn bounds(&self) -> Option<Compare> {
        let one = bound(&self.formulas[0])?;
        // What no number can keep is no rule.
        let other = || {
            let other = bound(&self.formulas[1])?;
            let turned =
                matches!((&one, &other), (Bound::Number(from), Bound::Number(to)) if from > to);
            (!turned).then_some(other)
        };
        Some(match self.of("operator") {
            "" | "between" => {
                let other = other()?;
                Compare::Between(one, other)
            }
            "notBetween" => {
                let other = other()?;
                Compare::NotBetween(one, other)
            }
            "equal" => Compare::Equal(one),
            "notEqual" => Compare::Different(one),
            "greaterThan" => Compare::Above(one),
            "greaterThanOrEqual" => Compare::AtLeast(one),
            "lessThan" => Compare::Below(one),
            "lessThanOrEqual" => Compare::AtMost(one),
            _ => return None,
        })
    }
}

fn bound(said: &str) -> Option<Bound> {
    match said.trim().parse::<f64>() {
        Ok(number) => number.is_finite().then_some(Bound::Number(number)),
        Err(_) => formula(said).map(Bound::Formula),
    }
}

/// A formula that can be read.
fn formula(said: &str) -> Option<String> {
    let plain = said.trim().replace("_xlfn.", "").replace("_xlws.", "").replace("_xlpm.", "");
    let formula = format!("={plain}");
    let limits = Limits { formula_bytes_max: FORMULA_BYTES_MAX, ..Limits::default() };
    (!plain.is_empty() && check(&formula, &limits).is_ok()).then_some(formula)
}

/// A list in quotes, or an area that does not move with the cell.
fn list(said: &str, sheet: &str, areas: &[Area]) -> Option<Allow> {
    if let Some(values) = said.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let values = values.replace("\"\"", "\"");
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let fits = (1..=LISTED_MAX).contains(&values.len());
        let short = |value: &String| (1..=MESSAGE_MAX).contains(&value.chars().count());
        return (fits && values.iter().all(short)).then_some(Allow::List(values));
    }
    let mut pieces = scan(said).into_iter();
    let (Some(Part::Reference(mut area)), None) = (pieces.next(), pieces.next()) else {
        return None;
    };
    if area.area().rows() > 1 && area.area().columns() > 1 {
        return None;
    }
    let one = areas.len() == 1 && areas[0].cells() == 1;
    for corner in [Some(&mut area.from), area.to.as_mut()].into_iter().flatten() {
        for mark in [corner.row.as_mut(), corner.column.as_mut()].into_iter().flatten() {
            if !mark.fixed && !one {
                return None;
            }
            mark.fixed = true;
        }
    }
    area.sheet.get_or_insert_with(|| sheet.to_owned());
    Some(Allow::ListOf(area.to_string()))
}

/// Takes away the rules whose lists stand on sheets that the workbook does not have; how many.
pub(super) fn without_strays(book: &mut Workbook) -> usize {
    let known = |rule: &Rule, book: &Workbook| {
        let Allow::ListOf(area) = &rule.allow else { return true };
        let piece = scan(area).into_iter().next();
        matches!(piece, Some(Part::Reference(area))
            if area.sheet.as_deref().is_some_and(|sheet| book.named(sheet).is_some()))
    };
    let mut gone = 0;
    for at in 0..book.sheets.len() {
        let rules = &book.sheets[at].rules;
        let kept: Vec<_> = rules.iter().filter(|(_, rule)| known(rule, book)).cloned().collect();
        if kept.len() < rules.len() {
            gone += rules.len() - kept.len();
            let sheet = Sheet { rules: kept.into(), ..Sheet::clone(&book.sheets[at]) };
            book.sheets[at] = sheet.into();
        }
    }
    gone
}

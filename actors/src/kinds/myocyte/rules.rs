//! What cells may hold is said and unsaid.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::limits::{
    PLACE_BYTES_MAX, RULE_FORMULA_BYTES_MAX, RULE_LISTED_MAX, RULE_MESSAGE_MAX,
};
use contracts::kinds::myocyte::rules::{
    Allow, Bound, Compare, RemoveRule, Rule, SetRule, Validate,
};
use contracts::kinds::myocyte::{Event, Rejection, RuleRemoved, RuleSet};
use office::calc;
use office::sheet::{self, Area, Content};
use office::table;
use serde_json::{Value, json};

use super::engine::limits;
use super::names;
use super::ruled::{self, Asked};
use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// Says what cells may hold.
pub(super) fn set_rule(mut work: Work<'_>, input: &SetRule) -> Decided {
    let sheet = work.sheet(input.sheet.as_ref())?.id.clone();
    let id = put(&mut work, &sheet, &input.rule, "rule")?;
    work.room()?;
    let told = ruled::look(&work, |of, rule, _| of == sheet && rule == id)?;
    Ok(work.now(&told))
}

/// Lets the cells of an area hold anything again. Rules keep the cells that they are about beside.
pub(super) fn remove_rule(mut work: Work<'_>, input: &RemoveRule) -> Decided {
    let area = area(&input.area, "area")?;
    let sheet = work.sheet(input.sheet.as_ref())?;
    let met = sheet.rules.iter().filter(|(_, rule)| rule.area.meets(area)).cloned();
    let met: Vec<(String, sheet::Rule)> = met.collect();
    if met.is_empty() {
        let area = area.to_string();
        return Err(Rejection::RuleNotFound { area });
    }
    let sheet = sheet.id.clone();
    let mut told =
        ruled::look(&work, |of, rule, _| of == sheet && met.iter().any(|(id, _)| rule == id))?;
    told.broken.clear();
    told.count = 0;
    for (id, rule) in met {
        let left = rule.without(area);
        if left.is_empty() {
            work.happen(Event::RuleRemoved(RuleRemoved { sheet: sheet.clone(), id: id.clone() }));
        }
        // One part is the rule as before, the others are rules like it.
        for (number, rule) in left.iter().enumerate().filter_map(|(at, it)| Some((at, said(it)?))) {
            let id = if number == 0 { id.clone() } else { free(&work, &sheet)? };
            work.happen(Event::RuleSet(RuleSet { sheet: sheet.clone(), id, rule }));
        }
    }
    work.room()?;
    Ok(work.now(&told))
}

/// An id that no rule of the sheet has.
fn free(work: &Work<'_>, sheet: &str) -> Result<String, Rejection> {
    let of = work.sheet(Some(&sheet.to_owned()))?;
    let known = |id: &String| of.rules.iter().any(|(known, _)| known == id);
    let mut free = (0..).map(|number| work.cx.name("r_", number)).filter(|id| !known(id));
    Ok(free.next().unwrap_or_default())
}

/// Tells the cells that break rules.
pub(super) fn validate(work: Work<'_>, input: &Validate) -> Decided {
    let area = input.area.as_deref().map(|text| area(text, "area")).transpose()?;
    let sheet = match (&input.sheet, area) {
        (None, None) => None,
        (said, _) => Some(work.sheet(said.as_ref())?.id.clone()),
    };
    let told = ruled::look(&work, |of, _, cells: Asked| {
        let here = sheet.as_ref().is_none_or(|sheet| sheet == of);
        here && area.is_none_or(|area| match cells {
            Asked::Rule(all) => all.meets(area),
            Asked::Cell(place) => area.contains(place),
        })
    })?;
    Ok(work.now(&told))
}

fn area(text: &str, field: &str) -> Result<Area, Rejection> {
    let area = text.parse::<Area>();
    let fits = area.is_ok() && text.len() <= PLACE_BYTES_MAX;
    Check::new().ensure(fits, field, "names no cells, such as A1:C9").done()?;
    area.map_err(|_| Rejection::NotFound)
}

/// A rule comes to a sheet, in place of the one about the same cells; its id.
///
/// # Errors
/// When it says what nobody can keep, or another rule is about some of its cells.
pub(super) fn put(
    work: &mut Work<'_>,
    sheet: &str,
    rule: &Rule,
    field: &str,
) -> Result<String, Rejection> {
    let rule = checked(work, sheet, rule, field)?;
    let cells = area(&rule.area, field)?;
    let of = work.sheet(Some(&sheet.to_owned()))?;
    let same = of.rules.iter().find(|(_, other)| other.area == cells);
    let same = same.map(|(id, _)| id.clone());
    let other = of.rules.iter().find(|(_, other)| same.is_none() && other.area.meets(cells));
    let met = other.map_or_else(String::new, |(id, other)| {
        format!("has cells that the rule {id} for {} is about", other.area)
    });
    Check::new().ensure(other.is_none(), format!("{field}.area"), met).done()?;
    let id = same.map_or_else(|| free(work, sheet), Ok)?;
    let (sheet, told) = (sheet.to_owned(), id.clone());
    work.happen(Event::RuleSet(RuleSet { sheet, id, rule }));
    Ok(told)
}

/// A rule as it is kept: days are numbers, and lists stand on a sheet that is named.
fn checked(work: &Work<'_>, sheet: &str, rule: &Rule, field: &str) -> Result<Rule, Rejection> {
    let cells = area(&rule.area, &format!("{field}.area"))?;
    let long = |text: &String| text.chars().count() > RULE_MESSAGE_MAX;
    let said = |text: &String| !text.trim().is_empty() && !text.contains('\0') && !long(text);
    let told = format!("has 1 to {RULE_MESSAGE_MAX} characters, not all blank");
    let message = rule.message.as_ref().is_none_or(said);
    Check::new().ensure(message, format!("{field}.message"), told.as_str()).done()?;
    let at = |what: &str| format!("{field}.allow.{what}");
    let allow = match &rule.allow {
        Allow::List(values) => {
            let field = at("list");
            let items = (1..=RULE_LISTED_MAX).contains(&values.len());
            let size = format!("has 1 to {RULE_LISTED_MAX} members");
            let check = Check::new().ensure(items, &field, size);
            let each = values.iter().take(RULE_LISTED_MAX).enumerate();
            let check = each.fold(check, |check, (number, value)| {
                check.ensure(said(value), format!("{field}[{number}]"), told.as_str())
            });
            check.done()?;
            Allow::List(values.clone())
        }
        Allow::ListOf(text) => Allow::ListOf(listed(work, sheet, text, &at("list_of"))?),
        Allow::Formula(text) => {
            formula(text, &at("formula"))?;
            Allow::Formula(text.clone())
        }
        Allow::Whole(compare) => Allow::Whole(compared(compare, &at("whole"), false)?),
        Allow::Decimal(compare) => Allow::Decimal(compared(compare, &at("decimal"), false)?),
        Allow::Date(compare) => Allow::Date(compared(compare, &at("date"), true)?),
        Allow::TextLength(compare) => {
            Allow::TextLength(compared(compare, &at("text_length"), false)?)
        }
    };
    Ok(Rule { area: cells.to_string(), allow, ..rule.clone() })
}

/// The area of a list, with its sheet: one row or one column.
fn listed(work: &Work<'_>, sheet: &str, text: &str, field: &str) -> Result<String, Rejection> {
    // The cells of the list are gone: nothing is in it.
    if text == "#REF!" {
        return Ok(text.to_owned());
    }
    let said = names::area(text).filter(|_| text.len() <= PLACE_BYTES_MAX);
    let line = |area: Area| area.rows() == 1 || area.columns() == 1;
    let none = "is one row or one column, such as Lists!A1:A9";
    let fits = said.as_ref().is_some_and(|said| line(said.area()));
    Check::new().ensure(fits, field, none).done()?;
    let Some(mut said) = said else { return Err(Rejection::NotFound) };
    if said.sheet.is_none() {
        said.sheet = Some(work.sheet(Some(&sheet.to_owned()))?.name.clone());
    }
    names::fixed(work, &said.to_string(), field)
}

fn formula(text: &str, field: &str) -> Result<(), Rejection> {
    let fits = text.len() <= RULE_FORMULA_BYTES_MAX && text.starts_with('=') && text.len() > 1;
    let told = format!("begins with = and has at most {RULE_FORMULA_BYTES_MAX} bytes");
    Check::new().ensure(fits, field, told).done()?;
    let at = field.to_owned();
    calc::check(text, &limits()).map_err(|reason| Rejection::FormulaInvalid { at, reason })
}

/// What numbers are compared with, each a number or a formula.
fn compared(compare: &Compare, field: &str, days: bool) -> Result<Compare, Rejection> {
    let one = |what: &str, said: &Bound| bound(said, &format!("{field}.{what}"), days);
    let two = |what: &str, from: &Bound, to: &Bound| -> Result<(Bound, Bound), Rejection> {
        let (from, to) = (one(&format!("{what}[0]"), from)?, one(&format!("{what}[1]"), to)?);
        let both = from.0.as_f64().zip(to.0.as_f64());
        let order = both.is_none_or(|(from, to)| from <= to);
        let field = format!("{field}.{what}");
        Check::new().ensure(order, field, "has the smaller number first").done()?;
        Ok((from, to))
    };
    Ok(match compare {
        Compare::Between(from, to) => {
            let (from, to) = two("between", from, to)?;
            Compare::Between(from, to)
        }
        Compare::NotBetween(from, to) => {
            let (from, to) = two("not_between", from, to)?;
            Compare::NotBetween(from, to)
        }
        Compare::Equal(said) => Compare::Equal(one("equal", said)?),
        Compare::Different(said) => Compare::Different(one("different", said)?),
        Compare::Above(said) => Compare::Above(one("above", said)?),
        Compare::AtLeast(said) => Compare::AtLeast(one("at_least", said)?),
        Compare::Below(said) => Compare::Below(one("below", said)?),
        Compare::AtMost(said) => Compare::AtMost(one("at_most", said)?),
    })
}

fn bound(said: &Bound, field: &str, days: bool) -> Result<Bound, Rejection> {
    let number = match &said.0 {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.starts_with('=') => {
            formula(text, field)?;
            return Ok(said.clone());
        }
        Value::String(text) if days => table::day(text),
        _ => None,
    };
    let none = if days {
        "is a number, a formula, or a day such as 2026-01-31"
    } else {
        "is a number or a formula"
    };
    let finite = number.filter(|number| number.is_finite());
    Check::new().ensure(finite.is_some(), field, none).done()?;
    Ok(Bound(Content::Number(finite.unwrap_or_default()).to_json()))
}

/// A rule as the workbook keeps it; none when it is none.
pub(crate) fn kept(rule: &Rule) -> Option<sheet::Rule> {
    contracts::read::from_value(json!(rule)).ok()
}

/// A rule as commands and events write it; none when it is none.
pub(crate) fn said(rule: &sheet::Rule) -> Option<Rule> {
    contracts::read::from_value(json!(rule)).ok()
}

//! Queries whose conditions depend on what was asked. The text is made of constants only; what
//! callers say travels as arguments.

use std::fmt::Write as _;

use super::cell::Cell;

/// A `SELECT` that grows by conditions.
pub(crate) struct Select {
    sql: String,
    args: Vec<Cell>,
    conditions: usize,
}

impl Select {
    /// `SELECT columns FROM table` without a condition yet.
    pub(crate) fn from(table: &str, columns: &[&str]) -> Self {
        let sql = format!("SELECT {} FROM {table}", columns.join(", "));
        Self { sql, args: Vec::new(), conditions: 0 }
    }

    /// Adds a condition; each `?` in it takes one of `args`, in order.
    pub(crate) fn and<const N: usize>(mut self, condition: &'static str, args: [Cell; N]) -> Self {
        self.sql.push_str(if self.conditions == 0 { " WHERE " } else { " AND " });
        self.conditions += 1;
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        let mut given = 0;
        for (part, arg) in parts.zip(args) {
            given += 1;
            self.args.push(arg);
            let _ = write!(self.sql, "${}{part}", self.args.len());
        }
        debug_assert_eq!(given, N, "{condition}");
        self
    }

    /// Adds a condition when there is something to compare with.
    pub(crate) fn and_maybe(self, condition: &'static str, arg: Option<impl Into<Cell>>) -> Self {
        match arg {
            Some(arg) => self.and(condition, [arg.into()]),
            None => self,
        }
    }

    /// The query in `order`, at most `limit` rows.
    pub(crate) fn ordered(mut self, order: &'static str, limit: usize) -> (String, Vec<Cell>) {
        self.args.push(Cell::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        let _ = write!(self.sql, " ORDER BY {order} LIMIT ${}", self.args.len());
        (self.sql, self.args)
    }
}

/// The `LIKE` pattern that finds `text` anywhere and takes nothing in it for a wildcard. Used with
/// `ESCAPE '\'`.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

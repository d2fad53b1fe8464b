//! A condition as a tree.

use regex::Regex;

use crate::policy::effect::MEMBERS;

/// A node.
#[derive(Debug, Clone)]
pub enum Node {
    /// A value that is written out.
    Constant(Constant),
    /// A root such as `input`.
    Root(Root),
    /// The member that a macro goes through, by its depth.
    Local(usize),
    /// `of.name`.
    Member(Box<Node>, Box<str>),
    /// `of[index]`.
    Index(Box<Node>, Box<Node>),
    /// `has(of.name)`.
    Has(Box<Node>, Box<str>),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `!of`.
    Not(Box<Node>),
    /// `-of`.
    Negative(Box<Node>),
    /// `a && b`.
    And(Box<Node>, Box<Node>),
    /// `a || b`.
    Or(Box<Node>, Box<Node>),
    /// `if ? then : otherwise`.
    Choose(Box<Node>, Box<Node>, Box<Node>),
    /// `a + b` and the like.
    Compute(Operator, Box<Node>, Box<Node>),
    /// `of.matches("…")`, compiled.
    Matches(Box<Node>, Box<Regex>),
    /// `of.contains(other)` and the like.
    Call(Function, Vec<Node>),
    /// `of.all(x, condition)` and the like.
    Each(Macro, Box<Node>, Box<Node>),
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Box<str>),
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The command's name, a text.
    Command,
    /// Its input.
    Input,
    /// `principal`, `roles`, `origin`.
    Caller,
    /// The tenant, a text.
    Tenant,
    /// `kind`, `id`, `revision`.
    Actor,
    /// `class`, and what identifies one of that class; only in rules about effects.
    Effect,
    /// `year`, `month`, `day`, `hour`, `minute`, `weekday`, `ms`, `text`; UTC.
    Time,
}

impl Node {
    /// Whether it, or something in it, is about `root`.
    #[must_use]
    pub fn names(&self, root: Root) -> bool {
        match self {
            Self::Constant(_) | Self::Local(_) => false,
            Self::Root(own) => *own == root,
            Self::Member(of, _)
            | Self::Has(of, _)
            | Self::Not(of)
            | Self::Negative(of)
            | Self::Matches(of, _) => of.names(root),
            Self::Index(left, right)
            | Self::And(left, right)
            | Self::Or(left, right)
            | Self::Compute(_, left, right)
            | Self::Each(_, left, right) => left.names(root) || right.names(root),
            Self::Choose(condition, then, otherwise) => {
                condition.names(root) || then.names(root) || otherwise.names(root)
            }
            Self::List(nodes) | Self::Call(_, nodes) => nodes.iter().any(|node| node.names(root)),
        }
    }
}

impl Root {
    /// The root of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "command" => Self::Command,
            "input" => Self::Input,
            "caller" => Self::Caller,
            "tenant" => Self::Tenant,
            "actor" => Self::Actor,
            "effect" => Self::Effect,
            "time" => Self::Time,
            _ => return None,
        })
    }

    /// The members that it has; `None` = whatever is there.
    #[must_use]
    pub const fn members(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Input => None,
            Self::Command | Self::Tenant => Some(&[]),
            Self::Caller => Some(&["principal", "roles", "origin"]),
            Self::Actor => Some(&["kind", "id", "revision"]),
            Self::Effect => Some(MEMBERS),
            Self::Time => {
                Some(&["year", "month", "day", "hour", "minute", "weekday", "ms", "text"])
            }
        }
    }
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`.
    Same,
    /// `!=`.
    Other,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    More,
    /// `>=`.
    AtLeast,
    /// `in`.
    In,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `*`.
    Times,
    /// `/`.
    Over,
    /// `%`.
    Rest,
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `size(a)`, `a.size()`.
    Size,
    /// `a.contains(b)`.
    Contains,
    /// `a.startsWith(b)`.
    StartsWith,
    /// `a.endsWith(b)`.
    EndsWith,
    /// `a.lowerAscii()`.
    LowerAscii,
    /// `int(a)`.
    Int,
    /// `double(a)`.
    Double,
    /// `string(a)`.
    Text,
}

impl Function {
    /// The function of this name that is called on a value, and how many values it takes with it.
    #[must_use]
    pub fn method(name: &str) -> Option<(Self, usize)> {
        Some(match name {
            "size" => (Self::Size, 1),
            "contains" => (Self::Contains, 2),
            "startsWith" => (Self::StartsWith, 2),
            "endsWith" => (Self::EndsWith, 2),
            "lowerAscii" => (Self::LowerAscii, 1),
            _ => return None,
        })
    }

    /// The function of this name that is called with a value.
    #[must_use]
    pub fn global(name: &str) -> Option<Self> {
        Some(match name {
            "size" => Self::Size,
            "int" => Self::Int,
            "double" => Self::Double,
            "string" => Self::Text,
            _ => return None,
        })
    }
}

/// What goes through a list, or through the keys of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Macro {
    /// Whether it holds for all.
    All,
    /// Whether it holds for one or more.
    Exists,
    /// Whether it holds for exactly one.
    ExistsOne,
    /// Those for which it holds.
    Filter,
    /// What it makes of each.
    Map,
}

impl Macro {
    /// The macro of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" => Self::ExistsOne,
            "filter" => Self::Filter,
            "map" => Self::Map,
            _ => return None,
        })
    }
}

//! What a condition says of a question.

use std::borrow::Cow;

use contracts::Origin;

use super::tree::{Constant, Function, Macro, Node, Operator, Root};
use super::value::Value;
use super::{FUEL_MAX, Trouble};
use crate::policy::question::Question;

/// Whether the condition holds.
///
/// # Errors
/// When it is neither true nor false.
pub fn holds(node: &Node, question: &Question<'_>) -> Result<bool, Trouble> {
    let mut run = Run { question, fuel: FUEL_MAX, locals: Vec::new() };
    let value = run.value(node)?;
    truth(&value)
}

fn truth(value: &Value<'_>) -> Result<bool, Trouble> {
    match value {
        Value::Bool(bool) => Ok(*bool),
        other => Err(Trouble::Sort(format!("a condition is a bool, not {}", other.sort()))),
    }
}

struct Run<'a, 'q> {
    question: &'q Question<'a>,
    fuel: u64,
    locals: Vec<Value<'a>>,
}

type Valued<'a> = Result<Value<'a>, Trouble>;

impl<'a> Run<'a, '_> {
    fn burn(&mut self, steps: u64) -> Result<(), Trouble> {
        self.fuel = self.fuel.checked_sub(steps).ok_or(Trouble::Fuel)?;
        Ok(())
    }

    fn value(&mut self, node: &Node) -> Valued<'a> {
        self.burn(1)?;
        match node {
            Node::Constant(constant) => self.constant(constant),
            Node::Root(root) => self.root(*root),
            Node::Local(depth) => {
                let value = self.locals[*depth].clone();
                self.burn(value.weight())?;
                Ok(value)
            }
            Node::Member(of, name) => self.member(of, name),
            Node::Has(of, name) => match self.member(of, name) {
                Ok(_) => Ok(Value::Bool(true)),
                Err(Trouble::Absent(absent)) if absent == *name => Ok(Value::Bool(false)),
                Err(trouble) => Err(trouble),
            },
            Node::Index(of, index) => self.index(of, index),
            Node::List(items) => {
                items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::List)
            }
            Node::Not(of) => self.bool(of).map(|it| Value::Bool(!it)),
            Node::Negative(of) => match self.value(of)? {
                Value::Int(number) => number.checked_neg().map(Value::Int).ok_or(Trouble::Bounds),
                Value::Float(number) => Ok(Value::Float(-number)),
                other => Err(Trouble::Sort(format!("{} has no negative", other.sort()))),
            },
            Node::And(left, right) => self.both(left, right, false),
            Node::Or(left, right) => self.both(left, right, true),
            Node::Choose(condition, then, otherwise) => {
                if self.bool(condition)? {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
            Node::Compute(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.burn(left.weight() + right.weight())?;
                compute(*operator, &left, &right)
            }
            Node::Matches(of, regex) => {
                let text = self.text(of)?;
                self.burn(text.len() as u64 / 4)?;
                Ok(Value::Bool(regex.is_match(&text)))
            }
            Node::Call(function, values) => self.call(*function, values),
            Node::Each(each, of, body) => self.each(*each, of, body),
        }
    }

    fn bool(&mut self, node: &Node) -> Result<bool, Trouble> {
        let value = self.value(node)?;
        truth(&value)
    }

    fn text(&mut self, node: &Node) -> Result<Cow<'a, str>, Trouble> {
        match self.value(node)? {
            Value::Text(text) => Ok(text),
            other => Err(Trouble::Sort(format!("expected a text, found {}", other.sort()))),
        }
    }

    /// `&&` and `||`: one side that settles it is enough, whatever trouble the other has.
    fn both(&mut self, left: &Node, right: &Node, settles: bool) -> Valued<'a> {
        let first = self.bool(left);
        match first {
            Ok(it) if it == settles => return Ok(Value::Bool(settles)),
            Err(Trouble::Fuel) => return Err(Trouble::Fuel),
            Ok(_) | Err(_) => {}
        }
        let second = self.bool(right)?;
        if second == settles {
            return Ok(Value::Bool(settles));
        }
        first.map(|_| Value::Bool(!settles))
    }

    fn constant(&mut self, constant: &Constant) -> Valued<'a> {
        Ok(match constant {
            Constant::Null => Value::Null,
            Constant::Bool(bool) => Value::Bool(*bool),
            Constant::Int(number) => Value::Int(*number),
            Constant::Float(number) => Value::Float(*number),
            Constant::Text(text) => {
                self.burn(text.len() as u64 / 16)?;
                Value::Text(Cow::Owned(text.to_string()))
            }
        })
    }

    fn root(&self, root: Root) -> Valued<'a> {
        let question = self.question;
        Ok(match root {
            Root::Command => Value::text(question.command.as_str()),
            Root::Tenant => Value::text(question.tenant.as_str()),
            Root::Input => Value::from(question.input),
            Root::Caller | Root::Actor | Root::Effect | Root::Time => {
                let message =
                    "caller, actor, effect and time have members, and are no values themselves";
                return Err(Trouble::Sort(message.to_owned()));
            }
        })
    }

    fn member(&mut self, of: &Node, name: &str) -> Valued<'a> {
        if let Node::Root(root) = of
            && let Some(value) = self.known(*root, name)
        {
            return Ok(value);
        }
        // A member that an effect of another class would have.
        if let Node::Root(Root::Effect) = of {
            return Err(Trouble::Absent(name.into()));
        }
        let value = self.value(of)?;
        value.member(name).ok_or_else(|| Trouble::Absent(name.into()))
    }

    fn known(&self, root: Root, name: &str) -> Option<Value<'a>> {
        let question = self.question;
        let value = match (root, name) {
            (Root::Caller, "principal") => Value::text(question.principal.as_str()),
            (Root::Caller, "roles") => Value::Names(question.roles),
            (Root::Caller, "origin") => Value::text(match question.origin {
                Origin::Http => "http",
                Origin::Nats => "nats",
                Origin::Runtime => "runtime",
            }),
            (Root::Actor, "kind") => Value::text(question.kind.as_str()),
            (Root::Actor, "id") => Value::text(question.id.as_str()),
            (Root::Actor, "revision") => {
                Value::Int(i64::try_from(question.revision.0).unwrap_or(i64::MAX))
            }
            (Root::Effect, name) => Value::text(question.effect?.member(name)?),
            (Root::Time, name) => moment(question.at, name)?,
            _ => return None,
        };
        Some(value)
    }

    fn index(&mut self, of: &Node, index: &Node) -> Valued<'a> {
        let value = self.value(of)?;
        let index = self.value(index)?;
        match (&value, &index) {
            (Value::Json(serde_json::Value::Object(_)), Value::Text(name)) => {
                value.member(name).ok_or_else(|| Trouble::Absent((&**name).into()))
            }
            (_, Value::Int(number)) => {
                self.burn(value.size().unwrap_or(0) as u64)?;
                let absent = || Trouble::Absent(number.to_string().into());
                let place = usize::try_from(*number).map_err(|_| absent())?;
                let members = match &value {
                    Value::Json(serde_json::Value::Object(_)) => None,
                    _ => value.clone().members(),
                };
                let message = || Trouble::Sort(format!("{} has no number", value.sort()));
                members.ok_or_else(message)?.into_iter().nth(place).ok_or_else(absent)
            }
            _ => Err(Trouble::Sort(format!("{} is no index of {}", index.sort(), value.sort()))),
        }
    }

    fn call(&mut self, function: Function, nodes: &[Node]) -> Valued<'a> {
        let first = self.value(&nodes[0])?;
        self.burn(first.weight())?;
        if let Some(second) = nodes.get(1) {
            let (Value::Text(text), other) = (&first, self.text(second)?) else {
                let message = format!("expected a text, found {}", first.sort());
                return Err(Trouble::Sort(message));
            };
            return Ok(Value::Bool(match function {
                Function::StartsWith => text.starts_with(&*other),
                Function::EndsWith => text.ends_with(&*other),
                _ => text.contains(&*other),
            }));
        }
        let fails = |what: &str| Trouble::Sort(format!("{} has no {what}", first.sort()));
        match (function, &first) {
            (Function::Size, value) => {
                let size = value.size().ok_or_else(|| fails("size"))?;
                Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
            }
            (Function::LowerAscii, Value::Text(text)) => {
                Ok(Value::Text(Cow::Owned(text.to_ascii_lowercase())))
            }
            (Function::Int, Value::Int(_))
            | (Function::Double, Value::Float(_))
            | (Function::Text, Value::Text(_)) => Ok(first),
            (Function::Int, Value::Float(number)) => {
                let inside = *number > -9.2e18 && *number < 9.2e18;
                if inside { Ok(Value::Int(number.trunc() as i64)) } else { Err(Trouble::Bounds) }
            }
            (Function::Int, Value::Text(text)) => {
                text.parse().map(Value::Int).map_err(|_| fails("whole number in it"))
            }
            (Function::Double, Value::Int(number)) => Ok(Value::Float(*number as f64)),
            (Function::Double, Value::Text(text)) => {
                text.parse().map(Value::Float).map_err(|_| fails("number in it"))
            }
            (Function::Text, Value::Int(number)) => Ok(Value::Text(number.to_string().into())),
            (Function::Text, Value::Float(number)) => Ok(Value::Text(number.to_string().into())),
            (Function::Text, Value::Bool(bool)) => Ok(Value::Text(bool.to_string().into())),
            _ => Err(fails("such form")),
        }
    }

    fn each(&mut self, each: Macro, of: &Node, body: &Node) -> Valued<'a> {
        let value = self.value(of)?;
        let sort = value.sort();
        self.burn(value.weight())?;
        let members = value.members();
        let members = members.ok_or_else(|| Trouble::Sort(format!("{sort} has no members")))?;
        let (mut found, mut made, mut trouble) = (0_usize, Vec::new(), None);
        for member in members {
            self.locals.push(member);
            let result = match each {
                Macro::Map => self.value(body).map(|value| {
                    made.push(value);
                    false
                }),
                _ => self.bool(body),
            };
            let member = self.locals.pop().unwrap_or(Value::Null);
            match (each, result) {
                // One member that settles it is enough, whatever trouble others had.
                (Macro::All, Ok(false)) => return Ok(Value::Bool(false)),
                (Macro::Exists, Ok(true)) => return Ok(Value::Bool(true)),
                (Macro::Filter, Ok(true)) => made.push(member),
                (_, Ok(true)) => found += 1,
                (_, Ok(false)) => {}
                (Macro::All | Macro::Exists, Err(it)) if it != Trouble::Fuel => {
                    trouble.get_or_insert(it);
                }
                (_, Err(it)) => return Err(it),
            }
        }
        match (each, trouble) {
            (_, Some(trouble)) => Err(trouble),
            (Macro::All, None) => Ok(Value::Bool(true)),
            (Macro::Exists, None) => Ok(Value::Bool(false)),
            (Macro::ExistsOne, None) => Ok(Value::Bool(found == 1)),
            (Macro::Filter | Macro::Map, None) => Ok(Value::List(made)),
        }
    }
}

fn moment(at: contracts::Timestamp, name: &str) -> Option<Value<'static>> {
    if name == "ms" {
        return Some(Value::Int(at.as_millis()));
    }
    let text = at.to_string();
    if name == "text" {
        return Some(Value::Text(Cow::Owned(text)));
    }
    // The text has a fixed form: 2026-11-21T04:13:50.123Z.
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let number = match name {
        "year" => part(0..4)?,
        "month" => part(5..7)?,
        "day" => part(8..10)?,
        "hour" => part(11..13)?,
        "minute" => part(14..16)?,
        // The epoch was a Thursday; Sunday is 0, as CEL counts.
        "weekday" => (at.as_millis().div_euclid(86_400_000) + 4).rem_euclid(7),
        _ => return None,
    };
    Some(Value::Int(number))
}

fn compute<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Valued<'a> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let ordered = |holds: &dyn Fn(std::cmp::Ordering) -> bool| match left.order(right) {
        Some(order) => Ok(Value::Bool(holds(order))),
        None if is_number(left) && is_number(right) => Ok(Value::Bool(false)),
        None => Err(sorts(left, right)),
    };
    match operator {
        Operator::Same => Ok(Value::Bool(left.same(right))),
        Operator::Other => Ok(Value::Bool(!left.same(right))),
        Operator::Less => ordered(&|order| order == Less),
        Operator::AtMost => ordered(&|order| matches!(order, Less | Equal)),
        Operator::More => ordered(&|order| order == Greater),
        Operator::AtLeast => ordered(&|order| matches!(order, Greater | Equal)),
        Operator::In => match right {
            Value::Json(serde_json::Value::Object(members)) => match left {
                Value::Text(name) => Ok(Value::Bool(members.contains_key(&**name))),
                _ => Err(sorts(left, right)),
            },
            _ => {
                let members = right.clone().members().ok_or_else(|| sorts(left, right))?;
                Ok(Value::Bool(members.iter().any(|member| member.same(left))))
            }
        },
        Operator::Plus | Operator::Minus | Operator::Times | Operator::Over | Operator::Rest => {
            arithmetic(operator, left, right)
        }
    }
}

const fn is_number(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

fn sorts(left: &Value<'_>, right: &Value<'_>) -> Trouble {
    Trouble::Sort(format!("{} and {} do not go together here", left.sort(), right.sort()))
}

fn arithmetic<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Valued<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            let number = match operator {
                Operator::Plus => a.checked_add(*b),
                Operator::Minus => a.checked_sub(*b),
                Operator::Times => a.checked_mul(*b),
                Operator::Over => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            number.map(Value::Int).ok_or(Trouble::Bounds)
        }
        (Value::Float(a), Value::Float(b)) if operator != Operator::Rest => {
            Ok(Value::Float(match operator {
                Operator::Plus => a + b,
                Operator::Minus => a - b,
                Operator::Times => a * b,
                _ => a / b,
            }))
        }
        (Value::Text(a), Value::Text(b)) if operator == Operator::Plus => {
            Ok(Value::Text(Cow::Owned(format!("{a}{b}"))))
        }
        _ if operator == Operator::Plus => {
            let both = left.clone().members().zip(right.clone().members());
            let (mut a, b) = both.ok_or_else(|| sorts(left, right))?;
            a.extend(b);
            Ok(Value::List(a))
        }
        _ => Err(sorts(left, right)),
    }
}

//! From words to a tree: CEL's grammar and precedence, names known when it is parsed.

use contracts::kinds::policy::limits::PATTERN_BYTES_MAX;

use super::ConditionError;
use super::lex::{Token, Word, lex};
use super::tree::{Constant, Function, Macro, Node, Operator, Root};
use crate::policy::pattern;

/// How deep a condition may be nested.
const DEPTH_MAX: usize = 32;
/// How many macros may stand within each other.
const MACROS_MAX: usize = 3;

/// The tree of `text`.
///
/// # Errors
/// Where it is none, and why.
pub fn parse(text: &str) -> Result<Node, ConditionError> {
    let mut parser = Parser { tokens: lex(text)?, next: 0, depth: 0, locals: Vec::new() };
    let node = parser.whole()?;
    match parser.peek() {
        Word::End => Ok(node),
        _ => Err(parser.fault("expected the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    locals: Vec<String>,
}

type Parsed = Result<Node, ConditionError>;

impl Parser {
    fn peek(&self) -> &Word {
        &self.tokens[self.next].word
    }

    fn take(&mut self) -> Word {
        let word = self.tokens[self.next].word.clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        word
    }

    fn fault(&self, message: impl Into<String>) -> ConditionError {
        ConditionError::at(self.tokens[self.next].at, message)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Word::Sign(it) if *it == sign)
    }

    fn try_take(&mut self, sign: &str) -> bool {
        let there = self.is(sign);
        if there {
            self.take();
        }
        there
    }

    fn expect(&mut self, sign: &str) -> Result<(), ConditionError> {
        if self.try_take(sign) { Ok(()) } else { Err(self.fault(format!("expected `{sign}`"))) }
    }

    /// `condition ? a : b`, the loosest of all.
    fn whole(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault(format!("nested deeper than {DEPTH_MAX}")));
        }
        let mut node = self.or()?;
        if self.try_take("?") {
            let then = self.or()?;
            self.expect(":")?;
            let otherwise = self.whole()?;
            node = Node::Choose(Box::new(node), Box::new(then), Box::new(otherwise));
        }
        self.depth -= 1;
        Ok(node)
    }

    fn or(&mut self) -> Parsed {
        let mut node = self.and()?;
        while self.try_take("||") {
            node = Node::Or(Box::new(node), Box::new(self.and()?));
        }
        Ok(node)
    }

    fn and(&mut self) -> Parsed {
        let mut node = self.relation()?;
        while self.try_take("&&") {
            node = Node::And(Box::new(node), Box::new(self.relation()?));
        }
        Ok(node)
    }

    fn relation(&mut self) -> Parsed {
        let mut node = self.sum()?;
        loop {
            let operator = match self.peek() {
                Word::Sign("==") => Operator::Same,
                Word::Sign("!=") => Operator::Other,
                Word::Sign("<") => Operator::Less,
                Word::Sign("<=") => Operator::AtMost,
                Word::Sign(">") => Operator::More,
                Word::Sign(">=") => Operator::AtLeast,
                Word::Name(name) if name == "in" => Operator::In,
                _ => return Ok(node),
            };
            self.take();
            node = Node::Compute(operator, Box::new(node), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut node = self.product()?;
        loop {
            let operator = match self.peek() {
                Word::Sign("+") => Operator::Plus,
                Word::Sign("-") => Operator::Minus,
                _ => return Ok(node),
            };
            self.take();
            node = Node::Compute(operator, Box::new(node), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed {
        let mut node = self.unary()?;
        loop {
            let operator = match self.peek() {
                Word::Sign("*") => Operator::Times,
                Word::Sign("/") => Operator::Over,
                Word::Sign("%") => Operator::Rest,
                _ => return Ok(node),
            };
            self.take();
            node = Node::Compute(operator, Box::new(node), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault(format!("nested deeper than {DEPTH_MAX}")));
        }
        let node = if self.try_take("!") {
            Node::Not(Box::new(self.unary()?))
        } else if self.try_take("-") {
            self.negative()?
        } else {
            self.postfix()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn negative(&mut self) -> Parsed {
        match *self.peek() {
            // The smallest number has no positive twin.
            Word::Int(number) if number == i64::MIN.unsigned_abs() => {
                self.take();
                Ok(Node::Constant(Constant::Int(i64::MIN)))
            }
            _ => Ok(Node::Negative(Box::new(self.unary()?))),
        }
    }

    fn postfix(&mut self) -> Parsed {
        let mut node = self.primary()?;
        for _ in 0..=DEPTH_MAX {
            if self.try_take(".") {
                let name = self.name()?;
                node = if self.try_take("(") {
                    self.method(node, &name)?
                } else {
                    self.member(node, name)?
                };
            } else if self.try_take("[") {
                let index = self.whole()?;
                self.expect("]")?;
                node = Node::Index(Box::new(node), Box::new(index));
            } else {
                return Ok(node);
            }
        }
        Err(self.fault(format!("more than {DEPTH_MAX} members in a row")))
    }

    fn name(&mut self) -> Result<String, ConditionError> {
        match self.take() {
            Word::Name(name) => Ok(name),
            _ => Err(self.fault("expected a name")),
        }
    }

    /// A member of a root that has no such member can only be a slip.
    fn member(&self, of: Node, name: String) -> Parsed {
        if let Node::Root(root) = &of
            && let Some(members) = root.members()
            && !members.contains(&name.as_str())
        {
            let known = members.join(", ");
            let there = if known.is_empty() { "it is a text".to_owned() } else { known };
            return Err(self.fault(format!("there is no member {name} here; {there}")));
        }
        Ok(Node::Member(Box::new(of), name.into()))
    }

    fn method(&mut self, of: Node, name: &str) -> Parsed {
        if name == "matches" {
            let node = self.pattern(of)?;
            self.expect(")")?;
            return Ok(node);
        }
        if let Some(each) = Macro::named(name) {
            return self.each(each, of);
        }
        let Some((function, takes)) = Function::method(name) else {
            return Err(self.fault(format!("there is no function .{name}(…)")));
        };
        let mut values = vec![of];
        while values.len() < takes {
            values.push(self.whole()?);
            if values.len() < takes {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        Ok(Node::Call(function, values))
    }

    /// The expression of `matches` stands in the condition, so that it is compiled once.
    fn pattern(&mut self, of: Node) -> Parsed {
        let Word::Text(text) = self.take() else {
            return Err(self.fault("the expression of matches is a text that is written out"));
        };
        if text.len() > PATTERN_BYTES_MAX {
            let most = format!("the expression has at most {PATTERN_BYTES_MAX} bytes");
            return Err(self.fault(most));
        }
        let regex = pattern::regex(&text).map_err(|message| self.fault(message))?;
        Ok(Node::Matches(Box::new(of), Box::new(regex)))
    }

    fn each(&mut self, each: Macro, of: Node) -> Parsed {
        let name = self.name()?;
        self.expect(",")?;
        if Root::named(&name).is_some() || self.locals.len() == MACROS_MAX {
            let message = format!(
                "{name} is taken, or more than {MACROS_MAX} macros stand within each other"
            );
            return Err(self.fault(message));
        }
        self.locals.push(name);
        let body = self.whole()?;
        self.locals.pop();
        self.expect(")")?;
        Ok(Node::Each(each, Box::new(of), Box::new(body)))
    }

    fn primary(&mut self) -> Parsed {
        let constant = |constant| Ok(Node::Constant(constant));
        let at = self.fault("expected a value");
        match self.take() {
            Word::Int(number) => match i64::try_from(number) {
                Ok(number) => constant(Constant::Int(number)),
                Err(_) => Err(self.fault(format!("{number} is too large"))),
            },
            Word::Float(number) => constant(Constant::Float(number)),
            Word::Text(text) => constant(Constant::Text(text.into())),
            Word::Sign("(") => {
                let node = self.whole()?;
                self.expect(")")?;
                Ok(node)
            }
            Word::Sign("[") => self.list(),
            Word::Name(name) => match name.as_str() {
                "true" => constant(Constant::Bool(true)),
                "false" => constant(Constant::Bool(false)),
                "null" => constant(Constant::Null),
                _ if self.try_take("(") => self.call(&name),
                _ => self.variable(&name),
            },
            Word::Sign(_) | Word::End => Err(at),
        }
    }

    fn list(&mut self) -> Parsed {
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.whole()?);
            if !self.try_take(",") {
                break;
            }
        }
        self.expect("]")?;
        Ok(Node::List(items))
    }

    fn call(&mut self, name: &str) -> Parsed {
        let argument = self.whole()?;
        self.expect(")")?;
        if name == "has" {
            return match argument {
                Node::Member(of, name) => Ok(Node::Has(of, name)),
                _ => Err(self.fault("has(…) takes a member, such as has(input.by)")),
            };
        }
        let function = Function::global(name);
        let function =
            function.ok_or_else(|| self.fault(format!("there is no function {name}(…)")))?;
        Ok(Node::Call(function, vec![argument]))
    }

    fn variable(&self, name: &str) -> Parsed {
        if let Some(depth) = self.locals.iter().rposition(|local| local == name) {
            return Ok(Node::Local(depth));
        }
        let known = "command, input, caller, tenant, actor, effect, time";
        Root::named(name)
            .map(Node::Root)
            .ok_or_else(|| self.fault(format!("{name} is unknown; there are {known}")))
    }
}

//! A tree of lines.

use serde::Serialize;
use serde_json::Value;

use super::paint::Style;

/// A line and what hangs below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// What it is: `command`, `commit`, `event`, `effect` …
    pub what: &'static str,
    /// The line, for people.
    pub text: String,
    /// How it looks.
    #[serde(skip)]
    pub style: Style,
    /// The same for programs.
    pub facts: Value,
    /// What hangs below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    /// A line without anything below it.
    #[must_use]
    pub fn new(what: &'static str, text: impl Into<String>, facts: Value) -> Self {
        Self { what, text: text.into(), style: Style::Plain, facts, children: Vec::new() }
    }

    /// The same, looking otherwise.
    #[must_use]
    pub const fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Hangs `child` below it.
    pub fn push(&mut self, child: Self) {
        self.children.push(child);
    }

    /// Its lines, drawn; `paint` colours a text.
    #[must_use]
    pub fn draw(&self, paint: &dyn Fn(Style, &str) -> String) -> Vec<String> {
        let mut lines = vec![paint(self.style, &self.text)];
        for (at, child) in self.children.iter().enumerate() {
            let last = at + 1 == self.children.len();
            let (first, rest) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            for (number, line) in child.draw(paint).into_iter().enumerate() {
                let branch = if number == 0 { first } else { rest };
                lines.push(format!("{}{line}", paint(Style::Faint, branch)));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Node;

    fn node(text: &str, children: Vec<Node>) -> Node {
        Node { children, ..Node::new("test", text, Value::Null) }
    }

    #[test]
    fn branches_reach_exactly_as_far_as_they_must() {
        let tree = node(
            "root",
            vec![
                node("a", vec![node("a1", vec![]), node("a2", vec![node("deep", vec![])])]),
                node("b", vec![node("b1", vec![])]),
            ],
        );
        let drawn = tree.draw(&|_, text| text.to_owned()).join("\n");
        let wanted = "root\n├─ a\n│  ├─ a1\n│  └─ a2\n│     └─ deep\n└─ b\n   └─ b1";
        assert_eq!(drawn, wanted);
    }
}

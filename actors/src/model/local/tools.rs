//! Tools of the built-in model. It calls one when it must, or when the last words plainly name it;
//! the arguments are what the tool's schema finds in those words. The same request makes the same
//! call.

use contracts::model::{ModelRequest, Role, Tool, ToolChoice, Turn};
use serde_json::{Map, Value};

use super::LocalConfig;
use super::schema::{self, Filling};
use super::text::stem::stem;
use crate::model::error::ModelError;

/// A tool and its arguments.
pub struct Called<'a> {
    /// Which.
    pub tool: &'a Tool,
    /// With what.
    pub arguments: Value,
}

/// Words before a name that say that it is to be called.
const VERBS: &[&str] = &["call", "use", "using", "run", "invoke", "execute", "try", "with"];

/// Which tool is called, if any.
///
/// # Errors
/// [`ModelError::Validation`] when one must be called and none can.
pub fn choose<'a>(
    request: &'a ModelRequest,
    config: &LocalConfig,
) -> Result<Option<Called<'a>>, ModelError> {
    let words = last_words(&request.turns);
    let tools = &request.tools;
    let tool = match &request.tool_choice {
        ToolChoice::None => None,
        ToolChoice::Named(name) => {
            let named = tools.iter().find(|tool| tool.name == *name);
            Some(named.ok_or_else(|| wrong("the tool that must be called is not among them"))?)
        }
        ToolChoice::Required => Some(
            likest(tools, words).ok_or_else(|| wrong("no tool is given that could be called"))?,
        ),
        // Who has a tool's answer before him gives his own.
        ToolChoice::Auto if request.turns.last().is_none_or(|turn| turn.role != Role::User) => None,
        ToolChoice::Auto => tools.iter().find(|tool| is_named(&tool.name, words)),
    };
    let Some(tool) = tool else { return Ok(None) };
    match arguments(tool, words, config) {
        Some(arguments) => Ok(Some(Called { tool, arguments })),
        None if request.tool_choice.is_auto() => Ok(None),
        None => Err(wrong("the built-in rules cannot fill the arguments of this tool")),
    }
}

fn wrong(why: &str) -> ModelError {
    ModelError::Validation(why.to_owned())
}

/// What tools have answered since the model last spoke; empty when none has.
pub fn answers(turns: &[Turn]) -> String {
    let mut answers: Vec<_> = turns
        .iter()
        .rev()
        .take_while(|turn| turn.role == Role::Tool)
        .map(|turn| turn.content.trim())
        .collect();
    answers.reverse();
    answers.join("\n")
}

fn last_words(turns: &[Turn]) -> &str {
    let last = turns.iter().rev().find(|turn| turn.role == Role::User);
    last.map_or("", |turn| turn.content.as_str())
}

fn arguments(tool: &Tool, words: &str, config: &LocalConfig) -> Option<Value> {
    if !tool.parameters.is_object() {
        return Some(Value::Object(Map::new()));
    }
    let natural = told_alone(tool, words);
    schema::fill(&tool.parameters, &Filling { natural: &natural, text: words, config })
        .filter(Value::is_object)
}

/// What follows the tool's name and a colon, for one that needs a single text: `calculator: 6*7`.
fn told_alone(tool: &Tool, words: &str) -> Map<String, Value> {
    let needed = tool.parameters["required"].as_array().map_or(&[][..], Vec::as_slice);
    let [Value::String(one)] = needed else { return Map::new() };
    if tool.parameters["properties"][one]["type"] != "string" {
        return Map::new();
    }
    let at = words.to_ascii_lowercase().find(&tool.name.to_ascii_lowercase());
    let rest = at.map_or("", |at| &words[at + tool.name.len()..]).trim_start();
    let rest = rest.strip_prefix("tool").unwrap_or(rest).trim_start();
    let told = rest.strip_prefix(':').and_then(|rest| rest.lines().next()).unwrap_or("").trim();
    if told.is_empty() || told.to_ascii_lowercase().contains(&format!("{one}:")) {
        return Map::new();
    }
    [(one.clone(), Value::from(told))].into_iter().collect()
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether words name a tool: as it is written, or as words of which there is more than one, or
/// after a word that says that it is to be called, or first of all.
fn is_named(name: &str, words: &str) -> bool {
    let token = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    let compound = name.contains(['_', '-']);
    if compound && words.split(token).any(|word| word.eq_ignore_ascii_case(name)) {
        return true;
    }
    let (parts, said) = (words_of(name), words_of(words));
    if parts.is_empty() || parts.len() > said.len() {
        return false;
    }
    said.windows(parts.len()).enumerate().any(|(at, window)| {
        let before = at.checked_sub(1).map(|at| said[at].as_str());
        let verb = match before {
            Some("the") => at.checked_sub(2).map(|at| said[at].as_str()),
            other => other,
        };
        let told = before.is_none() || verb.is_some_and(|word| VERBS.contains(&word));
        window == parts.as_slice() && (parts.len() > 1 || told)
    })
}

/// The tool whose name and description share most words with what was said; the first of equals.
fn likest<'a>(tools: &'a [Tool], words: &str) -> Option<&'a Tool> {
    let stems = |text: &str| -> Vec<String> {
        words_of(text).iter().filter(|word| word.len() > 2).map(|word| stem(word)).collect()
    };
    let said = stems(words);
    let shared = |text: &str| stems(text).iter().filter(|word| said.contains(word)).count();
    let score = |tool: &Tool| 3 * shared(&tool.name) + shared(&tool.description);
    let best = tools.iter().map(score).max()?;
    tools.iter().find(|tool| score(tool) == best)
}

#[cfg(test)]
mod tests {
    use contracts::Refusal;
    use contracts::model::{Finish, LOCAL_MODEL, ModelRequest, ModelResponse, Role};
    use contracts::model::{Tool, ToolCall, ToolChoice, Turn};
    use serde_json::{Value, json};

    use crate::model::Local;

    fn tool(name: &str, description: &str, parameters: Value) -> Tool {
        let (name, description) = (name.to_owned(), description.to_owned());
        Tool { name, description, parameters, strict: false }
    }

    fn tools() -> Vec<Tool> {
        let schema = |name: &str, of: &str| {
            let properties = json!({ name: { "type": of } });
            json!({ "type": "object", "properties": properties, "required": [name] })
        };
        vec![
            tool("get_weather", "Tells the weather of a city.", schema("city", "string")),
            tool("search", "Searches the library for books.", schema("query", "string")),
            tool("ping", "Says that it is there.", Value::Null),
        ]
    }

    fn ask(choice: ToolChoice, turns: Vec<Turn>) -> Result<ModelResponse, Refusal> {
        Local::default().answer(&ModelRequest {
            model: LOCAL_MODEL.to_owned(),
            turns,
            tools: tools(),
            tool_choice: choice,
            max_tokens: 100,
            ..ModelRequest::default()
        })
    }

    fn called(choice: ToolChoice, words: &str) -> Option<String> {
        let answer = ask(choice, vec![Turn::new(Role::User, words)]).expect("an answer");
        let called = answer.calls.first().map(|call| call.name.clone());
        assert_eq!(answer.finish == Finish::ToolCalls, called.is_some(), "{answer:?}");
        called
    }

    #[test]
    fn a_tool_is_called_when_it_is_plainly_named_and_not_otherwise() {
        let auto = |words| called(ToolChoice::Auto, words);
        assert_eq!(auto("Please use get_weather. city: Oslo").as_deref(), Some("get_weather"));
        assert_eq!(auto("Get weather. City: Oslo").as_deref(), Some("get_weather"));
        assert_eq!(auto("Use the ping tool").as_deref(), Some("ping"));
        for words in ["How are you?", "My search was in vain.", "The ping was loud", ""] {
            assert_eq!(auto(words), None, "{words}");
        }
    }

    #[test]
    fn a_tool_that_must_be_called_is_the_one_that_fits() {
        let weather = called(ToolChoice::Required, "What is the weather in the city: Oslo");
        assert_eq!(weather.as_deref(), Some("get_weather"));
        let books = called(ToolChoice::Required, "Which books has the library? query: whales");
        assert_eq!(books.as_deref(), Some("search"));
        let named = called(ToolChoice::Named("ping".to_owned()), "Hello");
        assert_eq!(named.as_deref(), Some("ping"));
        assert_eq!(called(ToolChoice::None, "use get_weather"), None);
        let unknown = ask(ToolChoice::Named("none".to_owned()), Vec::new());
        assert_eq!(unknown.expect_err("there is none").code, "model_validation");
    }

    #[test]
    fn the_same_request_makes_the_same_call_with_arguments_by_the_schema() {
        let turns = vec![Turn::new(Role::User, "get_weather, city: Oslo")];
        let answer = ask(ToolChoice::Auto, turns.clone()).expect("an answer");
        assert_eq!(answer, ask(ToolChoice::Auto, turns).expect("an answer"));
        let arguments: Value = serde_json::from_str(&answer.calls[0].arguments).expect("JSON");
        assert!(arguments["city"].as_str().is_some_and(|city| city.contains("Oslo")), "{answer:?}");
    }

    #[test]
    fn arguments_keep_the_signs_of_arithmetic() {
        let properties = json!({ "expression": { "type": "string" } });
        let schema = json!({ "type": "object", "properties": properties,
            "required": ["expression"] });
        for (lead, sum) in [
            ("Use the calculator. expression: ", "6*7"),
            ("Use calculator: ", "6*7"),
            ("use the calculator tool: ", "2**10"),
            ("Calculator: expression: ", "(1+2)*3"),
        ] {
            let words = format!("{lead}{sum}");
            let answer = Local::default().answer(&ModelRequest {
                model: LOCAL_MODEL.to_owned(),
                turns: vec![Turn::new(Role::User, words)],
                tools: vec![tool("calculator", "Works out a sum.", schema.clone())],
                max_tokens: 100,
                ..ModelRequest::default()
            });
            let calls = answer.expect("an answer").calls;
            let arguments: Value = serde_json::from_str(&calls[0].arguments).expect("JSON");
            assert_eq!(arguments["expression"], sum);
        }
    }

    #[test]
    fn what_a_tool_answered_is_told() {
        let call = ToolCall {
            id: "c1".to_owned(),
            name: "get_weather".to_owned(),
            arguments: "{}".to_owned(),
        };
        let turns = vec![
            Turn::new(Role::User, "Use get_weather"),
            Turn { calls: vec![call], ..Turn::new(Role::Assistant, "") },
            Turn { call: Some("c1".to_owned()), ..Turn::new(Role::Tool, "4 degrees, rain") },
        ];
        let answer = ask(ToolChoice::Auto, turns).expect("an answer");
        assert_eq!((answer.text.as_str(), answer.finish), ("4 degrees, rain", Finish::Stop));
    }
}

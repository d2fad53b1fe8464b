//! Who can be asked for what: one table, for plans and routes, by rules and by models. A test holds
//! it against the pages of the kinds.

use serde_json::Value;

/// Something that can be asked of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// What its step is called in a plan of the rules.
    pub id: &'static str,
    /// The kind.
    pub agent: &'static str,
    /// The command.
    pub endpoint: &'static str,
    /// What for.
    pub about: &'static str,
    /// Words of a request that point to it, in lower case and in the singular.
    pub words: &'static [&'static str],
    /// Intents that a plan must have before it, by `id`.
    pub needs: &'static [&'static str],
    /// The intent whose actor it goes on with, by `id`; none = an actor of its own.
    pub on: Option<&'static str>,
    /// What the rules may do with it.
    pub rules: Rules,
    /// Its input, as JSON, as rules give it and models are shown it.
    pub input: &'static str,
}

/// When rules put an intent into a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// When a word points to it.
    Word,
    /// When there is a table in the material.
    Table,
    /// When a word points to it and there is a column of numbers in the material.
    Numbers,
    /// Never: its input is not known beforehand. They route to it.
    Never,
}

impl Intent {
    /// The input as a value.
    #[must_use]
    pub fn template(&self) -> Value {
        crate::read::from_str(self.input).unwrap_or_default()
    }
}

/// The catalogue, in the order in which steps come after each other.
pub const CATALOGUE: &[Intent] = &[
    Intent {
        id: "outline",
        agent: "osteon",
        endpoint: "outline",
        about: "plans the sections of a document",
        words: &["outline", "structure", "section", "heading", "chapter"],
        needs: &[],
        on: None,
        rules: Rules::Word,
        input: r#"{"goal": {"$from": "/input/goal"},
            "context": {"$from": "/input/notes", "$or": null}}"#,
    },
    Intent {
        id: "draft",
        agent: "osteon",
        endpoint: "draft",
        about: "writes the sections of a document",
        words: &[
            "write",
            "draft",
            "report",
            "document",
            "brief",
            "briefing",
            "proposal",
            "memo",
            "article",
            "paper",
            "guide",
            "handbook",
            "letter",
            "text",
            "essay",
            "post",
            "story",
            "description",
            "documentation",
            "manual",
            "policy",
            "page",
        ],
        needs: &["outline"],
        on: Some("outline"),
        rules: Rules::Word,
        input: r#"{"goal": {"$from": "/input/goal"},
            "context": {"$from": "/input/notes", "$or": null}}"#,
    },
    Intent {
        id: "edit",
        agent: "osteon",
        endpoint: "edit",
        about: "changes a text: clearer, shorter, longer, more formal, simpler",
        words: &[
            "edit",
            "improve",
            "shorten",
            "rewrite",
            "simplify",
            "formalise",
            "formalize",
            "polish",
            "correct",
            "proofread",
            "rephrase",
        ],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"text": {"$from": "/input/material"}, "edit_type": "improve"}"#,
    },
    Intent {
        id: "change",
        agent: "osteon",
        endpoint: "change_section",
        about: "changes words of a section by hand, whatever others change elsewhere in it",
        words: &["replace", "substitute"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"section": "costs", "changes": [{"old": "900", "new": "950"}]}"#,
    },
    Intent {
        id: "suggest",
        agent: "osteon",
        endpoint: "suggest",
        about: "says how a section could read; somebody else takes it or not",
        words: &["suggest", "suggestion"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"section": "costs", "changes": [{"old": "900", "new": "950"}]}"#,
    },
    Intent {
        id: "comment",
        agent: "osteon",
        endpoint: "comment",
        about: "says something about a section of a document",
        words: &["comment", "annotate", "remark"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"section": "costs", "text": {"$from": "/input/notes"}}"#,
    },
    Intent {
        id: "verdict",
        agent: "osteon",
        endpoint: "review",
        about: "records which criteria a document keeps",
        words: &["verdict", "criterion"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"verdicts": [{"criterion": "Costs are told", "met": true}]}"#,
    },
    Intent {
        id: "summary",
        agent: "osteon",
        endpoint: "summarize",
        about: "says in a few sentences what a document says",
        words: &["summary", "summarise", "summarize", "abstract", "digest", "recap"],
        needs: &["draft"],
        on: Some("draft"),
        rules: Rules::Word,
        input: r#"{"max_length": "short"}"#,
    },
    Intent {
        id: "ingest",
        agent: "myocyte",
        endpoint: "ingest_table",
        about: "makes a sheet of a table and says what is unclear about it",
        words: &["table", "csv", "tsv", "spreadsheet", "workbook", "sheet", "figure", "data"],
        needs: &[],
        on: None,
        rules: Rules::Table,
        input: r#"{"raw_data": {"$from": "/input/material"}, "name": "Material"}"#,
    },
    Intent {
        id: "forecast",
        agent: "myocyte",
        endpoint: "model_forecast",
        about: "computes what comes next in a row of numbers",
        words: &["forecast", "predict", "prediction", "projection", "trend", "outlook"],
        needs: &["ingest"],
        on: Some("ingest"),
        rules: Rules::Numbers,
        input: r#"{"sheet": {"$from": "/steps/ingest/reply/sheet"}, "area": "B2:B9",
            "periods": 3}"#,
    },
    Intent {
        id: "formula",
        agent: "myocyte",
        endpoint: "formula_eval",
        about: "computes formulas over tables",
        words: &["formula", "compute", "calculate", "sum", "average", "mean", "total"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"formulas": [{"id": "mean", "expression": "AVERAGE(Sales!B2:B3)"}],
            "tables": [{"name": "Sales", "headers": ["Month", "Sum"],
            "rows": [["May", 10], ["June", 14]]}]}"#,
    },
    Intent {
        id: "storyboard",
        agent: "synapse",
        endpoint: "storyboard",
        about: "plans the slides of a deck",
        words: &["storyboard"],
        needs: &[],
        on: None,
        rules: Rules::Word,
        input: r#"{"topic": {"$from": "/input/goal"},
            "context": {"$from": "/input/notes", "$or": null}}"#,
    },
    Intent {
        id: "slides",
        agent: "synapse",
        endpoint: "slide_make",
        about: "makes the slides of a deck that are planned",
        words: &["slide", "deck", "presentation", "keynote"],
        needs: &["storyboard"],
        on: Some("storyboard"),
        rules: Rules::Word,
        input: "{}",
    },
    Intent {
        id: "drawing",
        agent: "synapse",
        endpoint: "visualize",
        about: "draws numbers as a chart, or boxes and arrows as a diagram",
        words: &["chart", "diagram", "graph", "plot", "visualize", "visualise"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"description": {"$from": "/input/notes"}}"#,
    },
    Intent {
        id: "fit",
        agent: "synapse",
        endpoint: "check",
        about: "measures whether the texts of a deck fit on its slides",
        words: &["overflow", "fit"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: "{}",
    },
    Intent {
        id: "timeline",
        agent: "circadian",
        endpoint: "plan_timeline",
        about: "puts goals or tasks on a calendar, with who does what when, and the critical path",
        words: &["timeline", "schedule", "milestone", "gantt", "deadline", "roadmap"],
        needs: &[],
        on: None,
        rules: Rules::Word,
        input: r#"{"goals": [{"$from": "/input/goal"}]}"#,
    },
    Intent {
        id: "workbook",
        agent: "chaperone",
        endpoint: "export",
        about: "makes a file of a workbook: xlsx, ods, csv, tsv, json, markdown",
        words: &["xlsx", "excel", "ods", "csv"],
        needs: &["ingest"],
        on: None,
        rules: Rules::Word,
        input: r#"{"kind": "myocyte", "id": {"$from": "/steps/ingest/actor"},
            "format": "xlsx"}"#,
    },
    Intent {
        id: "handout",
        agent: "chaperone",
        endpoint: "export",
        about: "makes a file of a document: docx, pdf, html, markdown",
        words: &["docx", "pdf", "print", "download", "export"],
        needs: &["outline", "draft"],
        on: None,
        rules: Rules::Word,
        input: r#"{"kind": "osteon", "id": {"$from": "/steps/outline/actor"},
            "format": "docx"}"#,
    },
    Intent {
        id: "slideshow",
        agent: "chaperone",
        endpoint: "export",
        about: "makes a file of a deck: pptx, pdf, markdown",
        words: &["pptx", "powerpoint"],
        needs: &["storyboard", "slides"],
        on: None,
        rules: Rules::Word,
        input: r#"{"kind": "synapse", "id": {"$from": "/steps/storyboard/actor"},
            "format": "pptx"}"#,
    },
    Intent {
        id: "import",
        agent: "chaperone",
        endpoint: "import",
        about: "makes an actor of a file",
        words: &["import", "upload", "load", "open"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"text": {"$from": "/input/material"}, "format": "csv", "kind": "myocyte"}"#,
    },
    Intent {
        id: "answer",
        agent: "run",
        endpoint: "start",
        about: "asks a model a question, with tools",
        words: &["question", "answer", "ask", "explain"],
        needs: &[],
        on: None,
        rules: Rules::Never,
        input: r#"{"model": "local/rules",
            "turns": [{"role": "user", "content": {"$from": "/input/goal"}}]}"#,
    },
];

/// What rules say of a sort of work that words ask for and no intent does.
pub const ELSEWHERE: &[(&str, &[&str])] = &[("mail", &["mail", "email", "newsletter"])];

/// The agents of the catalogue, each once.
#[must_use]
pub fn agents() -> Vec<&'static str> {
    let mut all: Vec<&str> = CATALOGUE.iter().map(|intent| intent.agent).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The intent of this agent and endpoint.
#[must_use]
pub fn find(agent: &str, endpoint: &str) -> Option<&'static Intent> {
    CATALOGUE.iter().find(|intent| intent.agent == agent && intent.endpoint == endpoint)
}

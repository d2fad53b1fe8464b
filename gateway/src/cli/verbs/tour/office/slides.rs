//! The deck: slides whose texts, tables, charts and diagram hold what the other agents computed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::desk::Desk;
use super::figures::story;
use super::fill::{FORMULAS_MAX, Filled};
use crate::cli::failure::Failure;

const SLIDES: &str = include_str!("story/slides.json");

/// What an area of the workbook holds, row by row.
type Cells = BTreeMap<(String, String), Vec<Value>>;

/// What stands for `$cells`, `$table` and `$critical` in the story.
struct Stuff<'a> {
    filled: &'a Filled,
    cells: Cells,
    /// What the schedule was planned to be.
    planned: &'a Value,
}

/// Begins the deck with a storyboard, fills its slides, and checks that all texts fit.
pub async fn write(desk: &mut Desk<'_>, filled: &Filled, planned: &Value) -> Result<(), Failure> {
    let title = "Linden & Rye: the first quarter of 2027";
    desk.ask("synapse", "create", &json!({ "title": title })).await?;
    let report = desk.look(&format!("/v1/{}", desk.actor("osteon"))).await?;
    let section = |section: &Value| json!({ "title": section["title"], "text": section["text"] });
    let sections = report["state"]["sections"].as_array().into_iter().flatten().map(section);
    let sections: Vec<_> = sections.collect();
    let slides: Vec<Value> = story(SLIDES)?;
    let input = json!({
        "topic": title, "audience": "the partners", "num_slides": slides.len(),
        "sections": sections,
    });
    let told = desk.ask("synapse", "storyboard", &input).await?;
    let cards = told["storyboard"].as_array().map_or(0, Vec::len);
    let from = sections.len();
    desk.say("synapse", "storyboard", &format!("{cards} slides proposed for {from} sections"))?;
    let mut areas = Vec::new();
    slides.iter().for_each(|slide| wanted(slide, &mut areas));
    let stuff = Stuff { filled, cells: cells(desk, areas).await?, planned };
    for slide in &slides {
        desk.ask("synapse", "slide_add", &stuff.put(slide)?).await?;
    }
    let told = desk.ask("synapse", "check", &json!({})).await?;
    if told["fits"] != true {
        return Err(Failure::Failed(format!("the slides do not fit: {}", told["findings"])));
    }
    desk.say("synapse", "slides", &format!("{} slides, and every text fits its box", slides.len()))
}

/// The areas and formats of all `$cells`.
fn wanted(value: &Value, areas: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => match members.get("$cells").and_then(Value::as_str) {
            Some(area) => areas.push((area.to_owned(), format(value))),
            None => members.values().for_each(|member| wanted(member, areas)),
        },
        Value::Array(items) => items.iter().for_each(|item| wanted(item, areas)),
        _ => {}
    }
}

fn format(value: &Value) -> String {
    value["$format"].as_str().unwrap_or_default().to_owned()
}

/// What the workbook holds there; with a format the texts in which it is shown.
async fn cells(desk: &mut Desk<'_>, areas: Vec<(String, String)>) -> Result<Cells, Failure> {
    let mut cells = Cells::new();
    for (area, format) in areas {
        let (sheet, within) = area.split_once('!').unwrap_or_default();
        let input = json!({ "sheet": sheet, "area": within });
        let told = desk.ask("myocyte", "read", &input).await?;
        let rows = told["rows"].as_array().into_iter().flatten();
        let mut values: Vec<_> = rows.filter_map(Value::as_array).flatten().cloned().collect();
        if !format.is_empty() {
            values.truncate(FORMULAS_MAX);
            let formula =
                |value: &Value| json!({ "expression": format!("=TEXT({value},\"{format}\")") });
            let formulas: Vec<_> = values.iter().map(formula).collect();
            let input = json!({ "formulas": formulas });
            let told = desk.ask("myocyte", "formula_eval", &input).await?;
            let results = told["results"].as_array().into_iter().flatten();
            values = results.map(|result| result["value"].clone()).collect();
        }
        cells.insert((area, format), values);
    }
    Ok(cells)
}

impl Stuff<'_> {
    /// A value of the story with everything in its place.
    fn put(&self, value: &Value) -> Result<Value, Failure> {
        match value {
            Value::String(text) => Ok(Value::String(self.filled.text(text)?)),
            Value::Array(items) => items.iter().map(|item| self.put(item)).collect(),
            Value::Object(members) => {
                if let Some(area) = members.get("$cells").and_then(Value::as_str) {
                    let found = self.cells.get(&(area.to_owned(), format(value)));
                    return Ok(json!(found.map_or(&[][..], Vec::as_slice)));
                }
                let mut all = match members.get("$table").and_then(Value::as_str) {
                    Some(name) => self.table(name),
                    None if members.contains_key("$critical") => self.critical(),
                    None => json!({}),
                };
                for (name, member) in members.iter().filter(|(name, _)| !name.starts_with('$')) {
                    all[name] = self.put(member)?;
                }
                Ok(all)
            }
            other => Ok(other.clone()),
        }
    }

    fn table(&self, name: &str) -> Value {
        let plain =
            |row: &Vec<String>| row.iter().map(|cell| cell.replace("**", "")).collect::<Vec<_>>();
        let mut rows = self.filled.grid(name).iter().map(plain);
        let head = rows.next();
        json!({ "head": head, "rows": rows.collect::<Vec<_>>() })
    }

    /// The tasks that decide when all is done, each with an arrow to the next.
    fn critical(&self) -> Value {
        let path: Vec<_> = self.planned["critical_path"].as_array().into_iter().flatten().collect();
        let label = |id: &Value| {
            let mut tasks = self.planned["timeline"].as_array().into_iter().flatten();
            tasks.find(|task| task["id"] == *id).map_or(Value::Null, |it| it["milestone"].clone())
        };
        let nodes: Vec<_> = path.iter().map(|id| json!({ "id": id, "label": label(id) })).collect();
        let edges: Vec<_> =
            path.windows(2).map(|two| json!({ "from": two[0], "to": two[1] })).collect();
        json!({ "nodes": nodes, "edges": edges })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Cells, SLIDES, Stuff, wanted};
    use crate::cli::verbs::tour::office::fill::Filled;

    #[test]
    fn cells_and_tasks_are_put_where_the_story_names_them() {
        let planned = json!({ "critical_path": ["a", "b"],
            "timeline": [{ "id": "a", "milestone": "Begin" }, { "id": "b", "milestone": "End" }] });
        let key = ("S!A1:A2".to_owned(), String::new());
        let cells = Cells::from([(key, vec![json!(1), Value::Null])]);
        let stuff = Stuff { filled: &Filled::default(), cells, planned: &planned };
        let told = stuff.put(&json!({ "chart": { "values": { "$cells": "S!A1:A2" } } })).unwrap();
        assert_eq!(told, json!({ "chart": { "values": [1, null] } }));
        let told = stuff.put(&json!({ "$critical": true, "alt": "x" })).unwrap();
        assert_eq!(told["edges"], json!([{ "from": "a", "to": "b" }]));
        assert_eq!((&told["nodes"][1]["label"], &told["alt"]), (&json!("End"), &json!("x")));
    }

    #[test]
    fn the_story_of_the_slides_asks_for_cells() {
        let slides: Vec<Value> = serde_json::from_str(SLIDES).unwrap();
        let mut areas = Vec::new();
        slides.iter().for_each(|slide| wanted(slide, &mut areas));
        assert_eq!((slides.len(), areas.len()), (8, 7));
    }
}

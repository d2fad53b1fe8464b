//! How something is drawn: as is asked, or as fits it.

use contracts::kinds::synapse::{Visualize, VizType};
use office::deck::{Chart, ChartSort, Content, Diagram, Run, Series, Table};
use serde_json::{Value, json};

use super::data::shown;
use super::{Numbers, Shape};

/// Parts of a whole are told apart up to so many.
const PIE_MAX: usize = 6;
/// From so many places on, points are joined by lines.
const LINE_MIN: usize = 12;
/// How far from a hundred, or from one, parts of a whole may be together.
const WHOLE_OFF: f64 = 0.005;
/// Numbers that are told in words.
const TOLD_MAX: usize = 12;

/// What was drawn.
pub(super) struct Drawn {
    /// How; never `auto`.
    pub r#type: VizType,
    /// The drawing.
    pub content: Content,
    /// What it shows, as data.
    pub data: Value,
    /// What its places, columns or boxes are called.
    pub labels: Vec<String>,
    /// What it shows, in words.
    pub alt: String,
}

/// Draws.
///
/// # Errors
/// Why it cannot be drawn so.
pub(super) fn drawn(shape: Shape, input: &Visualize) -> Result<Drawn, String> {
    match (shape, input.viz_type) {
        (Shape::Graph(diagram), VizType::Auto | VizType::Flow) => Ok(flow(diagram, input)),
        (Shape::Graph(_), _) => Err("boxes and arrows have no numbers".to_owned()),
        (_, VizType::Flow) => Err("a flow has `nodes` and `edges`".to_owned()),
        (Shape::Rows(head, rows), VizType::Table) => Ok(table(head, &rows, input)),
        (Shape::Rows(head, rows), VizType::Auto) => match numbers(&head, &rows, input.viz_type) {
            Some(numbers) => chart(numbers, input),
            None => Ok(table(head, &rows, input)),
        },
        (Shape::Rows(head, rows), asked) => {
            let numbers = numbers(&head, &rows, asked).ok_or("no column holds numbers alone")?;
            chart(numbers, input)
        }
        (Shape::Numbers(numbers), VizType::Table) => {
            let (head, rows) = as_rows(&numbers);
            Ok(table(head, &rows, input))
        }
        (Shape::Numbers(numbers), _) => chart(numbers, input),
    }
}

/// The columns of numbers; the first other column names the rows.
fn numbers(head: &[String], rows: &[Vec<Value>], asked: VizType) -> Option<Numbers> {
    let numeric = |column: &usize| {
        let cells = || rows.iter().map(|row| &row[*column]);
        cells().all(|cell| cell.is_number() || cell.is_null()) && cells().any(Value::is_number)
    };
    let columns: Vec<usize> = (0..head.len()).filter(numeric).collect();
    let names = (0..head.len()).find(|column| !numeric(column));
    let values = |column: usize| rows.iter().map(move |row| row[column].as_f64());
    let scatter = asked == VizType::Scatter || asked == VizType::Auto && names.is_none();
    if scatter && columns.len() > 1 {
        let whole = values(columns[0]).all(|it| it.is_some());
        let along: Vec<f64> = values(columns[0]).flatten().collect();
        let series = columns[1..].iter().map(|column| Series {
            name: head[*column].clone(),
            along: along.clone(),
            values: values(*column).collect(),
        });
        return whole.then(|| Numbers { categories: Vec::new(), series: series.collect() });
    }
    let categories = match names {
        Some(column) => rows.iter().map(|row| shown(&row[column])).collect(),
        None => Vec::new(),
    };
    let series = columns.iter().map(|column| Series {
        name: head[*column].clone(),
        along: Vec::new(),
        values: values(*column).collect(),
    });
    let series: Vec<_> = series.collect();
    (!series.is_empty()).then_some(Numbers { categories, series })
}

fn as_rows(numbers: &Numbers) -> (Vec<String>, Vec<Vec<Value>>) {
    let names = numbers.series.iter().enumerate().map(|(at, series)| match series.name.as_str() {
        "" => format!("Value {}", at + 1),
        name => name.to_owned(),
    });
    let head = std::iter::once(String::new()).chain(names).collect();
    let long = numbers.series.iter().map(|series| series.values.len()).max().unwrap_or_default();
    let row = |at: usize| {
        let first = numbers.categories.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
        let value = |series: &Series| json!(series.values.get(at).copied().flatten());
        std::iter::once(json!(first)).chain(numbers.series.iter().map(value)).collect()
    };
    (head, (0..long).map(row).collect())
}

/// How numbers are drawn when nobody says: shares as parts of a whole, days and long rows as
/// lines, points with two numbers as points, and all else as bars.
fn fitting(numbers: &Numbers) -> VizType {
    let [first, rest @ ..] = numbers.series.as_slice() else { return VizType::Bar };
    if !first.along.is_empty() {
        return VizType::Scatter;
    }
    let values: Vec<f64> = first.values.iter().copied().flatten().collect();
    let sum: f64 = values.iter().sum();
    let whole = [1.0, 100.0].iter().any(|whole| (sum / whole - 1.0).abs() <= WHOLE_OFF);
    let parts = rest.is_empty() && (2..=PIE_MAX).contains(&values.len());
    if parts
        && whole
        && values.len() == numbers.categories.len()
        && values.iter().all(|it| *it >= 0.0)
    {
        return VizType::Pie;
    }
    let dated = |name: &String| {
        let (year, rest) = name.split_at_checked(4).unwrap_or_default();
        year.len() == 4
            && year.bytes().all(|it| it.is_ascii_digit())
            && (rest.is_empty() || rest.starts_with('-'))
    };
    let days = numbers.categories.len() > 2 && numbers.categories.iter().all(dated);
    if days || first.values.len() >= LINE_MIN { VizType::Line } else { VizType::Bar }
}

fn chart(numbers: Numbers, input: &Visualize) -> Result<Drawn, String> {
    let asked = input.viz_type;
    let r#type = if asked == VizType::Auto { fitting(&numbers) } else { asked };
    let Numbers { categories, mut series } = numbers;
    if series.iter().all(|one| one.values.iter().all(Option::is_none)) {
        return Err("there is no number in it".to_owned());
    }
    let sort = match r#type {
        VizType::Line => ChartSort::Line,
        VizType::Scatter => ChartSort::Scatter,
        VizType::Pie => {
            series.truncate(1);
            let values = || series.iter().flat_map(|one| one.values.iter().flatten());
            if values().any(|value| *value < 0.0) || values().all(|value| *value == 0.0) {
                return Err("parts of a whole are not negative, and not all nothing".to_owned());
            }
            ChartSort::Pie
        }
        _ => ChartSort::Bar,
    };
    if sort != ChartSort::Scatter {
        series.iter_mut().for_each(|one| one.along.clear());
    }
    let told = |one: &Series| match one.along.is_empty() {
        true => json!({ "name": one.name, "values": one.values }),
        false => json!({ "name": one.name, "along": one.along, "values": one.values }),
    };
    let data = series.iter().map(told).collect();
    let alt = input.alt.clone().unwrap_or_else(|| in_words(&categories, &series, input));
    let (labels, title) = (categories.clone(), title(input));
    let chart = Chart { sort, title, categories, series, alt: alt.clone() };
    Ok(Drawn { r#type, content: Content::Chart(chart), data, labels, alt })
}

/// What stands above a drawing, with what its axes show.
fn title(input: &Visualize) -> String {
    let axes: Vec<&str> =
        [&input.y_label, &input.x_label].into_iter().flatten().map(String::as_str).collect();
    match (&input.title, axes.is_empty()) {
        (Some(title), false) => format!("{title} ({})", axes.join(" / ")),
        (Some(title), true) => title.clone(),
        (None, _) => axes.join(" / "),
    }
}

/// What numbers say, as far as one wants to hear it.
fn in_words(categories: &[String], series: &[Series], input: &Visualize) -> String {
    let one = |series: &Series| {
        let values = series.values.iter().enumerate().filter_map(|(at, value)| {
            let name = categories.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
            value.map(|value| format!("{name} {value}"))
        });
        let told: Vec<String> = values.take(TOLD_MAX).collect();
        let more = if series.values.len() > TOLD_MAX { " …" } else { "" };
        match series.name.as_str() {
            "" => format!("{}{more}", told.join(", ")),
            name => format!("{name}: {}{more}", told.join(", ")),
        }
    };
    let words: Vec<String> = series.iter().take(TOLD_MAX).map(one).collect();
    match title(input).as_str() {
        "" => words.join("; "),
        title => format!("{title}. {}", words.join("; ")),
    }
}

fn flow(diagram: Diagram, input: &Visualize) -> Drawn {
    let label = |id: &String| {
        let node = diagram.nodes.iter().find(|node| node.id == *id);
        node.map_or_else(|| id.clone(), |node| node.label.clone())
    };
    let arrow = |edge: &office::deck::Edge| format!("{} → {}", label(&edge.from), label(&edge.to));
    let words: Vec<String> = diagram.edges.iter().take(TOLD_MAX).map(arrow).collect();
    let alt = input.alt.clone().unwrap_or_else(|| words.join("; "));
    let labels = diagram.nodes.iter().map(|node| node.label.clone()).collect();
    let data = diagram.edges.iter().map(|edge| json!({ "from": edge.from, "to": edge.to }));
    let data = data.collect();
    let content = Content::Diagram(Diagram { alt: alt.clone(), ..diagram });
    Drawn { r#type: VizType::Flow, content, data, labels, alt }
}

fn table(head: Vec<String>, rows: &[Vec<Value>], input: &Visualize) -> Drawn {
    let cell = |text: String| if text.is_empty() { Vec::new() } else { vec![Run::plain(&text)] };
    let row = |row: &Vec<Value>| row.iter().map(|value| cell(shown(value))).collect();
    let alt = input.alt.clone().unwrap_or_else(|| {
        let named: Vec<&str> =
            head.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        format!("{} rows of {}", rows.len(), named.join(", "))
    });
    let table = Table {
        head: head.iter().cloned().map(cell).collect(),
        rows: rows.iter().map(row).collect(),
        alt: alt.clone(),
    };
    let content = Content::Table(table.squared());
    Drawn { r#type: VizType::Table, content, data: json!(rows), labels: head, alt }
}

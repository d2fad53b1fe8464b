//! `document_read`: the words that a file, a blob or a document of this system holds, page by page,
//! as far as the person behind the call may read them.

use bytes::Bytes;
use contracts::kinds::knowledge::{DOCUMENT_TEXT_BYTES_MAX, READ_TOOL};
use contracts::kinds::{file, osteon};
use contracts::model::ToolView;
use contracts::ports::Fut;
use contracts::{ActorId, Hash, Refusal};
use serde_json::{Value, json};

use super::{Hands, Tool, fault, view};

/// A page, in bytes.
const PAGE_BYTES: usize = 64 * 1024;
/// The most that is told at once, in bytes of JSON.
const OUTPUT_BYTES_MAX: usize = 512 * 1024;

/// Reads a document.
pub(super) struct Read {
    view: ToolView,
}

pub(super) fn tool() -> Read {
    let id = |what: &str| json!({ "type": "string", "description": what });
    let parameters = json!({
        "type": "object",
        "properties": {
            "blob": id("Under which name the blobs keep it: 64 hexadecimal digits."),
            "file": id("The id of a file."),
            "osteon": id("The id of a document of this system."),
            "offset": {
                "type": "integer", "minimum": 0,
                "description": "From which byte on: `next` of the page before.",
            },
        },
        "additionalProperties": false,
        "minProperties": 1,
        "examples": [{ "osteon": "guide" }, { "file": "notes", "offset": 65_536 }],
    });
    let about = "Reads the text of a file, a blob or a document, page by page.";
    let view = view(READ_TOOL, about, parameters);
    Read { view: ToolView { output_bytes_max: OUTPUT_BYTES_MAX, ..view } }
}

impl Tool for Read {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(
        &'a self,
        input: &'a Value,
        hands: &'a dyn Hands,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let offset = usize::try_from(input["offset"].as_u64().unwrap_or(0));
            let offset = offset.map_err(|error| fault(error.to_string()))?;
            let (text, revision) = text(input, hands).await?;
            Ok(page(&text, offset, revision))
        })
    }
}

fn id(text: &str) -> Result<ActorId, Refusal> {
    ActorId::new(text).map_err(|error| fault(error.to_string()))
}

/// All of the words, and the revision of the actor that holds them.
async fn text(input: &Value, hands: &dyn Hands) -> Result<(String, Option<u64>), Refusal> {
    match (input["blob"].as_str(), input["file"].as_str(), input["osteon"].as_str()) {
        (Some(blob), None, None) => Ok((plain(&kept(blob, hands).await?)?, None)),
        (None, Some(file), None) => {
            let view = hands.state(file::KIND, id(file)?).await?;
            if view["state"]["deleted"] == true {
                return Err(unreadable("the file was deleted"));
            }
            let blob = view["state"]["file"]["blob"].as_str().unwrap_or_default();
            Ok((plain(&kept(blob, hands).await?)?, view["revision"].as_u64()))
        }
        (None, None, Some(document)) => {
            let view =
                hands.state(<osteon::Osteon as contracts::Page>::KIND, id(document)?).await?;
            Ok((written(&view["state"]), view["revision"].as_u64()))
        }
        _ => Err(fault("takes exactly one of blob, file and osteon")),
    }
}

async fn kept(name: &str, hands: &dyn Hands) -> Result<Bytes, Refusal> {
    let blob = name.parse::<Hash>().map_err(|_| fault("a blob has 64 hexadecimal digits"))?;
    let kept = hands.blob(blob).await?;
    if kept.len() as u64 > DOCUMENT_TEXT_BYTES_MAX {
        return Err(unreadable(format!("it has more than {DOCUMENT_TEXT_BYTES_MAX} bytes")));
    }
    Ok(kept)
}

fn plain(bytes: &[u8]) -> Result<String, Refusal> {
    let text = str::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text"))?;
    match text.contains('\0') {
        true => Err(unreadable("it has a NUL character in it")),
        false => Ok(text.trim_start_matches('\u{feff}').to_owned()),
    }
}

/// A document as it would be written down.
fn written(state: &Value) -> String {
    let mut text = String::new();
    if let Some(title) = state["title"].as_str() {
        text.push_str(&format!("# {title}\n"));
    }
    for section in state["sections"].as_array().into_iter().flatten() {
        let member = |name: &str| section[name].as_str().unwrap_or_default();
        text.push_str(&format!("\n## {}\n\n{}\n", member("title"), uncited(member("text"))));
    }
    text
}

/// Words without the marks of citations, `[@id]`.
fn uncited(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("[@") {
        let end = rest[at..].find(']').map_or(rest.len(), |end| at + end + 1);
        out.push_str(rest[..at].trim_end_matches(' '));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The page from `offset` on: cut where a block ends, when one does.
fn page(text: &str, offset: usize, revision: Option<u64>) -> Value {
    let begin = text.floor_char_boundary(offset.min(text.len()));
    let rest = &text[begin..];
    let mut end = rest.floor_char_boundary(PAGE_BYTES.min(rest.len()));
    if end < rest.len() {
        let block = rest[..end].rfind("\n\n").map(|at| at + 2);
        end = block.filter(|at| *at > PAGE_BYTES / 2).unwrap_or(end);
    }
    let next = (begin + end < text.len()).then_some(begin + end);
    json!({ "text": &rest[..end], "next": next, "revision": revision })
}

fn unreadable(why: impl Into<String>) -> Refusal {
    Refusal::rejected("document_unreadable", format!("the document cannot be read: {}", why.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{page, plain, written};

    #[test]
    fn pages_end_where_blocks_do_and_lose_nothing() {
        let text = format!("{}\n\n", "größer ".repeat(700)).repeat(40);
        let (mut offset, mut all, mut pages) = (0, String::new(), 0);
        loop {
            let page = page(&text, offset, Some(3));
            let words = page["text"].as_str().expect("text");
            assert!(words.len() <= super::PAGE_BYTES && words.ends_with("\n\n"));
            all.push_str(words);
            pages += 1;
            match page["next"].as_u64() {
                Some(next) => offset = usize::try_from(next).expect("it fits"),
                None => break,
            }
        }
        assert_eq!(all, text);
        assert!(pages > 3);
        assert_eq!(page("ab", 99, None)["text"], "");
    }

    #[test]
    fn documents_are_written_down_and_other_bytes_are_not_read() {
        let sections = json!([{ "title": "One", "text": "A ring [@s_1] a year.[@s_2]" }]);
        let state = json!({ "title": "Rings", "sections": sections });
        assert_eq!(written(&state), "# Rings\n\n## One\n\nA ring a year.\n");
        assert_eq!(plain(b"\xff").expect_err("no text").code, "document_unreadable");
        assert_eq!(plain("\u{feff}a".as_bytes()).expect("text"), "a");
    }
}

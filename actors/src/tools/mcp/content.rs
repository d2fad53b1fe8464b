//! What an MCP tool answered, as a model is told and the log keeps it: words and values as they
//! are, pictures and files as blobs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Refusal;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::{Value, json};

use crate::tools::Hands;

/// The answer of a tool: one text stands alone, anything else with its parts named.
///
/// # Errors
/// The store's.
pub(super) async fn answer(
    result: CallToolResult,
    file_bytes_max: usize,
    hands: &dyn Hands,
) -> Result<Value, Refusal> {
    let failed = result.is_error == Some(true);
    let mut parts = Vec::with_capacity(result.content.len());
    for block in result.content {
        parts.push(part(block, file_bytes_max, hands).await?);
    }
    let lone = parts.len() == 1 && parts[0]["type"] == "text";
    if lone && !failed && result.structured_content.is_none() {
        return Ok(parts[0]["text"].take());
    }
    let mut told = json!({ "content": parts });
    if let Some(structured) = result.structured_content {
        told["structured"] = structured;
    }
    if failed {
        told["is_error"] = json!(true);
    }
    Ok(told)
}

async fn part(block: ContentBlock, most: usize, hands: &dyn Hands) -> Result<Value, Refusal> {
    Ok(match block {
        ContentBlock::Text(text) => json!({ "type": "text", "text": text.text }),
        ContentBlock::Image(image) => {
            file(("image", &image.mime_type, None), &image.data, most, hands).await?
        }
        ContentBlock::Audio(audio) => {
            file(("audio", &audio.mime_type, None), &audio.data, most, hands).await?
        }
        ContentBlock::Resource(resource) => match resource.resource {
            ResourceContents::TextResourceContents { uri, mime_type, text, .. } => json!({
                "type": "resource", "uri": uri, "media_type": mime_type, "text": text,
            }),
            ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                let media = mime_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                file(("resource", &media, Some(&uri)), &blob, most, hands).await?
            }
            _ => json!({ "type": "resource" }),
        },
        ContentBlock::ResourceLink(link) => {
            json!({ "type": "link", "uri": link.uri, "name": link.name })
        }
        _ => json!({ "type": "unknown" }),
    })
}

async fn file(
    (sort, media, uri): (&str, &str, Option<&str>),
    data: &str,
    most: usize,
    hands: &dyn Hands,
) -> Result<Value, Refusal> {
    let mut told = json!({ "type": sort, "media_type": media });
    if let Some(uri) = uri {
        told["uri"] = json!(uri);
    }
    // Four letters say three bytes.
    if data.len() / 4 * 3 > most {
        told["left_out"] = json!(format!("it is larger than {most} bytes"));
        return Ok(told);
    }
    let Ok(bytes) = STANDARD.decode(data) else {
        told["left_out"] = json!("it is no base64");
        return Ok(told);
    };
    told["bytes"] = json!(bytes.len());
    told["blob"] = json!(hands.keep(bytes.into()).await?);
    Ok(told)
}

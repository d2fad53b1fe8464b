//! `/llms.txt`: what an agent needs to know to use this, in a few lines.

use contracts::Pages;

const HEAD: &str = "\
# Cambium

> An event-sourced actor system. You send commands to actors; what happened is kept for ever and
> can be replayed, forked, compared and verified.

## How to talk to it

- Send the key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.
- A command: `POST /v1/{kind}/{id}/{command}` with its input as JSON. `POST /v1/{kind}/{command}`
  sends it to a new actor, `PUT /v1/{kind}/{id}` and `POST /v1/{kind}` create one.
- The answer: `{id, ts, agent, ok, output, state_hash, api_version, kind, actor, revision, cursor}`.
  202 means that the final answer is still to come: ask `GET /v1/commands/{id}`.
- `Idempotency-Key` makes a repeat harmless. `Prefer: wait=N` says how many seconds to wait.
  `ETag` is the revision; send it as `If-Match` to change only what you have read.
- Read: `GET /v1/{kind}` lists, `GET /v1/{kind}/{id}` is the state, `?at=` as of a revision or time.
- Follow: `GET /v1/events` and `GET /v1/{kind}/{id}/events`, as pages or as server-sent events.
- Look back: `POST …/fork`, `GET …/diff`, `GET …/verify`, `GET …/replay`, `GET …/waiting`.
- A failure is `application/problem+json`; its `code` is stable and its `type` leads to a page that
  says what to do.
- All of it in detail: `/openapi.json`, `/asyncapi.json`.

## Kinds
";

/// The text.
#[must_use]
pub fn describe(pages: &Pages) -> String {
    let mut text = HEAD.to_owned();
    for page in pages.iter() {
        text.push_str(&format!("\n### {}\n\n{}\n\n", page.kind, page.about));
        for spec in page.commands.iter() {
            text.push_str(&format!(
                "- `{}` {} Example: `{}`\n",
                spec.name, spec.about, spec.example
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    #[test]
    fn every_kind_and_command_is_told() {
        let (pages, text) = (Pages::standard(), super::describe(&Pages::standard()));
        for page in pages.iter() {
            assert!(text.contains(&format!("### {}", page.kind)));
            for spec in page.commands.iter() {
                assert!(text.contains(&format!("- `{}`", spec.name)), "{}", spec.name);
            }
        }
    }
}

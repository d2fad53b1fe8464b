//! Which methods a path has where the router cannot know: what a kind's name and an id stand for is
//! the registry's to say.

use contracts::Pages;

/// The methods of a path of a kind, as `Allow` tells them; `None` = the router says it.
pub(super) fn of(path: &str, pages: &Pages) -> Option<&'static str> {
    let mut segments = path.strip_prefix("/v1/")?.split('/');
    let page = pages.get(&segments.next()?.parse().ok()?)?;
    let begins =
        |name: &str| page.command(name).is_some_and(|command| command.begins) && !page.named;
    match (segments.next(), segments.next()) {
        (None, _) if page.named => Some("GET, HEAD"),
        (None, _) => Some("GET, HEAD, POST"),
        (Some(name), None) if begins(name) => Some("POST"),
        (Some(_), None) if page.command(page.create).is_some() => Some("GET, HEAD, PUT"),
        (Some(_), None) => Some("GET, HEAD"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::of;

    #[test]
    fn methods_follow_from_the_kind() {
        let pages = Pages::standard();
        for (path, methods) in [
            ("/v1/counter", Some("GET, HEAD, POST")),
            ("/v1/counter/add", Some("POST")),
            ("/v1/counter/reset", Some("GET, HEAD, PUT")),
            ("/v1/counter/a", Some("GET, HEAD, PUT")),
            ("/v1/counter/a/add", None),
            ("/v1/nokind/a", None),
            ("/livez", None),
        ] {
            assert_eq!(of(path, &pages), methods, "{path}");
        }
    }
}

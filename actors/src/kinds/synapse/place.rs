//! Which place of a layout something stands in.

use office::deck::{Content, Deck, Layout, Role, Slide};

/// The first free place of a layout that is meant for such things; any other free one where there
/// is none.
pub(super) fn free(layout: &Layout, slide: &Slide, content: &Content) -> Option<u32> {
    let meant: &[Role] = match content {
        Content::Text(_) => &[Role::Text, Role::Content, Role::Subtitle],
        Content::Picture(_) => &[Role::Picture, Role::Content],
        Content::Table(_) => &[Role::Table, Role::Content],
        Content::Chart(_) => &[Role::Chart, Role::Content, Role::Picture],
        Content::Diagram(_) => &[Role::Content, Role::Chart, Role::Picture],
    };
    let taken = |number: u32| slide.parts.iter().any(|part| part.place == Some(number));
    let places = || {
        let open = |role: Role| !matches!(role, Role::Title | Role::Number);
        layout.places.iter().filter(move |place| open(place.role) && !taken(place.number))
    };
    let found = meant.iter().find_map(|role| places().find(|place| place.role == *role));
    found.or_else(|| places().next()).map(|place| place.number)
}

/// The first of these layouts that a deck has; otherwise one of a title and something else.
pub(super) fn layout<'a>(deck: &'a Deck, wanted: &[&str]) -> Option<&'a Layout> {
    let named = wanted.iter().find_map(|id| deck.layout(id));
    let plain = || {
        deck.layouts.iter().find(|layout| {
            let has = |role| layout.places.iter().any(|place| place.role == role);
            has(Role::Title) && (has(Role::Content) || has(Role::Text))
        })
    };
    named.or_else(plain).or_else(|| deck.layouts.first())
}

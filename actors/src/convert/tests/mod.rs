mod calendars;
mod decks;
mod documents;
mod pictures;
mod remarks;
mod rewritten;
mod workbooks;

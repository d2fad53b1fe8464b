mod decks;
mod documents;
mod workbooks;

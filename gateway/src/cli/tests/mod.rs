mod docs;
mod exits;
mod local;
mod parsing;
mod resume;

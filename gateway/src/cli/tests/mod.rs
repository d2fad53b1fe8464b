mod archive;
mod docs;
mod exits;
mod history;
mod local;
mod parsing;
mod resume;

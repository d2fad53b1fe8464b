mod documents;
mod workbooks;

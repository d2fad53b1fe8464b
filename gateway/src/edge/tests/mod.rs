//! Every row of the table, driven through the layers.

mod commands;
mod dead;
mod effects;
mod failures;
mod heads;
mod meta;
mod overload;
mod reads;
mod rows;
mod secrets;
mod streams;
mod work;

//! Who may: every route, subject and verb with every role, and what nobody may get around.

mod above;
mod behaviour;
mod foreign;
pub(super) mod people;
mod routes;
mod standstill;
mod subjects;
mod verbs;

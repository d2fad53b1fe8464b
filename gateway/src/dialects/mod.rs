//! Dialects: thin translators over the same commands and events, a folder each.

pub mod a2a;
pub mod agui;
pub mod anthropic;
pub mod common;
pub mod langgraph;
pub mod mcp;
pub mod openai;
pub mod rest;
pub mod seeds;
pub mod sign_in;
pub mod telemetry;
pub mod ws;

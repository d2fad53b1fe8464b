//! What is said to a model and by one. The provider trait lives with the effect executor; request
//! and response are data here because both are kept in the log.

mod history;
mod options;
mod remote;
mod request;
mod response;
mod task;
mod tool;
mod turn;
mod view;

pub use history::{After, Frame, HistoryRef, Told};
pub use options::{Effort, Options};
pub use remote::RemoteTools;
pub use request::{LOCAL_MODEL, LOCAL_PROVIDER, ModelRequest};
pub use response::{Cost, Degraded, Finish, ModelAttempt, ModelResponse, Usage};
pub use task::{Source, Task, Vectors};
pub use tool::{Tool, ToolCall, ToolChoice, ToolView};
pub use turn::{Image, ImageSource, Role, Turn};
pub use view::{Abilities, CircuitState, CircuitView, ModelView};

use crate::caller::Caller;
use crate::ids::Tenant;
use crate::model::ToolView;

/// The tools that models may call. Implemented by the runtime.
pub trait Toolbox: Send + Sync {
    /// What may be said of those that `by` may use at this moment, in the order of their names:
    /// the program's own, and those of the sources that are there.
    fn tools(&self, tenant: &Tenant, by: &Caller) -> Vec<ToolView>;
}

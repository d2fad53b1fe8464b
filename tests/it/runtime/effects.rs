//! Effects: limits, pause, cancel, retries, what is unknown, checkpoints, forged ones, leases.

mod approvals;
mod asker;
mod budgets;
mod checkpoints;
mod controls;
mod crashes;
mod fetching;
mod leases;
mod limits;
mod providers;
mod retries;

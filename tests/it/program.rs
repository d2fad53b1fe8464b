//! The real program, its real broker, its real database and real clients.

mod aborting;
mod agents;
mod approvals;
mod archive;
mod audit;
mod backup;
mod backup_prune;
mod biowerk;
mod branches;
mod budgets;
mod circadian;
mod clients;
mod cluster;
mod connectors;
mod corruption;
mod crash;
mod dead;
mod decks;
mod deploy;
mod disk;
mod doctor;
mod documents;
mod effects;
mod failures;
mod files;
mod graphs;
mod howto;
mod knowledge;
mod model_install;
mod models;
mod nats_clients;
mod nats_users;
mod nucleus;
mod own_kind;
mod pacing;
mod package;
mod postgres;
mod privacy;
mod read_models;
mod reading;
mod records;
mod reminders;
mod runbooks;
mod schemathesis;
mod secrets;
mod starting;
mod streams;
mod tamper;
mod telemetry;
mod telemetry_links;
mod timers;
mod tls;
mod tour_office;
mod upgrade;
mod watchdog;
mod watching;
mod webhooks;
mod work;

/// The program under test: Cambium with one kind more, as a user would build it.
const BINARY: &str = env!("CARGO_BIN_EXE_own-binary");

/// Starts a program on a directory of its own.
async fn started() -> (tempfile::TempDir, cambium_tests::program::Program) {
    let home = tempfile::tempdir().expect("a directory");
    let program = cambium_tests::program::Program::start(BINARY, &home.path().join("data"))
        .await
        .expect("the program starts");
    (home, program)
}

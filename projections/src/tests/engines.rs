//! The same tests on each engine.

use std::cell::Cell;
use std::path::Path;
use std::sync::OnceLock;

use contracts::secret::Secret;

use super::server::Server;
use crate::config::{Config, Postgres};
use crate::store::Engine;

/// Makes two tests of each function: one on SQLite, and one on a PostgreSQL server that all tests
/// of this process share, each in a schema of its own. In the brackets stands how the test runs.
macro_rules! on_both {
    ($([$($how:tt)*] $name:ident;)+) => {
        mod sqlite {
            $(#[tokio::test($($how)*)]
            async fn $name() {
                $crate::tests::engines::on_sqlite();
                super::$name().await;
            })+
        }
        mod postgres {
            $(#[tokio::test($($how)*)]
            async fn $name() {
                if $crate::tests::engines::on_postgres() {
                    super::$name().await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

thread_local! {
    static ENGINE: Cell<Engine> = const { Cell::new(Engine::Sqlite) };
}

/// The server that the tests of this process share; `None` = there is none.
pub(crate) fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    SHARED.get_or_init(Server::start).as_ref()
}

/// Lets this test run on SQLite.
pub(crate) fn on_sqlite() {
    ENGINE.set(Engine::Sqlite);
}

/// Lets this test run on PostgreSQL; false = there is none.
pub(crate) fn on_postgres() -> bool {
    ENGINE.set(Engine::Postgres);
    shared().is_some()
}

/// `config` on the engine of this test: what SQLite keeps at a path, PostgreSQL keeps in a schema.
pub(crate) fn placed(config: Config, scratch: &Path) -> Config {
    match ENGINE.get() {
        Engine::Sqlite => config,
        Engine::Postgres => on_server(config, shared().expect("it was started"), scratch),
    }
}

/// `config` on a server.
pub(crate) fn on_server(config: Config, server: &Server, scratch: &Path) -> Config {
    let name = scratch.file_name().expect("a name").as_encoded_bytes();
    let schema: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let postgres = Postgres {
        schema: format!("t{schema}"),
        follow_poll_ms: 10,
        beat_ms: 50,
        ..Postgres::default()
    };
    let database_url = Some(Secret::new(server.url()));
    Config { postgres, database_url, ..config }
}

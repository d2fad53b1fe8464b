//! A counter as a user of `cqrs-es` with PostgreSQL writes it: an aggregate, a view, a server.

mod counter;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use cqrs_es::AggregateError;
use cqrs_es::persist::{GenericQuery, ViewRepository as _};
use postgres_es::{PostgresCqrs, PostgresViewRepository, postgres_snapshot_cqrs};
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

use counter::{Command, Counter, Value};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// More than the ten of the crate's own pool: PostgreSQL shares an fsync among those that commit
/// at the same time.
const CONNECTIONS: u32 = 32;

/// How many events make a snapshot, so that a counter is no slower the longer it counts.
const SNAPSHOT: usize = 20;

/// How often a command that met another one on the same counter is sent again.
const TRIES: usize = 50;

type Views = PostgresViewRepository<Value, Counter>;

struct App {
    cqrs: PostgresCqrs<Counter>,
    views: Arc<Views>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let database = std::env::var("DATABASE")?;
    let listen: SocketAddr = std::env::var("LISTEN")?.parse()?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&database).await?;
    sqlx::raw_sql(include_str!("tables.sql")).execute(&pool).await?;
    let views = Arc::new(Views::new("counters", pool.clone()));
    let mut query = GenericQuery::<Views, Value, Counter>::new(views.clone());
    query.use_error_handler(Box::new(|error| eprintln!("a view was not updated: {error}")));
    let cqrs = postgres_snapshot_cqrs(pool, vec![Box::new(query)], SNAPSHOT, ());
    let router = Router::new()
        .route("/counter/{id}/add", post(add))
        .route("/counter/{id}", get(read))
        .with_state(Arc::new(App { cqrs, views }));
    let listener = TcpListener::bind(listen).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

/// Counts on by one; the state after it.
async fn add(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    for _ in 0..TRIES {
        match app.cqrs.execute(&id, Command::Add { by: 1 }).await {
            Ok(()) => return state(&app, &id).await,
            Err(AggregateError::AggregateConflict) => {}
            Err(AggregateError::UserError(_)) => return Err(StatusCode::UNPROCESSABLE_ENTITY),
            Err(error) => {
                eprintln!("{error}");
                return Err(StatusCode::INTERNAL_SERVER_ERROR);
            }
        }
    }
    Err(StatusCode::SERVICE_UNAVAILABLE)
}

async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    state(&app, &id).await
}

async fn state(app: &App, id: &str) -> Result<Json<Value>, StatusCode> {
    let view = app.views.load(id).await.map_err(|error| {
        eprintln!("{error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    view.map(Json).ok_or(StatusCode::NOT_FOUND)
}

//! Starting everything in order, and stopping it in the reverse order.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actors::model::{Local, OpenKey, Prices, Providers, detect};
use actors::runtime::StartError;
use actors::{Registry, Runtime, World};
use anyhow::Context as _;
use contracts::envelope::NodeKey;
use contracts::node::Role;
use contracts::ports::{Embedder, Feed, Secrets, Signer};
use contracts::telemetry::Telemetry;
use contracts::{Pages, Refusal, Secret, SecretName, Tenant};
use nats::streams::Bucket;
use projections::Models;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::audit::{self, Bounded, Keeper, Trails};
use super::broker::Brokered;
use super::credentials::SameAsEdge;
use super::health::Parts;
use super::nats_users::BrokerUsers;
use super::open::Grown;
use super::pacing::{self, PacedLog, Pacing};
use super::patience::patiently;
use super::reporter::Reporter;
use super::supervisor::Supervisor;
use super::underway::Underway;
use super::watchdog::Watchdog;
use super::world::Known;
use super::{
    appends, engines, huge_pages, known_secrets, membership, metrics, node_key, records, same_log,
    world,
};
use crate::auth::{AdminKey, Authenticator};
use crate::cli::Running;
use crate::dialects::mcp::extension::Extension;
use crate::edge::tls::Tls;
use crate::edge::{self, Connections, Edge, Metrics};
use crate::home::{ADMIN_KEY, Home};
use crate::logging;
use crate::settings::Settings;
use crate::telemetry::measures::{Applied, Meters};
use crate::telemetry::{self, Process};
use crate::tree_key::TreeKey;
use crate::vault::{MasterKey, Vault};

/// Starts the program: port, broker, tail, read models, actors, edge.
///
/// The port is bound before anything else runs, so that a taken one costs nothing. Who connects
/// meanwhile is answered once everything is ready.
///
/// # Errors
/// Which part could not be started, and why, or that `stop` was said meanwhile. What was started
/// before it is stopped.
pub async fn start(
    settings: Settings,
    registry: Registry,
    extension: Arc<dyn Extension>,
    stop: CancellationToken,
) -> anyhow::Result<Running> {
    logging::init(&settings.log)?;
    known_secrets::mask(&settings);
    let listener = edge::listen(settings.listen, settings.edge.accept_queue_max)
        .map_err(|error| cannot_listen(&settings, &error))?;
    let tls = Tls::open(&settings.edge.tls)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr()?);
    let settings = Settings { listen: listener.local_addr()?, ..settings };
    let home = Home::new(&settings.data);
    let (key, _) = AdminKey::open(home.dir())?;
    known_secrets::mask_file(&home.dir().join(ADMIN_KEY));
    let node_key = node_key::open(&home, settings.node.key_file.as_deref())?;
    let authenticator: Arc<dyn Authenticator> = Arc::new(key);
    let brokered = Brokered::start(&settings, &stop).await?;
    huge_pages::hold_back();
    let who = Who { authenticator, node_key, tls, url: url.clone() };
    let starting = with_broker(&settings, registry, who, &brokered, &stop);
    let started = starting.await;
    let started = match started {
        Ok(mut started) => {
            started.edge.extension = extension;
            started
        }
        Err(error) => {
            brokered.stop().await;
            return Err(error);
        }
    };
    tokio::spawn(huge_pages::grant(settings.supervision.clone(), stop.clone()));
    let done = tokio::spawn(run(started, brokered, listener, settings, stop.clone()));
    Ok(Running { url, stop, done })
}

fn cannot_listen(settings: &Settings, error: &std::io::Error) -> Refusal {
    let message = format!("cannot listen on {}: {error}", settings.listen);
    Refusal::unavailable("listen_failed", message)
}

/// Who is believed, and by what others know that it is us.
pub(super) struct Who {
    /// Who checks credentials.
    pub(super) authenticator: Arc<dyn Authenticator>,
    /// The key of this node's envelopes.
    pub(super) node_key: NodeKey,
    /// Where this node answers.
    pub(super) url: String,
    /// The certificate; `None` = the listener speaks no TLS.
    pub(super) tls: Option<Arc<Tls>>,
}

/// The parts between the broker and the edge.
pub(super) struct Started {
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) edge: Edge,
    pub(super) runtime: Runtime,
    pub(super) underway: Underway,
    pub(super) supervisor: Supervisor,
    pub(super) shutdown: CancellationToken,
    pub(super) telling: telemetry::Running,
}

/// Starts the parts between the broker and the edge.
///
/// # Errors
/// Which part could not be started, and why. What was started before it is stopped.
pub(super) async fn with_broker(
    settings: &Settings,
    registry: Registry,
    who: Who,
    brokered: &Brokered,
    stop: &CancellationToken,
) -> anyhow::Result<Started> {
    let mut underway = Underway::default();
    let broker = &brokered.broker;
    let metrics = Arc::new(Metrics::default());
    let supervisor = Supervisor::new(&settings.supervision, &metrics);
    let nats_users = Arc::new(brokered.users(settings));
    let meters = Meters::new(&registry.pages(), &metrics);
    let applied = meters.applied();
    let telling = telemetry::start(&settings.telemetry, meters, &metrics)?;
    Process::register(&metrics);
    let telemetry = telling.telemetry.clone();
    let kept =
        Kept { underway: &mut underway, supervisor: &supervisor, metrics, nats_users, telemetry };
    let tls = who.tls.clone();
    let building = build(settings, registry, who, broker, (kept, applied));
    // Whoever is told to stop meanwhile leaves it here, and what runs by then is stopped below.
    let built = stop.run_until_cancelled(building).await;
    match built.unwrap_or_else(|| Err(anyhow::anyhow!("stopped at the start"))) {
        Ok((edge, runtime)) => {
            let shutdown = edge.shutdown.clone();
            Ok(Started { tls, edge, runtime, underway, supervisor, shutdown, telling })
        }
        Err(error) => {
            underway.stop(Duration::from_millis(settings.supervision.stop_ms)).await;
            telling.stop().await;
            Err(error)
        }
    }
}

/// What keeps that which runs.
pub(super) struct Kept<'a> {
    pub(super) underway: &'a mut Underway,
    pub(super) supervisor: &'a Supervisor,
    pub(super) metrics: Arc<Metrics>,
    pub(super) nats_users: Arc<BrokerUsers>,
    pub(super) telemetry: Telemetry,
}

async fn build(
    settings: &Settings,
    registry: Registry,
    who: Who,
    broker: &Arc<nats::Broker>,
    (kept, applied): (Kept<'_>, Applied),
) -> anyhow::Result<(Edge, Runtime)> {
    let Who { authenticator, node_key, tls, url } = who;
    let Kept { underway, supervisor, metrics, nats_users, telemetry } = kept;
    let home = Home::new(&settings.data);
    let master_key = MasterKey::open(&home, settings.master_key_file.as_deref())?;
    let secrets: Arc<dyn Secrets> =
        Arc::new(Vault::new(master_key.clone(), broker.store(Bucket::Secrets)));
    let (providers, embedder) = models_of(settings, &secrets)?;
    let broker = broker.clone();
    let pages = registry.pages();
    let signer: Arc<dyn Signer> = Arc::new(TreeKey::open(&home)?);
    let tail = nats::Tail::start(broker.log(), settings.nats.tail).await?;
    let feed: Arc<dyn Feed> = Arc::new(tail);
    let models = open_models(settings, &url, &pages, embedder).await?;
    underway.opened(&models);
    models.tell(telemetry.clone());
    same_log::ensure(&models, &*broker.log()).await?;
    underway.read(&models, feed.clone(), supervisor);
    let trails = trails(settings, &models, &broker, &signer, &metrics).await?;
    keep(&trails, underway, supervisor);
    let records = records::open(&models, &broker, &settings.edge.records).await?;
    records::keep(&records, &settings.edge.records, underway, supervisor);
    records::register(&metrics, &records);
    let credentials = SameAsEdge::default();
    let pacing = Pacing::new(settings.pacing.clone());
    pacing::register(&metrics, &pacing);
    pace(&pacing, (&models, &feed), underway, supervisor);
    let known = Known {
        log: PacedLog::over(broker.log(), pacing.clone()),
        feed: feed.clone(),
        models: &models,
        audit: trails.audit.clone(),
        signer,
        credentials: Arc::new(credentials.clone()),
        secrets,
        wrap: Arc::new(master_key.clone()),
        prices: Arc::new(Prices::configured(&settings.actors.models)?),
        cluster: membership::of(settings, &url, &broker, &node_key)?,
        node_key,
        providers: providers.clone(),
        telemetry: telemetry.clone(),
    };
    let world = world::of(&broker, known);
    let (wanted, listen) = (settings.actors.models.clone(), settings.listen);
    tokio::spawn(async move { detect(&providers, &wanted, listen).await });
    let runtime = prepare(world, registry, settings).await?;
    underway.act(&runtime);
    let parts = (&runtime, &models, &feed, &broker);
    metrics::register(&metrics, parts, (applied, pacing.clone()));
    appends::register(&metrics, &broker);
    let health = Parts { tls, ..health(settings, &broker, &feed, &runtime, &models, &metrics) };
    watch(settings, underway, supervisor, (&health, &trails), &metrics);
    let within = Duration::from_millis(settings.supervision.catch_up_ms);
    caught_up(&runtime, &models, &*feed, within).await?;
    let grown = Grown {
        pages,
        broker,
        feed,
        models,
        pacing,
        trails,
        records,
        health,
        master_key,
        credentials,
    };
    let kept = Kept { underway, supervisor, metrics, nats_users, telemetry };
    let edge = grown.edge(settings, &runtime, authenticator, kept).await?;
    Ok((edge, runtime))
}

/// Who answers as a model, and who tells how near texts are.
fn models_of(
    settings: &Settings,
    secrets: &Arc<dyn Secrets>,
) -> anyhow::Result<(Providers, Arc<dyn Embedder>)> {
    let sealed = |name| sealed_key(secrets, &settings.edge.tenant, name);
    let providers = Providers::opening(&settings.actors.models, &sealed)
        .map_err(|(name, why)| anyhow::anyhow!("actors.{name}: {why}"))?;
    let engines = engines::of(settings);
    let embedder = engines::embedder(settings, &engines)?;
    let local = Local::new(settings.actors.models.local.clone()).running(engines);
    Ok((providers.with(Arc::new(local)), embedder))
}

/// The actors; a node that is in their way is told by its code.
async fn prepare(world: World, registry: Registry, settings: &Settings) -> anyhow::Result<Runtime> {
    match Runtime::prepare(world, registry, settings.actors.clone()).await {
        Err(StartError::Refused(refusal)) => Err(refusal.into()),
        prepared => Ok(prepared?),
    }
}

/// A key that the settings name as a sealed secret of this program's own house.
fn sealed_key(secrets: &Arc<dyn Secrets>, house: &Tenant, name: SecretName) -> OpenKey {
    let (secrets, house) = (secrets.clone(), house.clone());
    Arc::new(move || {
        let (secrets, house, name) = (secrets.clone(), house.clone(), name.clone());
        Box::pin(async move {
            let opened = secrets.open(&house, &name).await?;
            Ok(opened.and_then(|bytes| String::from_utf8(bytes).ok()).map(Secret::new))
        })
    })
}

/// The audit trail: written with bounds, its rows, and what signs it.
async fn trails(
    settings: &Settings,
    models: &Models,
    broker: &Arc<nats::Broker>,
    signer: &Arc<dyn Signer>,
    metrics: &Metrics,
) -> anyhow::Result<Trails> {
    let bounded = Bounded::new(broker.audit(), &settings.audit);
    let rows = models.trail().await.context("the audit trail cannot be opened")?;
    let trails = Trails {
        audit: bounded.clone(),
        rows,
        signer: signer.clone(),
        limits: settings.audit.clone(),
        seen: Arc::default(),
    };
    audit::register(metrics, &bounded, &trails);
    Ok(trails)
}

/// Lets the rows of the trail follow its stream, and its keeper sign and purge.
fn keep(trails: &Trails, underway: &mut Underway, supervisor: &Supervisor) {
    // Both are aborted when what they write to is stopped, and lose nothing.
    let never = CancellationToken::new();
    let reading = trails.clone();
    let read = move || {
        let (rows, audit) = (reading.rows.clone(), reading.audit.clone());
        async move { rows.run(audit, CancellationToken::new()).await }
    };
    underway.watched(supervisor.spawn("audit_trail", never.clone(), read));
    let keeper = Keeper { trails: trails.clone() };
    underway.watched(supervisor.spawn("audit_keeper", never, move || keeper.clone().run()));
}

/// Lets commands wait for the read models, as far as they may.
fn pace(
    pacing: &Pacing,
    (models, feed): (&Models, &Arc<dyn Feed>),
    underway: &mut Underway,
    supervisor: &Supervisor,
) {
    let (pacing, models, feed) = (pacing.clone(), models.clone(), feed.clone());
    let run = move || pacing.clone().run(models.clone(), feed.clone());
    // Aborted when the program stops; from then on everything passes.
    underway.watched(supervisor.spawn("pacing", CancellationToken::new(), run));
}

/// Begins to watch what runs.
fn watch(
    settings: &Settings,
    underway: &mut Underway,
    supervisor: &Supervisor,
    (health, trails): (&Parts, &Trails),
    metrics: &Metrics,
) {
    // Both are aborted when what they watch is stopped.
    let never = CancellationToken::new();
    let watchdog = health.watchdog.clone();
    let watching = move || watchdog.clone().run();
    underway.watched(supervisor.spawn("watchdog", never.clone(), watching));
    if let Some(tls) = health.tls.clone() {
        tls.register(metrics);
        underway.watched(supervisor.spawn("tls", never.clone(), move || tls.clone().watch()));
    }
    let interval = Duration::from_millis(settings.supervision.watch_interval_ms.max(1));
    let (models, audit) = (&health.models, trails.audit.clone());
    let reporter = Reporter::new(models, audit, &settings.edge.tenant, metrics, interval);
    underway.watched(supervisor.spawn("reporter", never, move || reporter.clone().run()));
}

async fn open_models(
    settings: &Settings,
    address: &str,
    pages: &Pages,
    embedder: Arc<dyn Embedder>,
) -> anyhow::Result<Models> {
    let mut config = settings.projections.clone();
    let url = settings.database_url.as_ref();
    let file = url.and_then(|url| url.reveal().strip_prefix("sqlite:"));
    if let Some(file) = file.map(|file| file.trim_start_matches("//")) {
        config.path = file.into();
    }
    config.path = settings.data.join(&config.path);
    config.database_url = url.cloned();
    config.node = match membership::id(settings)? {
        Some(id) => format!("{id} at {address}"),
        None => address.to_owned(),
    };
    config.writes = settings.node.roles.contains(&Role::Projections);
    let open = || Models::embedding(config.clone(), pages.clone(), embedder.clone());
    let most = Duration::from_millis(settings.supervision.start_wait_ms);
    match patiently("the database", most, open, projections::Error::is_away).await {
        Ok(models) => Ok(models),
        Err(error @ projections::Error::Newer { .. }) => Err(Refusal::from(error).into()),
        Err(error) => Err(error).context("the read models cannot be opened"),
    }
}

fn health(
    settings: &Settings,
    broker: &Arc<nats::Broker>,
    feed: &Arc<dyn Feed>,
    runtime: &Runtime,
    models: &Models,
    metrics: &Metrics,
) -> Parts {
    let (log, limits) = (broker.log(), &settings.supervision);
    let asked = broker.clone();
    let appends = move || asked.appends().to_vec();
    Parts {
        tls: None,
        broker: broker.clone(),
        feed: feed.clone(),
        runtime: runtime.clone(),
        models: models.clone(),
        watchdog: Watchdog::new(log, feed.clone(), runtime, models, appends, limits, metrics),
        caught_up: AtomicBool::new(false),
    }
}

/// Waits until the ledger and the read model of commands have read what the log held at the start.
/// The other read models may lie behind: `/readyz` says so, and no command needs them.
async fn caught_up(
    runtime: &Runtime,
    models: &Models,
    feed: &dyn Feed,
    within: Duration,
) -> anyhow::Result<()> {
    let head = feed.position();
    let commands = models.model_reached("commands", head, within).await;
    commands.context("the read model of commands does not catch up")?;
    let ledger = async {
        while !runtime.readiness().ledger_complete {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(within, ledger).await.context("the ledger does not catch up")
}

/// Serves until told to stop, or until a part cannot go on; then stops everything in order: the
/// edge takes no more, the actors finish, the read models keep what they have, the broker ends.
async fn run(
    started: Started,
    brokered: Brokered,
    listener: TcpListener,
    settings: Settings,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Started { tls, edge, underway, supervisor, shutdown, telling, .. } = started;
    let limits = Connections::of(&settings.edge);
    // Whose broker is its own child has no other node that callers might turn to.
    let is_one_of_several = settings.nats.url.is_some();
    let limits = if is_one_of_several { limits.leaving(&settings.edge) } else { limits };
    let router = edge.router();
    let mut serving =
        tokio::spawn(edge::serve_with(listener, router, shutdown.clone(), limits, tls));
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(()),
        served = &mut serving => Err(anyhow::anyhow!("the edge ended by itself: {served:?}")),
        reason = supervisor.gave_up() => Err(anyhow::anyhow!("{reason}")),
        reason = brokered.lost() => Err(anyhow::anyhow!("the broker cannot be kept: {reason}")),
    };
    shutdown.cancel();
    // Whatever became of the edge, the parts behind it are stopped before it is told.
    let served = if ended.is_ok() || !serving.is_finished() { told(serving.await) } else { Ok(()) };
    underway.stop(Duration::from_millis(settings.supervision.stop_ms)).await;
    brokered.stop().await;
    telling.stop().await;
    ended.and(served)
}

fn told(served: Result<std::io::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    served.context("the edge ended badly")?.context("the edge failed")
}

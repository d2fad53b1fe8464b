//! A higher version is built beside the old one and takes its place.

use std::sync::Arc;

use contracts::ports::{Feed, FeedItem, Flow, Fut};
use contracts::{Cursor, Pages, Recorded};
use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::given::{PATIENCE, config, log, run_to, scratch, while_running};
use crate::bench::{Maker, Tape};
use crate::config::Config;
use crate::error::Error;
use crate::handle::Models;
use crate::model::{ModelRef, ReadModel, Stem, Table};
use crate::models::standard;
use crate::store::{Cell, HeldRows, Tx};
use crate::tests::engines::on_both;

on_both! {
    [] the_old_version_serves_and_grows_until_the_new_one_is_ready;
    [] a_version_with_other_columns_serves_nothing_until_it_is_built;
    [] an_older_program_builds_its_own_version_again;
    [] a_model_that_is_gone_takes_its_tables_along;
}

/// Counts the events of each tenant, `V` for each one. Version 2 has the columns of version 1.
struct Tally<const V: u32>;

impl<const V: u32> ReadModel for Tally<V> {
    const NAME: &'static str = "tally";
    const VERSION: u32 = V;
    const SERVES: &'static [u32] = if V == 2 { &[1] } else { &[] };

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        let columns: &[&str] = if V == 3 { &["who", "much"] } else { &["tenant", "events"] };
        vec![Table::new(stem.table(""), columns, &["TEXT NOT NULL", "BIGINT NOT NULL"], 1)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let table = &self.tables(stem)[0];
        let key = |recorded: &Recorded| vec![Cell::from(recorded.commit.tenant.as_str())];
        let keys = batch.iter().map(|recorded| key(recorded)).collect();
        let mut rows = HeldRows::load(tx, table, keys).await?;
        for recorded in batch {
            let more = recorded.commit.events.len() as i64 * i64::from(V);
            match rows.change(&key(recorded)) {
                Some(cells) => {
                    let Cell::Int(count) = cells[1] else { return Err(Error::Row("?".into())) };
                    cells[1] = Cell::Int(count + more);
                }
                None => rows.put([key(recorded), vec![Cell::Int(more)]].concat()),
            }
        }
        rows.flush(tx).await
    }
}

async fn open<const V: u32>(config: Config) -> Models {
    let mut models = standard(&Pages::standard(), Arc::new(contracts::ports::NoEmbedder));
    models.insert(4, ModelRef::of(Tally::<V>));
    Models::with(config, models).await.expect("the database opens")
}

async fn tally(models: &Models) -> Vec<String> {
    models.dump("tally").await.expect("rows")
}

async fn wanted<const V: u32>(tape: &Arc<Tape>) -> Vec<String> {
    let scratch = scratch();
    let models = open::<V>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    tally(&models).await
}

/// `(version, state)` of the copies of the tally.
async fn copies(models: &Models) -> Vec<(u32, String)> {
    let status = models.status().await.expect("a status");
    let tallies = status.into_iter().filter(|model| model.name == "tally");
    tallies.map(|model| (model.version, model.state)).collect()
}

async fn tables(models: &Models) -> Vec<String> {
    super::given::tables(models, "tally").await
}

/// A feed that gives at first only a part to those who read from the beginning.
struct Gated {
    tape: Arc<Tape>,
    open: watch::Sender<bool>,
    part: usize,
}

impl Feed for Gated {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let flow = self.tape.subscribe(after);
        if after > Cursor(self.part as u64 * 2) {
            return flow;
        }
        let open = self.open.subscribe();
        let part = self.part;
        Box::pin(flow.enumerate().then(move |(number, item)| {
            let mut open = open.clone();
            async move {
                if number >= part {
                    let _ = open.wait_for(|open| *open).await;
                }
                item
            }
        }))
    }

    fn position(&self) -> Cursor {
        self.tape.position()
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        self.tape.reached(cursor)
    }
}

async fn the_old_version_serves_and_grows_until_the_new_one_is_ready() {
    let (scratch, tape) = (scratch(), log(71, 400));
    let models = open::<1>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(copies(&models).await, [(1, "live".to_owned())]);
    let old = tally(&models).await;
    models.close().await;

    let models = open::<2>(config(scratch.path())).await;
    assert_eq!(tally(&models).await, old, "the old rows serve at once");
    let gated = Arc::new(Gated { tape: tape.clone(), open: watch::Sender::new(false), part: 120 });
    while_running(&models, gated.clone(), async {
        tape.extend(Maker::new(71).skip(400).take(100));
        models.reached(tape.end(), PATIENCE).await.expect("the old version grows");
        assert_ne!(tally(&models).await, old);
        let both = [(1, "live".to_owned()), (2, "building".to_owned())];
        assert_eq!(copies(&models).await, both);
    })
    .await;
    models.close().await;

    // The program ends while the new version is being built; it goes on where it was.
    let models = open::<2>(config(scratch.path())).await;
    let status = models.status().await.expect("a status");
    let building = status.iter().find(|model| model.state == "building").expect("it is kept");
    assert!(building.commits > 0 && building.commits <= 120, "{}", building.commits);
    while_running(&models, gated.clone(), async {
        gated.open.send_replace(true);
        let changed = async {
            while copies(&models).await.len() > 1 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, changed).await.expect("the new version takes over");
        tape.extend(Maker::new(71).skip(500).take(50));
        models.reached(tape.end(), PATIENCE).await.expect("and grows");
    })
    .await;
    assert_eq!(copies(&models).await, [(2, "live".to_owned())]);
    assert_eq!(tally(&models).await, wanted::<2>(&tape).await);
    assert_eq!(tables(&models).await, ["tally_v2"], "nothing is left of the old one");
}

async fn a_version_with_other_columns_serves_nothing_until_it_is_built() {
    let (scratch, tape) = (scratch(), log(72, 300));
    let models = open::<1>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    models.close().await;
    let models = open::<3>(config(scratch.path())).await;
    assert_eq!(models.dump("tally").await.expect_err("other columns").code, "read_model_building");
    assert_eq!(models.dump("heads").await.map(|rows| rows.is_empty()), Ok(false), "others serve");
    assert_eq!(copies(&models).await, [(1, "retired".to_owned()), (3, "building".to_owned())]);
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(tally(&models).await, wanted::<3>(&tape).await);
    assert_eq!(tables(&models).await, ["tally_v3"]);
}

async fn an_older_program_builds_its_own_version_again() {
    let (scratch, tape) = (scratch(), log(73, 300));
    let models = open::<3>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    models.close().await;
    let models = open::<1>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(tally(&models).await, wanted::<1>(&tape).await);
    assert_eq!(tables(&models).await, ["tally_v1"]);
}

async fn a_model_that_is_gone_takes_its_tables_along() {
    let (scratch, tape) = (scratch(), log(74, 50));
    let models = open::<1>(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    models.close().await;
    let models = super::given::open(config(scratch.path())).await;
    assert_eq!(tables(&models).await, Vec::<String>::new());
    assert_eq!(models.dump("tally").await.expect_err("gone").code, "unknown_read_model");
}

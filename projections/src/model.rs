//! What a read model is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use contracts::ports::Feed;
use contracts::{Cursor, Entry, Recorded};

use crate::desk::Desk;
use crate::error::Error;
use crate::store::{Tx, WordTable};

/// Rows folded from the log, in tables of their own.
///
/// `apply` is a pure function of the rows and the commits: no clock, no randomness, nothing from
/// outside (what a fork shares is handed in as commits), so that a copy folded again from the first
/// commit equals the one that serves.
pub(crate) trait ReadModel: Send + Sync + 'static {
    /// Its name: what its tables' names begin with.
    const NAME: &'static str;
    /// The version of its tables and of its fold. A higher one is built beside and swapped in.
    const VERSION: u32;
    /// Older versions whose tables have the same columns: they go on serving and growing while
    /// today's are built. Tables of other versions are of no use to this program.
    const SERVES: &'static [u32] = &[];

    /// Whether a fork's rows begin with the history that it shares: what was before its first
    /// commit is then folded under its own name.
    const SHARES: bool = false;

    /// Whether it folds all entries with [`ReadModel::fold`], also those that the others leave out.
    const ENTRIES: bool = false;

    /// The tables of a copy whose names begin with `stem`.
    fn tables(&self, stem: &Stem) -> Vec<Table>;

    /// Folds entries of all sorts; only asked of a model with [`ReadModel::ENTRIES`].
    fn fold<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        entries: &'a [Entry],
        desk: &'a Desk,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'a {
        let _all_are_left_out = (tx, stem, entries, desk);
        std::future::ready(Ok(()))
    }

    /// Folds commits, in the order of the log, into the tables of `stem`.
    ///
    /// A whole batch at once, since the rows of many commits fit into one statement. Must not fail
    /// for what a commit holds: what cannot be understood is left out, the same way every time.
    fn apply<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        batch: &'a [Arc<Recorded>],
    ) -> impl Future<Output = Result<(), Error>> + Send + 'a;
}

/// How many copies of one version there may be: the one that serves, the one that is built, and
/// the one that is kept to go back to.
pub(crate) const COPIES: usize = 3;

/// What the names of one copy's tables begin with: name, version, and a mark on further copies of
/// the same version. Made of constants only, so that it can stand in a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stem(String);

impl Stem {
    /// The `copy`-th copy of a version, from 0. The mark follows the number directly, so that no
    /// stem and an underscore begin another one.
    pub(crate) fn new(name: &str, version: u32, copy: usize) -> Self {
        const MARKS: [&str; COPIES] = ["", "b", "c"];
        Self(format!("{name}_v{version}{}", MARKS[copy % COPIES]))
    }

    /// As the registry keeps it.
    pub(crate) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As text; also the name of the main table.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the table `suffix` of this copy; the main one has none.
    pub(crate) fn table(&self, suffix: &str) -> String {
        if suffix.is_empty() { self.0.clone() } else { format!("{}_{suffix}", self.0) }
    }
}

/// One table of a model.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: String,
    /// The names of its columns; those of the primary key come first.
    pub(crate) columns: &'static [&'static str],
    /// How many of them make up the primary key.
    pub(crate) key: usize,
    /// The statements that make the table and its indexes.
    pub(crate) ddl: Vec<String>,
    /// The words by which its rows are found.
    pub(crate) words: Option<WordTable>,
}

impl Table {
    /// A table of `columns` (name and type), the first `key` of them its primary key.
    pub(crate) fn new(
        name: String,
        names: &'static [&'static str],
        types: &[&str],
        key: usize,
    ) -> Self {
        assert_eq!(names.len(), types.len(), "{name}: a type for each column");
        let columns: Vec<String> =
            names.iter().zip(types).map(|(name, r#type)| format!("{name} {type}")).collect();
        let ddl = format!(
            "CREATE TABLE {name} ({}, PRIMARY KEY ({}))",
            columns.join(", "),
            names[..key].join(", ")
        );
        Self { name, columns: names, key, ddl: vec![ddl], words: None }
    }

    /// Also an index over `columns`, called `suffix`, of the rows for which `only` holds.
    pub(crate) fn index(mut self, suffix: &str, columns: &str, only: Option<&str>) -> Self {
        let condition = only.map(|only| format!(" WHERE {only}")).unwrap_or_default();
        let table = &self.name;
        self.ddl.push(format!("CREATE INDEX {table}_{suffix} ON {table} ({columns}){condition}"));
        self
    }

    /// The query for all rows in the order of the key.
    pub(crate) fn all(&self) -> String {
        let (columns, key) = (self.columns.join(", "), self.columns[..self.key].join(", "));
        format!("SELECT {columns} FROM {} ORDER BY {key}", self.name)
    }
}

type Applied<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// A read model without its type.
trait Erased: Send + Sync {
    fn tables(&self, stem: &Stem) -> Vec<Table>;
    fn apply<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        batch: &'a [Arc<Recorded>],
    ) -> Applied<'a>;
    fn fold<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        entries: &'a [Entry],
        desk: &'a Desk,
    ) -> Applied<'a>;
}

impl<M: ReadModel> Erased for M {
    fn tables(&self, stem: &Stem) -> Vec<Table> {
        ReadModel::tables(self, stem)
    }

    fn apply<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        batch: &'a [Arc<Recorded>],
    ) -> Applied<'a> {
        Box::pin(ReadModel::apply(self, tx, stem, batch))
    }

    fn fold<'a>(
        &'a self,
        tx: &'a mut Tx,
        stem: &'a Stem,
        entries: &'a [Entry],
        desk: &'a Desk,
    ) -> Applied<'a> {
        Box::pin(ReadModel::fold(self, tx, stem, entries, desk))
    }
}

/// What the registry keeps of a read model.
#[derive(Clone)]
pub(crate) struct ModelRef {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: u32,
    serves: &'static [u32],
    shares: bool,
    entries: bool,
    /// What all models share.
    pub(crate) desk: Desk,
    model: Arc<dyn Erased>,
}

impl ModelRef {
    /// `model` without its type.
    pub(crate) fn of<M: ReadModel>(model: M) -> Self {
        Self {
            name: M::NAME,
            version: M::VERSION,
            serves: M::SERVES,
            shares: M::SHARES,
            entries: M::ENTRIES,
            desk: Desk::default(),
            model: Arc::new(model),
        }
    }

    /// Reads what forks share from `feed`.
    pub(crate) fn read_from(&self, feed: &Arc<dyn Feed>) {
        self.desk.ancestors.read_from(feed);
    }

    /// Whether this program reads and writes tables of `version`.
    pub(crate) fn speaks(&self, version: u32) -> bool {
        version == self.version || self.serves.contains(&version)
    }

    /// The tables of a copy.
    pub(crate) fn tables(&self, stem: &Stem) -> Vec<Table> {
        self.model.tables(stem)
    }

    /// Folds `entries` into the copy `stem` of `version`: those commits that continue their
    /// actor's chain and that no operator lets it pass. How many commits were folded.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        (stem, version): (&Stem, u32),
        entries: &[Entry],
    ) -> Result<usize, Error> {
        let passed = self.desk.skips.of(self.name, version);
        let wanted = |cursor: Cursor| !passed.contains(&cursor);
        if self.entries {
            let entries: Vec<Entry> =
                entries.iter().filter(|entry| wanted(entry.cursor())).cloned().collect();
            self.model.fold(tx, stem, &entries, &self.desk).await?;
            return Ok(entries.iter().filter(|it| matches!(it, Entry::Commit(_))).count());
        }
        let batch: Vec<Arc<Recorded>> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Commit(recorded) => Some(Arc::clone(recorded)),
                Entry::Foreign(_) => None,
            })
            .filter(|it| wanted(it.cursor) && !self.desk.verdicts.refused(it.cursor))
            .collect();
        if batch.is_empty() {
            return Ok(0);
        }
        let whole = if self.shares { self.desk.ancestors.before(&batch).await? } else { None };
        self.model.apply(tx, stem, whole.as_deref().unwrap_or(&batch)).await?;
        Ok(batch.len())
    }

    /// Makes the tables of a copy, empty.
    pub(crate) async fn create(&self, tx: &mut Tx, stem: &Stem) -> Result<(), Error> {
        tx.drop_tables(stem.as_str()).await?;
        for table in &self.tables(stem) {
            tx.create(table).await?;
        }
        Ok(())
    }
}

//! What is done to the house, and how it is mended.

use std::io::Write as _;
use std::time::Duration;

use cambium_tests::rng::Rng;
use tokio::task::block_in_place;

use super::house::House;
use super::links::{COUNT, Place};
use super::load::Load;
use super::say;

/// Names the deeds that are done, where not all are.
const ONLY: &str = "CAMBIUM_FAILURES_ONLY";

/// Something that is done to a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// `kill -9` of a node; it is started again.
    KillNode(usize),
    /// A node stands still and goes on.
    FreezeNode(usize),
    /// `kill -9` of a broker; it is started again.
    KillBroker(usize),
    /// A broker stands still and goes on.
    FreezeBroker(usize),
    /// `kill -9` of all brokers at once, as when the power fails.
    KillAllBrokers,
    /// `kill -9` of the database.
    KillDatabase,
    /// The database stands still and goes on.
    FreezeDatabase,
    /// A node reaches nobody, and clients reach it.
    CutNode(usize),
    /// Clients do not reach a node.
    CutEdge(usize),
    /// A broker reaches nobody.
    CutBroker(usize),
    /// The database is reached by nobody.
    CutDatabase,
    /// A node's way to all others is slow.
    SlowNode(usize),
    /// A broker's way to all others is slow.
    SlowBroker(usize),
    /// A node's clock is wrong by so many seconds.
    Clock(usize, i64),
    /// A broker's disk is full; it is started again when there is room.
    FullDisk(usize),
    /// All nodes are started anew, one after another: no command may fail.
    RollNodes,
    /// All brokers and the database are started anew, one after another.
    RollBrokers,
}

impl Deed {
    /// One of each, on whom by chance, in an order by chance, which is that of the last first; that
    /// all nodes are started anew comes first. What cannot be done here is left out.
    pub(super) fn deck(house: &House, rng: &mut Rng) -> Vec<Self> {
        let mut one = || usize::try_from(rng.below(COUNT as u64)).expect("small");
        let mut deck = vec![
            Self::KillNode(one()),
            Self::FreezeNode(one()),
            Self::KillBroker(one()),
            Self::FreezeBroker(one()),
            Self::KillAllBrokers,
            Self::KillDatabase,
            Self::FreezeDatabase,
            Self::CutNode(one()),
            Self::CutEdge(one()),
            Self::CutBroker(one()),
            Self::CutDatabase,
            Self::SlowNode(one()),
            Self::SlowBroker(one()),
            Self::Clock(one(), 90),
            Self::Clock(one(), -45),
            Self::FullDisk(one()),
            Self::RollBrokers,
            Self::RollNodes,
        ];
        let only = std::env::var(ONLY).unwrap_or_default();
        deck.retain(|deed| deed.can_be_done(house) && deed.is_among(&only));
        assert!(!deck.is_empty(), "nothing of `{only}` can be done here");
        for at in (1..deck.len() - 1).rev() {
            let other = usize::try_from(rng.below(at as u64 + 1)).expect("small");
            deck.swap(at, other);
        }
        deck
    }

    /// Whether it is named in a list such as `KillBroker,RollNodes`; an empty one names all.
    fn is_among(self, list: &str) -> bool {
        let text = format!("{self:?}");
        let own = text.split('(').next();
        list.is_empty() || list.split(',').any(|name| Some(name.trim()) == own)
    }

    fn can_be_done(self, house: &House) -> bool {
        match self {
            Self::Clock(..) => house.has_clocks(),
            Self::FullDisk(_) => house.links.has_spaces(),
            // Forwarders stand between nodes and brokers, not between brokers.
            Self::CutBroker(_) | Self::SlowBroker(_) => house.links.has_spaces(),
            _ => true,
        }
    }

    /// How long it lasts, where it does.
    fn lasts(self, rng: &mut Rng) -> Duration {
        let ms = match self {
            // Shorter than a lease, and longer.
            Self::FreezeNode(_) | Self::CutNode(_) => 800 + rng.below(6_000),
            Self::RollNodes | Self::RollBrokers => 0,
            _ => 2_000 + rng.below(4_000),
        };
        Duration::from_millis(ms)
    }

    /// Does it, lets it last, mends it, and waits until all counters go on. What must not have
    /// failed meanwhile and did is told.
    pub(super) async fn perform(
        self,
        house: &mut House,
        load: &Load,
        rng: &mut Rng,
    ) -> Option<String> {
        let (why, begun_us) = (format!("{self:?}"), load.now_us());
        self.begin(house).await;
        let lasts = self.lasts(rng);
        // One of three may be away, and everybody else goes on.
        if self != Self::KillAllBrokers {
            let within = load.until_all_go_on(1, &why).await;
            say(&format!("  {why}: all counters went on within {within:?}"));
            tokio::time::sleep(lasts.saturating_sub(within)).await;
        }
        self.mend(house).await;
        let within = load.until_all_go_on(2, &format!("{why}, mended")).await;
        say(&format!("  {why}: mended, all counters went on within {within:?}"));
        house.until_shared(COUNT).await;
        let failed = load.troubled(begun_us);
        say(&format!("  {why}: errands that met trouble: {failed:?}"));
        (self == Self::RollNodes && !failed.is_empty()).then(|| format!("{why}: {failed:?}"))
    }

    async fn begin(self, house: &mut House) {
        match self {
            Self::KillNode(n) => {
                house.nodes[n].take().expect("it runs").kill().expect("it ran");
            }
            Self::FreezeNode(n) => house.node(n).signal("STOP").expect("sent"),
            Self::KillBroker(n) => house.kill_broker(n),
            Self::FreezeBroker(n) => house.signal_broker(n, "STOP"),
            Self::KillAllBrokers => (0..COUNT).for_each(|n| house.kill_broker(n)),
            Self::KillDatabase => house.database.kill(),
            Self::FreezeDatabase => house.signal_database("STOP"),
            Self::Clock(n, seconds) => house.set_clock(n, seconds),
            Self::FullDisk(n) => fill(&house.disk(n)),
            Self::SlowNode(n) => house.links.slow(Place::Node(n)),
            Self::SlowBroker(n) => house.links.slow(Place::Broker(n)),
            Self::CutNode(_) | Self::CutEdge(_) | Self::CutBroker(_) | Self::CutDatabase => {
                house.links.cut(self.place());
            }
            Self::RollNodes => {
                for n in 0..COUNT {
                    let node = house.nodes[n].take().expect("it runs");
                    block_in_place(|| node.stop()).expect("it ends in order");
                    house.start_node(n).await;
                    house.until_shared(COUNT).await;
                }
            }
            Self::RollBrokers => {
                for n in 0..COUNT {
                    house.restart_broker(n).await;
                    house.until_shared(COUNT).await;
                }
                house.database.kill();
                block_in_place(|| house.database.again());
            }
        }
    }

    async fn mend(self, house: &mut House) {
        match self {
            Self::KillNode(n) => house.start_node(n).await,
            Self::FreezeNode(n) => house.node(n).signal("CONT").expect("sent"),
            Self::KillBroker(n) => house.start_broker(n),
            Self::FreezeBroker(n) => house.signal_broker(n, "CONT"),
            Self::KillAllBrokers => (0..COUNT).for_each(|n| house.start_broker(n)),
            Self::KillDatabase => block_in_place(|| house.database.again()),
            Self::FreezeDatabase => house.signal_database("CONT"),
            Self::Clock(n, _) => house.set_clock(n, 0),
            Self::FullDisk(n) => {
                std::fs::remove_file(house.disk(n).join(FILLER)).expect("it is ours");
                house.kill_broker(n);
                house.start_broker(n);
            }
            Self::SlowNode(n) => house.links.hurry(Place::Node(n)),
            Self::SlowBroker(n) => house.links.hurry(Place::Broker(n)),
            Self::CutNode(_) | Self::CutEdge(_) | Self::CutBroker(_) | Self::CutDatabase => {
                house.links.join(self.place());
            }
            Self::RollNodes | Self::RollBrokers => {}
        }
    }

    /// Whose link it is about.
    const fn place(self) -> Place {
        match self {
            Self::CutEdge(n) => Place::Edge(n),
            Self::CutBroker(n) | Self::SlowBroker(n) => Place::Broker(n),
            Self::CutNode(n) | Self::SlowNode(n) => Place::Node(n),
            _ => Place::Database,
        }
    }
}

/// Takes the room of a disk.
const FILLER: &str = "filler";

fn fill(disk: &std::path::Path) {
    let mut file = std::fs::File::create(disk.join(FILLER)).expect("it is ours");
    let piece = vec![0; 64 * 1024];
    while file.write_all(&piece).is_ok() {}
}

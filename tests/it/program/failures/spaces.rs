//! A network of its own for everybody: a namespace each, joined by two bridges. Nodes, brokers and
//! the database meet on the inner one, clients meet nodes on the outer one.
//!
//! All of it lives in a namespace of network, mounts and processes that the test enters by running
//! itself anew, so that nothing is left behind and nobody need be root.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::links::Place;

/// Says to the test that it runs in a namespace of its own.
pub(super) const INSIDE: &str = "CAMBIUM_FAILURES_INSIDE";

/// How long a namespace may take to be made.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked of the machine before anything relies on it.
const PROBE: &str = "ip link add probe type bridge && unshare -n sleep 20 & other=$!
sleep 0.2; ip link add left type veth peer name right netns $other && ip link set left up
found=$?; kill $other; exit $found";

/// What enters a new namespace, for who may make one as root and for who is root only there.
const ENTRANCES: [&[&str]; 2] = [&["-mnpf"], &["-Urmnpf"]];

/// The program and arguments that run a command inside.
///
/// # Errors
/// Why there can be no namespaces here.
pub(super) fn entrance() -> Result<Vec<String>, String> {
    let mut why = String::new();
    for flags in ENTRANCES {
        let words = ["unshare"].into_iter().chain(flags.iter().copied());
        let words: Vec<String> =
            words.chain(["--kill-child", "--mount-proc"]).map(str::to_owned).collect();
        let probed = Command::new(&words[0]).args(&words[1..]).args(["sh", "-c", PROBE]).output();
        match probed {
            Ok(probed) if probed.status.success() => return Ok(words),
            Ok(probed) => why.push_str(String::from_utf8_lossy(&probed.stderr).trim()),
            Err(error) => why.push_str(&error.to_string()),
        }
        why.push_str("; ");
    }
    Err(why)
}

/// The namespaces of all places, each held by a process that sleeps.
pub(super) struct Spaces {
    holders: BTreeMap<Place, Child>,
    /// Whether delays can be set; else links are slowed by their rate.
    delays: bool,
}

fn ip(arguments: &str) {
    run("ip", arguments);
}

fn run(program: &str, arguments: &str) {
    let told = Command::new(program).args(arguments.split(' ')).output().expect("it runs");
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{program} {arguments}: {said}");
}

/// The last number of a place's address on the inner bridge.
const fn number(place: Place) -> usize {
    match place {
        Place::Node(n) | Place::Edge(n) => 11 + n,
        Place::Broker(n) => 21 + n,
        Place::Database => 31,
    }
}

/// The name of a place's end at the bridge.
fn end(place: Place) -> String {
    match place {
        Place::Node(n) => format!("node{n}"),
        Place::Edge(n) => format!("edge{n}"),
        Place::Broker(n) => format!("broker{n}"),
        Place::Database => "database".to_owned(),
    }
}

/// Whose namespace it is: a node's two ends are one machine's.
const fn machine(place: Place) -> Place {
    match place {
        Place::Edge(n) => Place::Node(n),
        other => other,
    }
}

/// The address of a place.
pub(super) fn address(place: Place) -> String {
    let net = if matches!(place, Place::Edge(_)) { 98 } else { 99 };
    format!("10.{net}.0.{}", number(place))
}

impl Spaces {
    /// Makes the namespaces of all places.
    pub(super) fn make(places: &[Place]) -> Self {
        ip("link set lo up");
        for (bridge, net) in [("inner", 99), ("outer", 98)] {
            ip(&format!("link add {bridge} type bridge"));
            ip(&format!("addr add 10.{net}.0.1/24 dev {bridge}"));
            ip(&format!("link set {bridge} up"));
        }
        let mut spaces = Self { holders: BTreeMap::new(), delays: true };
        for place in places {
            spaces.join(*place);
        }
        let mut netem = Command::new("tc");
        netem.args("qdisc add dev inner root netem delay 1ms".split(' ')).stderr(Stdio::null());
        spaces.delays = netem.status().is_ok_and(|status| status.success());
        if spaces.delays {
            run("tc", "qdisc del dev inner root");
        }
        spaces
    }

    fn join(&mut self, place: Place) {
        let owner = machine(place);
        let holder = self.holders.entry(owner).or_insert_with(hold).id();
        let (end, address) = (end(place), address(place));
        let (bridge, inside) = match place {
            Place::Edge(_) => ("outer", "eth1"),
            _ => ("inner", "eth0"),
        };
        ip(&format!("link add {end} type veth peer name {inside} netns {holder}"));
        ip(&format!("link set {end} master {bridge} up"));
        for task in [format!("addr add {address}/24 dev {inside}"), format!("link set {inside} up")]
        {
            self.run_inside(owner, &format!("ip {task}"));
        }
        self.run_inside(owner, "ip link set lo up");
    }

    fn run_inside(&self, place: Place, words: &str) {
        let entering = self.inside(place);
        run(&entering[0], &format!("{} {words}", entering[1..].join(" ")));
    }

    /// What runs a command at a place.
    pub(super) fn inside(&self, place: Place) -> Vec<String> {
        let holder = self.holders[&machine(place)].id();
        vec!["nsenter".to_owned(), format!("--net=/proc/{holder}/ns/net")]
    }

    /// From now on nothing comes in or goes out there, and nobody is told.
    pub(super) fn cut(&self, place: Place) {
        ip(&format!("link set {} down", end(place)));
    }

    /// Every packet is late from now on; where the system cannot delay, there are few.
    pub(super) fn slow(&self, place: Place) {
        let how = if self.delays {
            "netem delay 40ms 20ms"
        } else {
            "tbf rate 300kbit burst 3kb latency 2s"
        };
        run("tc", &format!("qdisc add dev {} root {how}", end(place)));
        let inside = if matches!(place, Place::Edge(_)) { "eth1" } else { "eth0" };
        self.run_inside(machine(place), &format!("tc qdisc add dev {inside} root {how}"));
    }

    /// Ends [`Spaces::cut`].
    pub(super) fn join_again(&self, place: Place) {
        ip(&format!("link set {} up", end(place)));
    }

    /// Ends [`Spaces::slow`].
    pub(super) fn hurry(&self, place: Place) {
        run("tc", &format!("qdisc del dev {} root", end(place)));
        let inside = if matches!(place, Place::Edge(_)) { "eth1" } else { "eth0" };
        self.run_inside(machine(place), &format!("tc qdisc del dev {inside} root"));
    }
}

/// A process that keeps a namespace.
fn hold() -> Child {
    let child = Command::new("unshare").args(["-n", "sleep", "infinity"]).spawn().expect("it runs");
    let of = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net"));
    let (own, begun) = (of("self").expect("it has one"), Instant::now());
    while of(&child.id().to_string()).is_ok_and(|it| it == own) {
        assert!(begun.elapsed() < PATIENCE, "a namespace is not made");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for child in self.holders.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A disk of so many megabytes at `path`, gone with the namespace.
pub(super) fn disk(path: &Path, megabytes: u64) {
    std::fs::create_dir_all(path).expect("a directory");
    let size = format!("-osize={megabytes}m");
    let mounted = Command::new("mount").args(["-t", "tmpfs", &size, "none"]).arg(path).status();
    assert!(mounted.is_ok_and(|it| it.success()), "no disk at {}", path.display());
}

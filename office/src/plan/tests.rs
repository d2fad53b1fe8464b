use std::collections::BTreeSet;

use proptest::prelude::{Strategy, any};

use super::assign::{Member, assign};
use super::calendar::{Calendar, DAY, Edge};
use super::level::{chained, level};
use super::network::Network;
use super::risk::{pert, simulate};
use super::track::{Light, Plan, Progress, Standing, track};
use super::{Link, LinkSort, Task, Unplanned, gantt};

fn task(id: &str, minutes: i64, after: &[(&str, LinkSort, i64)]) -> Task {
    let link = |(task, sort, lag): &(&str, LinkSort, i64)| Link {
        task: (*task).to_owned(),
        sort: *sort,
        lag: *lag,
    };
    Task {
        id: id.to_owned(),
        minutes,
        minutes_min: minutes / 2,
        minutes_max: minutes * 2,
        after: after.iter().map(link).collect(),
        ..Task::default()
    }
}

fn then(id: &str, minutes: i64, after: &[&str]) -> Task {
    let links: Vec<_> = after.iter().map(|id| (*id, LinkSort::FinishStart, 0)).collect();
    task(id, minutes, &links)
}

fn minutes(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.minutes).collect()
}

/// A house: the walls wait for the ground, the roof for the walls, the garden for the ground.
fn house() -> Vec<Task> {
    vec![
        then("ground", 600, &[]),
        then("walls", 900, &["ground"]),
        then("roof", 300, &["walls"]),
        then("garden", 400, &["ground"]),
        then("ready", 0, &["roof", "garden"]),
    ]
}

#[test]
fn the_critical_path_is_that_of_the_textbook() {
    let tasks = house();
    let times = Network::of(&tasks).expect("a network").times(&minutes(&tasks));
    assert_eq!(times.early, [0, 600, 1_500, 600, 1_800]);
    assert_eq!(times.late, [0, 600, 1_500, 1_400, 1_800]);
    assert_eq!((times.slack[3], times.end), (800, 1_800));
    assert_eq!(times.critical(), [0, 1, 2, 4]);
}

#[test]
fn each_sort_of_link_is_kept_with_its_lag() {
    for (sort, lag, start) in [
        (LinkSort::FinishStart, 30, 130),
        (LinkSort::FinishStart, -20, 80),
        (LinkSort::StartStart, 15, 15),
        (LinkSort::FinishFinish, 10, 50),
        (LinkSort::StartFinish, 90, 30),
    ] {
        let tasks = [task("a", 100, &[]), task("b", 60, &[("a", sort, lag)])];
        let times = Network::of(&tasks).expect("a network").times(&minutes(&tasks));
        assert_eq!(times.early[1], start, "{sort:?} {lag}");
    }
}

#[test]
fn a_cycle_is_named_and_so_is_what_is_not_there() {
    let tasks = [
        then("a", 1, &[]),
        then("b", 1, &["a", "d"]),
        then("c", 1, &["b"]),
        then("d", 1, &["c"]),
        then("e", 1, &["d"]),
    ];
    let Err(Unplanned::Cycle { tasks: cycle }) = Network::of(&tasks) else { panic!("a cycle") };
    assert_eq!(cycle.len(), 3);
    for (at, id) in cycle.iter().enumerate() {
        let before = &cycle[(at + cycle.len() - 1) % cycle.len()];
        let task = tasks.iter().find(|task| task.id == *id).expect("a task");
        assert!(task.after.iter().any(|link| link.task == *before), "{id} waits for {before}");
    }
    let own = Network::of(&[then("a", 1, &["a"])]);
    assert_eq!(own.err(), Some(Unplanned::Cycle { tasks: vec!["a".to_owned()] }));
    let (task, named) = ("a".to_owned(), "x".to_owned());
    let unknown = Network::of(&[then("a", 1, &["x"])]);
    assert_eq!(unknown.err(), Some(Unplanned::Unknown { task, named }));
    let twice = Network::of(&[then("a", 1, &[]), then("a", 1, &[])]);
    assert_eq!(twice.err(), Some(Unplanned::Twice { id: "a".to_owned() }));
}

#[test]
fn nights_and_days_off_are_no_working_time() {
    // 1970-01-01 was a Thursday; Friday is off.
    let week = Calendar::office();
    let off = Calendar::of(
        [(); 7].map(|()| vec![(9 * 60, 12 * 60), (13 * 60, 18 * 60)]),
        BTreeSet::from([1]),
    )
    .expect("a calendar");
    let clock = |calendar: &Calendar, worked, edge| calendar.clock(0, worked, edge).expect("time");
    assert_eq!(clock(&week, 0, Edge::Start), 9 * 60);
    assert_eq!(clock(&week, 480, Edge::Finish), 17 * 60);
    assert_eq!(clock(&week, 480, Edge::Start), DAY + 9 * 60);
    assert_eq!(clock(&week, 961, Edge::Finish), 4 * DAY + 9 * 60 + 1);
    assert_eq!(clock(&off, 181, Edge::Finish), 13 * 60 + 1);
    assert_eq!(clock(&off, 481, Edge::Finish), 2 * DAY + 9 * 60 + 1);
    assert_eq!(week.worked(0, 5 * DAY), 3 * 480);
    assert_eq!(week.worked(5 * DAY, 0), 0);
    let empty = || [(); 7].map(|()| Vec::new());
    assert!(Calendar::of(empty(), BTreeSet::new()).is_err());
    let mut odd = empty();
    odd[0] = vec![(60, 30)];
    assert!(Calendar::of(odd, BTreeSet::new()).is_err());
    let all_off = Calendar::of(
        [vec![(0, 1)], vec![], vec![], vec![], vec![], vec![], vec![]],
        BTreeSet::new(),
    );
    assert_eq!(all_off.expect("a minute").clock(0, 9_000, Edge::Finish), Err(Unplanned::NoTime));
}

fn member(id: &str, skills: &[&str], percent: i64) -> Member {
    Member {
        id: id.to_owned(),
        skills: skills.iter().map(|it| (*it).to_owned()).collect(),
        percent,
    }
}

#[test]
fn who_can_and_has_least_to_do_does_it_and_the_reason_is_told() {
    let mut tasks =
        [then("a", 600, &[]), then("b", 60, &[]), then("c", 60, &[]), then("d", 60, &[])];
    tasks[1].skills = vec!["Roof".to_owned()];
    tasks[3].skills = vec!["sailing".to_owned()];
    let members = [member("ann", &["roof"], 100), member("bob", &[], 50)];
    let told = assign(&tasks, &[0, 1, 2, 3], &members, &[None; 4]);
    let who: Vec<_> = told.iter().map(|one| one.who).collect();
    assert_eq!(who, [Some(0), Some(0), Some(1), None]);
    assert_eq!(told[1].reason, "has Roof; 10.0 h of work before, 11.0 h with it; the only one");
    assert_eq!(told[3].reason, "nobody has sailing");
    let fixed = assign(&tasks, &[0, 1, 2, 3], &members, &[Some(1), None, None, None]);
    assert_eq!((fixed[0].who, fixed[2].who), (Some(1), Some(0)));
}

#[test]
fn chance_follows_from_its_seed() {
    let tasks = house();
    let network = Network::of(&tasks).expect("a network");
    let once = simulate(&network, &tasks, 2_000, 7);
    assert_eq!(once, simulate(&network, &tasks, 2_000, 7));
    assert_ne!(once.mean, simulate(&network, &tasks, 2_000, 8).mean);
    // The mean of a triangle is the mean of its corners, and the garden never is the longest way.
    let expected = [600.0, 900.0, 300.0].map(|it| (it / 2.0 + it + it * 2.0) / 3.0);
    assert!((once.mean - expected.iter().sum::<f64>()).abs() < 40.0, "{once:?}");
    assert!(once.done_by.is_sorted() && once.done_by[1] > 1_800);
    assert_eq!((once.critical[0], once.critical[4]), (1.0, 1.0));
    assert!(once.critical[3] < 0.05);
    let (mean, deviation) = pert(&tasks[0]);
    assert_eq!((mean, deviation), (650.0, 150.0));
    let sure = [Task { minutes_min: 5, minutes_max: 5, ..then("a", 5, &[]) }];
    let sure = simulate(&Network::of(&sure).expect("a network"), &sure, 10, 1);
    assert_eq!((sure.mean, sure.deviation), (5.0, 0.0));
}

#[test]
fn a_plan_is_tracked_against_the_clock() {
    let tasks = house();
    let network = Network::of(&tasks).expect("a network");
    let minutes = minutes(&tasks);
    let times = network.times(&minutes);
    let mut spans = Vec::new();
    network.forward(&minutes, &mut spans);
    let (network, minutes) = (&network, &minutes[..]);
    let plan = Plan { network, minutes, spans: &spans, slack: &times.slack };
    let mut known = vec![Progress::default(); 5];
    assert_eq!(track(plan, &known, 0).light, Light::Green);
    let idle = track(plan, &known, 700);
    assert_eq!((idle.light, idle.tasks[0].0, idle.end), (Light::Red, Late, 2_500));
    known[0] = Progress { started: Some(0), finished: Some(600), percent: 100 };
    known[1] = Progress { started: Some(600), finished: None, percent: 50 };
    // Half of the walls is done at half their time; the garden has not begun, and may wait.
    let told = track(plan, &known, 1_050);
    assert_eq!(told.light, Light::Yellow);
    let standing: Vec<_> = told.tasks.iter().map(|(standing, _)| *standing).collect();
    use Standing::{AtRisk, Done, Late, OnTime};
    assert_eq!(standing, [Done, OnTime, OnTime, Late, OnTime]);
    assert_eq!((told.end, told.percent, told.percent_planned), (1_800, 47, 65));
    let early = track(plan, &known, 1_000);
    assert_eq!((early.tasks[3].0, early.light), (AtRisk, Light::Yellow));
    known[1].percent = 10;
    assert_eq!(track(plan, &known, 1_050).light, Light::Red);
}

#[test]
fn a_plan_is_drawn() {
    let bar = |name: &str, start, finish, after| gantt::Bar {
        name: name.to_owned(),
        start,
        finish,
        critical: finish > 2_000,
        percent: 40,
        who: "ann".to_owned(),
        after,
    };
    let bars = [bar("<Ground>", 540, 1_020, vec![]), bar("Ready", 6_300, 6_300, vec![0])];
    let picture = gantt::svg("House & garden", &bars, Some(3_000), 900);
    assert_eq!(picture, gantt::svg("House & garden", &bars, Some(3_000), 900));
    assert!(picture.contains("&lt;Ground&gt;") && picture.contains("House &amp; garden"));
    assert!(picture.contains(">01-05<") && picture.contains("stroke-dasharray"));
    assert_eq!(picture.matches("<rect").count(), 3);
    assert!(gantt::svg("", &[], None, 200).starts_with("<svg"));
}

/// Tasks that wait for some of those before them, and who does them.
fn plans() -> impl Strategy<Value = (Vec<Task>, Vec<Option<usize>>)> {
    let links = proptest::collection::vec((any::<usize>(), 0..4_u8, -50..100_i64), 0..4);
    let one = (0..500_i64, links, 0..4_usize);
    proptest::collection::vec(one, 1..30).prop_map(|all| {
        let mut tasks = Vec::new();
        let mut who = Vec::new();
        for (at, (minutes, links, person)) in all.into_iter().enumerate() {
            let sorts = [
                LinkSort::FinishStart,
                LinkSort::StartStart,
                LinkSort::FinishFinish,
                LinkSort::StartFinish,
            ];
            let links = links.into_iter().filter(|_| at > 0);
            let links = links.map(|(before, sort, lag)| Link {
                task: format!("t{}", before % at.max(1)),
                sort: sorts[usize::from(sort)],
                lag,
            });
            let after = links.collect();
            tasks.push(Task { after, ..then(&format!("t{at}"), minutes, &[]) });
            who.push((person < 3).then_some(person));
        }
        (tasks, who)
    })
}

/// Whether a task keeps to what it waits for.
fn kept(tasks: &[Task], spans: &[(i64, i64)]) -> bool {
    tasks.iter().zip(spans).all(|(task, (start, finish))| {
        *start >= 0
            && task.after.iter().all(|link| {
                let before = tasks.iter().position(|it| it.id == link.task).expect("a task");
                let (before_start, before_finish) = spans[before];
                match link.sort {
                    LinkSort::FinishStart => *start >= before_finish + link.lag,
                    LinkSort::StartStart => *start >= before_start + link.lag,
                    LinkSort::FinishFinish => *finish >= before_finish + link.lag,
                    LinkSort::StartFinish => *finish >= before_start + link.lag,
                }
            })
    })
}

proptest::proptest! {
    #[test]
    fn what_is_planned_keeps_to_its_links((tasks, who) in plans()) {
        let network = Network::of(&tasks).expect("a network");
        let minutes = minutes(&tasks);
        let times = network.times(&minutes);
        let mut early = Vec::new();
        network.forward(&minutes, &mut early);
        assert!(kept(&tasks, &early));
        assert!(times.slack.iter().all(|slack| *slack >= 0), "{times:?}");
        assert!(!times.critical().is_empty(), "something leads to the end");
        // The latest starts keep to the links, too, and to the end.
        let late: Vec<_> = times.late.iter().zip(&minutes).map(|(at, it)| (*at, at + it)).collect();
        assert!(kept(&tasks, &late) && late.iter().all(|(_, finish)| *finish <= times.end));
        let spans = level(&network, &times, &minutes, &who);
        assert!(kept(&tasks, &spans));
        for (one, other) in (0..tasks.len()).flat_map(|it| (0..it).map(move |to| (it, to))) {
            let same = who[one].is_some() && who[one] == who[other];
            let (a, b) = (spans[one], spans[other]);
            let apart = a.1 <= b.0 || b.1 <= a.0 || minutes[one] == 0 || minutes[other] == 0;
            assert!(!same || apart, "nobody does two things at once: {a:?} {b:?}");
        }
        assert_eq!(spans, level(&network, &times, &minutes, &who));
        // Where the order of people's tasks can be said as links, these alone lead to the same.
        if let Some(chained) = chained(&tasks, &spans, &who) {
            let times = chained.times(&minutes);
            let starts: Vec<_> = spans.iter().map(|(start, _)| *start).collect();
            assert_eq!(times.early, starts);
        }
    }

    #[test]
    fn working_time_and_clocks_lead_to_one_another(
        worked in 0..500_000_i64,
        from in 0..100_000_i64,
    ) {
        let calendar = Calendar::office();
        for edge in [Edge::Start, Edge::Finish] {
            let clock = calendar.clock(from, worked, edge).expect("it holds");
            assert_eq!(calendar.worked(from, clock), worked, "{edge:?}");
        }
    }
}

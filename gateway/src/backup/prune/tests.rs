use std::path::Path;

use contracts::{Hash, Timestamp};

use super::{DAY_MS, Rules, prune};
use crate::backup::format::{Blobs, FORMAT_VERSION, Manifest, Mark};
use crate::backup::{Directory, Error, check};

/// Three a day for thirty days, from a Thursday on.
fn made() -> Vec<(u64, Timestamp)> {
    let at = |number: u64| {
        let (day, time) = ((number - 1) / 3, (number - 1) % 3);
        Timestamp::from_millis(((day * 24 + time * 8) * 3_600_000) as i64)
    };
    (1..=90).map(|number| (number, at(number))).collect()
}

fn kept(last: usize, daily: usize, weekly: usize) -> Vec<u64> {
    Rules { last, daily, weekly }.kept(&made()).into_iter().collect()
}

#[test]
fn each_rule_keeps_the_last_of_its_spans_and_the_last_one_always_stays() {
    assert_eq!(kept(0, 0, 0), [90]);
    assert_eq!(kept(4, 0, 0), [87, 88, 89, 90]);
    assert_eq!(kept(0, 3, 0), [84, 87, 90]);
    // The 30th is a Friday; the Sundays before it are the 25th, the 18th and the 11th.
    assert_eq!(kept(0, 0, 4), [33, 54, 75, 90]);
    assert_eq!(kept(2, 2, 2), [75, 87, 89, 90]);
    assert_eq!(kept(1_000, 0, 0).len(), 90);
    assert_eq!(Rules { last: 3, daily: 3, weekly: 3 }.kept(&[]).len(), 0);
}

#[test]
fn days_without_a_backup_count_for_nothing() {
    let day = |number: u64| (number, Timestamp::from_millis(number as i64 * DAY_MS));
    let made: Vec<_> = [1, 2, 30, 300].map(day).into();
    let kept: Vec<u64> = Rules { daily: 3, ..Rules::default() }.kept(&made).into_iter().collect();
    assert_eq!(kept, [2, 30, 300]);
}

/// Backups 1 to 4, one a week, each with the large content of all before it and one of its own
/// that goes with it.
fn backups(dir: &Path) -> Directory {
    let directory = Directory::write(dir).expect("a directory");
    let (mut before, mut lines) = (Hash::ZERO, String::new());
    for number in 1..=4_u64 {
        let put = |text: String| directory.content.put(text.as_bytes()).expect("written");
        lines += &format!("acme {}\n", put(format!("content {number}")));
        let own = put(format!("# of backup {number}\n{lines}"));
        let manifest = Manifest {
            v: FORMAT_VERSION,
            number,
            program: "test".to_owned(),
            begun_at: Timestamp::from_millis(number as i64 * 7 * DAY_MS),
            ended_at: Timestamp::from_millis(number as i64 * 7 * DAY_MS),
            log: Mark::default(),
            parts: Vec::new(),
            blobs: Blobs { count: number, damaged: 0, index: vec![own] },
            keys: Vec::new(),
            before,
        };
        directory.keep(&manifest).expect("kept");
        before = manifest.seal();
    }
    directory
}

fn files(dir: &Path) -> Vec<String> {
    let content = dir.join("content");
    let folders = std::fs::read_dir(content).expect("content").flatten();
    let files = folders.flat_map(|it| std::fs::read_dir(it.path()).expect("a folder").flatten());
    files.filter_map(|file| file.file_name().into_string().ok()).collect()
}

#[test]
fn what_stays_is_whole_and_its_chain_leads_over_what_went() {
    let scratch = tempfile::tempdir().expect("a directory");
    let directory = backups(scratch.path());
    let rules = |last| Rules { last, ..Rules::default() };
    assert_eq!(files(scratch.path()).len(), 8);
    let told = prune(&directory, rules(2), true, &mut |_| {}).expect("it says so");
    assert_eq!((&*told.kept, &*told.pruned, told.files), (&[3, 4][..], &[1, 2][..], 2));
    assert_eq!(directory.numbers().expect("readable"), [1, 2, 3, 4]);
    assert_eq!(files(scratch.path()).len(), 8, "nothing went");
    // As if somebody had thrown 3 away by rules that kept 2, and had been killed before its files.
    directory.drop_backup(&directory.manifest(3).expect("there")).expect("dropped");
    let half = directory.content.root().join("ab");
    std::fs::create_dir_all(&half).expect("made");
    std::fs::write(half.join("abcd.new"), "half").expect("written");
    let checked = check(&directory, &mut |_| {}).expect("checked");
    assert_eq!((checked.backups, &*checked.faults), (3, &[][..]), "linked over a mark");
    let told = prune(&directory, rules(2), false, &mut |_| {}).expect("pruned");
    assert_eq!((&*told.kept, &*told.pruned, told.files), (&[2, 4][..], &[1][..], 3));
    let checked = check(&directory, &mut |_| {}).expect("checked");
    assert_eq!((checked.backups, checked.files, &*checked.faults), (2, 6, &[][..]));
    assert_eq!(files(scratch.path()).len(), 6);
    let again = prune(&directory, rules(2), false, &mut |_| {}).expect("pruned");
    assert_eq!((again.pruned.len(), again.files), (0, 0));
    // Without the mark nobody can tell whether 4 follows 2.
    std::fs::remove_file(scratch.path().join("backups/000003.pruned")).expect("it was there");
    let checked = check(&directory, &mut |_| {}).expect("checked");
    assert_eq!(checked.faults, ["backup 4 names another one before it"]);
    let refused = prune(&directory, rules(1), false, &mut |_| {});
    assert!(matches!(refused, Err(Error::Broken(_))), "{refused:?}");
}

#[test]
fn nothing_goes_while_something_that_stays_is_broken() {
    let scratch = tempfile::tempdir().expect("a directory");
    let directory = backups(scratch.path());
    let last = directory.latest().expect("readable").expect("there");
    let index = directory.content.path(last.blobs.index[0]);
    let whole = std::fs::read(&index).expect("readable");
    std::fs::write(&index, "acme").expect("written");
    for dry in [true, false] {
        let refused = prune(&directory, Rules::default(), dry, &mut |_| {});
        assert!(matches!(refused, Err(Error::Broken(_))), "{refused:?}");
    }
    assert_eq!(directory.numbers().expect("readable"), [1, 2, 3, 4]);
    std::fs::write(&index, whole).expect("written");
    let told = prune(&directory, Rules::default(), false, &mut |_| {}).expect("pruned");
    assert_eq!((&*told.kept, told.pruned.len(), told.files), (&[4][..], 3, 3));
    assert!(!scratch.path().join("backups/000001.pruned").exists(), "nothing is linked to it");
}

//! iCalendar files in: appointments become schedules, and what was called off fires no more.

use std::collections::BTreeMap;

use contracts::kinds::check::Check;
use contracts::kinds::circadian::calendars::{FromCalendar, ImportCalendar, Imported, Unread};
use contracts::kinds::circadian::limits::{
    CALENDAR_BYTES_MAX, CALENDAR_RULES_MAX, SCHEDULES_MAX, TITLE_BYTES_MAX, UNREAD_MAX,
};
use contracts::kinds::circadian::{
    CalendarImported, Create, Deed, Event, Of, Overlap, Rejection, Schedule, Scheduled, When,
    secret_of,
};
use contracts::schedule::{Clocks, Missed, Rrule};
use contracts::{ActorId, Context, Decision, Hash, Refusal, Timestamp};
use office::ical::{self, Bounds, Change, Entry, OURS, Sort};
use serde_json::json;

use super::ahead::Runs;
use super::calendars::{compact, named};
use super::check;
use super::decide::Decided;
use super::ours;
use super::state::{State, Status};

/// Makes a schedule of each appointment, and takes back those that were called off.
pub(super) fn import_calendar(state: &State, input: &ImportCalendar, cx: &Context) -> Decided {
    let within = Check::new().text("text", &input.text, CALENDAR_BYTES_MAX);
    check::deed(within, &input.deed, cx).done()?;
    if let Some(zone) = &input.zone {
        Clocks::of(zone).map_err(Refusal::from)?;
    }
    let opened = ical::read(input.text.as_bytes(), Bounds::default()).map_err(|unread| {
        Rejection::CalendarUnread { line: unread.line as u64, reason: unread.what }
    })?;
    let zone = input.zone.clone().or(opened.zone).unwrap_or_else(|| "UTC".to_owned());
    let unread = opened.unread.into_iter().map(|(uid, reason)| Unread { uid, reason });
    let mut import = Import {
        state,
        with: (&input.deed, &zone),
        cx,
        set: Vec::new(),
        removed: Vec::new(),
        rules: 0,
        left_out: opened.left_out,
        unread: unread.collect(),
    };
    for entry in opened.calendar.entries {
        import.entry(entry);
    }
    for change in opened.changes {
        import.change(change);
    }
    for uid in opened.cancelled {
        import.cancel(uid);
    }
    Ok(import.decided(input))
}

/// What comes of a file, entry by entry.
struct Import<'a> {
    state: &'a State,
    /// What each schedule does, and the zone of times without one.
    with: (&'a Deed, &'a str),
    cx: &'a Context,
    /// Schedules that are set, with the `uid` of each.
    set: Vec<(String, Scheduled)>,
    /// Those that are gone.
    removed: Vec<ActorId>,
    /// Rules that were read.
    rules: usize,
    left_out: BTreeMap<String, u64>,
    unread: Vec<Unread>,
}

impl Import<'_> {
    fn entry(&mut self, entry: Entry) {
        if entry.sort == Sort::Todo {
            return self.lost("VTODO");
        }
        for (name, there) in [
            ("DESCRIPTION", entry.description.is_some()),
            ("DTEND", entry.end.is_some()),
            ("LOCATION", entry.location.is_some()),
        ] {
            if there {
                self.lost(name);
            }
        }
        let name = name_of(&entry.uid);
        match self.made(&entry, &name) {
            Ok(set) => self.set.push((entry.uid, set)),
            Err(reason) => self.unread.push(Unread { uid: entry.uid, reason }),
        }
    }

    /// Why an entry of a file of ours is left alone: what is called so here does something else.
    fn foreign(&self, uid: &str, name: &ActorId) -> Option<String> {
        let known = named(uid).and_then(|_| self.state.schedules.get(name));
        let other = known.is_some_and(|entry| entry.schedule.deed != *self.with.0);
        other.then(|| format!("{name} is here and does something else"))
    }

    fn made(&mut self, entry: &Entry, name: &ActorId) -> Result<Scheduled, String> {
        let known = |name: &ActorId| self.state.schedules.contains_key(name);
        let added = self.set.iter().filter(|(_, set)| !known(&set.schedule.name)).count();
        if let Some(reason) = self.foreign(&entry.uid, name) {
            return Err(reason);
        }
        let full = !known(name) && self.state.schedules.len() + added >= SCHEDULES_MAX;
        let recurs = !entry.rule.is_empty() || entry.ours.is_some();
        self.rules += usize::from(recurs);
        if self.rules > CALENDAR_RULES_MAX && recurs {
            return Err(format!("{CALENDAR_RULES_MAX} rules of a file are read"));
        }
        if self.set.iter().any(|(_, other)| other.schedule.name == *name) {
            return Err("another entry has the same UID".to_owned());
        }
        if full {
            return Err(format!("there is room for {SCHEDULES_MAX} schedules"));
        }
        let note = entry.summary.as_deref().map(cut).filter(|note| !note.trim().is_empty());
        match ours::schedule(entry, (name, self.with.0), note) {
            None => {}
            Some(Ok(schedule)) if named(&entry.uid).is_some() => {
                if let Some(known) = self.unchanged(&schedule) {
                    return Ok(known);
                }
                if is_often(&schedule, self.cx.now) {
                    return Err(OFTEN.to_owned());
                }
                match scheduled(&schedule, self.cx) {
                    Ok(set) => return Ok(set),
                    Err(_) => self.lost(OURS),
                }
            }
            Some(_) => self.lost(OURS),
        }
        of_entry(entry, name.clone(), self.with, self.cx)
    }

    fn lost(&mut self, name: &str) {
        *self.left_out.entry(name.to_owned()).or_default() += 1;
    }

    /// A schedule that fires here already as it shall.
    fn unchanged(&self, schedule: &Schedule) -> Option<Scheduled> {
        let known = self.state.schedules.get(&schedule.name)?;
        let same = known.status == Status::Active && known.schedule == *schedule;
        let (schedule, secret) = (known.schedule.clone(), known.secret.clone());
        known.next.filter(|_| same).map(|next| Scheduled { schedule, next, secret })
    }

    /// One time of an appointment is left out of its schedule; one that takes place at another
    /// time has a schedule of its own.
    fn change(&mut self, change: Change) {
        let name = name_of(&change.uid);
        if let Some(reason) = self.foreign(&change.uid, &name) {
            return self.unread.push(Unread { uid: change.uid, reason });
        }
        let left_out = instant(&change.at, self.with.1).and_then(|(at, _)| self.leave(&name, at));
        let at = match left_out {
            Ok(at) => at,
            Err(reason) => return self.unread.push(Unread { uid: change.uid, reason }),
        };
        if let Some(instead) = change.instead {
            let uid = format!("{}.{}", change.uid, compact(at));
            self.entry(Entry { uid, rule: Vec::new(), ..instead });
        }
    }

    /// Leaves a time out of a schedule, whether it came with this file or before.
    fn leave(&mut self, name: &ActorId, at: Timestamp) -> Result<Timestamp, String> {
        let place = self.set.iter().position(|(_, set)| set.schedule.name == *name);
        let known = match place {
            Some(place) => Some(&self.set[place].1.schedule),
            None => self.state.schedules.get(name).map(|entry| &entry.schedule),
        };
        let mut schedule = known.ok_or("it changes an entry that is not here")?.clone();
        let rule = match &mut schedule.when {
            When::Rrule(rule) => rule,
            When::At(_) => return Err("it changes an entry that does not recur".to_owned()),
            When::Every(_) | When::Cron(_) => {
                return Err("it changes one time of a schedule that is no rule".to_owned());
            }
        };
        let line = format!("EXDATE:{}", compact(at));
        if rule.text.lines().any(|known| known == line) {
            return Ok(at);
        }
        rule.text = format!("{}\n{line}", rule.text);
        match (scheduled(&schedule, self.cx), place) {
            (Ok(set), Some(place)) => self.set[place].1 = set,
            (Ok(set), None) => self.set.push((name.to_string(), set)),
            // It was the last one.
            (Err(_), place) => {
                if let Some(place) = place {
                    self.set.remove(place);
                }
                self.remove(name);
            }
        }
        Ok(at)
    }

    fn cancel(&mut self, uid: String) {
        let name = name_of(&uid);
        if let Some(reason) = self.foreign(&uid, &name) {
            return self.unread.push(Unread { uid, reason });
        }
        self.set.retain(|(_, set)| set.schedule.name != name);
        match self.state.schedules.contains_key(&name) {
            true => self.remove(&name),
            false => {
                let reason = "it was cancelled".to_owned();
                self.unread.push(Unread { uid, reason });
            }
        }
    }

    fn remove(&mut self, name: &ActorId) {
        if self.state.schedules.contains_key(name) && !self.removed.contains(name) {
            self.removed.push(name.clone());
        }
    }

    fn decided(mut self, input: &ImportCalendar) -> Decision<Event> {
        let unread_count = self.unread.len() as u64;
        self.unread.truncate(UNREAD_MAX);
        let begins = self.state.created.is_none().then(|| Event::Created(Create::default()));
        let imported = Event::CalendarImported(CalendarImported {
            hash: Hash::of(input.text.as_bytes()),
            bytes: input.text.len() as u64,
            schedules: self.set.len() as u64,
            unread: unread_count,
        });
        let told = |(uid, set): &(String, Scheduled)| {
            let (name, next) = (set.schedule.name.clone(), set.next);
            FromCalendar { name, uid: uid.clone(), next }
        };
        let reply = Imported {
            schedules: self.set.iter().map(told).collect(),
            removed: self.removed.clone(),
            left_out: self.left_out,
            unread: self.unread,
            unread_count,
        };
        let gone = self.removed.into_iter().map(|name| Event::Removed(Of { name }));
        // What fires here already as it shall goes on.
        let state = self.state;
        let same = |set: &Scheduled| {
            let known = state.schedules.get(&set.schedule.name);
            known.is_some_and(|it| it.status == Status::Active && it.schedule == set.schedule)
        };
        let set = self.set.into_iter().map(|(_, set)| set).filter(|set| !same(set));
        let set = set.map(|set| Event::Scheduled(Box::new(set)));
        let all = begins.into_iter().chain([imported]).chain(gone).chain(set).collect();
        Decision::now(all, json!(reply))
    }
}

/// The schedule of an appointment is called as it is, as far as that is a name, with a word before
/// it: no file takes the place of what was scheduled otherwise. What a file of ours tells is called
/// as it was.
fn name_of(uid: &str) -> ActorId {
    if let Some(name) = named(uid) {
        return name;
    }
    let short = uid.len() <= 100;
    ActorId::new(format!("ics-{uid}")).ok().filter(|_| short).unwrap_or_else(|| {
        let hash = Hash::of_parts("cambium circadian uid v1", &[uid]).to_string();
        ActorId::new(format!("ics-{}", &hash[..24])).expect("digits are a token")
    })
}

/// The finest rule that an appointment may have; a file from elsewhere does not ask for more.
const TIMES_OF_A_DAY_MAX: usize = 24;
const DAY_MS: i64 = 86_400_000;

/// Whether a rule asks for more than somebody would put into a calendar.
fn is_busy(rule: &str) -> bool {
    let rule = rule.to_ascii_uppercase();
    let parts = || rule.trim_start_matches("RRULE:").split(';').filter_map(|it| it.split_once('='));
    let fine = parts().any(|(name, it)| name == "FREQ" && ["SECONDLY", "MINUTELY"].contains(&it));
    let lists = parts().filter(|(name, _)| ["BYHOUR", "BYMINUTE", "BYSECOND"].contains(name));
    let times: usize = lists.map(|(_, list)| list.split(',').count().min(100)).product();
    fine || times > TIMES_OF_A_DAY_MAX
}

const OFTEN: &str = "it recurs more often than an appointment does";

/// Whether a schedule asks for more than somebody would put into a calendar.
fn is_often(schedule: &Schedule, now: Timestamp) -> bool {
    if let When::Rrule(rule) = &schedule.when
        && rule.text.lines().any(is_busy)
    {
        return true;
    }
    let runs = Runs::of(schedule);
    let Some(first) = runs.after(now) else { return false };
    let last = std::iter::successors(Some(first), |at| runs.after(*at)).nth(TIMES_OF_A_DAY_MAX);
    last.is_some_and(|last| last < first.plus_millis(DAY_MS))
}

fn of_entry(
    entry: &Entry,
    name: ActorId,
    (deed, zone): (&Deed, &str),
    cx: &Context,
) -> Result<Scheduled, String> {
    let begins = entry.start.as_ref().ok_or_else(|| "it has no DTSTART".to_owned())?;
    let (start, zone) = instant(begins, zone)?;
    if entry.rule.iter().any(|line| is_busy(line)) {
        return Err(OFTEN.to_owned());
    }
    let mut rule = entry.rule.clone();
    // Dates come beside the first one.
    if !rule.is_empty() && !rule.iter().any(|line| line.starts_with("RRULE:")) {
        rule.push(format!("RDATE:{}", compact(start)));
    }
    let when = match rule.is_empty() {
        true if start <= cx.now => return Err(format!("it was on {start}")),
        true => When::At(start),
        false => When::Rrule(Rrule { text: rule.join("\n"), zone, start: Some(start) }),
    };
    let schedule = Schedule {
        name,
        when,
        deed: deed.clone(),
        until: None,
        missed: Missed::Once,
        missed_runs_max: None,
        jitter_ms_max: 0,
        overlap: Overlap::Allow,
        note: entry.summary.as_deref().map(cut).filter(|note| !note.trim().is_empty()),
    };
    scheduled(&schedule, cx)
}

/// The schedule as it is set, with its first run.
fn scheduled(schedule: &Schedule, cx: &Context) -> Result<Scheduled, String> {
    let (schedule, next) = check::schedule(schedule, cx).map_err(|refusal| {
        let first = refusal.errors.first().map(|error| error.message.clone());
        first.unwrap_or(refusal.message)
    })?;
    let signed = matches!(&schedule.deed, Deed::Call(call) if call.signed);
    Ok(Scheduled { schedule, next, secret: signed.then(|| secret_of(&cx.me)) })
}

/// When something is, and the zone by whose clocks: `zone` where it says none.
fn instant(when: &ical::When, zone: &str) -> Result<(Timestamp, String), String> {
    let (seconds, zone) = match when {
        ical::When::At(ms) => return Ok((Timestamp::from_millis(*ms), "UTC".to_owned())),
        ical::When::Day(day) => (day * 86_400, zone),
        ical::When::Local { seconds, zone: own } => (*seconds, own.as_deref().unwrap_or(zone)),
    };
    let clocks = Clocks::of(zone).map_err(|error| error.to_string())?;
    let minute = clocks.instant(seconds.div_euclid(60));
    let minute = minute.ok_or_else(|| "the calendar ends before it".to_owned())?;
    Ok((minute.plus_millis(seconds.rem_euclid(60) * 1_000), zone.to_owned()))
}

/// As much of a text as a note holds.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(TITLE_BYTES_MAX)].replace('\0', " ")
}

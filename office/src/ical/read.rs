//! A calendar from a file.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::line::{Line, lines};
use super::{Bounds, Change, Entry, OURS, Opened, Sort, Unread, When, zone};

/// How deep components may stand in one another.
const DEPTH_MAX: usize = 8;

/// Names of what was left out that are told.
const LEFT_OUT_MAX: usize = 100;

/// Lines of a rule.
const RULE_LINES_MAX: usize = 200;

/// Properties that say nothing which is lost.
const SILENT: &[&str] = &[
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "CALSCALE",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "TRANSP",
    "CLASS",
];

/// Reads a calendar. What is not kept is counted; an entry whose time cannot be told is left out
/// whole, and named.
///
/// # Errors
/// The file is no calendar, or is larger than wanted.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Opened, Unread> {
    let wrong = |line, what: String| Unread { line, what };
    if bytes.len() > bounds.bytes_max {
        return Err(wrong(1, format!("the file is larger than {} bytes", bounds.bytes_max)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(1, "it is not UTF-8".to_owned()))?;
    let lines = lines(text.trim_start_matches('\u{feff}'), bounds)?;
    if !lines.first().is_some_and(|line| is(line, "BEGIN", "VCALENDAR")) {
        return Err(wrong(1, "it does not begin with BEGIN:VCALENDAR".to_owned()));
    }
    let mut reader =
        Reader { opened: Opened::default(), open: Vec::new(), entry: None, cancels: false };
    for line in &lines {
        reader.take(line, bounds)?;
    }
    match reader.open.last() {
        None => Ok(reader.opened),
        Some(open) => Err(wrong(lines.len(), format!("{open} has no end"))),
    }
}

fn is(line: &Line, name: &str, value: &str) -> bool {
    line.name == name && line.value.trim().eq_ignore_ascii_case(value)
}

/// An entry in the making.
#[derive(Default)]
struct Draft {
    entry: Entry,
    duration: Option<i64>,
    /// What says how it recurs: its dates mean the clocks of a start that may follow them.
    rules: Vec<Line>,
    unread: Option<String>,
    /// It does not take place.
    cancelled: bool,
    /// The one time of another entry that it is instead of.
    of: Option<When>,
}

struct Reader {
    opened: Opened,
    open: Vec<String>,
    entry: Option<Draft>,
    /// The calendar takes back what it holds.
    cancels: bool,
}

impl Reader {
    fn take(&mut self, line: &Line, bounds: Bounds) -> Result<(), Unread> {
        let wrong = |what: String| Err(Unread { line: line.number, what });
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                if self.open.len() >= DEPTH_MAX {
                    return wrong(format!("components stand deeper than {DEPTH_MAX}"));
                }
                if self.open.is_empty() && name != "VCALENDAR" {
                    return wrong("there is something beside calendars".to_owned());
                }
                self.begin(&name);
                self.open.push(name);
            }
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                if self.open.pop().is_none_or(|open| open != name) {
                    return wrong(format!("{name} ends and has not begun"));
                }
                if self.open.len() == 1 && self.entry.is_some() {
                    self.end();
                }
                let Opened { calendar, cancelled, changes, .. } = &self.opened;
                if calendar.entries.len() + cancelled.len() + changes.len() > bounds.entries_max {
                    return wrong(format!("there are more than {} entries", bounds.entries_max));
                }
            }
            _ if self.open.is_empty() => {
                return wrong("there is something beside calendars".to_owned());
            }
            _ => self.property(line),
        }
        Ok(())
    }

    fn begin(&mut self, name: &str) {
        match (self.open.len(), name) {
            (1, "VEVENT" | "VTODO") => {
                let sort = if name == "VEVENT" { Sort::Event } else { Sort::Todo };
                let entry = Entry { sort, ..Entry::default() };
                self.entry = Some(Draft { entry, ..Draft::default() });
            }
            // Zones are known by their names.
            (0, _) | (1, "VTIMEZONE") => {}
            (2, "STANDARD" | "DAYLIGHT") => {}
            _ => self.lost(name),
        }
    }

    fn lost(&mut self, name: &str) {
        let name: String = name.chars().take(64).collect();
        let told = &mut self.opened.left_out;
        if told.len() < LEFT_OUT_MAX || told.contains_key(&name) {
            *told.entry(name).or_default() += 1;
        }
    }

    fn property(&mut self, line: &Line) {
        match (self.open.len(), &mut self.entry) {
            (1, _) if line.name == "X-WR-CALNAME" => {
                self.opened.calendar.name = Some(line.text());
            }
            (2, Some(draft)) => {
                let kept = draft.take(line) || SILENT.contains(&line.name.as_str());
                if !kept {
                    self.lost(&line.name);
                }
            }
            (1, _) if line.name == "X-WR-TIMEZONE" => match zone::named(line.value.trim()) {
                Some(zone) => self.opened.zone = Some(zone),
                None => self.lost("X-WR-TIMEZONE"),
            },
            (1, _) if line.name == "METHOD" => self.cancels = is(line, "METHOD", "CANCEL"),
            (1, _) if !SILENT.contains(&line.name.as_str()) => self.lost(&line.name),
            _ => {}
        }
    }

    fn end(&mut self) {
        let Some(mut draft) = self.entry.take() else { return };
        let count = self.opened.calendar.entries.len() + self.opened.unread.len() + 1;
        if draft.entry.uid.is_empty() {
            draft.entry.uid = format!("entry-{count}");
        }
        for line in std::mem::take(&mut draft.rules) {
            draft.rule(&line);
        }
        let cancelled = self.cancels || draft.cancelled;
        if cancelled && draft.of.is_none() {
            return self.opened.cancelled.push(draft.entry.uid);
        }
        if let (Some(duration), None, Some(start)) =
            (draft.duration, &draft.entry.end, &draft.entry.start)
        {
            draft.entry.end = later(start, duration);
        }
        let Draft { entry, unread, of, .. } = draft;
        match (unread, of) {
            (None, None) => self.opened.calendar.entries.push(entry),
            (None, Some(at)) => {
                let uid = entry.uid.clone();
                let instead = (!cancelled).then_some(entry);
                self.opened.changes.push(Change { uid, at, instead });
            }
            (Some(why), _) => self.opened.unread.push((entry.uid, why)),
        }
    }
}

/// A moment so many seconds later.
fn later(start: &When, seconds: i64) -> Option<When> {
    Some(match start {
        When::Day(day) => When::Day(day.checked_add(seconds.div_euclid(86_400))?),
        When::Local { seconds: own, zone } => {
            When::Local { seconds: own.checked_add(seconds)?, zone: zone.clone() }
        }
        When::At(ms) => When::At(ms.checked_add(seconds.checked_mul(1_000)?)?),
    })
}

impl Draft {
    /// Takes a property; false = nothing is made of it.
    fn take(&mut self, line: &Line) -> bool {
        match line.name.as_str() {
            "UID" => self.entry.uid = line.text(),
            "SUMMARY" => self.entry.summary = Some(line.text()),
            "DESCRIPTION" => self.entry.description = Some(line.text()),
            OURS => self.entry.ours = Some(line.text()),
            "LOCATION" => self.entry.location = Some(line.text()),
            "DTSTART" => self.entry.start = self.moment(line),
            "DTEND" | "DUE" => self.entry.end = self.moment(line),
            "DURATION" => match duration(line.value.trim()) {
                Some(seconds) => self.duration = Some(seconds),
                None => self.fail(format!("{} is no duration", line.value)),
            },
            "RRULE" | "RDATE" | "EXDATE" if self.rules.len() >= RULE_LINES_MAX => {
                self.fail(format!("its rule has more than {RULE_LINES_MAX} lines"));
            }
            "RRULE" | "RDATE" | "EXDATE" => self.rules.push(line.clone()),
            // Whatever else it says of an appointment changes nothing.
            "STATUS" => self.cancelled |= is(line, "STATUS", "CANCELLED"),
            "PERCENT-COMPLETE" => self.entry.percent = line.value.trim().parse().ok(),
            "COMPLETED" => match self.moment(line) {
                Some(When::At(ms)) => self.entry.completed = Some(ms),
                _ => return false,
            },
            "RELATED-TO" => {
                let sort = line.parameter("RELTYPE").unwrap_or_default();
                if !["FINISHTOSTART", "DEPENDS-ON"].contains(&sort.to_ascii_uppercase().as_str()) {
                    return false;
                }
                self.entry.after.push(line.text());
            }
            "RECURRENCE-ID" if line.parameter("RANGE").is_some() => {
                self.fail("it changes all times of another entry from one on".to_owned());
            }
            "RECURRENCE-ID" => self.of = self.moment(line),
            _ => return false,
        }
        true
    }

    fn fail(&mut self, why: String) {
        self.unread.get_or_insert(why);
    }

    fn moment(&mut self, line: &Line) -> Option<When> {
        let value = line.value.trim();
        let read = moment(value, line.parameter("TZID"));
        if let Err(why) = &read {
            self.fail(why.clone());
        }
        read.ok()
    }

    fn rule(&mut self, line: &Line) {
        let value = line.value.trim();
        if line.name == "RRULE" {
            return self.entry.rule.push(format!("RRULE:{}", whole_days(value)));
        }
        let sort = line.parameter("VALUE").unwrap_or("DATE-TIME").to_ascii_uppercase();
        let days = sort == "DATE" && matches!(self.entry.start, Some(When::Day(_)));
        if !days && sort != "DATE-TIME" {
            return self.fail(format!("{} holds no moments", line.name));
        }
        let other = line.parameter("TZID").and_then(zone::named);
        let own = match &self.entry.start {
            Some(When::Local { zone, .. }) => zone.clone(),
            _ => None,
        };
        if line.parameter("TZID").is_some() && other != own {
            return self.fail(format!("{} is in another zone than its start", line.name));
        }
        let value = match days {
            true => value.split(',').map(|day| format!("{}T000000", day.trim())).collect(),
            false => vec![value.to_owned()],
        };
        self.entry.rule.push(format!("{}:{}", line.name, value.join(",")));
    }
}

/// A rule whose end is a day ends with that day.
fn whole_days(rule: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, day)) if name.eq_ignore_ascii_case("UNTIL") && day.trim().len() == 8 => {
            format!("UNTIL={}T235959", day.trim())
        }
        _ => part.to_owned(),
    };
    rule.split(';').map(part).collect::<Vec<_>>().join(";")
}

/// `20270105`, `20270105T090000` or `20270105T090000Z`.
fn moment(text: &str, tzid: Option<&str>) -> Result<When, String> {
    let local = |text: &str, whole: &str| {
        let read = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S");
        let plain = text.bytes().all(|it| it.is_ascii_digit() || it == b'T');
        let read = read.ok().filter(|_| text.len() == 15 && plain);
        read.map(|it| it.and_utc().timestamp()).ok_or_else(|| format!("{whole} is no moment"))
    };
    if text.len() == 8 {
        let midnight = local(&format!("{text}T000000"), text)?;
        return Ok(When::Day(midnight.div_euclid(86_400)));
    }
    if let Some(utc) = text.strip_suffix(['Z', 'z']) {
        return Ok(When::At(local(utc, text)? * 1_000));
    }
    let seconds = local(text, text)?;
    match tzid {
        None => Ok(When::Local { seconds, zone: None }),
        Some(name) => match zone::named(name) {
            Some(zone) => Ok(When::Local { seconds, zone: Some(zone) }),
            None => Err(format!("there is no time zone {name}")),
        },
    }
}

/// `P1W`, `-P1DT2H30M`, in seconds.
fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let units = BTreeMap::from([('W', 604_800), ('D', 86_400), ('H', 3_600), ('M', 60), ('S', 1)]);
    let (mut all, mut number, mut any) = (0_i64, 0_i64, false);
    for c in rest.strip_prefix('P')?.chars() {
        match c {
            'T' => {}
            '0'..='9' => {
                number = number.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?))?;
                any = true;
            }
            unit => {
                all = all.checked_add(number.checked_mul(*units.get(&unit)?)?)?;
                number = 0;
            }
        }
    }
    (any && number == 0).then_some(sign * all)
}

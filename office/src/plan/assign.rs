//! Who does what: by skills, then by load.

use super::Task;

/// Somebody who does tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What tasks name him by.
    pub id: String,
    /// What he can do.
    pub skills: Vec<String>,
    /// How much of the working time is his, in hundredths from 1.
    pub percent: i64,
}

impl Member {
    /// How long something of so many minutes takes him.
    #[must_use]
    pub const fn takes(&self, minutes: i64) -> i64 {
        let percent = if self.percent < 1 { 1 } else { self.percent };
        (minutes * 100 + percent - 1) / percent
    }

    fn can(&self, skills: &[String]) -> bool {
        skills.iter().all(|skill| self.skills.iter().any(|own| own.eq_ignore_ascii_case(skill)))
    }
}

/// Who does a task, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// Whose place among the members; none = nobody can.
    pub who: Option<usize>,
    /// Why, for people.
    pub reason: String,
}

/// Gives each task, in `order`, to who can do it and would be done with all of his first. Those of
/// `fixed` stay where they are.
#[must_use]
pub fn assign(
    tasks: &[Task],
    order: &[usize],
    members: &[Member],
    fixed: &[Option<usize>],
) -> Vec<Assigned> {
    let mut load = vec![0_i64; members.len()];
    let mut all = vec![Assigned { who: None, reason: String::new() }; tasks.len()];
    for (at, who) in fixed.iter().enumerate() {
        if let Some(who) = *who {
            load[who] += members[who].takes(tasks[at].minutes);
            all[at] = Assigned { who: Some(who), reason: "was named for it".to_owned() };
        }
    }
    for at in order.iter().copied().filter(|at| fixed[*at].is_none()) {
        all[at] = one(&tasks[at], members, &mut load);
    }
    all
}

fn one(task: &Task, members: &[Member], load: &mut [i64]) -> Assigned {
    if task.minutes == 0 {
        return Assigned { who: None, reason: "a milestone takes no work".to_owned() };
    }
    let able = || (0..members.len()).filter(|who| members[*who].can(&task.skills));
    let after = |who: usize| load[who] + members[who].takes(task.minutes);
    let Some(who) = able().min_by_key(|who| (after(*who), *who)) else {
        let reason = match members.is_empty() {
            true => "there is nobody".to_owned(),
            false => format!("nobody has {}", task.skills.join(", ")),
        };
        return Assigned { who: None, reason };
    };
    let skills = match task.skills.is_empty() {
        true => "no skill is asked".to_owned(),
        false => format!("has {}", task.skills.join(", ")),
    };
    let hours = |minutes: i64| {
        let tenths = (minutes * 10 + 30) / 60;
        format!("{}.{} h", tenths / 10, tenths % 10)
    };
    let chosen = match able().count() {
        1 => "the only one".to_owned(),
        count => format!("done before the other {}", count - 1),
    };
    let (before, then) = (hours(load[who]), hours(after(who)));
    let reason = format!("{skills}; {before} of work before, {then} with it; {chosen}");
    load[who] = after(who);
    Assigned { who: Some(who), reason }
}

//! The limits of a schedule book.

/// The longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest name of a schedule, in bytes: that of its timer has a prefix.
pub const SCHEDULE_NAME_BYTES_MAX: usize = 120;

/// The longest text of a message, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// The longest subject of a mail, in bytes.
pub const SUBJECT_BYTES_MAX: usize = 500;

/// The longest address of a mail, in bytes.
pub const MAIL_BYTES_MAX: usize = 320;

/// Addresses of one mail.
pub const MAIL_TO_MAX: usize = 50;

/// The input of a command that is sent, in bytes of JSON.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;

/// Schedules of one actor.
pub const SCHEDULES_MAX: usize = 100;

/// Runs that an actor keeps at hand; all stand in the log.
pub const RUNS_KEPT_MAX: usize = 200;

/// Planned times of a schedule's runs that are remembered, so that none is made up for twice.
pub const BEGUN_KEPT_MAX: usize = 500;

/// Runs that one `back_fill` makes up for.
pub const BACK_FILL_MAX: u32 = 100;

/// Runs that one answer looks ahead.
pub const UPCOMING_MAX: u32 = 500;

/// Missed runs that a schedule may ask to be made up for.
pub const MISSED_RUNS_MAX: u32 = 1_000;

/// The longest time by which a run is put off, in milliseconds: a day.
pub const JITTER_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// The longest name of a task, a skill or a goal, in bytes.
pub const NAME_BYTES_MAX: usize = 200;

/// Tasks of a plan.
pub const TASKS_MAX: usize = 500;

/// Tasks that one task waits for.
pub const LINKS_MAX: usize = 50;

/// Skills of a task or of somebody.
pub const SKILLS_MAX: usize = 50;

/// People of a plan.
pub const TEAM_MAX: usize = 100;

/// Goals of a plan.
pub const GOALS_MAX: usize = 100;

/// How long goals take at most, in weeks.
pub const WEEKS_MAX: u32 = 520;

/// The longest task, and the longest lag, in minutes of working time: about ten years.
pub const MINUTES_MAX: u64 = 1_250_000;

/// Spans of working time of one day.
pub const HOUR_SPANS_MAX: usize = 12;

/// Dates of a plan that are not worked.
pub const DAYS_OFF_MAX: usize = 1_000;

/// The longest time by which a reminder comes before, in seconds: a year.
pub const BEFORE_S_MAX: u64 = 366 * 24 * 60 * 60;

/// How often a plan is run through by chance.
pub const SIMULATED_RUNS_MAX: u32 = 10_000;

/// The smallest width of a picture, in pixels.
pub const WIDTH_PIXELS_MIN: u32 = 480;

/// The largest.
pub const WIDTH_PIXELS_MAX: u32 = 4_000;

/// An iCalendar file that a command brings, in bytes.
pub const CALENDAR_BYTES_MAX: usize = 256 * 1024;

/// Rules of an iCalendar file that are read: to find that one never runs takes some time.
pub const CALENDAR_RULES_MAX: usize = 200;

/// Entries of an iCalendar file of which nothing came, told in one answer.
pub const UNREAD_MAX: usize = 100;

/// Runs of a cron expression that an iCalendar file tells, since it has no words for it.
pub const CRON_DATES_MAX: u32 = 100;

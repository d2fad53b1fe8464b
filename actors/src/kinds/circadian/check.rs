//! What an input has to keep to.

use contracts::effect::is_url;
use contracts::kinds::check::Check;
use contracts::kinds::circadian::limits::{
    INPUT_BYTES_MAX, JITTER_MS_MAX, MAIL_BYTES_MAX, MAIL_TO_MAX, MISSED_RUNS_MAX,
    SCHEDULE_NAME_BYTES_MAX, SUBJECT_BYTES_MAX, TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::circadian::{Deed, KIND, Mail, Schedule, When};
use contracts::{Context, Refusal, Timestamp, lifecycle};

use super::super::asked;

/// The schedule, counted from `now` where it does not say from when, and its first run.
///
/// # Errors
/// What is wrong with it.
pub(super) fn schedule(input: &Schedule, cx: &Context) -> Result<(Schedule, Timestamp), Refusal> {
    let now = cx.now;
    let runs = input.missed_runs_max.is_none_or(|runs| (1..=MISSED_RUNS_MAX).contains(&runs));
    let check = Check::new()
        .ensure(
            input.name.as_str().len() <= SCHEDULE_NAME_BYTES_MAX,
            "name",
            format!("has at most {SCHEDULE_NAME_BYTES_MAX} bytes"),
        )
        .ensure(runs, "missed_runs_max", format!("is 1 to {MISSED_RUNS_MAX}"))
        .ensure(
            input.jitter_ms_max <= JITTER_MS_MAX,
            "jitter_ms_max",
            format!("is at most {JITTER_MS_MAX}"),
        )
        .text_opt("note", input.note.as_ref(), TITLE_BYTES_MAX)
        .ensure(input.until.is_none_or(|until| until > now), "until", "is later than now");
    deed(check, &input.deed, cx).done()?;
    let mut schedule = input.clone();
    let first = match (&input.when, input.when.recurrence()) {
        (_, Some(repeat)) => {
            let repeat = repeat.from(now);
            let first = repeat.first(now)?;
            schedule.when = When::from(repeat);
            first
        }
        (When::At(at), None) => {
            Check::new().ensure(*at > now, "when.at", "is later than now").done()?;
            *at
        }
        (_, None) => now,
    };
    let ahead = schedule.until.is_none_or(|until| first <= until);
    Check::new().ensure(ahead, "until", format!("is before the first run, {first}")).done()?;
    Ok((schedule, first))
}

/// What is wrong with what a schedule does.
pub(super) fn deed(check: Check, deed: &Deed, cx: &Context) -> Check {
    match deed {
        Deed::Send(order) => {
            let bytes = order.input.to_string().len();
            let size = format!("has {bytes} bytes; {INPUT_BYTES_MAX} are allowed");
            let own = !lifecycle::is_runtime(&order.command);
            // Each run would begin the next, for ever.
            let runs = ["run_now", "back_fill"].contains(&order.command.as_str());
            let itself = runs && order.kind == KIND && order.id == cx.me;
            let fault = asked::ensure(&order.kind, order.command.as_str(), &order.input);
            check
                .ensure(bytes <= INPUT_BYTES_MAX, "do.send.input", size)
                .ensure(fault.is_ok(), "do.send", fault.err().unwrap_or_default())
                .ensure(own, "do.send.command", "is a command of the runtime")
                .ensure(!itself, "do.send.command", "begins runs of the book that sends it")
        }
        Deed::Post(post) => check.text("do.post.text", &post.text, TEXT_BYTES_MAX),
        Deed::Call(call) => {
            let told = "is http or https, a host, and neither user nor password";
            check.ensure(is_url(&call.url), "do.call.url", told).text_opt(
                "do.call.text",
                call.text.as_ref(),
                TEXT_BYTES_MAX,
            )
        }
        Deed::Mail(mail) => addresses(check, mail)
            .text("do.mail.subject", &mail.subject, SUBJECT_BYTES_MAX)
            .text("do.mail.text", &mail.text, TEXT_BYTES_MAX)
            // What stands in a header ends it, and begins another.
            .ensure(
                !mail.subject.chars().any(char::is_control),
                "do.mail.subject",
                "has no line breaks or other controls",
            ),
    }
}

fn addresses(check: Check, mail: &Mail) -> Check {
    let count = mail.to.len();
    let check = check.ensure(
        (1..=MAIL_TO_MAX).contains(&count),
        "do.mail.to",
        format!("has 1 to {MAIL_TO_MAX} addresses"),
    );
    mail.to.iter().enumerate().fold(check, |check, (at, to)| {
        let (name, host) = to.rsplit_once('@').unwrap_or_default();
        let plain =
            to.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;".contains(c));
        let ok = to.len() <= MAIL_BYTES_MAX && plain && !name.is_empty() && !host.is_empty();
        check.ensure(ok, format!("do.mail.to.{at}"), "is no address such as ann@example.org")
    })
}

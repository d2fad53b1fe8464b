use contracts::effect::{CommandPart, ConvertFormat, ConvertInto, Converted, OutcomeResult};
use contracts::kinds::chaperone as page;
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Revision};
use serde_json::{Value, json};

use super::Chaperone;
use super::state::Status;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

fn outcome(job: &str, result: OutcomeResult) -> Outcome {
    Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(1),
        index: 0,
        tag: json!({ "job": job }),
        attempts: 1,
        result,
        metered: None,
    }
}

fn converted(parts: usize) -> Converted {
    let part = |n: usize| CommandPart {
        name: contracts::CommandName::from_static("load"),
        input: Hash::of(&[n as u8]),
        bytes: 9,
    };
    Converted {
        format: ConvertFormat::Csv,
        filename: "a.csv".to_owned(),
        hash: Hash::of(b"file"),
        bytes: 4,
        revision: (parts == 0).then_some(Revision(3)),
        parts: (0..parts).map(part).collect(),
        losses: Vec::new(),
        lost: 0,
    }
}

fn import() -> Value {
    json!({ "text": "a\n1\n", "format": "csv", "kind": "myocyte", "id": "roof" })
}

fn begun(input: Value, name: &str) -> (Then<Chaperone>, String) {
    let then = given::<Chaperone>([]).when(name, input);
    let job = then.given.state.jobs[0].job.clone();
    (then, job)
}

fn read(given: Given<Chaperone>, job: &str, parts: usize) -> Then<Chaperone> {
    given.when_outcome(&outcome(job, OutcomeResult::Converted(Box::new(converted(parts)))))
}

fn sent(given: Given<Chaperone>, job: &str, revision: u64) -> Then<Chaperone> {
    let (revision, reply) = (Revision(revision), Value::Null);
    given.when_outcome(&outcome(job, OutcomeResult::Sent { revision, reply }))
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Chaperone>();
}

#[test]
fn a_file_is_read_and_its_parts_are_sent_one_after_another() {
    let (then, job) = begun(import(), "import");
    let [Effect::Convert(convert)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert!(matches!(convert.into, ConvertInto::Commands { .. }));
    let then = read(then.given, &job, 2);
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!(send.input_blob, Some(Hash::of(&[0])));
    assert_eq!((send.kind.as_str(), send.id.as_str()), ("myocyte", "roof"));
    let then = sent(then.given, &job, 1);
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!(send.input_blob, Some(Hash::of(&[1])));
    assert!(then.decided().completes.is_empty());
    let then = sent(then.given, &job, 2);
    assert!(then.effects.is_empty());
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert!(completion.ok);
    assert_eq!(
        (&completion.reply["id"], &completion.reply["revision"]),
        (&json!("roof"), &json!(2))
    );
    assert_eq!(then.given.state.jobs[0].status, Status::Done);
    then.given.state_is_the_fold();
}

#[test]
fn a_part_that_is_refused_stops_the_job_and_says_how_far_it_came() {
    let (then, job) = begun(import(), "import");
    let then = sent(read(then.given, &job, 3).given, &job, 1);
    let refusal = Refusal::rejected("workbook_full", "no room");
    let then = then.given.when_outcome(&outcome(&job, OutcomeResult::Failed(refusal)));
    let told = then.decided().completes[0].refusal().unwrap();
    assert_eq!(told.code, "workbook_full");
    assert!(told.message.contains("1 of 3"), "{}", told.message);
    assert_eq!(then.given.state.jobs[0].status, Status::Failed);
    assert!(then.effects.is_empty());
    then.given.state_is_the_fold();
}

#[test]
fn an_export_that_is_asked_for_twice_at_once_is_one_job() {
    let asked = json!({ "kind": "myocyte", "id": "roof", "format": "csv", "revision": 3 });
    let (then, job) = begun(asked.clone(), "export");
    let then = then.given.when("export", asked.clone());
    assert!(then.effects.is_empty(), "it is made once");
    let other = json!({ "kind": "myocyte", "id": "roof", "format": "csv", "revision": 2 });
    let then = then.given.when("export", other);
    assert_eq!(then.effects.len(), 1, "another revision is another file");
    let then = read(then.given, &job, 0);
    let told = &then.decided().completes;
    assert_eq!(told.len(), 2);
    for completion in told {
        assert!(completion.ok);
        assert_eq!(completion.reply["content"], format!("/v1/chaperone/me/jobs/{job}/content"));
        assert_eq!(completion.reply["revision"], 3);
    }
    let then = then.given.when("export", asked);
    assert_eq!(then.effects.len(), 1, "what is over is not joined");
    then.given.state_is_the_fold();
}

#[test]
fn what_was_given_up_goes_no_further() {
    let (then, job) = begun(import(), "import");
    let then = sent(read(then.given, &job, 3).given, &job, 1);
    let then = then.given.when("cancel", json!({ "job": job }));
    assert_eq!(then.decided().completes[0].refusal().unwrap().code, "job_cancelled");
    let then = sent(then.given, &job, 2);
    assert!(then.decided().events.is_empty() && then.effects.is_empty());
    let then = then.given.when("cancel", json!({ "job": job }));
    then.then_refused("job_ended");
    given::<Chaperone>([])
        .when("cancel", json!({ "job": "job_0123456789" }))
        .then_refused("job_not_found");
}

#[test]
fn a_job_is_given_up_by_the_command_that_asked_for_it_unless_others_wait_for_it() {
    let export = json!({ "kind": "myocyte", "id": "roof", "format": "xlsx", "revision": 3 });
    let (then, _) = begun(export.clone(), "export");
    let first = then.given.state.jobs[0].waiting[0];
    let then = then.given.when("export", export);
    let second = then.given.state.jobs[0].waiting[1];
    let then = then.given.when("cancel", json!({ "command": first }));
    assert_eq!(then.types(), ["ExportLeft"]);
    let told = &then.decided().completes;
    assert_eq!((told.len(), told[0].command_id), (1, first));
    assert_eq!(told[0].refusal().unwrap().code, "job_cancelled");
    let then = then.given.when("cancel", json!({ "command": first })).then_refused("job_ended");
    let then = then.given.when("cancel", json!({ "command": second }));
    assert_eq!(then.types(), ["JobCancelled"]);
    assert_eq!(then.decided().completes.len(), 1);
    let then = then.given.when("cancel", json!({ "command": second })).then_refused("job_ended");
    let then = then.given.when("cancel", json!({})).then_refused("invalid_input");
    then.given.state_is_the_fold();
}

#[test]
fn jobs_are_bounded_and_what_is_over_is_forgotten_first() {
    let export = |n: u32| json!({ "kind": "myocyte", "id": format!("w{n}"), "format": "xlsx" });
    let mut now = given::<Chaperone>([]);
    for n in 0..page::limits::JOBS_RUNNING_MAX as u32 {
        now = now.when("export", export(n)).given;
    }
    let then = now.when("export", export(99));
    assert_eq!(then.result.as_ref().unwrap_err().code, "chaperone_busy");
    let mut now = then.given;
    for n in 0..100 {
        let job = now.state.jobs.iter().find(|job| job.is_running()).unwrap().job.clone();
        now = read(now, &job, 0).given;
        now = now.when("export", export(1_000 + n)).given;
        assert!(now.state.jobs.len() <= page::limits::JOBS_KEPT_MAX);
        assert_eq!(now.state.running(), page::limits::JOBS_RUNNING_MAX);
    }
    now.state_is_the_fold();
}

#[test]
fn inputs_are_checked() {
    for bad in [
        json!({ "kind": "myocyte" }),
        json!({ "kind": "myocyte", "text": "a", "base64": "YQ==", "format": "csv" }),
        json!({ "kind": "myocyte", "text": "a" }),
        json!({ "kind": "myocyte", "text": "", "format": "csv" }),
        json!({ "kind": "myocyte", "text": "a".repeat(200_000), "format": "csv" }),
        json!({ "kind": "myocyte", "file": "file-", "format": "csv" }),
        json!({ "kind": "counter", "text": "a", "format": "csv" }),
        json!({ "kind": "circadian", "text": "a", "format": "ics" }),
        json!({ "kind": "osteon", "text": "a", "format": "text", "do": { "post": {
            "conversation": "c", "text": "x" } } }),
    ] {
        given::<Chaperone>([]).when("import", bad).then_refused("invalid_input");
    }
    let zero = json!({ "kind": "myocyte", "id": "a", "format": "csv", "revision": 0 });
    given::<Chaperone>([]).when("export", zero).then_refused("invalid_input");
}

#[test]
fn an_export_of_what_is_now_waits_for_no_job_that_may_have_read_before() {
    let now = json!({ "kind": "osteon", "id": "roof", "format": "html" });
    let since = json!({ "kind": "osteon", "id": "roof", "format": "html", "revision": 4,
        "since": { "id": "other" } });
    for asked in [now, since] {
        let (then, _) = begun(asked.clone(), "export");
        let then = then.given.when("export", asked);
        assert_eq!(then.effects.len(), 1, "it is made anew");
        assert_eq!(then.given.state.jobs.len(), 2);
        then.given.state_is_the_fold();
    }
}

#[test]
fn what_stands_in_the_command_is_called_as_the_actor() {
    let (then, _) = begun(import(), "import");
    let [Effect::Convert(convert)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    let ConvertInto::Commands { otherwise, .. } = &convert.into else { panic!("commands") };
    assert_eq!(otherwise.as_deref(), Some("roof"));
}

#[test]
fn a_pdf_is_refused_with_what_to_do_instead() {
    let asked = json!({ "kind": "osteon", "base64": "JVBERi0=", "format": "pdf" });
    let then = given::<Chaperone>([]).when("import", asked);
    let refusal = then.result.as_ref().unwrap_err();
    assert_eq!(refusal.code, "file_unsupported");
    assert!(refusal.message.contains("bring the file that it was made of"), "{}", refusal.message);
}

#[test]
fn a_file_becomes_another_one_with_no_actor_in_between() {
    let asked = json!({ "file": "file-f1", "to": "xlsx", "day_first": true });
    let (then, job) = begun(asked.clone(), "convert");
    let [Effect::Convert(convert)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    let told = json!({ "rewritten": { "format": "xlsx", "day_first": true } });
    assert_eq!(json!(convert.into), told);
    let then = then.given.when("convert", asked);
    assert_eq!((then.effects.len(), then.given.state.running()), (1, 2), "a job of its own");
    let then = read(then.given, &job, 0);
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert!(completion.ok);
    assert_eq!(completion.reply["content"], format!("/v1/chaperone/me/jobs/{job}/content"));
    let other = then.given.state.jobs[1].job.clone();
    let then = then.given.when("cancel", json!({ "job": other }));
    assert_eq!(then.decided().completes[0].refusal().unwrap().code, "job_cancelled");
    let then = read(then.given, &other, 0);
    assert!(then.decided().events.is_empty(), "what was given up counts for nothing");
    then.given.state_is_the_fold();
    for (format, to) in [("docx", "xlsx"), ("pdf", "docx"), ("ics", "ics"), ("csv", "docx")] {
        let asked = json!({ "base64": "YQ==", "format": format, "to": to });
        given::<Chaperone>([]).when("convert", asked).then_refused("file_unsupported");
    }
    let asked = json!({ "text": "[]", "format": "json", "to": "html", "kind": "myocyte" });
    given::<Chaperone>([]).when("convert", asked).then_refused("file_unsupported");
    let asked = json!({ "text": "a", "to": "html" });
    given::<Chaperone>([]).when("convert", asked).then_refused("invalid_input");
}

#[test]
fn a_calendar_says_what_its_appointments_do() {
    let deed = json!({ "post": { "conversation": "plans", "text": "{what} begins" } });
    let asked = json!({ "kind": "circadian", "text": "BEGIN:VCALENDAR", "format": "ics",
        "do": deed, "zone": "Europe/Berlin" });
    let (then, _) = begun(asked, "import");
    let [Effect::Convert(convert)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    let ConvertInto::Commands { deed: said, zone, .. } = &convert.into else { panic!("commands") };
    assert_eq!((said.as_ref(), zone.as_deref()), (Some(&deed), Some("Europe/Berlin")));
    then.given.state_is_the_fold();
}

//! [`contracts::ports::WorkCalls`]: requests of workers.

use bytes::Bytes;
use contracts::ports::{WorkCall, WorkVerb};
use contracts::{EffectId, Hash};
use futures_util::StreamExt as _;

use super::World;
use super::commands::line;

async fn echo(got: WorkCall) {
    let subject = got.reply_to.clone().expect("a request has a reply subject");
    got.settle.reply(&subject, got.payload.clone()).await.unwrap();
}

/// What a worker wants stands in the subject.
pub async fn a_worker_is_answered(world: &impl World) {
    let effect = EffectId(Hash::of(b"work"));
    let mut calls = world.work().serve();
    for (subject, verb) in [
        ("work.main.pictures".to_owned(), WorkVerb::Lease),
        (format!("work.main.pictures.{effect}.outcome"), WorkVerb::Outcome(effect)),
        (format!("work.main.pictures.{effect}.extend"), WorkVerb::Extend(effect)),
    ] {
        let served = async {
            let got = calls.next().await.unwrap().unwrap();
            let to = ("main".parse().unwrap(), "pictures".parse().unwrap(), verb);
            assert_eq!(got.to, Ok(to));
            assert_eq!(got.header("cambium-key"), Some("ck"));
            echo(got).await;
        };
        let headers = vec![line("Cambium-Key", "ck")];
        let asked = world.request(subject, headers, Bytes::from_static(b"{}"));
        let (answer, ()) = tokio::join!(asked, served);
        assert_eq!(answer.as_deref(), Some(&b"{}"[..]));
    }
}

/// A subject that says nothing is somebody's request all the same.
pub async fn strange_work_is_told(world: &impl World) {
    let mut calls = world.work().serve();
    for subject in ["work.main", "work.main.q.zz.outcome", "work.main.q.extend", "work.a.b.c.d.e"] {
        let served = async {
            let got = calls.next().await.unwrap().unwrap();
            assert_eq!(got.to, Err(subject.to_owned()));
            echo(got).await;
        };
        let asked = world.request(subject.to_owned(), Vec::new(), Bytes::from_static(b"?"));
        let (answer, ()) = tokio::join!(asked, served);
        assert_eq!(answer.as_deref(), Some(&b"?"[..]));
    }
}

/// Of two nodes each request reaches one.
pub async fn of_two_boards_one_gets_each_request(world: &impl World) {
    const COUNT: usize = 20;
    let (first, second) = (world.work().serve(), world.work().serve());
    let served = async {
        let mut both = futures_util::stream::select(first, second).take(COUNT);
        while let Some(got) = both.next().await {
            echo(got.unwrap()).await;
        }
    };
    let asked = async {
        for n in 0..COUNT {
            let payload = Bytes::from(n.to_string());
            let subject = "work.main.pictures".to_owned();
            assert_eq!(world.request(subject, Vec::new(), payload.clone()).await, Some(payload));
        }
    };
    tokio::join!(served, asked);
}
